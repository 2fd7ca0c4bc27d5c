"""A library in a ZIP file is read as its folder would be, and leads nowhere."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.library import Library
from gradio_app.catalogue.sources.zipped import open_films_in_zip
from gradio_app.catalogue.uploaded.opening import open_catalogue
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.limits import MAX_NFO_BYTES
from gradio_app.workers import Turns

NFO = "<movie><title>{0}</title><plot>A ghost haunts {0}.</plot><genre>Horror</genre></movie>"


@pytest.fixture
def library(tmp_path: Path, draw_poster) -> Path:
    """Three films: two in folders, with a poster and without, and one that lies beside them."""
    root = tmp_path / "My films"
    for name, files in {
        "Alien (1979)": ("movie.nfo", "Alien.mkv", "poster.png"),
        "Nested/Der Himmel über Berlin (1987)": ("film.nfo", "film.mkv", "notes.txt"),
        "": ("Loose.nfo", "Loose.mp4"),
    }.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        for file in files:
            path = root / name / file
            if path.suffix == ".png":
                draw_poster(1).save(path)
            else:
                path.write_text(NFO.format(name or "Loose"), "utf-8")
    return root


def packed(root: Path, file: Path) -> Path:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(root))
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "temporary").mkdir()
    return tmp_path / "temporary"


@pytest.fixture
def zip_of(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    def write(files: dict[str, bytes]) -> Path:
        file = tmp_path / "made.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        return file

    return write


def test_the_films_are_those_of_the_folder(library: Path, tmp_path: Path, folder: Path):
    expected = list(Library(library).films())
    with open_films_in_zip(packed(library, tmp_path / "My films.zip"), folder) as source:
        films = list(source.films)
        assert list(folder.iterdir()) == []  # posters are read from the ZIP file
        posters = [source.find_poster(film) for film in films]
    assert len(films) == len(expected) == source.n_films == 3
    for film, other, poster in zip(films, expected, posters, strict=True):
        parts = ("id", "title", "overview", "genres", "cells", "errors")
        assert [getattr(film, part) for part in parts] == [getattr(other, part) for part in parts]
        assert bool(poster) == bool(other.poster)
        assert not poster or poster == other.poster.read_bytes()


def test_a_catalogue_of_it(classifier: FilmClassifier, library: Path, tmp_path: Path, folder: Path):
    file = packed(library, tmp_path / "films.zip")
    catalogue = open_catalogue(None, [("films.zip", file)], folder)
    *_, last = catalogue.read(classifier, Turns())
    assert (last.done, last.failed) == (3, 0)
    assert "Posters read for 1 of 3 films." in last.remarks
    assert catalogue.audit.n_films == 3
    assert sum(catalogue.thumbnail(number) is not None for number in range(3)) == 1
    catalogue.close()
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("name", ["../../up.nfo", "/root.nfo", "C:/drive.nfo", "a" * 300 + ".nfo"])
def test_names_that_lead_elsewhere(zip_of, tmp_path: Path, folder: Path, name: str):
    good = {"Alien (1979)/movie.nfo": NFO.format("Alien").encode()}
    before = set(tmp_path.rglob("*"))
    file = zip_of(good | {name: b"<movie/>"})
    with open_films_in_zip(file, folder) as source:
        assert [film.title for film in source.films] == ["Alien"]
        assert any("cannot be unpacked: 1" in warning for warning in source.warnings)
    assert set(tmp_path.rglob("*")) - before == {file}


def test_nfo_files_that_are_too_large_or_are_none(zip_of, folder: Path):
    large = b"<movie>" + b" " * MAX_NFO_BYTES
    files = {"A (1979)/movie.nfo": large, "B (1980)/movie.nfo": b"", "C (1981)/C.mkv": b""}
    with open_films_in_zip(zip_of(files), folder) as source:
        films = {film.id: film for film in source.films}
    assert set(films) == {"A (1979)", "B (1980)", "C (1981)"}
    assert films["A (1979)"].errors != ()


def test_too_much(zip_of, folder: Path, monkeypatch):
    monkeypatch.setattr("gradio_app.catalogue.sources.zipped._MOST_NFO_BYTES", 10)
    with (
        pytest.raises(InputError, match="give fewer films"),
        open_films_in_zip(zip_of({"a/movie.nfo": b"<movie></movie>"}), folder),
    ):
        pass
    assert list(folder.iterdir()) == []


def test_pictures_are_no_library(zip_of, folder: Path):
    with open_films_in_zip(zip_of({"a.jpg": b"", "b/c.png": b""}), folder) as source:
        assert [film.id for film in source.films] == ["a", "c"]
