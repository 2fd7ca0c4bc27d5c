"""A catalogue from its uploads to its deletion, without a page."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from gradio_app.catalogue.results import FORMATS
from gradio_app.catalogue.sources.posters import posters_in_folder
from gradio_app.catalogue.uploaded.catalogue import Catalogue, Progress
from gradio_app.catalogue.uploaded.opening import open_catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.prediction import FilmResult
from gradio_app.workers import Turns


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """For temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    return folder


@pytest.fixture
def uploads(film_folder: Path) -> tuple[Path, list[tuple[str, Path]]]:
    """A table of five films, and a ZIP file of four posters."""
    archive = film_folder / "posters.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for file in sorted((film_folder / "posters").iterdir()):
            written.write(file, f"mine/{file.name}")
    return film_folder / "films.csv", [("posters.zip", archive)]


@pytest.fixture
def many(tmp_path: Path, folder: Path) -> Callable[[int], Catalogue]:
    """Opens a catalogue of so many films, every tenth of them without a word."""

    def make(count: int) -> Catalogue:
        table = tmp_path / "many.csv"
        rows = [f"{number},{'?!' if number % 10 == 0 else 'A ghost.'}\n" for number in range(count)]
        table.write_text("id,overview\n" + "".join(rows))
        return open_catalogue(table, [], folder)

    return make


