"""Pictures of nothing: what a poster CNN shall not take for any genre.

Outlier exposure (Hendrycks et al. 2019, arXiv 1812.04606) with pictures made by chance: plain
colours, gradients, noise of any grain, stripes, and pages of lines that stand for text.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

__all__ = ["made_pictures"]


def made_pictures(count: int, height: int, width: int, seed: int = 1) -> np.ndarray:
    """Return pictures that show nothing: uint8 (count, height, width, 3).

    >>> made_pictures(3, height=6, width=4).shape
    (3, 6, 4, 3)
    """
    rng = np.random.default_rng(seed)
    kinds: tuple[Callable[..., np.ndarray], ...] = (_plain, _gradient, _noise, _stripes, _page)
    pictures = np.empty((count, height, width, 3), np.uint8)
    for number, picture in enumerate(pictures):
        made = kinds[number % len(kinds)](rng, height, width)
        picture[:] = np.clip(made, 0, 255)
    return pictures


def _colours(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return colours (count, 3), a third of them greys and some of these black or white."""
    colours = rng.uniform(0, 255, (count, 3))
    greys = np.clip(rng.uniform(-60, 315, (count, 1)), 0, 255)
    return np.where(rng.random((count, 1)) < 1 / 3, greys, colours)


def _plain(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    grain = rng.normal(0, rng.choice([0, 0, 4]), (height, width, 1))
    return _colours(rng, 1) + grain


def _gradient(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    first, last = _colours(rng, 2)
    down, across = rng.normal(size=2)
    ramp = down * np.linspace(0, 1, height)[:, None] + across * np.linspace(0, 1, width)
    ramp = (ramp - ramp.min()) / np.ptp(ramp)
    return first + ramp[..., None] * (last - first)


def _noise(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    grain = rng.choice([1, 3, 10, 40])
    shape = (max(2, height // grain), max(2, width // grain), rng.choice([1, 3]))
    small = rng.uniform(0, 255, shape) * np.ones(3)
    return _enlarged(small, height, width)


def _stripes(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    n_stripes, n_colours = int(rng.integers(2, 16)), int(rng.integers(2, 5))
    colours = _colours(rng, n_colours)[np.arange(n_stripes) % n_colours]
    if rng.random() < 0.5:
        return np.repeat(colours, -(-width // n_stripes), axis=0)[None, :width].repeat(height, 0)
    return np.repeat(colours, -(-height // n_stripes), axis=0)[:height, None].repeat(width, 1)


def _page(rng: np.random.Generator, height: int, width: int) -> np.ndarray:
    """A page or a screen: lines of dark words on light, or the other way round."""
    paper, ink = _colours(rng, 2)
    page = np.ones((height, width, 1)) * paper
    line = int(rng.integers(3, 12))
    for top in range(line, height - line, 2 * line):
        is_ink = np.repeat(rng.random(-(-width // line)) < 0.7, line)[:width]
        page[top : top + max(1, line // 2), is_ink] = ink
    return page


def _enlarged(pixels: np.ndarray, height: int, width: int) -> np.ndarray:
    image = Image.fromarray(pixels.astype(np.uint8))
    return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC), float)
