"""Posters as a training reads them: the app's own pixels, augmented and mixed."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from PIL import Image

from gradio_app.preprocessing import Fit, decode_poster, poster_to_pixels
from training.data.labels import UNKNOWN
from training.files import cached_array, files_key

__all__ = [
    "img_process",
    "load_pixels",
    "mix_pairs",
    "parse_image",
    "poster_augmentation",
]

logger = logging.getLogger(__name__)


def parse_image(path: Path) -> Image.Image:
    """Read and decode one poster, with the app's own decoder."""
    return decode_poster(path)


def img_process(image: Image.Image, height: int, width: int, fit: Fit) -> np.ndarray:
    """Return float32 pixels of shape (height, width, 3), 0..255, with the app's own resizing."""
    return poster_to_pixels(image, height, width, fit).astype(np.float32)


def load_pixels(
    posters: Sequence[Path], height: int, width: int, fit: Fit, cache: Path
) -> np.ndarray:
    """Decode posters once; later calls read the array from the folder `cache`.

    Args:
        posters: files.
        height: of the array, in pixels.
        width: of the array, in pixels.
        fit: how a poster of another shape is fitted in.
        cache: folder of arrays.

    Returns:
        uint8 array of shape (posters, height, width, 3): exactly the values of `img_process`.

    Raises:
        InputError: a poster cannot be read.
    """
    key = files_key(posters, Image.__version__)
    file = cache / f"posters-{height}x{width}-{fit}-{key}.npy"

    def decode() -> np.ndarray:
        logger.info("decoding %d posters into %s", len(posters), file)
        pixels = np.empty((len(posters), height, width, 3), np.uint8)
        for row, path in zip(pixels, posters, strict=True):
            row[:] = img_process(parse_image(path), height, width, fit)
        return pixels

    return cached_array(file, decode)


def poster_augmentation(height: int, width: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Return what changes a float32 batch of posters, anew in each call.

    Each poster gets another crop, mirroring, colour and contrast. A fifth of the batches is made
    coarse and enlarged again, so that small scans serve as well.
    """

    def augment(pixels: tf.Tensor) -> tf.Tensor:
        count = tf.shape(pixels)[0]

        def factor(low: float, high: float) -> tf.Tensor:
            return tf.random.uniform((count, 1, 1, 1), low, high)

        pixels = tf.image.crop_and_resize(
            pixels, _random_boxes(count), tf.range(count), (height, width)
        )
        grey = tf.reduce_mean(pixels, 3, keepdims=True)
        pixels = grey + (pixels - grey) * factor(0.7, 1.3)
        mean = tf.reduce_mean(pixels, [1, 2, 3], keepdims=True)
        pixels = mean + (pixels - mean) * factor(0.75, 1.25) + factor(-25, 25)
        coarse = tf.image.resize(pixels, (height * 5 // 8, width * 5 // 8))
        is_coarse = tf.random.uniform(()) < 0.2
        pixels = tf.where(is_coarse, tf.image.resize(coarse, (height, width)), pixels)
        return tf.clip_by_value(pixels, 0, 255)

    return augment


def _random_boxes(count: tf.Tensor) -> tf.Tensor:
    """Return boxes (count, 4) for `crop_and_resize`.

    They hold 80 to 104 % of the poster; half of them are mirrored.
    """
    height = tf.random.uniform((count,), 0.8, 1.04)
    width = height * tf.random.uniform((count,), 0.95, 1.05)
    top = (1 - height) * tf.random.uniform((count,))
    left = (1 - width) * tf.random.uniform((count,))
    mirrored = tf.random.uniform((count,)) < 0.5
    first = tf.where(mirrored, left + width, left)
    last = tf.where(mirrored, left, left + width)
    return tf.stack([top, first, top + height, last], axis=1)


def mix_pairs(
    pixels: tf.Tensor, labels: tf.Tensor, concentration: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Mix each film of a batch with another one.

    Pixels and labels are mixed by the same weight (mixup: Zhang et al. 2018, arXiv 1710.09412).

    Args:
        pixels: float32 (films, height, width, 3).
        labels: float32 (films, genres); unknown in a mixture with an unknown one.
        concentration: both parameters of the beta distribution of the weight; the film itself gets
            the larger part.

    Returns:
        Mixed pixels and labels, of the same shapes.
    """
    count = tf.shape(pixels)[0]
    first, second = (tf.random.gamma((count,), concentration) for _ in range(2))
    weight = tf.maximum(first, second) / (first + second + 1e-9)
    other = tf.random.shuffle(tf.range(count))
    mixed = weight[:, None] * labels + (1 - weight[:, None]) * tf.gather(labels, other)
    known = (labels != UNKNOWN) & (tf.gather(labels, other) != UNKNOWN)
    pixel_weight = weight[:, None, None, None]
    pixels = pixel_weight * pixels + (1 - pixel_weight) * tf.gather(pixels, other)
    return pixels, tf.where(known, mixed, float(UNKNOWN))
