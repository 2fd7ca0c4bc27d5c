"""The picture that most of the corpus shows, in its variants, and what writes it."""

import io
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

__all__ = [
    "bits",
    "encoded",
    "grey",
    "layer",
    "on_white",
    "palette",
    "saved",
    "scene",
    "scene_jpeg",
    "sixteen_bits",
    "written",
]


@cache
def scene() -> Image.Image:
    """A picture with much in it, 160 x 240 pixels."""
    rng = np.random.default_rng(18)
    across, down = np.meshgrid(np.linspace(0, 1, 160), np.linspace(0, 1, 240))
    sky = np.stack([200 - 150 * down, 90 + 60 * across, 60 + 150 * down], 2)
    image = Image.fromarray((sky + rng.normal(0, 6, sky.shape)).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.ellipse((95, 25, 140, 70), "gold")
    draw.polygon([(0, 240), (55, 110), (110, 240)], "midnightblue")
    draw.rectangle((70, 150, 120, 240), "firebrick")
    for row in range(3):
        draw.rectangle((20, 190 + 15 * row, 140, 196 + 15 * row), "ivory")
    return image


@cache
def grey() -> Image.Image:
    """The scene in shades of grey."""
    return scene().convert("L")


@cache
def palette() -> Image.Image:
    """The scene in 32 colours."""
    return scene().quantize(32)


@cache
def layer() -> Image.Image:
    """The scene, fading out towards the bottom and absent in a corner."""
    layer = scene().convert("RGBA")
    alpha = np.linspace(255, 60, 240).round().astype(np.uint8).repeat(160).reshape(240, 160)
    alpha[:80, :60] = 0
    layer.putalpha(Image.fromarray(alpha))
    return layer


def on_white() -> Image.Image:
    """The layer as it looks on paper."""
    return Image.alpha_composite(Image.new("RGBA", (160, 240), "white"), layer()).convert("RGB")


@cache
def bits() -> Image.Image:
    """The scene in black and white."""
    return grey().convert("1")


def sixteen_bits(image: Image.Image) -> np.ndarray:
    """Return a picture as uint16, (height, width) or (height, width, channels)."""
    return np.asarray(image).astype(np.uint16) * 257


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    """Return a picture as a file of Pillow's."""
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def scene_jpeg(**options: object) -> bytes:
    """Return the scene as a good JPEG."""
    return encoded(scene(), "JPEG", quality=95, subsampling=0, **options)


def written(content: Callable[..., bytes], *arguments: object) -> Callable[[Path], None]:
    """Return what writes a file of the content that a call gives."""

    def make(path: Path) -> None:
        path.write_bytes(content(*arguments))

    return make


def saved(image: Callable[[], Image.Image], kind: str, **options: object) -> Callable[[Path], None]:
    """Return what writes a picture as a file of Pillow's."""
    return written(lambda: encoded(image(), kind, **options))
