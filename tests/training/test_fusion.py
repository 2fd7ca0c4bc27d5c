import json

import numpy as np
import pytest

from gradio_app.classifier import logits
from gradio_app.errors import InputError
from training.fusion import build_fusion, fuse, load_fusion
from training.run import load_run
from training.stacking import sigmoid


def test_the_fused_model_is_the_stacking_and_alone_each_reader():
    model = build_fusion(3)
    weights, intercepts = np.random.default_rng(1).normal(size=(2, 3, 3)), np.array([0.1, 0, -1])
    model.get_layer("stacking").set_weights([weights, intercepts])
    poster, overview = np.random.default_rng(0).normal(0, 3, (2, 5, 3)).astype(np.float32)

    def answer(*present):
        flags = np.tile(np.array(present, np.float32), (5, 1))
        return model.predict([poster, overview, flags], verbose=0)

    fused = sigmoid(poster @ weights[0] + overview @ weights[1] + intercepts)
    assert np.allclose(answer(1, 1), fused, atol=1e-6)
    assert np.allclose(answer(1, 0), sigmoid(poster), atol=1e-6)
    assert np.allclose(answer(0, 1), sigmoid(overview), atol=1e-6)


def test_a_fusion_knows_its_readers_and_answers_as_measured(runs):
    run = load_fusion(runs["fusion", "distilled"])
    readers = [load_run(runs[kind, "distilled"]) for kind in ("poster", "overview")]
    assert run.weights == readers[0].weights | readers[1].weights
    assert run.films == {"validation": 12}
    (films, poster), (others, overview) = (reader.validation() for reader in readers)
    assert films == others
    flags = np.ones((len(films), 2), np.float32)
    inputs = [logits(poster), logits(overview), flags]
    calibration = run.metrics["calibration"]
    weights = [np.diag(slopes) for slopes in calibration["slopes"]]
    weights = np.array(weights) + calibration.get("others", 0.0)
    expected = inputs[0] @ weights[0] + inputs[1] @ weights[1] + calibration["intercepts"]
    expected = sigmoid(expected)
    assert np.allclose(run.model().predict(inputs, verbose=0), expected, atol=1e-3)


def test_what_cannot_be_fused_is_one_sentence(runs, made_films, tmp_path):
    poster, overview = runs["poster", "distilled"], runs["overview", "distilled"]
    with pytest.raises(InputError, match="not of a poster"):
        fuse(overview, overview, made_films, tmp_path / "run")
    with pytest.raises(InputError, match="holds a run already"):
        fuse(poster, overview, made_films, runs["fusion", "distilled"])
    with pytest.raises(InputError, match="not the run of a fusion"):
        load_fusion(poster)
    with pytest.raises(InputError, match="not of a reader"):
        load_run(runs["fusion", "distilled"])
    assert not (tmp_path / "run").exists()


def test_readers_of_other_genres_are_refused(runs, made_films, tmp_path):
    other = tmp_path / "other"
    other.mkdir()
    for file in runs["overview", "distilled"].iterdir():
        (other / file.name).write_bytes(file.read_bytes())
    (other / "genres.json").write_text(json.dumps(["Action", "Drama", "Western"]))
    with pytest.raises(InputError, match="different genres"):
        fuse(runs["poster", "distilled"], other, made_films, tmp_path / "run")
