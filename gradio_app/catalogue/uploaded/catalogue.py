"""A catalogue that somebody uploaded: read film by film, looked at, downloaded, deleted."""

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gradio_app.catalogue.audit.audit import Audit
from gradio_app.catalogue.audit.report import AuditReport
from gradio_app.catalogue.output import open_output
from gradio_app.catalogue.results import Layout
from gradio_app.catalogue.review.review import Review
from gradio_app.catalogue.sources.source import Source
from gradio_app.catalogue.uploaded.posters import SmallPosters
from gradio_app.classifier import FilmClassifier
from gradio_app.films import Film
from gradio_app.limits import CATALOGUE_SECONDS
from gradio_app.prediction import FilmResult
from gradio_app.workers import Turns

__all__ = ["Catalogue", "Progress"]

_SECONDS_BETWEEN_REPORTS = 0.4
_WORKERS = 1  # a catalogue leaves the other cores to people who look at single films
_OUT_OF_TIME = (
    f"The reading was ended after {CATALOGUE_SECONDS // 60} minutes; give the other films in a "
    "table of their own."
)


@dataclass(frozen=True)
class Progress:
    """How far the reading of a catalogue is; at its end, what of the input was left out."""

    done: int
    total: int
    failed: int
    seconds: float
    ended: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def cancelled(self) -> bool:
        """Whether it ended before its last film."""
        return self.ended and self.done < self.total

    @property
    def films_per_second(self) -> float:
        """0 at the beginning."""
        return self.done / self.seconds if self.done else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None as long as nothing is known."""
        return (self.total - self.done) * self.seconds / self.done if self.done else None


class Catalogue:
    """Films and posters of one person. Nothing of it is left after `close`."""

    def __init__(
        self,
        source: Source,
        films: Sequence[Film],
        uploads: ExitStack,
        folder: Path,
    ):
        """See `open_catalogue`.

        Args:
            source: where the films come from, with their posters.
            films: all of the source.
            uploads: closed when the films are read.
            folder: the results lie in a folder of their own in this one.
        """
        self._source = source
        self._films = films
        self._uploads = uploads
        self._folder = tempfile.TemporaryDirectory(dir=folder)
        self._small_posters = SmallPosters(source)
        self._cancelled = False
        self._out_of_time = False
        self._written: dict[str, tuple[int, Path]] = {}
        #: Whether `close` was called: there is nothing left to look at.
        self.closed = False
        self.results: list[FilmResult] = []
        #: What is decided on the films, once they are read.
        self.review: Review | None = None
        #: What the audit of their listed genres found; None where no film lists any.
        self.audit: AuditReport | None = None

    @property
    def ended(self) -> bool:
        """Whether it was read, to its end or not."""
        return self.review is not None

    @property
    def total(self) -> int:
        """How many films there are to read."""
        return len(self._films)

    def read(self, classifier: FilmClassifier, turns: Turns) -> Iterator[Progress]:
        """Read the films; report a few times a second, first and last of all included.

        It ends early when `cancel` is called, and after `CATALOGUE_SECONDS`. What was read until
        then is kept.

        Args:
            classifier: reads them.
            turns: says when the next one may be read.
        """
        begin = reported = time.monotonic()
        with self._uploads:
            yield self._progress(begin)
            for result in self._results(classifier, turns):
                now = time.monotonic()
                self._out_of_time = now - begin > CATALOGUE_SECONDS
                if self._cancelled or self._out_of_time:
                    break
                self.results.append(result)
                if now - reported > _SECONDS_BETWEEN_REPORTS:
                    reported = now
                    yield self._progress(begin)
        self.audit = _audit(self.results, classifier.genres)
        self.review = Review(self.results, classifier.genres)
        yield self._progress(begin, ended=True)

    def _results(self, classifier: FilmClassifier, turns: Turns) -> Iterator[FilmResult]:
        # With one worker, a film is read when its result is asked for.
        results = classifier.predict_many(self._films, _WORKERS, self._small_posters.find)
        while True:
            with turns.one_of_many():
                result = next(results, None)
            if result is None:
                return
            yield result

    def cancel(self) -> None:
        """End `read` within a few films."""
        self._cancelled = True

    def thumbnail(self, number: int) -> bytes | None:
        """Return the poster of a film as a small JPEG; None where none was read."""
        return self._small_posters.of(self._films[number])

    def file(self, file_format: str) -> Path:
        """Write what was read as a file: the rows that the command line writes.

        Raises:
            InputError: it cannot be written.
        """
        return self._write(file_format, decided=False)

    def file_with_decisions(self, file_format: str) -> Path:
        """Write what was read and decided as a file, unless that was done before.

        Raises:
            InputError: it cannot be written.
        """
        assert self.review is not None
        changes = self.review.changes
        written = self._written.get(file_format)
        if written is not None and written[0] == changes:
            return written[1]
        # Under an address of its own: a browser may keep what the former one gave.
        file = self._write(file_format, decided=True)
        self._written[file_format] = changes, file
        if written is not None:
            written[1].unlink(missing_ok=True)
        return file

    def close(self) -> None:
        """Delete the results, and the uploads if they are still there; ends `read`."""
        self.closed = True
        self.cancel()
        self._uploads.close()
        self._folder.cleanup()
        self._small_posters.close()

    def _progress(self, begin: float, ended: bool = False) -> Progress:
        failed = sum(bool(result.errors) for result in self.results)
        seconds = time.monotonic() - begin
        remarks = self._remarks() if ended else ()
        return Progress(len(self.results), len(self._films), failed, seconds, ended, remarks)

    def _remarks(self) -> tuple[str, ...]:
        n_read = sum(bool(each.prediction and each.prediction.poster) for each in self.results)
        whole = len(self.results) == len(self._films)
        return (
            *((_OUT_OF_TIME,) if self._out_of_time else ()),
            *self._source.warnings,
            *(self._source.account(n_read) if whole else ()),
        )

    def _write(self, file_format: str, decided: bool) -> Path:
        assert self.review is not None
        layout = Layout(self.review.known, decided=decided)
        file = Path(tempfile.mkdtemp(dir=self._folder.name), f"film-genres{file_format}")
        with open_output(file, layout, {}, resume=False) as output:
            for number, result in enumerate(self.results):
                output.write(layout.row(result, self.review.decided(number)))
        return file


def _audit(results: Sequence[FilmResult], genres: Sequence[str]) -> AuditReport | None:
    if not any(result.film.genres for result in results):
        return None
    audit = Audit(genres)
    for result in results:
        audit.add(result.film, result.prediction.combined if result.prediction else None)
    return audit.finish()