def refusal(table: Path | None, posters: list[tuple[str, Path]], folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        open_catalogue(table, posters, folder)
    assert list(folder.iterdir()) == []
    return str(caught.value)


# --- what is opened -----------------------------------------------------------------------------


def test_answers_are_those_of_the_command_line(
    classifier: FilmClassifier, uploads, film_folder: Path, folder: Path
):
    films = [
        Film(f"tt{number + 1}", f"Detective number {number} hunts a ghost, again.")
        for number in range(5)
    ]
    with posters_in_folder(film_folder / "posters") as posters:
        expected = list(classifier.predict_many(films, find_poster=posters.find))
    catalogue = open_catalogue(*uploads, folder)
    *_, last = catalogue.read(classifier, Turns())
    assert (last.done, last.total, last.failed, last.cancelled) == (5, 5, 0, False)
    assert [result.id for result in catalogue.results] == [film.id for film in films]
    assert [result.prediction for result in catalogue.results] == [
        result.prediction for result in expected
    ]


def test_a_zip_alone(classifier: FilmClassifier, uploads, folder: Path):
    catalogue = open_catalogue(None, uploads[1], folder)
    *_, last = catalogue.read(classifier, Turns())
    assert [result.id for result in catalogue.results] == ["tt1", "tt2", "tt3", "tt4"]
    assert last.failed == 0


def test_pictures_alone(classifier: FilmClassifier, film_folder: Path, folder: Path):
    pictures = sorted((film_folder / "posters").iterdir())
    catalogue = open_catalogue(None, [(f"My {file.name}", file) for file in pictures], folder)
    list(catalogue.read(classifier, Turns()))
    assert [result.id for result in catalogue.results] == ["My tt1", "My tt2", "My tt3", "My tt4"]


def test_a_table_alone(classifier: FilmClassifier, uploads, folder: Path):
    catalogue = open_catalogue(uploads[0], [], folder)
    list(catalogue.read(classifier, Turns()))
    assert [result.prediction.poster for result in catalogue.results] == [None] * 5
    assert [catalogue.thumbnail(number) for number in range(5)] == [None] * 5


def test_what_cannot_be_opened(uploads, film_folder: Path, folder: Path):
    table, archive = uploads
    assert refusal(None, [], folder) == "Give a table of films, posters, or both."
    picture = ("tt1.jpg", film_folder / "posters" / "tt1.jpg")
    assert "not both" in refusal(table, [*archive, picture], folder)
    assert "not a whole ZIP" in refusal(table, [("a.ZIP", table)], folder)
    assert "There is no film" in refusal(None, [("notes.txt", table)], folder)
    table.write_text("id\n1\n")
    assert "no column overview" in refusal(table, [], folder)
    table.write_text("id,overview\n")
    assert "There is no film" in refusal(table, [], folder)
    table.write_text("id,overview\n" + "1,A\n" * 20_001)
    assert "20,001 films, more than the 20,000" in refusal(table, [], folder)
    assert table.exists()  # to be mended and tried again


# --- reading ------------------------------------------------------------------------------------


def test_bad_films_are_listed(classifier: FilmClassifier, many):
    catalogue = many(20)
    *_, last = catalogue.read(classifier, Turns())
    assert (last.done, last.failed) == (20, 2)
    assert [bool(result.errors) for result in catalogue.results] == ([True] + [False] * 9) * 2


def test_uploads_are_deleted_when_they_are_read(classifier: FilmClassifier, uploads, folder: Path):
    table, [(_, archive)] = uploads
    catalogue = open_catalogue(*uploads, folder)
    reading = catalogue.read(classifier, Turns())
    next(reading)
    assert table.exists()
    assert archive.exists()
    list(reading)
    assert not table.exists()
    assert not archive.exists()


def test_uploads_are_deleted_when_reading_is_given_up(
    classifier: FilmClassifier, uploads, folder: Path
):
    """As gradio does when somebody leaves the page."""
    reading = open_catalogue(*uploads, folder).read(classifier, Turns())
    next(reading)
    reading.close()
    assert not uploads[0].exists()


def test_progress(classifier: FilmClassifier, many):
    first, *_, last = many(100).read(classifier, Turns())
    assert (first.done, first.total, first.ended, first.seconds_left) == (0, 100, False, None)
    assert (last.done, last.total, last.ended, last.seconds_left) == (100, 100, True, 0)
    assert last.films_per_second > 0


def test_time_left():
    progress = Progress(done=20, total=50, failed=0, seconds=4)
    assert (progress.films_per_second, progress.seconds_left) == (5, 6)


def test_cancelling_keeps_what_was_read(classifier: FilmClassifier, many):
    catalogue = many(400)
    reports = catalogue.read(classifier, Turns())
    next(reports)
    catalogue.results.append(FilmResult(Film("before"), None, ()))
    catalogue.cancel()
    (last,) = reports
    assert (last.done, last.total, last.cancelled) == (1, 400, True)
    assert catalogue.file(".csv").read_text().count("\n") == 2


def test_a_run_that_is_not_cancelled_at_its_end(classifier: FilmClassifier, many):
    catalogue = many(3)
    *_, last = catalogue.read(classifier, Turns())
    catalogue.cancel()
    assert not last.cancelled


def test_files(classifier: FilmClassifier, many, folder: Path):
    catalogue = many(3)
    assert not catalogue.ended
    list(catalogue.read(classifier, Turns()))
    assert catalogue.ended
    for file_format in FORMATS:
        file, before = catalogue.file(file_format), catalogue.file_with_decisions(file_format)
        assert file.name == before.name == f"film-genres{file_format}"
        assert file.is_relative_to(folder)
        assert catalogue.file_with_decisions(file_format) == before
        catalogue.review.decide(1, ["War"], accepted=True, turn=FORMATS.index(file_format) + 1)
        after = catalogue.file_with_decisions(file_format)
        assert (before.exists(), after.exists()) == (False, True)
    assert '"genres_decided": ["War"]' in catalogue.file_with_decisions(".jsonl").read_text()
    assert "genres_decided" not in catalogue.file(".jsonl").read_text()


def test_nothing_is_left(classifier: FilmClassifier, uploads, folder: Path):
    catalogue = open_catalogue(*uploads, folder)
    list(catalogue.read(classifier, Turns()))
    catalogue.close()
    assert list(folder.iterdir()) == []
    unread = open_catalogue(None, [("a.jpg", folder / "a.jpg")], folder)
    unread.close()
    assert list(folder.iterdir()) == []


# --- looking ------------------------------------------------------------------------------------


def test_thumbnails(classifier: FilmClassifier, tmp_path: Path, folder: Path):
    archive = tmp_path / "posters.zip"
    sizes = {"a": (300, 450), "b": (10, 15), "d": (4_000, 3), "e": (3, 4_000)}
    with zipfile.ZipFile(archive, "w") as written:
        for name, size in sizes.items():
            picture = io.BytesIO()
            Image.new("RGB", size, "red").save(picture, "PNG")
            written.writestr(f"{name}.png", picture.getvalue())
        written.writestr("c.png", b"broken")
    table = tmp_path / "films.csv"
    table.write_text("id\na\nb\nnone\nc\nd\ne\n")
    catalogue = open_catalogue(table, [("posters.zip", archive)], folder)
    list(catalogue.read(classifier, Turns()))
    shown = [catalogue.thumbnail(number) for number in range(6)]
    small = [thumbnail and Image.open(io.BytesIO(thumbnail)) for thumbnail in shown]
    assert [image and image.size for image in small] == [
        (96, 144),
        (10, 15),
        None,
        None,
        (96, 1),
        (1, 144),
    ]
    assert all(image.getpixel((0, 0))[0] > 200 for image in small if image)


def test_no_audit_without_listed_genres(classifier: FilmClassifier, many):
    catalogue = many(3)
    list(catalogue.read(classifier, Turns()))
    assert catalogue.audit is None


def test_audit(classifier: FilmClassifier, tmp_path: Path, folder: Path):
    table = tmp_path / "films.csv"
    table.write_text("id,overview,genres\n1,?!,War\n2,A ghost haunts a house.,War|Horror\n")
    catalogue = open_catalogue(table, [], folder)
    list(catalogue.read(classifier, Turns()))
    (wrong,) = [label for label in catalogue.audit.labels if label.genre == "War"]
    assert (wrong.kind, wrong.number) == ("wrong", 1)
    catalogue.review.take(wrong, taken=True, turn=1)
    assert catalogue.review.decided(1) == ("Horror",)
