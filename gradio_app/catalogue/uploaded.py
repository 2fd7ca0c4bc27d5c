"""A catalogue that somebody uploaded: opened, read film by film, looked at, downloaded, deleted."""

import os
import tempfile
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePath

from PIL import Image

from gradio_app.catalogue.films import Film
from gradio_app.catalogue.pipeline import classify_films, no_poster
from gradio_app.catalogue.posters import NamedPosters, Posters, open_zip, uploaded_posters
from gradio_app.catalogue.results import FORMATS, FilmResult, write_results
from gradio_app.catalogue.table import read_films
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.preprocessing import decode_poster

__all__ = ["Catalogue", "FilmView", "Progress", "View", "open_catalogue"]

_MAX_FILMS = 20_000  # their results stay in memory, some 3 KB a film
_FILMS_SHOWN = 50
_SECONDS_BETWEEN_REPORTS = 0.4
_THUMBNAIL = 96, 144  # pixels: width and height at most


@dataclass(frozen=True)
class Progress:
    """How far the reading of a catalogue is."""

    done: int
    total: int
    failed: int
    seconds: float
    ended: bool = False

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


@dataclass(frozen=True)
class FilmView:
    """A film to look at; `thumbnail` is a small JPEG, None where no poster was read."""

    title: str
    result: FilmResult
    thumbnail: bytes | None


@dataclass(frozen=True)
class View:
    """One page of the films that match; pages count from 0, films from 1."""

    films: list[FilmView]
    first: int
    matching: int
    page: int
    pages: int


