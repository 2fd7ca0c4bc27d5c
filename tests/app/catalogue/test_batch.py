"""The output table is a contract; one bad film never costs the others their row."""

import csv
import gzip
import json
import os
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import fastparquet
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from gradio_app.catalogue.results import Layout
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_OVERVIEW_CHARACTERS
from gradio_app.prediction import Prediction
from gradio_app.readers import READERS
from tests.app.catalogue.run import classify_table, run

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
    assert header == Layout(classifier.genres).columns()
    assert header == (
        ["id", "genres", "top3_poster", "top3_overview", "top3_combined"]
        + [f"poster_{genre}" for genre in genres]
        + [f"overview_{genre}" for genre in genres]
        + [f"combined_{genre}" for genre in genres]
        + ["error", "note", "words", "words_read", "words_unknown"]
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
        ("good", "a " * (MAX_OVERVIEW_CHARACTERS // 2), True, True, ""),
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
    assert (tmp_path / "out.csv").read_text().rstrip() == ",".join(
        Layout(classifier.genres).columns()
    )


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


# --- every input is accounted for ---------------------------------------------------------------


def test_what_was_used_and_what_was_not_is_told(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    table = tmp_path / "films.csv"
    table.write_text("id,overview\ntt1,A ghost.\ntt9,A war.\n")
    (film_folder / "posters" / "notes.txt").touch()
    summary = run(classifier, table, film_folder / "posters", tmp_path / "out.csv")
    assert summary.remarks == [
        "Posters read for 1 of 2 films.",
        "Posters that belong to no film: 3 ('tt2.jpeg', 'tt3.png', 'tt4.webp').",
        "Files that are no pictures: 1 ('notes.txt').",
    ]


def test_an_empty_folder_of_posters_is_remarked(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    (tmp_path / "posters").mkdir()
    table, output = film_folder / "films.csv", tmp_path / "out.csv"
    first, second = run(classifier, table, tmp_path / "posters", output).remarks
    assert first == "Posters read for 0 of 5 films."
    assert second.startswith("No poster was read: ")


def test_columns_that_are_not_read_are_remarked(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    table = tmp_path / "films.csv"
    table.write_text("id,overview,poster\n1,A ghost.,a.jpg\n")
    (remark,) = run(classifier, table, None, tmp_path / "out.csv").remarks
    assert "column poster is not read" in remark
    table.write_text("id,plot\ntt1,A ghost.\n")
    first, *_ = run(classifier, table, film_folder / "posters", tmp_path / "out.csv").remarks
    assert "no column overview; only posters are read" in first


def test_columns_of_other_names(classifier: FilmClassifier, tmp_path: Path):
    table, output = tmp_path / "films.csv", tmp_path / "out.csv"
    table.write_text("tconst,Plot\ntt1,A ghost.\n")
    run(classifier, table, None, output, {"overview": "plot", "id": "TConst"})
    (row,) = read(output)
    assert row["id"] == "tt1"
    assert has(row, "overview")
    with pytest.raises(InputError, match=r"has no column 'plott' \(it has: 'tconst, Plot'\)"):
        run(classifier, table, None, output, {"overview": "plott", "id": "tconst"})
    with pytest.raises(InputError, match="no use for a column 'genre'"):
        run(classifier, table, None, output, {"genre": "plot"})


@pytest.mark.parametrize(
    ("overview", "counts", "note", "read_it"),
    [
        ("A ghost haunts a house.", ("5", "5", "0"), "", True),
        ("N/A", ("", "", ""), "is a placeholder (N/A)", False),
        ("No overview found.", ("", "", ""), "is a placeholder", False),
        ("nan", ("", "", ""), "is a placeholder", False),
        ("", ("", "", ""), "", False),
        ("映画", ("1", "1", "1"), "holds no word that the model knows", False),
        ("Zxqv wvutq.", ("2", "2", "2"), "holds no word that the model knows", False),
        (
            "Ghost zxqv wvutq yyqq.",
            ("4", "4", "3"),
            "the model knows only 1: this does not look like English.",
            True,
        ),
        ("a ghost " * 60, ("120", "100", "0"), "the first 100 were read", True),
    ],
)
def test_words_are_counted_and_notes_say_what_was_left_out(
    results, overview: str, counts: tuple[str, str, str], note: str, read_it: bool
):
    (row,) = results(("good", overview))
    assert (row["words"], row["words_read"], row["words_unknown"]) == counts
    assert note in row["note"]
    assert bool(row["note"]) == bool(note)
    assert has(row, "overview") == read_it
    assert row["error"] == ""
    (alone,) = results(("none", overview))
    assert has(alone, "combined") == read_it
    if not read_it:
        assert note in alone["error"]


def test_an_overview_that_is_left_out_does_not_move_the_poster(results):
    (known,) = results(("good", ""))
    (unknown,) = results(("good", "映画"))
    names = [name for name in known if name.startswith("combined_")]
    assert [known[name] for name in names] == [unknown[name] for name in names]


def test_columns_of_the_input_are_carried_along(classifier: FilmClassifier, tmp_path: Path):
    table, output = tmp_path / "films.csv", tmp_path / "out.csv"
    table.write_text("id,Shelf,genres,overview\n1, 12 b,Drama,A ghost.\n")
    run(classifier, table, None, output, keep_columns=True)
    (row,) = read(output)
    assert (row["Shelf"], row["input_genres"], row["input_id"]) == ("12 b", "Drama", "1")
    assert list(row)[-4:] == ["input_id", "Shelf", "input_genres", "overview"]


@pytest.mark.parametrize("film_id", ["=1+1", "@a", "+1", "-1"])
def test_formulas_become_text_where_that_is_wanted(
    classifier: FilmClassifier, film_id: str, tmp_path: Path
):
    table, output = tmp_path / "films.csv", tmp_path / "out.csv"
    table.write_text(f"id,overview\n{film_id},A ghost.\n")
    run(classifier, table, None, output)
    assert read(output)[0]["id"] == film_id
    run(classifier, table, None, output, formulas="text")
    assert read(output)[0]["id"] == f"'{film_id}"


# --- other tables -------------------------------------------------------------------------------


FILMS = [("tt1", "A ghost haunts a house."), ("tt2", ""), ("3", "A war in space.")]


def write_table(kind: str, folder: Path) -> Path:
    """The same three films in a format."""
    name, file = kind.removesuffix(".gz"), folder / f"films.{kind}"
    if name == "parquet":
        fastparquet.write(str(file), pd.DataFrame(FILMS, columns=["id", "overview"]))
        return file
    if name == "jsonl":
        lines = [{"id": film_id, "overview": text or None} for film_id, text in FILMS]
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    else:
        separator = {"csv": ",", "tsv": "\t"}[name]
        rows = [("id", "overview"), *FILMS]
        text = "".join(separator.join(row) + "\n" for row in rows)
    content = text.encode()
    file.write_bytes(gzip.compress(content) if kind.endswith(".gz") else content)
    return file


@pytest.mark.parametrize("kind", ["csv", "tsv", "jsonl", "parquet", "csv.gz", "tsv.gz", "jsonl.gz"])
def test_formats_of_tables(classifier: FilmClassifier, kind: str, tmp_path: Path):
    output = tmp_path / "out.csv"
    expected = tmp_path / "expected.csv"
    (tmp_path / "plain").mkdir()
    classify_table(classifier, write_table("csv", tmp_path / "plain"), None, expected)
    assert classify_table(classifier, write_table(kind, tmp_path), None, output) == (3, 1)
    assert output.read_bytes() == expected.read_bytes()


def test_values_of_other_types_cost_their_film_alone(classifier: FilmClassifier, tmp_path: Path):
    table, output = tmp_path / "films.jsonl", tmp_path / "out.csv"
    table.write_text(
        '{"id": 1, "overview": "A ghost."}\n\n{"id": 2.0, "overview": ["A", "list"]}\n'
        '{"id": null, "overview": null, "other": {"a": 1}}\n'
    )
    assert classify_table(classifier, table, None, output) == (3, 2)
    rows = read(output)
    assert [row["id"] for row in rows] == ["1", "2", ""]
    assert rows[1]["error"] == "The overview is of the type list; give text."
    run(classifier, table, None, output, keep_columns=True)
    assert [row["other"] for row in read(output)] == ["", "", '{"a": 1}']


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("films.jsonl", b'{"id": 1}\n{"id": 2\n', "not JSON Lines in line 2"),
        ("films.jsonl", b'{"id": 1}\n[1]\n', "no JSON object in line 2"),
        ("films.csv", b"id,overview\n1,A ghost, a house.\n", "more cells than columns in line 2"),
        ("films.csv", b"sep=;\nid;overview\n1;A;B\n", "more cells than columns in line 3"),
        ("films.csv", b"id,Overview,overview\n1,A,B\n", "two columns 'overview'"),
        ("films.csv.gz", gzip.compress(b"id,overview\n1,A\n", mtime=0)[:-9], "damaged gzip"),
        ("films.parquet", b"PAR1 and no more", "not a readable Parquet file"),
        ("films.csv", b"id," + b"a," * 5_000 + b"\n1\n", "columns, more than the 2,000"),
    ],
)
def test_tables_at_fault(refused, name: str, content: bytes, reason: str, tmp_path: Path):
    (tmp_path / name).write_bytes(content)
    assert reason in refused(tmp_path / name, None, tmp_path / "out.csv")


def test_pictures_alone(classifier: FilmClassifier, film_folder: Path, tmp_path: Path):
    (film_folder / "posters" / "tt5.heic").touch()
    summary = run(classifier, film_folder / "posters", None, tmp_path / "out.csv")
    assert (summary.n_films, summary.n_errors) == (4, 0)
    assert summary.remarks[-1] == "Files that are no pictures: 1 ('tt5.heic')."
    assert [row["id"] for row in read(tmp_path / "out.csv")] == ["tt1", "tt2", "tt3", "tt4"]
    with pytest.raises(InputError, match="is no table"):
        run(classifier, film_folder / "posters", film_folder / "posters", tmp_path / "out.csv")


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_any_number_of_workers_writes_the_same(
    classifier: FilmClassifier, film_folder: Path, suffix: str, tmp_path: Path
):
    written = []
    for workers in (1, 2, 7):
        output = tmp_path / f"out{suffix}"
        table, posters = film_folder / "films.csv", film_folder / "posters"
        run(classifier, table, posters, output, workers=workers)
        written.append(output.read_bytes())
    assert len(set(written)) == 1


def test_an_output_that_is_a_link_is_written_through(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    output = tmp_path / "link.csv"
    output.symlink_to(tmp_path / "real.csv")
    run(classifier, film_folder / "films.csv", None, output)
    assert output.is_symlink()
    assert len(read(tmp_path / "real.csv")) == 5


def test_an_output_that_is_a_pipe_is_written_to(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path
):
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as threads:
        content = threads.submit(pipe.read_text, "utf-8")
        run(classifier, film_folder / "films.csv", None, pipe)
        assert content.result().count("\n") == 6
    assert [file.name for file in tmp_path.iterdir() if file.is_file()] == []


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_an_observer_sees_the_films_of_a_resumed_run_too(
    classifier: FilmClassifier, film_folder: Path, tmp_path: Path, suffix: str
):
    source = (film_folder / "films.csv", film_folder / "posters", tmp_path / f"out{suffix}")
    whole: list[tuple[Film, Prediction]] = []
    resumed: list[tuple[Film, Prediction]] = []
    run(classifier, *source, observe=lambda *seen: whole.append(seen))

    def interrupt(film: Film, prediction: Prediction | None) -> None:
        if film.id == "tt3":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(classifier, *source, observe=interrupt)
    run(classifier, *source, observe=lambda *seen: resumed.append(seen), resume=True)
    assert [film.id for film, _ in resumed] == [film.id for film, _ in whole]
    for (_, earlier), (_, other) in zip(resumed, whole, strict=True):
        assert earlier.chosen() == other.chosen()
        assert earlier.thresholds == other.thresholds
        assert np.allclose(earlier.probabilities, other.probabilities, rtol=0, atol=6e-7)


def test_kept_columns_are_text_whatever_they_are_called(classifier: FilmClassifier, tmp_path: Path):
    """Also those that are called like probabilities or counts."""
    table = tmp_path / "films.csv"
    table.write_text("id,overview,poster_path,combined_score,words\n1,A ghost.,/a.jpg,high,x\n")
    run(classifier, table, None, tmp_path / "out.parquet", keep_columns=True)
    (row,) = pd.read_parquet(tmp_path / "out.parquet").to_dict("records")
    assert row["poster_path"] == "/a.jpg"
    assert row["combined_score"] == "high"
    assert row["input_words"] == "x"
    assert row["words"] == 2


@pytest.mark.parametrize("suffix", [".csv", ".jsonl", ".parquet"])
def test_no_kept_column_takes_the_name_of_another(
    suffix: str, classifier: FilmClassifier, tmp_path: Path
):
    table, output = tmp_path / "films.csv", tmp_path / f"out{suffix}"
    table.write_text("id,overview,input_id,input_input_id\n1,A ghost.,kept,too\n")
    run(classifier, table, None, output, keep_columns=True)
    readers = {".csv": pd.read_csv, ".parquet": pd.read_parquet}
    if suffix == ".jsonl":
        row = json.loads(output.read_text("utf-8"))
    else:
        (row,) = readers[suffix](output).to_dict("records")
    assert [str(row[name]) for name in ("id", "input_id", "input_input_id")] == ["1", "kept", "too"]
    assert str(row["input_input_input_id"]) == "1"
