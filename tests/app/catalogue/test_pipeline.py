"""The output table is a contract; one bad film never costs the others their row."""

import csv
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gradio_app.catalogue.films import Film
from gradio_app.catalogue.pipeline import _CHUNK, classify_films, classify_table, no_poster
from gradio_app.catalogue.results import columns
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.preprocessing import MAX_OVERVIEW_CHARACTERS
from gradio_app.readers import READERS

NOTHING = "The film has neither a poster file nor an overview."


def read(output: Path) -> list[dict[str, str]]:
    with output.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(table: Path, rows: list[tuple[str, str]]) -> Path:
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("id", "overview"), *rows])
    return table


@pytest.fixture
def results(classifier: FilmClassifier, tmp_path: Path, draw_poster: Callable[[int], Image.Image]):
    """Classifies (id, overview) pairs; a folder holds good.jpg and broken.jpg."""
    posters = tmp_path / "posters"
    posters.mkdir()
    draw_poster(3).save(posters / "good.jpg")
    (posters / "broken.jpg").write_bytes((posters / "good.jpg").read_bytes()[:300])

    def classify(*films: tuple[str, str]) -> list[dict[str, str]]:
        table = write(tmp_path / "films.csv", list(films))
        output = tmp_path / "out.csv"
        counts = classify_table(classifier, table, posters, output)
        rows = read(output)
        assert counts == (len(films), sum(bool(row["error"]) for row in rows))
        return rows

    return classify


def has(row: dict[str, str], reader: str) -> bool:
    """Whether a reader's cells are filled; they are all filled or all empty."""
    cells = [value for name, value in row.items() if name.startswith(f"{reader}_")]
    filled = [bool(cell) for cell in (row[f"top3_{reader}"], *cells)]
    assert len(set(filled)) == 1
    return filled[0]


def test_columns(classifier: FilmClassifier, film_folder: Path, tmp_path: Path):
    output = tmp_path / "out.csv"
    classify_table(classifier, film_folder / "films.csv", film_folder / "posters", output)
    header = output.read_text("utf-8").splitlines()[0].split(",")
    genres = list(classifier.genres)
    assert header == columns(classifier.genres)
    assert header == (
        ["id", "genres", "top3_poster", "top3_overview", "top3_combined"]
        + [f"poster_{genre}" for genre in genres]
        + [f"overview_{genre}" for genre in genres]
        + [f"combined_{genre}" for genre in genres]
        + ["error"]
    )


