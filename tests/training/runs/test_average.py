"""The mean of poster trainings, and of one and a published model of the same beginning."""

import dataclasses
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from export.publish import export as publish
from gradio_app.errors import InputError
from scripts.average_poster_cnn import main as average_with_published
from tests.documents import ROOT
from tests.training.conftest import tiny
from training.__main__ import main
from training.models.build import build_model
from training.models.poster_cnn import get_backbone
from training.runs.average import average_backbones, trained_model
from training.runs.run import Run, load_run
from training.runs.train import train


@pytest.fixture(scope="module")
def models(runs, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    publish(runs["poster", "distilled"], folder)
    return folder


@pytest.fixture(scope="module")
def second(made_films, lite_weights, teacher, tmp_path_factory) -> Path:
    """Another training of the distilled poster CNN."""
    folder = tmp_path_factory.mktemp("second")
    config = dataclasses.replace(tiny("poster", "distilled"), seed=2)
    files = {"backbone": lite_weights, "teacher": teacher}
    train(config, made_films, folder / "run", folder / "cache", **files)
    return folder / "run"


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """The current folder, where the cache of decoded posters lies."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def average(films: Path, to: Path, *runs: Path) -> int:
    return main(["average", *map(str, runs), "--data", str(films), "--run", str(to)])


def backbone_of(run: Run) -> np.ndarray:
    weights = get_backbone(trained_model(run)).get_weights()
    return np.concatenate([each.ravel() for each in weights])


def test_each_training_counts_alike_also_those_of_a_mean(runs, second, made_films, place):
    first = runs["poster", "distilled"]
    assert average(made_films, place / "two", first, second) == 0
    assert average(made_films, place / "three", second, place / "two") == 0
    assert average(made_films, place / "at-once", first, second, second) == 0
    one, other, two, three, at_once = (
        load_run(each)
        for each in (first, second, place / "two", place / "three", place / "at-once")
    )
    assert [run.metrics["mean_of"] for run in (two, three, at_once)] == [2, 3, 3]
    a, b = backbone_of(one), backbone_of(other)
    assert np.abs(a - b).max() > 1e-4
    assert backbone_of(two) == pytest.approx((a + b) / 2, abs=1e-6)
    assert backbone_of(three) == pytest.approx((a + 2 * b) / 3, abs=1e-6)
    assert backbone_of(at_once) == pytest.approx((a + 2 * b) / 3, abs=1e-6)


def test_a_mean_with_itself_predicts_as_it_did_and_is_published(runs, made_films, place):
    run = runs["poster", "distilled"]
    assert average(made_films, place / "mean", run, run) == 0
    mean, own = load_run(place / "mean"), load_run(run)
    assert mean.genres == own.genres
    assert mean.n_films == own.n_films
    assert mean.out_of_fold().keys() == own.out_of_fold().keys() != set()
    for film, probabilities in own.validation().items():
        assert mean.validation()[film] == pytest.approx(probabilities, abs=1e-3)
    folder = publish(mean.folder, place / "published")
    assert json.loads((folder / "spec.json").read_text("utf-8"))["training"]["mean_of"] == 2
    card = " ".join((folder / "README.md").read_text("utf-8").split())
    assert "the mean of those of 2 trainings" in card


def test_the_backbone_alone_is_averaged():
    model, other = (build_model(tiny("poster", "distilled"), 3) for _ in range(2))
    for layer in (get_backbone(model), model.layers[-1]):
        layer.set_weights([np.full_like(each, 4) for each in layer.get_weights()])
    for layer in (get_backbone(other), other.layers[-1]):
        layer.set_weights([np.full_like(each, 0) for each in layer.get_weights()])
    average_backbones(model, other, share=0.25)
    assert all((each == 3).all() for each in get_backbone(model).get_weights())
    assert all((each == 4).all() for each in model.layers[-1].get_weights())


def test_what_does_not_fit_together_is_refused(runs, made_films, place, capsys):
    poster, simple = runs["poster", "distilled"], runs["poster", "coursework"]
    overview = runs["overview", "distilled"]
    for folders, message in (
        ([poster, simple], "is no training like"),
        ([poster, overview], "is no training like"),
        ([overview, overview], "no training of a poster CNN with a backbone"),
        ([simple, simple], "no training of a poster CNN with a backbone"),
        ([poster, place / "none"], "none"),
    ):
        assert average(made_films, place / "mean", *folders) == 1
        assert message in capsys.readouterr().err
        assert not (place / "mean").exists()
    other = shutil.copytree(poster, place / "other")
    (other / "genres.json").write_text(json.dumps(["Action", "Drama", "Western"]))
    assert average(made_films, place / "mean", poster, other) == 1
    assert "is no training like" in capsys.readouterr().err
    (place / "mean").mkdir()
    assert average(made_films, place / "mean", poster, poster) == 1
    assert "is there already" in capsys.readouterr().err


# --- a published model instead of its run -------------------------------------------------------


def with_published(films: Path, run: Path, models: Path, to: Path) -> None:
    options = {"--data": films, "--run": run, "--models": models, "--to": to}
    average_with_published([str(word) for option in options.items() for word in option])


def test_a_published_model_stands_for_its_run(runs, second, models, made_films, place):
    with_published(made_films, second, models, place / "mean")
    assert average(made_films, place / "of-runs", second, runs["poster", "distilled"]) == 0
    mean, of_runs = load_run(place / "mean"), load_run(place / "of-runs")
    assert mean.metrics["mean_of"] == of_runs.metrics["mean_of"] == 2
    # It was published with halved convolutions.
    assert backbone_of(mean) == pytest.approx(backbone_of(of_runs), rel=1e-3, abs=1e-5)


def test_a_published_model_of_other_genres_is_refused(runs, made_films, place):
    run = runs["poster", "distilled"]
    with pytest.raises(InputError, match="no poster training like that"):
        with_published(made_films, run, ROOT / "onnx_models", place / "mean")
