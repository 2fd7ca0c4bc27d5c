"""An evaluation is read as it was written, or refused with one sentence."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError
from gradio_app.evaluation.file import find_evaluation, read_evaluation, write_evaluation
from gradio_app.evaluation.schema import Answer, Curve, Evaluation
from gradio_app.readers import COMBINED, FOLDERS


@pytest.fixture(scope="module")
def file(root: Path) -> Path:
    return root / "onnx_models" / "evaluation.json"


@pytest.fixture
def document(file: Path) -> dict:
    return json.loads(file.read_text("utf-8"))


def test_figures_are_those_of_the_file(file: Path, document: dict):
    evaluation = read_evaluation(file)
    assert evaluation.n_films == document["n_films"]
    assert evaluation.answer == Answer(**document["answer"])
    assert list(evaluation.label_sets) == list(document["label_sets"])
    for name, labels in evaluation.label_sets.items():
        rows = document["label_sets"][name]["rows"]
        assert [row.name for row in labels.rows] == [row["name"] for row in rows]
        for row, of_file in zip(labels.rows, rows, strict=True):
            value, low, high = row.estimate("mAP")
            assert [value, low, high] == [
                of_file["at_thresholds"]["mAP"],
                *of_file["intervals"]["mAP"],
            ]
        genres = [each.genre for each in labels.genres[COMBINED.name]]
        assert genres == document["genres"]
    assert [film.title for film in evaluation.examples] == [
        film["title"] for film in document["examples"]
    ]


def test_reading_and_writing_changes_no_byte(file: Path, tmp_path: Path):
    evaluation = read_evaluation(file)
    write_evaluation(evaluation, tmp_path / "again.json")
    assert (tmp_path / "again.json").read_bytes() == file.read_bytes()
    assert read_evaluation(tmp_path / "again.json") == evaluation


def test_numbers_are_written_with_five_decimals_or_none(file: Path, tmp_path: Path):
    evaluation = read_evaluation(file)
    curve = Curve(precision=(1.0000000001, 2 / 3), recall=(1e-9, 1))
    curves = evaluation.precision_recall | {"fused": curve}
    again = tmp_path / "again.json"
    write_evaluation(replace(evaluation, precision_recall=curves), again)
    fused = json.loads(again.read_text("utf-8"))["precision_recall"]["fused"]
    assert json.dumps(fused) == '{"precision": [1, 0.66667], "recall": [0, 1]}'
    assert read_evaluation(again).precision_recall["fused"].precision == (1, 0.66667)


def test_it_knows_the_models_that_it_measures(file: Path, classifier: FilmClassifier):
    specs = [each.spec for each in (classifier.poster, classifier.overview, classifier.fusion)]
    served = {FOLDERS[spec.kind]: spec.document["files"]["model.onnx"] for spec in specs}
    evaluation = of_models(read_evaluation(file), served)
    assert evaluation.measures(specs)
    assert not evaluation.measures(specs[:2])
    assert not of_models(evaluation, served | {"fusion": "0" * 64}).measures(specs)


def of_models(evaluation: Evaluation, models: dict[str, str]) -> Evaluation:
    return replace(evaluation, origin=replace(evaluation.origin, models=models))


def written(document: object, folder: Path) -> Path:
    file = folder / "evaluation.json"
    file.write_text(json.dumps(document), "utf-8")
    return file


def listed(document: dict) -> dict:
    return document["label_sets"]["as listed"]


def a_training(document: dict) -> dict:
    """A mean of other trainings, made of the poster CNN's own figures."""
    figures = listed(document)["rows"][0]["at_half"]
    training = {"name": "poster CNN", "count": 4, "mean": dict(figures), "deviation": dict(figures)}
    listed(document)["trainings"].append(training)
    return training


def set_figure(document: dict, value: object) -> None:
    listed(document)["rows"][0]["at_thresholds"]["mAP"] = value


_DAMAGES: dict[str, Callable[[dict], object]] = {
    "no films": lambda document: document.pop("n_films"),
    "no origin": lambda document: document.pop("origin"),
    "no labels": lambda document: document["label_sets"].clear(),
    "no headline": lambda document: document["answer"].pop("headline"),
    "no completed labels": lambda document: document["label_sets"].pop("completed"),
    "no fused row": lambda document: document["label_sets"]["completed"]["rows"].pop(),
    "a figure above 1": lambda document: set_figure(document, 1.5),
    "not a number": lambda document: set_figure(document, float("nan")),
    "a word as a figure": lambda document: set_figure(document, "high"),
    "an unequal bin": lambda document: document["reliability"]["fused"]["pairs"].pop(),
    "no curve": lambda document: document["precision_recall"].pop("poster CNN"),
    "no genres of a reader": lambda document: listed(document)["genres"].pop("fused"),
    "no confusions of a reader": lambda document: listed(document)["confusions"].pop("fused"),
    "no difference in mAP": lambda document: listed(document)["differences"][0]["figures"].clear(),
    "an interval of one": lambda document: listed(document)["rows"][0]["intervals"]["mAP"].pop(),
    "an interval above 1": lambda document: listed(document)["rows"][0]["intervals"].update(
        mAP=[0.1, 1.5]
    ),
    "a recall above 1": lambda document: listed(document)["genres"]["fused"][0].update(recall=2),
    "a training without figures": lambda document: a_training(document)["mean"].clear(),
    "no training": lambda document: a_training(document).update(count=0),
    "a reader missing from an example": lambda document: document["examples"][0]["top3"].clear(),
    "a word as a list": lambda document: document.update(genres="Drama"),
    "a negative count": lambda document: document.update(n_films=-1),
    "a number as a title": lambda document: document["examples"][0].update(title=7),
    "an empty curve": lambda document: document["precision_recall"].update(
        fused={"precision": [], "recall": []}
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


def test_a_place_that_cannot_be_written_is_one_sentence(file: Path, tmp_path: Path):
    with pytest.raises(ArtifactError, match=r"evaluation\.json cannot be written \(.+\)\.$"):
        write_evaluation(read_evaluation(file), tmp_path / "none" / "evaluation.json")


def test_the_evaluation_beside_the_models_comes_first(file: Path, tmp_path: Path):
    assert find_evaluation(tmp_path) == file
    own = Path(shutil.copy(file, tmp_path))
    assert find_evaluation(tmp_path) == own
