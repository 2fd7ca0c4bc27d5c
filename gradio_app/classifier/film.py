"""All three models for a film, or for many."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from gradio_app.classifier.fusion import Fusion
from gradio_app.classifier.overview import EncodedOverview, OverviewClassifier
from gradio_app.classifier.poster import PosterClassifier, ReadPoster
from gradio_app.errors import ArtifactError, InputError
from gradio_app.films import Film, as_film, given_poster, is_missing
from gradio_app.prediction import FilmPrediction, FilmResult, Prediction
from gradio_app.preprocessing import Poster
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from gradio_app.workers import map_in_order, usable_cores

__all__ = ["FilmClassifier"]


class FilmClassifier:
    """Reads genres from a poster, an overview, or both.

    It may be used by several threads at once. When it is pickled, it carries the places of its
    models, and loads them again where it arrives.

    >>> from gradio_app import FilmClassifier
    >>> film = FilmClassifier.from_dir("onnx_models").predict(overview="A ghost haunts a house.")
    >>> film.poster is None, len(film.combined.top(3))
    (True, 3)
    """

    def __init__(self, poster: PosterClassifier, overview: OverviewClassifier, fusion: Fusion):
        """Raises ArtifactError where the three models do not belong together."""
        if not poster.spec.genres == overview.spec.genres == fusion.spec.genres:
            raise ArtifactError(
                "The poster, the overview and the fused model know different genres; "
                "train and export them on the same films."
            )
        if fusion.spec.weights != poster.spec.weights | overview.spec.weights:
            raise ArtifactError(
                "The fused model was made for other readers than these; train and export it "
                "again (python -m training fusion)."
            )
        self.poster = poster
        self.overview = overview
        self.fusion = fusion
        self.genres = poster.spec.genres

    @property
    def digest(self) -> str:
        """What tells these models from others: SHA-256 of their specs."""
        specs = [reader.spec.document for reader in (self.poster, self.overview, self.fusion)]
        return hashlib.sha256(json.dumps(specs, sort_keys=True).encode()).hexdigest()

    def thresholds(self, poster: bool, overview: bool) -> tuple[float, ...]:
        """Return the thresholds (genres,) of the combined prediction by what is given of a film."""
        alone = self.poster if poster else self.overview
        return (self.fusion if poster and overview else alone).spec.thresholds

    @classmethod
    def from_dir(cls, folder: str | Path, threads: int = 1) -> "FilmClassifier":
        """Load the models of a folder like `onnx_models`.

        Raises:
            ArtifactError: a model cannot be loaded, or they do not belong together.
        """
        folder = Path(folder)
        if not os.path.isdir(folder):  # unlike Path.is_dir, says False to what is closed
            raise ArtifactError(f"There is no folder of models {folder}; name one with --models.")
        return cls(
            PosterClassifier.from_dir(folder / POSTER.folder, threads),
            OverviewClassifier.from_dir(folder / OVERVIEW.folder, threads),
            Fusion.from_dir(folder / COMBINED.folder, threads),
        )

    def predict(
        self, poster: Poster | ReadPoster | None = None, overview: str | None = None
    ) -> FilmPrediction:
        """Read one film; a poster of None and a blank overview are not given.

        Args:
            poster: see `preprocessing.decode_poster`; or what `self.poster.read` said of one.
            overview: what the film is about, in English; None, NaN and placeholders such as "N/A"
                are blank.

        Raises:
            InputError: neither is given, or one cannot be read.
            TypeError: one is of another type.
        """
        encoded = self.overview.encode(_as_text(overview))
        if poster is None and encoded.word_ids is None:
            raise InputError(" ".join([*encoded.notes, "Give a poster, an overview, or both."]))
        if poster is not None and not isinstance(poster, ReadPoster):
            poster = self.poster.read(poster)
        return self._predict(poster, encoded)

    def predict_many(
        self,
        films: Iterable[object],
        workers: int | None = None,
        find_poster: Callable[[Film], Poster | None] = given_poster,
    ) -> Iterator[FilmResult]:
        """Read any number of films, several at a time; yield one result each, in order.

        A film that cannot be read ends nothing: its result says why. Films are taken a few ahead of
        the results, so that neither must fit into memory.

        Args:
            films: what `as_film` takes: mappings with "poster" and "overview", pairs of both, or
                `Film`s.
            workers: how many are read at a time; the cores that this process may use if None.
            find_poster: gives the poster of a film, or None; may raise InputError.

        >>> classifier = FilmClassifier.from_dir("onnx_models")
        >>> films = [{"id": 1, "overview": "A ghost haunts a house."}, {"id": 2}]
        >>> [(result.id, result.errors) for result in classifier.predict_many(films)]
        [('1', ()), ('2', ('The film has neither a poster file nor an overview.',))]
        """
        read = partial(self.read, find_poster=find_poster)
        return map_in_order(read, map(as_film, films), workers or usable_cores())

    def read(
        self, film: Film, find_poster: Callable[[Film], Poster | None] = given_poster
    ) -> FilmResult:
        """Read one film of many, as `predict_many` does; what cannot be read is in its errors.

        Args:
            film: as its source lists it.
            find_poster: gives its poster, or None; may raise InputError.
        """
        errors = list(film.errors)
        seen, encoded = None, EncodedOverview(None, None, ())
        try:
            poster = find_poster(film)
            seen = None if poster is None else self.poster.read(poster)
        except (InputError, TypeError) as error:
            errors.append(str(error))
        try:
            encoded = self.overview.encode(film.overview)
        except InputError as error:
            errors.append(str(error))
        if seen is not None or encoded.word_ids is not None:
            return FilmResult(film, self._predict(seen, encoded), tuple(errors))
        errors += encoded.notes
        nothing = "The film has neither a poster file nor an overview."
        return FilmResult(film, None, tuple(errors) or (nothing,))

    def _predict(self, seen: ReadPoster | None, encoded: EncodedOverview) -> FilmPrediction:
        ids = encoded.word_ids
        poster = None if seen is None else seen.probabilities[None]
        overview = None if ids is None else self.overview.predict_word_ids(ids[None])
        fused = self.fusion.predict_proba(poster, overview)
        thresholds = self.thresholds(poster is not None, overview is not None)
        poster_notes = () if seen is None else seen.notes
        return FilmPrediction(
            poster=None if poster is None else Prediction.of(self.poster.spec, poster[0]),
            overview=None if overview is None else Prediction.of(self.overview.spec, overview[0]),
            combined=Prediction(self.genres, tuple(fused[0].tolist()), thresholds),
            notes=poster_notes + encoded.notes,
            words=encoded.words,
            poster_notes=poster_notes,
        )


def _as_text(overview: object) -> str:
    if is_missing(overview):
        return ""
    if not isinstance(overview, str):
        raise TypeError(f"An overview is text, not of the type {type(overview).__name__}.")
    return overview