def test_values_are_those_of_single_films(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    output = tmp_path / "out.csv"
    posters = film_folder / "posters"
    assert classify_table(classifier, film_folder / "films.csv", posters, output) == (5, 0)

    rows, films = read(output), read(film_folder / "films.csv")
    assert [row["id"] for row in rows] == [film["imdb_id"] for film in films]
    for row, film in zip(rows, films, strict=True):
        poster = next(posters.glob(f"{film['imdb_id']}.*"), None)
        single = classifier.predict(poster, film["overview"])
        assert row["genres"] == "|".join(single.combined.chosen())
        for reader in (reader.key for reader in READERS):
            reading = getattr(single, reader)
            assert has(row, reader) == (reading is not None)
            if reading is None:
                continue
            assert row[f"top3_{reader}"] == "|".join(genre for genre, _ in reading.top(3))
            values = [float(row[f"{reader}_{genre}"]) for genre in classifier.genres]
            assert np.allclose(values, reading.probabilities, rtol=0, atol=2e-6)


def test_probabilities_have_six_decimals(results):
    (row,) = results(("good", "A ghost."))
    values = [value for name, value in row.items() if name.startswith(("poster_", "overview_"))]
    assert values
    assert all(len(value) == 8 and value[1] == "." for value in values)


@pytest.mark.parametrize(
    ("film_id", "overview", "poster", "text", "error"),
    [
        ("good", "A ghost.", True, True, ""),
        ("good", "", True, False, ""),
        ("good", " \n ", True, False, ""),
        ("none", "A ghost.", False, True, ""),
        ("none", "", False, False, NOTHING),
        ("broken", "A ghost.", False, True, "The poster broken.jpg is not a readable picture"),
        ("broken", "", False, False, "The poster broken.jpg is not a readable picture"),
        ("good", "?!...", True, False, "The overview holds no word"),
        ("good", "a" * (MAX_OVERVIEW_CHARACTERS + 1), True, False, "The overview has 100,001"),
        ("good", "a" * MAX_OVERVIEW_CHARACTERS, True, True, ""),
        ("", "A ghost.", False, True, "The id '' is not a plain file name."),
        ("", "", False, False, "The id '' is not a plain file name."),
        (".", "A ghost.", False, True, "The id '.' is not a plain file name."),
        ("..", "A ghost.", False, True, ""),
        ("../x", "A ghost.", False, True, "The id '../x' is not a plain file name."),
        ("posters/good", "", False, False, "is not a plain file name."),
        ("..\\posters\\good", "A ghost.", False, True, "is not a plain file name."),
        ("a" * 5_000, "A ghost.", False, True, ""),
    ],
)
def test_one_film(results, film_id: str, overview: str, poster: bool, text: bool, error: str):
    (row,) = results((film_id, overview))
    assert row["id"] == film_id
    assert (has(row, "poster"), has(row, "overview")) == (poster, text)
    assert has(row, "combined") == (poster or text)
    assert error in row["error"]
    assert bool(row["error"]) == bool(error)


def test_two_errors_of_one_film(results):
    (row,) = results(("broken", "?!"))
    assert "not a readable picture" in row["error"]
    assert "holds no word" in row["error"]
    assert row["genres"] == row["top3_combined"] == ""


def test_a_bad_film_does_not_shift_the_others(results):
    alone = {film: results(film)[0] for film in [("good", "A ghost."), ("none", "A war.")]}
    films = [
        ("good", "A ghost."),
        ("broken", ""),
        ("none", "A war."),
        ("", ""),
        ("good", "A ghost."),
        ("none", "A war."),
    ]
    rows = results(*films)
    assert [row["id"] for row in rows] == [film_id for film_id, _ in films]
    assert [bool(row["error"]) for row in rows] == [False, True, False, True, False, False]
    for film, row in zip(films, rows, strict=True):
        if film in alone:
            assert row["genres"] == alone[film]["genres"]
            values = [float(row[name]) for name in row if name.startswith("combined_")]
            expected = [float(alone[film][name]) for name in row if name.startswith("combined_")]
            assert np.allclose(values, expected, rtol=0, atol=2e-6)


@pytest.mark.parametrize("count", [0, 1, _CHUNK - 1, _CHUNK, _CHUNK + 1, 2 * _CHUNK + 1])
def test_order_across_chunks(classifier: FilmClassifier, count: int):
    films = [Film(str(number), f"{'ghost ' * number} war") for number in range(count)]
    results = list(classify_films(classifier, iter(films), no_poster))
    assert [result.id for result in results] == [film.id for film in films]
    for film, result in list(zip(films, results, strict=True))[:: _CHUNK - 1]:
        expected = classifier.predict(overview=film.overview).combined
        given = result.prediction.combined
        assert np.allclose(given.probabilities, expected.probabilities, rtol=0, atol=1e-6)


def test_films_are_read_one_chunk_at_a_time(classifier: FilmClassifier):
    taken = []

    def films():
        for number in range(3 * _CHUNK):
            taken.append(number)
            yield Film(str(number), "A ghost.")

    next(classify_films(classifier, films(), no_poster))
    assert len(taken) == _CHUNK


def test_without_posters(classifier: FilmClassifier, film_folder: Path, tmp_path: Path):
    output = tmp_path / "out.csv"
    assert classify_table(classifier, film_folder / "films.csv", None, output) == (5, 0)
    assert not any(has(row, "poster") for row in read(output))


def test_posters_in_a_zip_answer_as_those_in_a_folder(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    archive = Path(shutil.make_archive(str(tmp_path / "all"), "zip", film_folder, "posters"))
    rows = []
    for posters in (film_folder / "posters", archive):
        output = tmp_path / "out.csv"
        assert classify_table(classifier, film_folder / "films.csv", posters, output) == (5, 0)
        rows.append(read(output))
    assert rows[0] == rows[1]
    assert sum(has(row, "poster") for row in rows[0]) == 4


def test_a_column_names_the_poster(classifier: FilmClassifier, film_folder: Path, tmp_path: Path):
    table = tmp_path / "named.csv"
    table.write_text(
        "id,overview,poster\na,,tt1.jpg\nb,War.,nowhere.jpg\nc,War.,http://x/y.jpg\ntt2,War.,\n"
    )
    output = tmp_path / "out.csv"
    assert classify_table(classifier, table, film_folder / "posters", output) == (4, 2)
    rows = read(output)
    assert [has(row, "poster") for row in rows] == [True, False, False, True]
    assert [row["error"] for row in rows] == [
        "",
        "There is no poster 'nowhere.jpg'.",
        "The poster 'http://x/y.jpg' is an address; name a file.",
        "",
    ]


def test_a_table_without_overviews(classifier: FilmClassifier, film_folder: Path, tmp_path: Path):
    table = tmp_path / "ids.csv"
    table.write_text("id\ntt1\ntt5\n")
    output = tmp_path / "out.csv"
    assert classify_table(classifier, table, film_folder / "posters", output) == (2, 1)
    assert [row["error"] for row in read(output)] == ["", NOTHING]


@pytest.mark.parametrize("text", ["id,overview\n", "id,overview"])
def test_a_header_alone(classifier: FilmClassifier, text: str, tmp_path: Path):
    table = tmp_path / "films.csv"
    table.write_text(text)
    assert classify_table(classifier, table, None, tmp_path / "out.csv") == (0, 0)
    assert (tmp_path / "out.csv").read_text().rstrip() == ",".join(columns(classifier.genres))


def test_a_byte_order_mark_and_windows_line_ends(classifier: FilmClassifier, tmp_path: Path):
    table = tmp_path / "films.csv"
    table.write_bytes('\ufeffid,overview\r\ntt1,"Two\r\nlines"\r\ntt2,War\r\n'.encode())
    assert classify_table(classifier, table, None, tmp_path / "out.csv") == (2, 0)
    assert [row["id"] for row in read(tmp_path / "out.csv")] == ["tt1", "tt2"]


# --- what ends the run --------------------------------------------------------------------------


@pytest.fixture
def refused(classifier: FilmClassifier):
    """Runs a batch that must be refused with one sentence, and leave nothing behind."""

    def refuse(table: Path, posters: Path | None, output: Path) -> str:
        before = {file: file.read_bytes() for file in table.parent.rglob("*") if file.is_file()}
        with pytest.raises(InputError) as caught:
            classify_table(classifier, table, posters, output)
        after = {file: file.read_bytes() for file in table.parent.rglob("*") if file.is_file()}
        assert after == before
        message = str(caught.value)
        assert "\n" not in message
        assert message.endswith(".")
        return message

    return refuse


@pytest.mark.parametrize(
    "content",
    [None, b"", b"title\nA\n", b'id,overview\n1,"A\n', b"id\n\xff\n", b"\x89PNG\r\n\x1a\n"],
)
def test_a_table_that_cannot_be_used(refused, content: bytes | None, tmp_path: Path):
    if content is not None:
        (tmp_path / "films.csv").write_bytes(content)
    assert "films.csv" in refused(tmp_path / "films.csv", None, tmp_path / "out.csv")


def test_an_older_output_survives_a_refused_table(refused, tmp_path: Path):
    (tmp_path / "films.csv").write_bytes(b"id\n\xff\n")
    (tmp_path / "out.csv").write_text("the results of yesterday")
    refused(tmp_path / "films.csv", None, tmp_path / "out.csv")


def test_a_table_without_anything_to_read(refused, film_folder: Path):
    table = film_folder / "titles.csv"
    table.write_text("id,plot\n1,A ghost.\n")
    assert "no column overview" in refused(table, None, film_folder / "out.csv")


def test_a_missing_folder_of_posters(refused, film_folder: Path):
    missing = film_folder / "pictures"
    message = refused(film_folder / "films.csv", missing, film_folder / "out.csv")
    assert message == f"There is no folder and no ZIP file of posters {missing}."


def test_a_file_in_place_of_a_folder_of_posters(refused, film_folder: Path):
    table = film_folder / "films.csv"
    assert "no folder and no ZIP file" in refused(table, table, film_folder / "out.csv")


def test_a_broken_zip_in_place_of_a_folder_of_posters(refused, film_folder: Path):
    archive = film_folder / "posters.zip"
    archive.write_bytes(b"PK\3\4 and no more")
    message = refused(film_folder / "films.csv", archive, film_folder / "out.csv")
    assert message == "posters.zip is not a whole ZIP file; make it again."


@pytest.mark.parametrize(
    "output", ["nowhere/out.csv", "films.csv/out.csv", "results.csv", f"{'o' * 300}.csv"]
)
def test_an_output_that_cannot_be_written(refused, output: str, film_folder: Path):
    (film_folder / "results.csv").mkdir()
    message = refused(film_folder / "films.csv", None, film_folder / output)
    assert str(film_folder / output) in message
    assert "cannot be written" in message


@pytest.mark.parametrize("output", ["posters", "out", "out.xlsx", "out.csv.gz"])
def test_an_output_of_an_unknown_format(refused, output: str, film_folder: Path):
    message = refused(film_folder / "films.csv", None, film_folder / output)
    assert ".csv, .jsonl or .parquet" in message


@pytest.mark.parametrize("name", ["films.csv", "posters/../films.csv", "hard.csv", "soft.csv"])
def test_the_table_is_never_overwritten(refused, name: str, film_folder: Path):
    os.link(film_folder / "films.csv", film_folder / "hard.csv")
    (film_folder / "soft.csv").symlink_to(film_folder / "films.csv")
    message = refused(film_folder / "films.csv", None, film_folder / name)
    assert "would overwrite the table" in message


def test_the_table_is_never_the_file_in_progress(refused, film_folder: Path):
    table = (film_folder / "films.csv").rename(film_folder / "out.csv.part")
    assert "would overwrite the table" in refused(table, None, film_folder / "out.csv")


def test_only_the_output_is_left(classifier: FilmClassifier, film_folder: Path, tmp_path: Path):
    folder = tmp_path / "results"
    folder.mkdir()
    (folder / "out.csv").write_text("the results of yesterday")
    for _ in range(2):
        classify_table(classifier, film_folder / "films.csv", None, folder / "out.csv")
        assert [file.name for file in folder.iterdir()] == ["out.csv"]
        assert len(read(folder / "out.csv")) == 5


def test_an_interrupted_run_leaves_nothing(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    folder = tmp_path / "results"
    folder.mkdir()
    halted = FilmClassifier(classifier.poster, classifier.overview, classifier.fusion)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    halted.combine = interrupt
    with pytest.raises(KeyboardInterrupt):
        classify_table(halted, film_folder / "films.csv", None, folder / "out.csv")
    assert list(folder.iterdir()) == []
