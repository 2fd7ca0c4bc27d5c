import json
import shutil

import numpy as np
import pytest

import training.models.probe
import training.runs.poster_task
from export.publish import export as publish
from gradio_app.errors import InputError
from training.config import PRESETS
from training.data.films import read_films
from training.data.labels import label_matrix
from training.metrics import macro_average_precision
from training.models.fusion import build_fusion
from training.models.stacking import sigmoid
from training.runs.fuse import fuse
from training.runs.nothing import logits_of_nothing
from training.runs.run import load_run


def test_the_fused_model_is_the_stacking_and_alone_each_reader():
    model = build_fusion(3)
    weights, intercepts = np.random.default_rng(1).normal(size=(2, 3, 3)), np.array([0.1, 0, -1])
    at_once = np.full(2, 1e-6)  # who knows anything knows all
    model.get_layer("stacking").set_weights([weights, intercepts, np.zeros((2, 3)), at_once])
    poster, overview = np.random.default_rng(0).normal(0, 3, (2, 5, 3)).astype(np.float32)

    def predict(*present):
        flags = np.tile(np.array(present, np.float32), (5, 1))
        return model.predict([poster, overview, flags], verbose=0)

    fused = sigmoid(poster @ weights[0] + overview @ weights[1] + intercepts)
    assert np.allclose(predict(1, 1), fused, atol=1e-6)
    assert np.allclose(predict(1, 0), sigmoid(poster), atol=1e-6)
    assert np.allclose(predict(0, 1), sigmoid(overview), atol=1e-6)


def test_a_reader_that_knows_nothing_leaves_the_other_alone():
    model = build_fusion(3)
    weights, intercepts = np.random.default_rng(1).normal(size=(2, 3, 3)), np.array([0.1, 0, -1])
    of_nothing = np.array([[-1, -2, -1], [-2, -1, -3]], np.float32)
    model.get_layer("stacking").set_weights([weights, intercepts, of_nothing, np.full(2, 0.1)])
    poster, overview = np.random.default_rng(0).normal(0, 3, (2, 5, 3)).astype(np.float32)
    nothing = [np.tile(each, (5, 1)) for each in of_nothing]

    def predict(*logits):
        return model.predict([*logits, np.ones((5, 2), np.float32)], verbose=0)

    assert np.allclose(predict(poster, nothing[1]), sigmoid(poster), atol=1e-3)
    assert np.allclose(predict(nothing[0], overview), sigmoid(overview), atol=1e-3)
    assert np.allclose(predict(*nothing), sigmoid(sum(nothing) / 2), atol=1e-6)
    fused = sigmoid(poster @ weights[0] + overview @ weights[1] + intercepts)
    assert np.allclose(predict(poster, overview), fused, atol=1e-3)


def test_a_fusion_knows_its_readers_and_what_they_say_of_nothing(runs):
    run = load_run(runs["fusion", "distilled"])
    readers = [load_run(runs[kind, "distilled"]) for kind in ("poster", "overview")]
    assert run.weights == readers[0].weights | readers[1].weights
    assert run.n_films == {"train": 36, "validation": 12}
    calibration = run.metrics["calibration"]
    assert calibration["others_strength"] > 0
    weights = np.stack([np.diag(slopes) for slopes in calibration["slopes"]])
    weights = weights + np.array(calibration["others"])
    saved = run.model().get_layer("stacking").get_weights()
    assert np.allclose(saved[0], weights, atol=1e-4)
    assert np.allclose(saved[1], calibration["intercepts"], atol=1e-4)
    assert np.allclose(saved[2][1], logits_of_nothing(readers[1]).mean(axis=0), atol=1e-4)
    assert saved[3].tolist() == pytest.approx(calibration["distances"])


