"""An evaluation is read as it was written, or refused with one sentence."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError
from gradio_app.evaluation import find_evaluation, read_evaluation
from gradio_app.readers import COMBINED, FOLDERS


@pytest.fixture(scope="module")
def file(root: Path) -> Path:
    return root / "docs" / "evaluation.json"


@pytest.fixture
def document(file: Path) -> dict:
    return json.loads(file.read_text("utf-8"))


def test_figures_are_those_of_the_file(file: Path, document: dict):
    evaluation = read_evaluation(file)
    assert (evaluation.films, evaluation.answer) == (document["films"], document["answer"])
    assert list(evaluation.label_sets) == list(document["label_sets"])
    for name, labels in evaluation.label_sets.items():
        told = document["label_sets"][name]
        assert [row.name for row in labels.rows] == [row["name"] for row in told["rows"]]
        for row, of_file in zip(labels.rows, told["rows"], strict=True):
            value, low, high = row.estimates["mAP"]
            assert [value, low, high] == [
                of_file["at_thresholds"]["mAP"],
                *of_file["intervals"]["mAP"],
            ]
        genres = [each.genre for each in labels.genres[COMBINED.name]]
        assert genres == document["genres"]
    assert [film.title for film in evaluation.examples] == [
        film["title"] for film in document["examples"]
    ]


def test_parts_that_older_files_lack_may_be_absent(document: dict, tmp_path: Path):
    for name in ("precision_recall", "unnamed"):
        document.pop(name, None)
    evaluation = read_evaluation(written(document, tmp_path))
    assert (evaluation.precision_recall, evaluation.unnamed) == ({}, {})


def test_parts_that_newer_files_have_are_read(document: dict, tmp_path: Path):
    document["precision_recall"] = {"fused": {"precision": [1, 0.5], "recall": [0.1, 1]}}
    document["unnamed"] = {"fused": 3}
    evaluation = read_evaluation(written(document, tmp_path))
    assert evaluation.precision_recall["fused"].recall == (0.1, 1)
    assert evaluation.unnamed == {"fused": 3}


def test_it_knows_the_models_that_it_measures(file: Path, classifier: FilmClassifier):
    specs = [each.spec for each in (classifier.poster, classifier.overview, classifier.fusion)]
    served = {FOLDERS[spec.kind]: spec.document["files"]["model.onnx"] for spec in specs}
    evaluation = replace(read_evaluation(file), models=served)
    assert evaluation.measures(specs)
    assert not evaluation.measures(specs[:2])
    assert not replace(evaluation, models=served | {"fusion": "0" * 64}).measures(specs)


def written(document: object, folder: Path) -> Path:
    file = folder / "evaluation.json"
    file.write_text(json.dumps(document), "utf-8")
    return file


def set_share(document: dict, value: object) -> None:
    row = document["label_sets"]["as listed"]["rows"][0]
    row["at_thresholds"]["mAP"] = value


_DAMAGES: dict[str, Callable[[dict], object]] = {
    "no films": lambda document: document.pop("films"),
    "no labels": lambda document: document["label_sets"].clear(),
    "no fused row": lambda document: document["label_sets"]["completed"]["rows"].pop(),
    "a share above 1": lambda document: set_share(document, 1.5),
    "not a number": lambda document: set_share(document, float("nan")),
    "a word as a figure": lambda document: set_share(document, "high"),
    "an unequal bin": lambda document: document["reliability"]["fused"]["pairs"].pop(),
    "a negative count": lambda document: document.update(films=-1),
    "a number as a title": lambda document: document["examples"][0].update(title=7),
    "an empty curve": lambda document: document.update(
        precision_recall={"fused": {"precision": [], "recall": []}}
    ),
}


@pytest.mark.parametrize("damage", _DAMAGES)
def test_a_damaged_file_is_refused_in_one_sentence(damage: str, document: dict, tmp_path: Path):
    _DAMAGES[damage](document)
    with pytest.raises(ArtifactError, match=r"evaluation\.json is not a valid.*; measure.*\.$"):
        read_evaluation(written(document, tmp_path))


@pytest.mark.parametrize("content", [b"", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_evaluation_at_all_is_refused(content: bytes, tmp_path: Path):
    file = tmp_path / "evaluation.json"
    file.write_bytes(content)
    with pytest.raises(ArtifactError, match="is not a valid evaluation"):
        read_evaluation(file)


def test_a_missing_file_is_refused(tmp_path: Path):
    with pytest.raises(ArtifactError, match="cannot be read"):
        read_evaluation(tmp_path / "evaluation.json")


def test_the_evaluation_beside_the_models_comes_first(file: Path, tmp_path: Path):
    assert find_evaluation(tmp_path) == file
    own = Path(shutil.copy(file, tmp_path))
    assert find_evaluation(tmp_path) == own
