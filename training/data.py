"""From a folder of films to arrays and `tf.data` pipelines.

The folder holds `films.csv` and `posters/`, and may hold `posters_extra.csv` and
`overviews_extra.csv`, which serve for training only. README.md describes the columns.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from PIL import Image
from tokenizers import Tokenizer

from gradio_app.errors import InputError
from gradio_app.films import find_poster, read_table
from gradio_app.preprocessing import (
    Fit,
    build_tokenizer,
    clean_overview,
    decode_poster,
    encode_overviews,
    poster_to_pixels,
)

__all__ = [
    "UNKNOWN",
    "Film",
    "genre_names",
    "img_process",
    "label_matrix",
    "load_pixels",
    "overview_tokenizer",
    "parse_image",
    "pipeline",
    "poster_augmentation",
    "read_extra_films",
    "read_films",
]

logger = logging.getLogger(__name__)

#: A label of which nothing is known; it counts neither in the loss nor in the metrics.
UNKNOWN = -1

SPLITS = ("train", "validation", "test")

#: Genres that a kind of list (column `genre_style`) cannot hold: absence there says nothing.
_CANNOT_HOLD = {
    "imdb": frozenset[str](),
    "tmdb": frozenset({"Biography", "Sport"}),
    "movielens": frozenset({"Biography", "Sport", "History", "Music"}),
}


@dataclass(frozen=True)
class Film:
    """One film as the data folder lists it. `unknown` are genres that its list cannot hold."""

    id: str
    title: str
    overview: str
    poster: Path | None
    genres: frozenset[str]
    unknown: frozenset[str]
    split: str


def read_films(data: Path) -> list[Film]:
    """All films of `films.csv`.

    Without a column `split`, a tenth of the films goes to validation and a tenth to test,
    chosen by a hash of the id, so that a film stays where it is when others are added.

    Raises:
        InputError: the table is missing, empty or lacks a column, or a split is not one of
            `SPLITS`.
    """
    films = [_film(row, data) for row in read_table(data / "films.csv")]
    if not films:
        raise InputError(f"{data / 'films.csv'} lists no film.")
    for film in films:
        if film.split not in SPLITS:
            raise InputError(f"Film {film.id} has the split {film.split!r}; use {SPLITS}.")
    return films


def read_extra_films(data: Path, listed: Sequence[Film]) -> list[Film]:
    """The labelled films of `posters_extra.csv` and `overviews_extra.csv`, where they exist.

    They belong to the split "train". Those with the id of a `listed` film are left out: it may
    be one of the test films.
    """
    taken = {film.id for film in listed}
    tables = [data / name for name in ("posters_extra.csv", "overviews_extra.csv")]
    return [
        _film(row | {"split": "train"}, data, row.get("genre_style", "imdb"))
        for table in tables
        if table.is_file()
        for row in read_table(table)
        if row.get("genre_style", "imdb") in _CANNOT_HOLD and row["id"] not in taken
    ]


def _film(row: dict[str, str], data: Path, genre_style: str = "imdb") -> Film:
    if "genres" not in row:
        raise InputError("A table of films needs a column 'genres' ('|'-separated).")
    return Film(
        id=row["id"],
        title=row.get("title", ""),
        overview=clean_overview(row.get("overview", "")).strip(),
        poster=find_poster(data / "posters", row["id"]) if row["id"] else None,
        genres=frozenset(genre for genre in row["genres"].split("|") if genre),
        unknown=_CANNOT_HOLD[genre_style],
        split=row["split"] if "split" in row else _split_by_id(row["id"]),
    )


def _split_by_id(film_id: str) -> str:
    tenth = hashlib.sha256(film_id.encode()).digest()[0] * 10 // 256
    return {0: "validation", 1: "test"}.get(tenth, "train")


def genre_names(films: Sequence[Film], minimum: int) -> list[str]:
    """The labels, alphabetically: genres that at least `minimum` training films have.

    Raises:
        InputError: no genre has so many.
    """
    counts = Counter(genre for film in films if film.split == "train" for genre in film.genres)
    genres = sorted(genre for genre, count in counts.items() if count >= minimum)
    if not genres:
        raise InputError(f"No genre has {minimum} training films; lower --min-films-per-genre.")
    return genres


def label_matrix(films: Sequence[Film], genres: Sequence[str]) -> np.ndarray:
    """float32 labels of shape (films, genres): 1 listed, 0 not listed, `UNKNOWN`."""
    labels = np.zeros((len(films), len(genres)), np.float32)
    for row, film in zip(labels, films, strict=True):
        for column, genre in enumerate(genres):
            row[column] = 1 if genre in film.genres else UNKNOWN if genre in film.unknown else 0
    return labels


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
    if not file.is_file():
        logger.info("decoding %d posters into %s", len(posters), file)
        pixels = np.empty((len(posters), height, width, 3), np.uint8)
        for row, path in zip(pixels, posters, strict=True):
            row[:] = img_process(parse_image(path), height, width, fit)
        cache.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(".part.npy")
        np.save(part, pixels)
        part.replace(file)
    return np.load(file)


def overview_tokenizer(overviews: Sequence[str], size: int, length: int) -> Tokenizer:
    """The app's tokenizer, with the vocabulary that `TextVectorization.adapt` finds.

    Args:
        overviews: of the training films.
        size: of the vocabulary, padding and the unknown word included.
        length: how many words of an overview are read.

    Raises:
        InputError: it gives other ids than `TextVectorization` on one of these overviews.
    """
    encoder = keras.layers.TextVectorization(max_tokens=size, output_sequence_length=length)
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
    labels: np.ndarray,
    batch_size: int,
    shuffle_seed: int | None = None,
    augment: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> tf.data.Dataset:
    """Batches of (float32 pixels or int32 word ids, float32 labels).

    Args:
        inputs: uint8 pixels or int32 word ids; the first axis counts films.
        labels: of the same films.
        batch_size: films in a batch.
        shuffle_seed: shuffles anew in every epoch; None keeps the order.
        augment: changes a batch of float32 pixels at random.
    """
    dataset = tf.data.Dataset.from_tensor_slices((inputs, labels)).cache()
    if shuffle_seed is not None:
        dataset = dataset.shuffle(len(inputs), seed=shuffle_seed)
    dataset = dataset.batch(batch_size)
    if inputs.dtype == np.uint8:
        dataset = dataset.map(lambda x, y: (tf.cast(x, tf.float32), y), tf.data.AUTOTUNE)
    if augment is not None:
        dataset = dataset.map(lambda x, y: (augment(x), y), tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


def poster_augmentation() -> Callable[[tf.Tensor], tf.Tensor]:
    """Another crop, mirroring, brightness and contrast of each poster of a float32 batch."""
    layers = [
        keras.layers.RandomFlip("horizontal"),
        keras.layers.RandomTranslation(0.08, 0.08, fill_mode="nearest"),
        keras.layers.RandomZoom(0.12, fill_mode="nearest"),
        keras.layers.RandomBrightness(0.12),
        keras.layers.RandomContrast(0.2, value_range=(0, 255)),
    ]

    def augment(pixels: tf.Tensor) -> tf.Tensor:
        for layer in layers:
            pixels = layer(pixels, training=True)
        return pixels

    return augment