class Catalogue:
    """Films and posters of one person. Nothing of it is left after `close`."""

    def __init__(
        self,
        films: Sequence[Film],
        posters: Posters | None,
        uploads: ExitStack,
        folder: Path,
    ):
        """See `open_catalogue`.

        Args:
            films: to be read.
            posters: where theirs are; None, and no poster is read.
            uploads: closed when the films are read.
            folder: the results lie in a folder of their own in this one.
        """
        self._films = films
        self._uploads = uploads
        self._folder = tempfile.TemporaryDirectory(dir=folder)
        self._thumbnails = None if posters is None else _Thumbnails(posters)
        self._find_poster = self._thumbnails.find if self._thumbnails else no_poster
        self._cancelled = False
        self.results: list[FilmResult] = []
        #: The result by its format (see `FORMATS`), once the films are read.
        self.files: dict[str, Path] = {}

    @property
    def total(self) -> int:
        """How many films there are to read."""
        return len(self._films)

    def read(self, classifier: FilmClassifier) -> Iterator[Progress]:
        """Read the films; report a few times a second, first and last of all included.

        It ends early when `cancel` is called. What was read until then is kept.

        Raises:
            InputError: the results cannot be written.
        """
        begin = reported = time.monotonic()
        with self._uploads:
            yield self._progress(begin)
            for result in classify_films(classifier, self._films, self._find_poster):
                if self._cancelled:
                    break
                self.results.append(result)
                if time.monotonic() - reported > _SECONDS_BETWEEN_REPORTS:
                    reported = time.monotonic()
                    yield self._progress(begin)
        self._write(classifier.genres)
        yield self._progress(begin, ended=True)

    def cancel(self) -> None:
        """End `read` within a few films."""
        self._cancelled = True

    def view(self, genre: str | None, failed_only: bool, page: int) -> View:
        """A page of the films that were read.

        Args:
            genre: films for which it is suggested; None for all.
            failed_only: only those with an error.
            page: its number; the last page where there are fewer.
        """
        numbers = [
            number
            for number, result in enumerate(self.results)
            if (not failed_only or result.errors) and (genre is None or genre in _genres(result))
        ]
        pages = max(1, -(-len(numbers) // _FILMS_SHOWN))
        page = min(max(page, 0), pages - 1)
        first = page * _FILMS_SHOWN
        films = [self._film(number) for number in numbers[first : first + _FILMS_SHOWN]]
        return View(films, first + 1, len(numbers), page, pages)

    def close(self) -> None:
        """Delete the results, and the uploads if they are still there; ends `read`."""
        self.cancel()
        self._uploads.close()
        self._folder.cleanup()
        if self._thumbnails:
            self._thumbnails.close()

    def _film(self, number: int) -> FilmView:
        thumbnail = self._thumbnails.of(number) if self._thumbnails else None
        return FilmView(self._films[number].title, self.results[number], thumbnail)

    def _progress(self, begin: float, ended: bool = False) -> Progress:
        failed = sum(bool(result.errors) for result in self.results)
        seconds = time.monotonic() - begin
        return Progress(len(self.results), len(self._films), failed, seconds, ended)

    def _write(self, genres: Sequence[str]) -> None:
        try:
            for file_format in FORMATS:
                file = Path(self._folder.name, f"film-genres{file_format}")
                write_results(self.results, genres, file, file_format)
                self.files[file_format] = file
        except OSError as error:
            raise InputError(f"The results cannot be written ({error.strerror}).") from error


def open_catalogue(
    table: Path | None, posters: Sequence[tuple[str, Path]], folder: Path
) -> Catalogue:
    """Check what was uploaded; it is deleted when the films are read.

    Args:
        table: CSV of the films (see `read_table`). Without it, each picture is a film.
        posters: names and files: one ZIP file, or pictures, or nothing.
        folder: for temporary files.

    Raises:
        InputError: there is nothing to read, or the table or the ZIP file cannot be used.
    """
    with ExitStack() as opened:
        source = opened.enter_context(_open(posters)) if posters else None
        films = _films(table, source)
        uploads = ExitStack()
        for file in (*filter(None, [table]), *(file for _, file in posters)):
            uploads.callback(file.unlink, missing_ok=True)
        uploads.push(opened.pop_all())
    return Catalogue(films, source, uploads, folder)


@contextmanager
def _open(posters: Sequence[tuple[str, Path]]) -> Iterator[NamedPosters]:
    zips = [file for name, file in posters if PurePath(name).suffix.lower() == ".zip"]
    if not zips:
        yield uploaded_posters(posters)
        return
    if len(posters) > 1:
        raise InputError("Give one ZIP file of posters, or pictures, not both.")
    with open_zip(zips[0]) as source:
        yield source


def _films(table: Path | None, posters: NamedPosters | None) -> list[Film]:
    if table is not None:
        films = read_films(table, with_posters=posters is not None)
    elif posters is not None:
        films = posters.films()
    else:
        raise InputError("Give a table of films, posters, or both.")
    if not films:
        raise InputError("There is no film in it; give a table with rows, or pictures.")
    if len(films) > _MAX_FILMS:
        raise InputError(
            f"There are {len(films):,} films, more than the {_MAX_FILMS:,} that are accepted; "
            "give them in several parts."
        )
    return films


def _genres(result: FilmResult) -> Collection[str]:
    return result.prediction.combined.chosen() if result.prediction else ()


class _Thumbnails:
    """Posters that leave small copies, one after another in a file, as they are found."""

    def __init__(self, posters: Posters):
        self._posters = posters
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._begins: list[int] = []

    def find(self, film: Film) -> Image.Image | None:
        """See `Posters`."""
        self._begins.append(self._file.seek(0, os.SEEK_END))
        poster = self._posters.find(film)
        if poster is None:
            return None
        image = decode_poster(poster)
        _small(image).save(self._file, "JPEG", quality=75)
        return image

    def of(self, number: int) -> bytes | None:
        """The small copy of the poster that was found as this one, from 0; None without."""
        begin, *following = self._begins[number : number + 2]
        end = following[0] if following else self._file.seek(0, os.SEEK_END)
        self._file.seek(begin)
        return self._file.read(end - begin) or None

    def close(self) -> None:
        self._file.close()


def _small(image: Image.Image) -> Image.Image:
    scale = min(_THUMBNAIL[0] / image.width, _THUMBNAIL[1] / image.height, 1)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    return image.resize(size, Image.Resampling.BICUBIC, reducing_gap=2)
