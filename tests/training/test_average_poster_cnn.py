"""The mean of a poster training and a published model of the same beginning."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks.compared.keras_models import rebuild_poster_cnn
from export.publish import export as publish
from gradio_app.errors import InputError
from scripts.average_poster_cnn import average_backbones, main
from training.models.poster_cnn import get_backbone
from training.runs.run import load_run


@pytest.fixture(scope="module")
def models(runs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    publish(runs["poster", "distilled"], folder)
    return folder


def arguments(made_films, run, models, to):
    return ["--data", made_films, "--run", run, "--models", models, "--to", to]


def test_a_mean_with_itself_predicts_as_it_did(runs, models, made_films, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # where the cache of decoded posters lies
    run = runs["poster", "distilled"]
    main([str(each) for each in arguments(made_films, run, models, tmp_path / "mean")])
    with pytest.raises(InputError, match="is there already"):
        main([str(each) for each in arguments(made_films, run, models, tmp_path / "mean")])
    mean, own = load_run(tmp_path / "mean"), load_run(run)
    assert mean.metrics["mean_of"] == 2
    assert mean.genres == own.genres
    assert mean.n_films == own.n_films
    assert mean.out_of_fold().keys() == own.out_of_fold().keys() != set()
    for film, probabilities in own.validation().items():
        assert mean.validation()[film] == pytest.approx(probabilities, abs=1e-3)
    folder = publish(mean.folder, tmp_path / "published")
    assert json.loads((folder / "spec.json").read_text("utf-8"))["training"]["mean_of"] == 2
    card = " ".join((folder / "README.md").read_text("utf-8").split())
    assert "the mean of those of 2 trainings" in card


def test_the_backbone_alone_is_averaged_and_by_the_number_of_trainings(models):
    model, other = (rebuild_poster_cnn(models) for _ in range(2))
    for layer in (get_backbone(model), model.layers[-1]):
        layer.set_weights([np.full_like(each, 4) for each in layer.get_weights()])
    for layer in (get_backbone(other), other.layers[-1]):
        layer.set_weights([np.full_like(each, 1) for each in layer.get_weights()])
    average_backbones(model, other, n_others=2)
    assert all((each == 2).all() for each in get_backbone(model).get_weights())
    assert all((each == 4).all() for each in model.layers[-1].get_weights())


def test_other_genres_are_refused(runs, made_films, tmp_path):
    run, shipped = runs["poster", "distilled"], Path(__file__).parents[2] / "onnx_models"
    with pytest.raises(InputError, match="no poster training like that"):
        main([str(each) for each in arguments(made_films, run, shipped, tmp_path / "mean")])
