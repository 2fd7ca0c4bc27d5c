"""From posters and overviews to arrays and `tf.data` pipelines."""

import hashlib
import logging
from collections.abc import Callable, Sequence
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from tokenizers import Tokenizer

from gradio_app.errors import InputError
from gradio_app.preprocessing import (
    PUNCTUATION,
    WORD_SEPARATORS,
    Fit,
    build_tokenizer,
    decode_poster,
    encode_overviews,
    poster_to_pixels,
)
from training.data.films import UNKNOWN
from training.files import cached_array

__all__ = [
    "img_process",
    "load_pixels",
    "mix_pairs",
    "overview_tokenizer",
    "parse_image",
    "pipeline",
    "poster_augmentation",
    "standardise_words",
]

logger = logging.getLogger(__name__)

#: Lengths in words at which the batches of a training on overviews are parted.
_BUCKETS = (16, 24, 32, 40, 48, 60, 80)


def parse_image(path: Path) -> Image.Image:
    """Read and decode one poster, with the app's own decoder."""
    return decode_poster(path)


def img_process(image: Image.Image, height: int, width: int, fit: Fit) -> np.ndarray:
    """float32 pixels of shape (height, width, 3), 0..255, with the app's own resizing."""
    return poster_to_pixels(image, height, width, fit).astype(np.float32)


def load_pixels(
    posters: Sequence[Path], height: int, width: int, fit: Fit, cache: Path
) -> np.ndarray:
    """Decode posters once; later calls read the array from the folder `cache`.

    Returns:
        uint8 array of shape (posters, height, width, 3): exactly the values of `img_process`.

    Raises:
        InputError: a poster cannot be read.
    """
    stamps = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in posters]
    key = hashlib.sha256(repr((stamps, Image.__version__)).encode()).hexdigest()[:16]
    file = cache / f"posters-{height}x{width}-{fit}-{key}.npy"

    def decode() -> np.ndarray:
        logger.info("decoding %d posters into %s", len(posters), file)
        pixels = np.empty((len(posters), height, width, 3), np.uint8)
        for row, path in zip(pixels, posters, strict=True):
            row[:] = img_process(parse_image(path), height, width, fit)
        return pixels

    return cached_array(file, decode)


def standardise_words(overviews: tf.Tensor) -> tf.Tensor:
    """Lowercase, part and strip overviews (strings): what `TextVectorization` then splits.

    Its own "lower_and_strip_punctuation" makes "scifi" of "sci-fi", here two words, and leaves
    typographic dashes and quotation marks in the words.
    """
    parted = tf.strings.regex_replace(tf.strings.lower(overviews), WORD_SEPARATORS, " ")
    return tf.strings.regex_replace(parted, PUNCTUATION, "")


def overview_tokenizer(overviews: Sequence[str], size: int, length: int) -> Tokenizer:
    """The app's tokenizer, with the vocabulary that `TextVectorization.adapt` finds.

    Args:
        overviews: of the training films.
        size: of the vocabulary, padding and the unknown word included.
        length: how many words of an overview are read.

    Raises:
        InputError: it gives other ids than `TextVectorization` on one of these overviews.
    """
    encoder = keras.layers.TextVectorization(
        max_tokens=size, standardize=standardise_words, output_sequence_length=length
    )
    batches = tf.data.Dataset.from_tensor_slices(list(overviews)).batch(512)
    encoder.adapt(batches)
    tokenizer = build_tokenizer([str(word) for word in encoder.get_vocabulary()[2:]])
    expected = np.concatenate([encoder(batch).numpy() for batch in batches])
    differ = (encode_overviews(tokenizer, overviews, length) != expected).any(axis=1)
    if differ.any():
        first = overviews[int(differ.argmax())]
        raise InputError(f"The tokenizer reads this overview unlike Keras: {first[:80]!r}.")
    return tokenizer


