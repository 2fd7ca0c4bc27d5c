"""Whatever the input is, it is read or accounted for, and no error but ours comes out."""

import contextlib
import csv
import gzip
import io
import json
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import TypeVar

import fastparquet
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gradio_app.catalogue.batch import Options, run_batch
from gradio_app.catalogue.results import Layout
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.catalogue.sources.posters import Posters, is_picture
from gradio_app.catalogue.sources.table import open_table
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film

few = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
many = settings(few, max_examples=200)

#: Any characters, lone surrogates included, and words that the model knows among them.
texts = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(categories=("Cs", "L", "P", "Z", "C")), max_size=30),
    st.lists(
        st.sampled_from(["ghost", "war", "映画", "N/A", "-", "\0", "\n", "  "]), max_size=150
    ).map(" ".join),
)
T = TypeVar("T")

cells = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
names = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="/\\"), min_size=1, max_size=8
).filter(lambda name: name.strip(" .") == name)
endings = st.sampled_from([".jpg", ".JPG", ".png", ".jfif", ".heic", ".txt", ""])


def or_one_sentence(work: Callable[[], T]) -> T | None:
    """What some work returns; None where it is refused, which takes one sentence."""
    with contextlib.suppress(InputError):
        return work()
    with pytest.raises(InputError, match=r"^[^\n]+\.$"):
        work()
    return None


@many
@given(texts)
def test_any_text_is_read_or_accounted_for(classifier: FilmClassifier, text: str):
    (result,) = classifier.predict_many([{"id": "1", "overview": text}], workers=1)
    if result.prediction is None:
        assert result.errors
        assert all(error.endswith(".") for error in result.errors)
        return
    words = result.prediction.words
    assert 0 < words.words_read == min(words.words, 100)
    assert words.words_unknown < words.words_read
    assert bool(result.notes) == (
        words.words_read < words.words or words.words_unknown > 0.3 * words.words_read
    )
    assert np.isfinite(result.prediction.combined.probabilities).all()


@few
@given(st.lists(texts, max_size=12))
def test_a_film_is_read_among_others_as_alone(classifier: FilmClassifier, overviews: list[str]):
    films = [{"id": str(number), "overview": text} for number, text in enumerate(overviews)]
    together = list(classifier.predict_many(films, workers=3))
    assert [result.id for result in together] == [film["id"] for film in films]
    for film, result in zip(films, together, strict=True):
        (alone,) = classifier.predict_many([film], workers=1)
        assert alone == result


@many
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_are_a_table_or_one_sentence(tmp_path: Path, content: bytes, packed: bool):
    file = tmp_path / "films.csv"
    file.write_bytes(gzip.compress(content) if packed else content)
    table = or_one_sentence(lambda: open_table(file))
    assert table is None or len(list(table)) == len(table)


@many
@given(st.lists(st.tuples(cells, cells, cells), max_size=8), st.sampled_from(",;\t"), st.booleans())
def test_any_rows_are_all_there(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str, as_json: bool
):
    file = tmp_path / "films.csv"
    if as_json:
        columns = ("id", "Overview", "shelf")
        lines = [json.dumps(dict(zip(columns, row, strict=True))) for row in rows]
        file.write_text("".join(f"{line}\n" for line in lines) or '{"id": 1}\n')
    else:
        written = io.StringIO(newline="")
        csv.writer(written, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
            [("id", "Overview", "shelf"), *rows]
        )
        file.write_text(written.getvalue(), "utf-8", newline="")
    films = list(open_table(file))
    if not rows:
        assert len(films) == as_json
        return
    assert [film.id for film in films] == [row[0].strip() for row in rows]
    assert [film.overview for film in films] == [row[1] for row in rows]
    assert [film.cells["shelf"] for film in films] == [row[2] for row in rows]


@many
@given(st.lists(st.tuples(st.lists(names, max_size=2), names, endings), max_size=8))
def test_any_files_are_found_or_accounted_for(parts: list[tuple[list[str], str, str]]):
    paths = list(dict.fromkeys("/".join([*folders, stem + end]) for folders, stem, end in parts))
    posters = Posters(paths, lambda path: path.encode())
    assert {film.poster for film in posters.films()} | set(posters.no_pictures()) == set(paths)
    for path in paths:
        film = Film(PurePosixPath(path).stem)
        found = or_one_sentence(lambda film=film: posters.find(film))
        assert found is None or found.decode() in paths
    by_path = Posters(paths, lambda path: path.encode())
    for film in by_path.films():
        # None for a path that is another's but for case or accents, or leads out.
        found = or_one_sentence(lambda film=film: by_path.find(film))
        assert found in (None, film.poster.encode())
    assert set(by_path.unused()) <= {path for path in paths if is_picture(path)}


@few
@given(
    st.lists(st.tuples(st.one_of(cells, texts), texts), max_size=6),
    st.sampled_from([".csv", ".jsonl", ".parquet"]),
)
def test_any_run_writes_a_row_for_each_film(
    classifier: FilmClassifier, tmp_path: Path, rows: list[tuple[str, str]], suffix: str
):
    table, output = tmp_path / "films.jsonl", tmp_path / f"out{suffix}"
    lines = [json.dumps({"id": film_id, "overview": text}) + "\n" for film_id, text in rows]
    table.write_text("".join(lines) or "id,overview\n")
    with open_source(table, None) as source:
        summary = run_batch(classifier, source, output, Options(keep_columns=True))
    assert summary.n_films == len(rows)
    read = read_result(output)
    ids = [film_id.strip().encode("utf-8", "backslashreplace").decode() for film_id, _ in rows]
    assert [row["id"].encode("utf-8", "backslashreplace").decode() for row in read] == ids
    assert sum(bool(row["error"]) for row in read) == summary.n_errors
    for row in read:
        assert list(row)[:-2] == Layout(classifier.genres).columns()
        assert bool(row["error"]) == (not row["top3_combined"])


def read_result(output: Path) -> list[dict]:
    if output.suffix == ".parquet":
        table = fastparquet.ParquetFile(str(output)).to_pandas()
        return table.astype(object).where(table.notna(), None).to_dict("records")
    with output.open(encoding="utf-8", newline="") as file:
        return (
            list(csv.DictReader(file)) if output.suffix == ".csv" else list(map(json.loads, file))
        )
