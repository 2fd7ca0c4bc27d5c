"""Three formats say the same, and say nothing where nothing was read."""

import csv
import json
from pathlib import Path

import fastparquet
import pandas as pd
import pytest

from gradio_app.catalogue.output import open_output
from gradio_app.catalogue.results import FORMATS, Layout, format_of
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.prediction import FilmResult


@pytest.fixture(scope="module")
def results(classifier: FilmClassifier, draw_poster) -> list[FilmResult]:
    overview = classifier.predict(overview="A ghost haunts a house.")
    both = classifier.predict(draw_poster(2), "A ghost haunts a house.")
    return [
        FilmResult(Film("tt1"), both, ()),
        FilmResult(Film("=1+1"), overview, ("The poster is broken.",)),
        FilmResult(Film('Ünïcode, "quoted"\nline'), None, ("No poster.", "No overview.")),
    ]


@pytest.fixture
def written(results, classifier: FilmClassifier, tmp_path: Path):
    """Writes results in a format; returns the file."""

    def write(file_format: str, films: list[FilmResult] = results) -> Path:
        file = tmp_path / f"out{file_format}"
        layout = Layout(classifier.genres)
        with open_output(file, layout, {}, resume=False) as output:
            for film in films:
                output.write(layout.row(film))
        return file

    return write


def read_csv(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def read_jsonl(file: Path) -> list[dict]:
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


def test_json_lines_have_lists_numbers_and_null(written, results, classifier: FilmClassifier):
    both, overview, nothing = read_jsonl(written(".jsonl"))
    for film in (both, overview, nothing):
        assert list(film) == Layout(classifier.genres).columns()
    assert both["genres"] == results[0].prediction.combined.chosen()
    assert both["top3_poster"] == [genre for genre, _ in results[0].prediction.poster.top(3)]
    assert both["error"] is None
    for genre, probability in results[0].prediction.poster.top(100):
        assert both[f"poster_{genre}"] == pytest.approx(probability, abs=5e-7)
    assert overview["top3_poster"] is overview[f"poster_{classifier.genres[0]}"] is None
    assert overview["error"] == "The poster is broken."
    assert nothing["id"] == results[2].id
    assert nothing["error"] == "No poster. No overview."
    assert {value for name, value in nothing.items() if name not in ("id", "error")} == {None}


def test_csv_says_what_json_lines_say(written):
    for cells, film in zip(read_csv(written(".csv")), read_jsonl(written(".jsonl")), strict=True):
        for name, value in film.items():
            text = "|".join(value) if isinstance(value, list) else value
            text = f"{text:.6f}" if isinstance(text, float) else text
            assert cells[name] == ("" if text is None else str(text)), name


def test_an_id_is_never_changed(written, results):
    """Programs join tables by it, so what a spreadsheet would compute stays, too."""
    assert [row["id"] for row in read_csv(written(".csv"))] == [film.id for film in results]


def test_parquet_says_what_json_lines_say(written, classifier: FilmClassifier):
    file = fastparquet.ParquetFile(str(written(".parquet")))
    assert file.columns == Layout(classifier.genres).columns()
    table = file.to_pandas()
    for name in Layout(classifier.genres).columns():
        kind = "float64" if name.startswith(("poster_", "overview_", "combined_")) else "object"
        kind = "Int64" if name.startswith("words") else kind
        assert table[name].dtype == kind, name
    films = read_jsonl(written(".jsonl"))
    assert len(table) == len(films)
    for number, film in enumerate(films):
        for name, value in film.items():
            text = "|".join(value) if isinstance(value, list) else value
            cell = table[name][number]
            assert pd.isna(cell) if text is None else cell == text, name


def test_parquet_has_null_not_nan(written, classifier: FilmClassifier):
    file = fastparquet.ParquetFile(str(written(".parquet")))
    nulls = file.statistics["null_count"]
    assert nulls[f"poster_{classifier.genres[0]}"] == [2]
    assert nulls[f"combined_{classifier.genres[0]}"] == [1]
    assert nulls["id"] == [0]


@pytest.mark.parametrize("file_format", FORMATS)
def test_decided_genres_and_none_and_nothing(
    results, classifier: FilmClassifier, tmp_path: Path, file_format: str
):
    file = tmp_path / f"decided{file_format}"
    layout = Layout(classifier.genres, decided=True)
    decided = [["War", "Noir"], [], None]
    with open_output(file, layout, {}, resume=False) as output:
        for result, genres in zip(results, decided, strict=True):
            output.write(layout.row(result, genres))
    assert layout.columns()[:3] == ["id", "genres", "genres_decided"]
    assert set(layout.columns()) - {"genres_decided"} == set(Layout(classifier.genres).columns())
    if file_format == ".csv":
        cells = [row["genres_decided"] for row in read_csv(file)]
        assert cells == ["War|Noir", "(none)", ""]
    elif file_format == ".jsonl":
        assert [row["genres_decided"] for row in read_jsonl(file)] == decided
    else:
        column = fastparquet.ParquetFile(str(file)).to_pandas()["genres_decided"]
        assert list(column[:2]) == ["War|Noir", ""]
        assert pd.isna(column[2])


@pytest.mark.parametrize("file_format", FORMATS)
def test_no_film(written, classifier: FilmClassifier, file_format: str):
    file = written(file_format, [])
    if file_format == ".csv":
        assert file.read_text().rstrip() == ",".join(Layout(classifier.genres).columns())
    elif file_format == ".jsonl":
        assert file.read_text() == ""
    else:
        assert fastparquet.ParquetFile(str(file)).columns == Layout(classifier.genres).columns()


@pytest.mark.parametrize(
    ("name", "file_format"), [("a.csv", ".csv"), ("a.b.JSONL", ".jsonl"), ("a.Parquet", ".parquet")]
)
def test_the_name_says_the_format(name: str, file_format: str):
    assert format_of(Path(name)) == file_format


@pytest.mark.parametrize("name", ["a", "csv", ".csv", "a.csv.gz", "a.xlsx", "a."])
def test_a_name_that_says_no_format(name: str):
    with pytest.raises(InputError, match=r"\.csv, \.jsonl or \.parquet"):
        format_of(Path(name))