def pipeline(
    inputs: np.ndarray,
    labels: np.ndarray | dict[str, np.ndarray],
    batch_size: int,
    shuffle_seed: int | None = None,
    augment: Callable[[tf.Tensor], tf.Tensor] | None = None,
    mixup: float = 0.0,
    bucketed: bool = False,
) -> tf.data.Dataset:
    """Batches of (float32 pixels or int32 word ids, float32 labels).

    Args:
        inputs: uint8 pixels or int32 word ids; the first axis counts films.
        labels: of the same films; in a dictionary, for a model of several outputs.
        batch_size: films in a batch.
        shuffle_seed: shuffles anew in every epoch; None keeps the order.
        augment: changes a batch of float32 pixels at random.
        mixup: see `mix_pairs`; 0 mixes none.
        bucketed: batches overviews of about the same length, without most of the padding.
    """
    dataset = tf.data.Dataset.from_tensor_slices((inputs, labels)).cache()
    if shuffle_seed is not None:
        dataset = dataset.shuffle(len(inputs), seed=shuffle_seed)
    dataset = _bucket(dataset, inputs, batch_size) if bucketed else dataset.batch(batch_size)
    if inputs.dtype == np.uint8:
        dataset = dataset.map(lambda x, y: (tf.cast(x, tf.float32), y), tf.data.AUTOTUNE)
    if augment is not None:
        dataset = dataset.map(lambda x, y: (augment(x), y), tf.data.AUTOTUNE)
    if mixup:
        dataset = dataset.map(lambda x, y: mix_pairs(x, y, mixup), tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


def _bucket(dataset: tf.data.Dataset, inputs: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """An LSTM's time grows with the padded length; half of the overviews have 44 words or less.

    Batches of a bucket are padded to the same length, for XLA compiles each length anew.
    """
    longest = inputs.shape[1]
    ends = [*(end for end in _BUCKETS if end <= longest), longest + 1]
    films = np.bincount(np.searchsorted(ends, np.count_nonzero(inputs, axis=1), side="right"))
    batches = -(-films // batch_size)
    cut = dataset.map(lambda ids, labels: (ids[: tf.math.count_nonzero(ids)], labels))
    bucketed = cut.bucket_by_sequence_length(
        lambda ids, labels: tf.size(ids),
        bucket_boundaries=ends,
        bucket_batch_sizes=[batch_size] * (len(ends) + 1),
        pad_to_bucket_boundary=True,
    )
    return bucketed.apply(tf.data.experimental.assert_cardinality(int(batches.sum())))


def poster_augmentation(height: int, width: int) -> Callable[[tf.Tensor], tf.Tensor]:
    """Another crop, mirroring, colour, contrast and sharpness of each poster of a float32 batch.

    A fifth of the batches is made coarse and enlarged again, so that small scans serve as well.
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


def mix_pairs(
    pixels: tf.Tensor, labels: tf.Tensor, concentration: float
) -> tuple[tf.Tensor, tf.Tensor]:
    """Each film of a batch mixed with another one, pixels and labels by the same share (mixup:
    Zhang et al. 2018, arXiv 1710.09412).

    Args:
        pixels: float32 (films, height, width, 3).
        labels: float32 (films, genres); unknown in a mixture with an unknown one.
        concentration: both parameters of the beta distribution of the share; the film itself gets
            the larger part.
    """
    count = tf.shape(pixels)[0]
    first, second = (tf.random.gamma((count,), concentration) for _ in range(2))
    share = tf.maximum(first, second) / (first + second + 1e-9)
    other = tf.random.shuffle(tf.range(count))
    mixed = share[:, None] * labels + (1 - share[:, None]) * tf.gather(labels, other)
    known = (labels != UNKNOWN) & (tf.gather(labels, other) != UNKNOWN)
    weight = share[:, None, None, None]
    pixels = weight * pixels + (1 - weight) * tf.gather(pixels, other)
    return pixels, tf.where(known, mixed, float(UNKNOWN))


def _random_boxes(count: tf.Tensor) -> tf.Tensor:
    """Boxes (count, 4) for `crop_and_resize`: 80 to 104 % of the poster, half of them mirrored."""
    height = tf.random.uniform((count,), 0.8, 1.04)
    width = height * tf.random.uniform((count,), 0.95, 1.05)
    top = (1 - height) * tf.random.uniform((count,))
    left = (1 - width) * tf.random.uniform((count,))
    mirrored = tf.random.uniform((count,)) < 0.5
    first = tf.where(mirrored, left + width, left)
    last = tf.where(mirrored, left, left + width)
    return tf.stack([top, first, top + height, last], axis=1)
