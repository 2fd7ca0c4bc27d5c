"""Listed genres against predictions, film after film."""

import operator
import os
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from gradio_app.catalogue.audit.genre_names import GenreNames, plain_name
from gradio_app.catalogue.audit.label_errors import estimate_error_rates, label_error_scores
from gradio_app.catalogue.audit.report import Agreement, AuditReport, DoubtfulLabel
from gradio_app.films import Film
from gradio_app.prediction import Prediction

__all__ = ["DOUBTFUL_SCORE", "Audit"]

#: A label with this score or more is doubtful: it is more likely an error than not.
DOUBTFUL_SCORE = 0.5

#: A genre that the models suggest for so many films, and that no film lists, has no name in the
#: catalogue (TMDB's lists know no Biography): it is not missing in each of them.
_UNNAMED_FILMS = 10

_NO_CELLS: Mapping[str, str] = {}

_WITHOUT_GENRES = "without listed genres"
_WITHOUT_KNOWN_GENRES = "whose listed genres the models do not know"
_WITHOUT_PREDICTION = "without a prediction"


class _Listing(NamedTuple):
    """A list of genres as films have it, and what the models know of it."""

    genres: tuple[str, ...]
    known: bytes  # one for each genre of the models: 1 listed, 0 not listed
    unknown: tuple[str, ...]


class Audit:
    """Compares the genres that films list with predictions.

    What is kept of each film are its id, title, poster's name and list, and its probabilities.

    >>> from gradio_app.films import Film
    >>> from gradio_app.prediction import Prediction
    >>> audit = Audit(("Comedy", "Horror"))
    >>> film = Film("tt1", title="The Attic", genres=("Comedy", "Western"))
    >>> audit.add(film, Prediction(("Comedy", "Horror"), (0.01, 0.97), (0.4, 0.3)))
    >>> report = audit.finish()
    >>> [(label.kind, label.genre) for label in report.labels]
    [('missing', 'Horror'), ('wrong', 'Comedy')]
    >>> report.unknown_genres
    {'Western': 1}
    """

    def __init__(self, genres: Sequence[str]):
        self._genres = tuple(genres)
        self._names = GenreNames(genres)
        self._listings: dict[tuple[str, ...], _Listing] = {}
        self._n_given = 0
        self._films: list[Film] = []
        self._numbers = array("L")
        self._probabilities = array("f")
        self._listed = bytearray()
        self._suggested = bytearray()
        self._left_out: Counter[str] = Counter()
        self._unknown_genres: Counter[str] = Counter()
        self._spellings: dict[str, str] = {}

    def add(self, film: Film, prediction: Prediction | None) -> None:
        """Take one film in.

        Args:
            film: is only counted if it lists none of the models' genres.
            prediction: for the genres of the audit; None if there is none.
        """
        number = self._n_given
        self._n_given += 1
        if not film.genres:
            self._left_out[_WITHOUT_GENRES] += 1
            return
        listing = self._listings.get(film.genres) or self._read_listing(film.genres)
        self._unknown_genres.update(listing.unknown)
        if not any(listing.known):
            self._left_out[_WITHOUT_KNOWN_GENRES] += 1
        elif prediction is None:
            self._left_out[_WITHOUT_PREDICTION] += 1
        else:
            assert prediction.genres == self._genres
            self._films.append(_slim(film, listing.genres))
            self._numbers.append(number)
            self._listed += listing.known
            self._probabilities.extend(prediction.probabilities)
            chosen = map(operator.ge, prediction.probabilities, prediction.thresholds)
            self._suggested.extend(chosen)

    def _read_listing(self, genres: tuple[str, ...]) -> _Listing:
        columns = [self._names.column(genre) for genre in genres]
        unknown = {
            plain_name(genre): genre.strip()
            for genre, column in zip(genres, columns, strict=True)
            if column is None and genre.strip()
        }
        for name, spelling in unknown.items():
            self._spellings.setdefault(name, spelling)
        known = bytes(column in columns for column in range(len(self._genres)))
        self._listings[genres] = listing = _Listing(genres, known, tuple(unknown))
        return listing

    def finish(self) -> AuditReport:
        """Return the report on the films that were taken in."""
        shape = len(self._films), len(self._genres)
        probabilities = np.asarray(self._probabilities, np.float32).reshape(shape)
        listed = np.array(self._listed, np.uint8).reshape(shape).view(bool)
        suggested = np.array(self._suggested, np.uint8).reshape(shape).view(bool)
        unnamed = ~listed.any(axis=0) & (suggested.sum(axis=0) >= _UNNAMED_FILMS)
        rates = estimate_error_rates(listed, probabilities)
        scores = label_error_scores(listed, probabilities, rates)
        doubtful = (scores >= DOUBTFUL_SCORE) & ~unnamed
        return AuditReport(
            n_films=len(self._films),
            agreement=self._agreement(listed, suggested, doubtful),
            labels=self._labels(listed, suggested, doubtful, probabilities, scores),
            left_out=dict(self._left_out),
            unknown_genres={
                self._spellings[name]: films for name, films in self._unknown_genres.most_common()
            },
            unnamed=self._named(unnamed),
        )

    def _agreement(
        self, listed: np.ndarray, suggested: np.ndarray, doubtful: np.ndarray
    ) -> tuple[Agreement, ...]:
        films = (
            labels.sum(axis=0).tolist()
            for labels in (
                listed,
                suggested,
                listed & suggested,
                doubtful & ~listed,
                doubtful & listed,
            )
        )
        return tuple(map(Agreement, self._genres, *films))

    def _labels(
        self,
        listed: np.ndarray,
        suggested: np.ndarray,
        doubtful: np.ndarray,
        probabilities: np.ndarray,
        scores: np.ndarray,
    ) -> tuple[DoubtfulLabel, ...]:
        rows, columns = np.nonzero(doubtful)
        order = np.argsort(-scores[rows, columns], kind="stable")
        return tuple(
            DoubtfulLabel(
                film=self._films[row],
                suggested=self._named(suggested[row]),
                genre=self._genres[column],
                kind="wrong" if listed[row, column] else "missing",
                probability=float(probabilities[row, column]),
                score=float(scores[row, column]),
                number=self._numbers[row],
            )
            for row, column in zip(rows[order], columns[order], strict=True)
        )

    def _named(self, chosen: np.ndarray) -> tuple[str, ...]:
        """Return the genres that are chosen: bool (genres,)."""
        return tuple(
            genre for genre, is_chosen in zip(self._genres, chosen, strict=True) if is_chosen
        )


def _slim(film: Film, genres: tuple[str, ...]) -> Film:
    """Return a film without what weighs; equal lists of genres are one tuple."""
    poster = film.poster if isinstance(film.poster, str | os.PathLike) else ""
    return replace(film, overview="", poster=poster, genres=genres, cells=_NO_CELLS)
