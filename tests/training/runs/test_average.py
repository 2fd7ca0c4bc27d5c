"""The mean of poster trainings, and of one and a published model of the same beginning."""

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


@pytest.fixture(scope="module")
def models(runs, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    publish(runs["poster", "distilled"], folder)
    return folder


@pytest.fixture(scope="module")
def other(runs, tmp_path_factory) -> Path:
    """A run like the distilled poster CNN's, with other weights: as if a mean of two trainings."""
    folder = tmp_path_factory.mktemp("other") / "run"
    run = load_run(shutil.copytree(runs["poster", "distilled"], folder))
    model, rng = trained_model(run), np.random.default_rng(1)
    model.set_weights([each + rng.normal(0, 0.01, each.shape) for each in model.get_weights()])
    model.save_weights(folder / "best.weights.h5")
    (folder / "metrics.json").write_text(json.dumps(run.metrics | {"mean_of": 2}))
    return folder


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


def test_each_training_counts_alike_also_those_of_a_mean(runs, other, made_films, place):
    run = runs["poster", "distilled"]
    assert average(made_films, place / "mean", run, other) == 0
    one, two, mean = (load_run(each) for each in (run, other, place / "mean"))
    assert mean.metrics["mean_of"] == 3
    a, b = backbone_of(one), backbone_of(two)
    assert np.abs(a - b).max() > 0.01
    assert backbone_of(mean) == pytest.approx((a + 2 * b) / 3, abs=1e-6)
    assert mean.validation().keys() == one.validation().keys()
    assert mean.out_of_fold().keys() == one.out_of_fold().keys() != set()
    assert (mean.genres, mean.n_films) == (one.genres, one.n_films)


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
        ([poster], "takes two trainings or more"),
        ([poster, simple], "is no training like"),
        ([poster, overview], "is no training like"),
        ([overview, overview], "no training of a poster CNN with a backbone"),
        ([simple, simple], "no training of a poster CNN with a backbone"),
        ([poster, place / "none"], "none"),
    ):
        assert average(made_films, place / "mean", *folders) == 1
        assert message in capsys.readouterr().err
        assert not (place / "mean").exists()
    strange = shutil.copytree(poster, place / "strange")
    (strange / "genres.json").write_text(json.dumps(["Action", "Drama", "Western"]))
    assert average(made_films, place / "mean", poster, strange) == 1
    assert "is no training like" in capsys.readouterr().err
    (place / "mean").mkdir()
    assert average(made_films, place / "mean", poster, poster) == 1
    assert "is there already" in capsys.readouterr().err


# --- a published model instead of its run -------------------------------------------------------


def with_published(films: Path, run: Path, models: Path, to: Path) -> None:
    options = {"--data": films, "--run": run, "--models": models, "--to": to}
    average_with_published([str(word) for option in options.items() for word in option])


def test_a_published_model_stands_for_its_run(runs, models, made_films, place):
    """Its mean with itself predicts as it did; and the card says of how many it is."""
    run = load_run(runs["poster", "distilled"])
    with_published(made_films, run.folder, models, place / "mean")
    mean = load_run(place / "mean")
    assert mean.metrics["mean_of"] == 2
    for film, probabilities in run.validation().items():
        assert mean.validation()[film] == pytest.approx(probabilities, abs=1e-3)
    folder = publish(mean.folder, place / "published")
    assert json.loads((folder / "spec.json").read_text("utf-8"))["training"]["mean_of"] == 2
    card = " ".join((folder / "README.md").read_text("utf-8").split())
    assert "the mean of those of 2 trainings" in card


def test_a_published_model_of_other_genres_is_refused(runs, made_films, place):
    run = runs["poster", "distilled"]
    with pytest.raises(InputError, match="no poster training like that"):
        with_published(made_films, run, ROOT / "onnx_models", place / "mean")
