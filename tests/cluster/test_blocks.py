"""A block of films gives the rows that `batch` writes, wherever it is read."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

from gradio_app.catalogue.blocks import BlockClassifier
from gradio_app.catalogue.results import Layout
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError, InputError
from gradio_app.limits import MAX_POSTER_BYTES
from tests.cluster.conftest import assert_same, pictures

ROLES = {"imdb_id": "imdb_id", "overview": "overview", "poster": "poster", "title": "title"}


@pytest.fixture
def block_classifier(models: Path, posters: Path) -> BlockClassifier:
    classifier = FilmClassifier.from_dir(models)
    layout = Layout(classifier.genres)
    return BlockClassifier(models, classifier.digest, posters, ROLES, None, layout)


def block(films: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(films[list(ROLES)], preserve_index=False)


def test_rows_are_those_of_batch(
    block_classifier: BlockClassifier, films: pd.DataFrame, batch_rows: list[dict[str, object]]
):
    result = block_classifier(block(films[:60]))
    columns = block_classifier.layout.columns()
    assert result.schema.names == columns
    assert_same(
        result.to_pylist(), [{name: row[name] for name in columns} for row in batch_rows[:60]]
    )
    assert sum(row["error"] is not None for row in result.to_pylist()) > 3
    assert sum(row["note"] is not None for row in result.to_pylist()) > 3


def test_types_do_not_depend_on_the_films(block_classifier: BlockClassifier, films: pd.DataFrame):
    """A block without any poster or error has the types of the others."""
    films = films[3:7].assign(poster="", overview="A ghost.")
    one, other = (block_classifier(block(some)) for some in (films, films[:0]))
    assert one.schema == other.schema == block_classifier.schema
    assert one["top3_poster"].null_count == 4
    assert {str(field.type) for field in one.schema} == {"string", "double", "int64"}


def test_pictures_stand_in_a_column(
    block_classifier: BlockClassifier, films: pd.DataFrame, posters: Path
):
    named = block_classifier(block(films[3:9])).to_pylist()
    contents = pictures(films[3:9], posters)
    block_classifier.posters, block_classifier.pictures = None, "poster"
    assert_same(block_classifier(block(films[3:9].assign(poster=contents))).to_pylist(), named)


def test_pictures_that_cannot_be_read(block_classifier: BlockClassifier, films: pd.DataFrame):
    block_classifier.pictures = "poster"
    contents = [b"no picture", bytes(MAX_POSTER_BYTES + 1), b"", None]
    rows = block_classifier(block(films[3:7].assign(poster=contents))).to_pylist()
    assert "not a readable picture" in rows[0]["error"]
    assert rows[1]["error"] == "The poster 'tt4' has more than 30 MB; make it smaller."
    assert [row["error"] for row in rows[2:]] == [None, None]
    assert all(row["top3_overview"] for row in rows)


def test_a_film_without_a_picture_has_that_of_the_folder(
    block_classifier: BlockClassifier, films: pd.DataFrame
):
    block_classifier.pictures = "poster"
    overviews_alone = films[:1].assign(poster=pa.scalar(None, pa.binary()), overview="A ghost.")
    (row,) = block_classifier(block(overviews_alone)).to_pylist()
    assert row["top3_poster"]


def test_other_models_on_a_machine(
    block_classifier: BlockClassifier, films: pd.DataFrame, tmp_path: Path
):
    block_classifier.digest = "of others"
    with pytest.raises(ArtifactError, match="are not those of this run; give all machines the sam"):
        block_classifier(block(films[:1]))
    block_classifier.models = tmp_path / "nowhere"
    with pytest.raises(ArtifactError, match="There is no folder of models"):
        block_classifier(block(films[:1]))


def test_no_posters_on_a_machine(
    block_classifier: BlockClassifier, films: pd.DataFrame, tmp_path: Path
):
    """It ends the run, and is not the error of each film."""
    block_classifier.posters = tmp_path / "nowhere"
    with pytest.raises(InputError, match=r"There is no folder of posters .* machines share\.$"):
        block_classifier(block(films[:1]))