def test_what_cannot_be_fused_is_one_sentence(runs, made_films, tmp_path):
    poster, overview = runs["poster", "distilled"], runs["overview", "distilled"]
    with pytest.raises(InputError, match="not poster"):
        fuse(overview, overview, made_films, tmp_path / "run")
    with pytest.raises(InputError, match="holds a run already"):
        fuse(poster, overview, made_films, runs["fusion", "distilled"])
    with pytest.raises(InputError, match="of the kind fusion, not poster"):
        fuse(runs["fusion", "distilled"], overview, made_films, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_fusion_needs_no_teacher_but_uses_one(runs, made_films, teacher, tmp_path):
    poster, overview = runs["poster", "distilled"], runs["overview", "distilled"]
    fuse(poster, overview, made_films, tmp_path / "without")
    without, distilled = load_run(tmp_path / "without"), load_run(runs["fusion", "distilled"])
    assert without.n_films == {"validation": 12}
    assert without.metrics["calibration"]["slopes"] != distilled.metrics["calibration"]["slopes"]
    other = tmp_path / "other"
    shutil.copytree(poster, other)
    (other / "out_of_fold.npz").unlink()
    with pytest.raises(InputError, match="fuse without --teacher"):
        fuse(other, overview, made_films, tmp_path / "run", teacher)


def test_a_published_overview_model_can_be_fused(runs, made_films, teacher, tmp_path):
    folder = publish(runs["overview", "distilled"], tmp_path / "models")
    poster = runs["poster", "distilled"]
    fuse(poster, folder, made_films, tmp_path / "run", teacher)
    published, own = load_run(tmp_path / "run"), load_run(runs["fusion", "distilled"])
    assert published.weights == own.weights
    slopes = [np.array(each.metrics["calibration"]["slopes"]) for each in (published, own)]
    assert np.allclose(*slopes, atol=1e-3)
    fuse(poster, folder, made_films, tmp_path / "its own teacher", folder)
    taught = load_run(tmp_path / "its own teacher")
    assert taught.n_films == own.n_films
    assert taught.metrics["calibration"]["slopes"] != published.metrics["calibration"]["slopes"]


def test_probes_predict_all_training_posters(runs, made_films):
    run = load_run(runs["poster", "distilled"])
    predictions = run.out_of_fold()
    films = [film for film in read_films(made_films) if film.split == "train"]
    assert set(predictions) == {film.id for film in films} | {"tt902"}
    probabilities = np.array([predictions[film.id] for film in films])
    assert macro_average_precision(label_matrix(films, run.genres), probabilities) > 0.9


def test_no_probe_predicts_a_poster_that_it_was_fitted_on(monkeypatch):
    fitted_on = []

    class Remembers:
        def predict_proba(self, features):
            assert not set(features[:, 0]) & set(fitted_on[-1])
            return np.zeros((len(features), 2))

    def fit_probe(features, labels, *others):
        fitted_on.append(features[:, 0])
        assert np.array_equal(labels[:, 0], features[:, 0])
        return Remembers()

    numbered = np.arange(50.0)[:, None]
    for name, stand_in in (
        ("pooled_features", lambda model, pixels: pixels),
        ("fit_probe", fit_probe),
        ("load_head", lambda model, probe: None),
    ):
        monkeypatch.setattr(training.runs.poster_task, name, stand_in)
    monkeypatch.setattr(training.models.probe, "fit_probe", fit_probe)
    config = PRESETS["poster"]["distilled"]
    labels, ids = np.repeat(numbered, 2, axis=1), [f"tt{number}" for number in range(50)]
    training.runs.poster_task._fit_head(None, numbered, labels, ids, config)
    assert [len(each) for each in fitted_on] == [50, 40, 40, 40, 40, 40]


def test_the_pictures_of_a_film_are_of_one_fold():
    rng = np.random.default_rng(1)
    features, ids = rng.normal(size=(40, 3)), [f"tt{row // 2}" for row in range(40)]
    labels = (features[:, :1] > 0).astype(np.float32)
    labels[1::2] = labels[::2]
    features[1::2] = features[::2]  # a probe that knew one picture would know the other
    noise = rng.integers(0, 2, (40, 1)).astype(np.float32)
    noise[1::2] = noise[::2]
    seen, unseen = (
        training.models.probe.out_of_fold(features, noise, 1e-6, 1e-12, 1, groups)
        for groups in (None, ids)
    )
    assert np.array_equal(unseen[::2], unseen[1::2])
    assert not np.array_equal(seen[::2], seen[1::2])


def test_readers_of_other_genres_are_refused(runs, made_films, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for file in runs["overview", "distilled"].iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "genres.json").write_text(json.dumps(["Action", "Drama", "Western"]))
    with pytest.raises(InputError, match="different genres"):
        fuse(runs["poster", "distilled"], other, made_films, tmp_path / "run")
