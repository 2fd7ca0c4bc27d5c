"""Why a model predicts what it does: which parts of a poster, which words of an overview.

Each part of the input is hidden once, and the prediction is compared with that for the whole input
(occlusion: Zeiler and Fergus 2013, arXiv 1311.2901, for pictures; Li et al. 2016, arXiv 1612.08220,
for words). So the evidence is what the served model does, whatever is inside it. One pass serves
every genre.

The evidence is by how much the calibrated logit of a genre falls when a part is hidden: positive
where the part spoke for the genre, negative where it spoke against. Parts are hidden one at a time,
so falls need not add up to the logit.

The fused model adds the logits of both readers, each with a slope of its own for each genre: what
speaks for a genre in a reader speaks for it in the fused prediction too.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

import numpy as np
from PIL import Image, ImageFilter

from gradio_app.classifier import FilmClassifier, OverviewClassifier, PosterClassifier, logit
from gradio_app.errors import InputError
from gradio_app.preprocessing import UNKNOWN_ID, Poster, Word, clean_overview, decode_poster

__all__ = [
    "FilmEvidence",
    "OverviewEvidence",
    "PosterEvidence",
    "find_evidence",
    "find_overview_evidence",
    "find_poster_evidence",
]

# Measured on validation films, by how far hiding what is marked lowers the probability: parts of 27
# pixels (9 x 6 for a poster of 2:3) and this blur do as well as or better than larger or
# overlapping parts, soft edges, one colour instead, or random masks; smaller parts gain little and
# cost more. Words hidden one by one do better than two or three at a time; to replace or to remove
# them makes no difference.
_PART = 27  # height and width of a hidden part, in pixels of the model's input
_BLUR = 8  # radius of the blur that hides it
# A session keeps the memory of the largest batch that it ever read: so single posters and few texts
# at a time.
_TEXTS = 16  # in one run
_THREADS = 2  # runs at the same time; onnxruntime lets go of the interpreter meanwhile


@dataclass(frozen=True, eq=False)
class PosterEvidence:
    """What the parts of a poster speak for and against.

    Attributes:
        genres: names, in the order of the other two.
        probabilities: of the whole poster, as `PosterClassifier.predict` gives them.
        falls: float32 (rows, columns, genres), in logits. The rows and columns divide the picture
            itself, without the model's padding, into equal parts.
    """

    genres: tuple[str, ...]
    probabilities: tuple[float, ...]
    falls: np.ndarray

    def heat(self, genre: str) -> np.ndarray:
        """Return the falls of one genre: float32 (rows, columns).

        Raises:
            InputError: there is no such genre.
        """
        return self.falls[..., _index(self.genres, genre)]


@dataclass(frozen=True, eq=False)
class OverviewEvidence:
    """What the words of an overview speak for and against.

    Attributes:
        genres: names, in the order of the next two.
        probabilities: of the whole overview, as `OverviewClassifier.predict` gives them.
        falls: float32 (read words, genres), in logits; unknown words have none.
        overview: the cleaned text, in which the words stand.
        words: all of them, in order; the model read the first `read`.
    """

    genres: tuple[str, ...]
    probabilities: tuple[float, ...]
    falls: np.ndarray
    overview: str
    words: tuple[Word, ...]

    @property
    def read(self) -> int:
        """The number of words that the model read; the others are too far back."""
        return len(self.falls)

    @property
    def cut(self) -> bool:
        """Whether words were left unread."""
        return self.read < len(self.words)

    @property
    def unknown(self) -> int:
        """The number of words that were read and that the model does not know."""
        return sum(not word.known for word in self.words[: self.read])

    def weights(self, genre: str) -> np.ndarray:
        """Return the falls of one genre: float32 (read words,).

        Raises:
            InputError: there is no such genre.
        """
        return self.falls[:, _index(self.genres, genre)]


@dataclass(frozen=True, eq=False)
class FilmEvidence:
    """The evidence in the inputs of a film; None for one that was not given."""

    poster: PosterEvidence | None
    overview: OverviewEvidence | None

    def as_document(self, genre: str) -> dict[str, Any]:
        """Return the evidence on one genre, for JSON; falls are rounded to four decimals.

        Raises:
            InputError: there is no such genre.
        """
        return {
            "genre": genre,
            "poster": self.poster and _rounded(self.poster.heat(genre)),
            "overview": self.overview and _overview_document(self.overview, genre),
        }


def _overview_document(evidence: OverviewEvidence, genre: str) -> dict[str, Any]:
    falls = _rounded(evidence.weights(genre))
    return {
        "words": [
            {"word": evidence.overview[word.start : word.end], "weight": fall, "known": word.known}
            for word, fall in zip(evidence.words, falls, strict=False)
        ],
        "read": evidence.read,
        "unread": len(evidence.words) - evidence.read,
        "unknown": evidence.unknown,
    }


def _rounded(falls: np.ndarray) -> list[Any]:
    return falls.astype(np.float64).round(4).tolist()


def _index(genres: Sequence[str], genre: str) -> int:
    if genre not in genres:
        raise InputError(f"There is no genre {genre!r}; choose one of {', '.join(genres)}.")
    return genres.index(genre)


def find_evidence(
    classifier: FilmClassifier, poster: Poster | None = None, overview: str | None = None
) -> FilmEvidence:
    """Return the evidence in a poster, an overview, or both; a blank overview is not given.

    This takes some twenty times as long as one prediction (`python -m benchmarks.explain`). Other
    threads can predict meanwhile.

    Raises:
        InputError: neither is given, or one cannot be read.

    >>> classifier = FilmClassifier.from_dir("onnx_models")
    >>> evidence = find_evidence(classifier, overview="Two soldiers fall in love.").overview
    >>> word = evidence.words[evidence.weights("War").argmax()]
    >>> evidence.overview[word.start : word.end]
    'soldiers'
    """
    overview = overview if overview and overview.strip() else None
    if poster is None and overview is None:
        raise InputError("Give a poster, an overview, or both.")
    return FilmEvidence(
        None if poster is None else find_poster_evidence(classifier.poster, poster),
        None if overview is None else find_overview_evidence(classifier.overview, overview),
    )


def find_poster_evidence(reader: PosterClassifier, poster: Poster) -> PosterEvidence:
    """Blur each part of a poster in turn, and return by how much the genres' logits fall.

    Raises:
        InputError: the poster cannot be read.

    >>> classifier = FilmClassifier.from_dir("onnx_models")
    >>> poster = "gradio_app/examples/marrow-hill.jpg"
    >>> find_poster_evidence(classifier.poster, poster).heat("Horror").shape
    (9, 6)
    """
    image = decode_poster(poster)
    pixels = reader.pixels(image)
    left, top, right, bottom = reader.picture_box(image)
    blurred = pixels.copy()
    blurred[top:bottom, left:right] = _blur(pixels[top:bottom, left:right])
    rows, columns = _divide(top, bottom), _divide(left, right)
    parts = list(product(rows, columns))

    def without(part: tuple[slice, slice]) -> np.ndarray:
        hidden = pixels.copy()
        hidden[part] = blurred[part]
        return reader.predict_pixels(hidden[None])[0]

    whole = reader.predict_pixels(pixels[None])[0]
    with ThreadPoolExecutor(_THREADS) as threads:
        hidden = np.stack(list(threads.map(without, parts)))
    falls = (logit(whole) - logit(hidden)).reshape(len(rows), len(columns), -1)
    return PosterEvidence(reader.spec.genres, tuple(whole.tolist()), falls)


def _blur(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture.astype(np.uint8))
    return np.asarray(image.filter(ImageFilter.GaussianBlur(_BLUR)))


def _divide(begin: int, end: int) -> list[slice]:
    """Return equal parts, as far as pixels allow, of about `_PART` pixels; at least one."""
    count = max(1, round((end - begin) / _PART))
    edges = np.linspace(begin, end, count + 1).round().astype(int)
    return [slice(*edge) for edge in pairwise(edges)]


def find_overview_evidence(reader: OverviewClassifier, overview: str) -> OverviewEvidence:
    """Make each word of an overview unknown in turn, and return by how much the logits fall.

    Raises:
        InputError: the overview holds no word, or is too long.
    """
    ids = reader.word_ids(overview)
    cleaned = clean_overview(overview)
    read = int(np.count_nonzero(ids))
    texts = np.tile(ids, (1 + read, 1))  # the first stays whole
    np.fill_diagonal(texts[1:], UNKNOWN_ID)

    batches = (texts[begin : begin + _TEXTS] for begin in range(0, len(texts), _TEXTS))
    with ThreadPoolExecutor(_THREADS) as threads:
        predicted = np.concatenate(list(threads.map(reader.predict_word_ids, batches)))
    whole, without = np.split(predicted, [1])
    falls = logit(whole) - logit(without)
    return OverviewEvidence(
        reader.spec.genres,
        tuple(whole[0].tolist()),
        falls,
        cleaned,
        tuple(reader.words(cleaned)),
    )
