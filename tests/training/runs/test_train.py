import csv
import dataclasses
import json
import math
import shutil
import subprocess
import sys

import keras
import numpy as np
import pytest

import training.runs.fitting
import training.runs.poster_task
import training.runs.train
from gradio_app.catalogue.sources.table import read_table
from gradio_app.errors import InputError
from gradio_app.preprocessing import encode_overviews
from tests.training.conftest import TRAINED, tiny, write_table
from training.__main__ import main
from training.config import PRESETS, config_from_json
from training.data.films import read_films
from training.data.labels import label_matrix
from training.models.build import build_model
from training.models.overview_lstm import WORDS_NAME
from training.models.poster_cnn import get_backbone, load_backbone
from training.runs.fitting import Progress
from training.runs.history import keep_history, read_curves
from training.runs.run import load_run
from training.runs.train import train


class InterruptedInEpoch3(Progress):
    def on_epoch_begin(self, epoch, logs=None):
        super().on_epoch_begin(epoch, logs)
        if epoch == 2:
            raise KeyboardInterrupt


def history(run):
    with (run / "history.csv").open() as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("preset", TRAINED, ids="-".join)
def test_a_run_folder_is_complete(runs, preset):
    run = runs[preset]
    rows = history(run)
    assert [row["epoch"] for row in rows] == ["0", "1"]
    names = {"loss", "val_loss", "precision", "val_precision", "recall", "val_recall"}
    curves = read_curves(run / "history.csv")
    assert set(curves) == names
    assert all(len(values) == 2 for values in curves.values())
    assert not (run / "checkpoint").exists()
    assert (run / "curves.png").read_bytes().startswith(b"\x89PNG")
    loaded = load_run(run)
    assert config_from_json(run / "config.json") == tiny(*preset)
    assert loaded.genres == ["Action", "Drama", "Horror"]
    # The extra overview without a list of genres serves with a teacher alone.
    extra = {("poster", "distilled"): 1, ("overview", "distilled"): 2}.get(preset, 0)
    assert loaded.n_films == {"train": 36 + extra, "validation": 12}
    assert len(loaded.metrics["thresholds"]) == 3


def test_training_lowers_the_loss(made_films, tmp_path):
    config = dataclasses.replace(tiny("poster", "coursework"), epochs=12, learning_rate=1e-3)
    metrics = train(config, made_films, tmp_path / "run", tmp_path / "cache")
    assert metrics["validation at 0.5"]["mAP"] > 0.9
    losses = [float(row["loss"]) for row in history(tmp_path / "run")]
    assert losses[-1] < losses[0] / 2


def test_the_best_weights_are_kept(runs, made_films):
    run = load_run(runs["overview", "coursework"])  # which no calibration changes
    best = min(float(row["val_loss"]) for row in history(run.folder))
    films = [film for film in read_films(made_films) if film.split == "validation"]
    overviews = [film.overview for film in films]
    ids = encode_overviews(run.tokenizer, overviews, run.config.sequence_length)
    model = run.model()
    model.compile(loss="binary_crossentropy")
    loss = model.evaluate(ids, label_matrix(films, run.genres), verbose=0)
    assert loss == pytest.approx(best, abs=1e-4)  # words are rounded to float16


def test_an_interrupted_training_resumes_after_its_last_epoch(made_films, tmp_path, monkeypatch):
    config = dataclasses.replace(tiny("overview", "default"), epochs=4)
    run = tmp_path / "run"

    with monkeypatch.context() as patch:
        patch.setattr(training.runs.fitting, "Progress", InterruptedInEpoch3)
        with pytest.raises(KeyboardInterrupt):
            train(config, made_films, run, tmp_path / "cache")
    before = history(run)
    assert [row["epoch"] for row in before] == ["0", "1"]
    with pytest.raises(InputError, match="--resume"):
        load_run(run)
    with pytest.raises(InputError, match="--resume"):
        train(config, made_films, run, tmp_path / "cache")
    other = dataclasses.replace(config, seed=9)
    with pytest.raises(InputError, match="other settings"):
        train(other, made_films, run, tmp_path / "cache", resume=True)

    train(config, made_films, run, tmp_path / "cache", resume=True)
    rows = history(run)
    assert [row["epoch"] for row in rows] == ["0", "1", "2", "3"]
    assert rows[:2] == before
    assert config_from_json(run / "config.json") == config


def test_few_films_are_passed_through_several_times(made_films, tmp_path, monkeypatch):
    batches = []

    class Counted(training.runs.fitting.Progress):
        def on_epoch_end(self, epoch, logs=None):
            batches.append(int(self.model.optimizer.iterations))

    monkeypatch.setattr(training.runs.fitting, "Progress", Counted)
    config = dataclasses.replace(tiny("overview", "default"), least_batches=12)
    train(config, made_films, tmp_path / "run", tmp_path)
    # 37 overviews in batches of 8, all of one bucket, are 5 batches, and 3 passes make 12 of them.
    assert batches == [15, 30]


def test_a_short_training_averages_over_a_tenth_of_its_batches():
    config = dataclasses.replace(tiny("overview", "default"), epochs=10, batch_size=8)
    momenta = [
        training.runs.fitting._optimizer(config, n_films).ema_momentum
        for n_films in (8, 80, 80_000)
    ]
    assert momenta == pytest.approx([0.0, 0.9, config.weight_average])


def test_a_model_has_no_more_words_than_its_overviews(runs):
    run = load_run(runs["overview", "coursework"])
    words = run.tokenizer.get_vocab()
    assert 12 < len(words) < tiny("overview", "coursework").vocabulary_size
    assert run.config.vocabulary_size == len(words)
    assert run.model().get_layer(WORDS_NAME).get_weights()[0].shape[0] == len(words)


def test_a_poster_training_resumes_without_its_backbone(
    made_films, lite_weights, tmp_path, monkeypatch
):
    config = dataclasses.replace(tiny("poster", "default"), epochs=4, first_trained_block=15)
    with monkeypatch.context() as patch:
        patch.setattr(training.runs.fitting, "Progress", InterruptedInEpoch3)
        with pytest.raises(KeyboardInterrupt):
            train(config, made_films, tmp_path / "run", tmp_path, backbone=lite_weights)
    train(config, made_films, tmp_path / "run", tmp_path, resume=True)
    assert [row["epoch"] for row in history(tmp_path / "run")] == ["0", "1", "2", "3"]


def test_what_was_cut_off_in_its_first_epoch_resumes_with_the_backbone(
    made_films, lite_weights, tmp_path, monkeypatch
):
    config = dataclasses.replace(tiny("poster", "default"), epochs=2, first_trained_block=15)
    run = tmp_path / "run"

    def interrupted(*arguments):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(training.runs.train, "fit", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(config, made_films, run, tmp_path, backbone=lite_weights)
    with pytest.raises(InputError, match="--backbone"):
        train(config, made_films, run, tmp_path, resume=True, backbone=tmp_path / "none.h5")
    train(config, made_films, run, tmp_path, resume=True, backbone=lite_weights)
    given = build_model(config, 3)
    load_backbone(given, lite_weights)
    ours, theirs = (get_backbone(model) for model in (load_run(run).model(), given))
    names = [layer.name for layer in ours.layers]
    first_trained = names.index("block_15_expand_convolution")
    assert first_trained > 80
    for mine, given_one in zip(ours.layers[:first_trained], theirs.layers, strict=False):
        pairs = zip(mine.get_weights(), given_one.get_weights(), strict=True)
        assert all(np.array_equal(a, b.astype(np.float16)) for a, b in pairs), mine.name


def test_a_run_is_not_resumed_on_other_films(made_films, tmp_path, monkeypatch):
    config = tiny("overview", "default")
    config = dataclasses.replace(config, epochs=4)
    run = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(training.runs.fitting, "Progress", InterruptedInEpoch3)
        with pytest.raises(KeyboardInterrupt):
            train(config, made_films, run, tmp_path)
    other = shutil.copytree(made_films, tmp_path / "other")
    for old, new, file in (("Horror", "Western", "genres"), ("ghost", "goblin", "tokenizer")):
        table = (made_films / "films.csv").read_text().replace(old, new)
        (other / "films.csv").write_text(table)
        before = {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}
        with pytest.raises(InputError, match=file):
            train(config, other, run, tmp_path, resume=True)
        assert before == {path.name: path.read_bytes() for path in run.iterdir() if path.is_file()}


def test_a_start_that_fails_leaves_no_folder(made_films, tmp_path):
    run = tmp_path / "run"
    config = tiny("poster", "default")
    with pytest.raises(InputError, match="--backbone"):
        train(config, made_films, run, tmp_path, backbone=tmp_path / "missing.h5")
    with pytest.raises(InputError, match="no table"):
        train(config, tmp_path / "nowhere", run, tmp_path)
    assert not run.exists()


def test_a_training_of_averaged_weights_resumes_as_if_uninterrupted(
    made_films, tmp_path, monkeypatch
):
    config = dataclasses.replace(
        tiny("overview", "default"),
        epochs=4,
        word_dropout=0.0,
        embedding_dropout=0.0,
        dropout=0.0,
        head_dropout=0.0,
        batch_size=64,  # one batch: an order of the films does not matter
        bucketed=False,
    )
    train(config, made_films, tmp_path / "whole", tmp_path)
    with monkeypatch.context() as patch:
        patch.setattr(training.runs.fitting, "Progress", InterruptedInEpoch3)
        with pytest.raises(KeyboardInterrupt):
            train(config, made_films, tmp_path / "cut", tmp_path)
    train(config, made_films, tmp_path / "cut", tmp_path, resume=True)
    whole, cut = (load_run(tmp_path / name).model().get_weights() for name in ("whole", "cut"))
    for ours, theirs in zip(whole, cut, strict=True):
        assert np.allclose(ours, theirs, atol=1e-5)


def test_a_distilled_config_needs_its_teacher(made_films, teacher, tmp_path):
    config = tiny("overview", "distilled")
    with pytest.raises(InputError, match="--teacher"):
        train(config, made_films, tmp_path / "run", tmp_path)
    with pytest.raises(InputError, match="python -m training teacher"):
        train(config, made_films, tmp_path / "run", tmp_path, teacher=tmp_path)
    fewer = dataclasses.replace(config, min_films_per_genre=1000)
    with pytest.raises(InputError, match="1000"):
        train(fewer, made_films, tmp_path / "run", tmp_path, teacher=teacher)
    assert not (tmp_path / "run").exists()


class ProbeSeenError(Exception):
    """What a probe would have been fitted on."""


def test_a_poster_model_may_be_trained_on_completed_lists(
    made_films, teacher, lite_weights, tmp_path, monkeypatch
):
    def fit_probe(features, labels, *others):
        raise ProbeSeenError(labels)

    monkeypatch.setattr(training.runs.poster_task, "fit_probe", fit_probe)
    films = read_table(made_films / "films.csv")
    rows = [{**film.cells, "tmdb_genres": "Drama"} for film in films]
    write_table(tmp_path / "films.csv", rows)
    (tmp_path / "posters").symlink_to(made_films / "posters")
    config = tiny("poster", "distilled")
    least = {}
    for label_set in ("completed", "listed"):
        each = dataclasses.replace(config, label_set=label_set)
        run = tmp_path / f"run-{label_set}"
        with pytest.raises(ProbeSeenError) as seen:
            train(each, tmp_path, run, tmp_path, backbone=lite_weights, teacher=teacher)
        least[label_set] = seen.value.args[0][:, 1].min()
    assert config.label_set == "agreed"  # a third one; test_films.py tells how they differ
    assert least["completed"] >= 1 - config.teacher_share - 1e-6 > least["listed"]


def test_variants_are_trained_on_but_are_no_films(runs, made_films, teacher, tmp_path):
    films = {film.overview for film in read_films(made_films) if film.split == "train"}
    run = load_run(runs["overview", "distilled"])
    assert run.n_films["train"] == len(films) + 2  # the extra overviews
    without = dataclasses.replace(run.config, teacher_variants=False)
    train(without, made_films, tmp_path / "run", tmp_path, teacher=teacher)
    other = load_run(tmp_path / "run")
    assert other.n_films == run.n_films
    assert other.tokenizer.to_str() == run.tokenizer.to_str()
    ours, theirs = (
        np.concatenate([w.ravel() for w in r.model().get_weights()]) for r in (run, other)
    )
    assert not np.allclose(ours, theirs, atol=1e-3)


def test_calibration_is_what_the_last_layer_holds(runs, made_films):
    run = load_run(runs["overview", "distilled"])
    films, probabilities = map(np.array, zip(*run.validation().items(), strict=True))
    listed = {film.id: film for film in read_films(made_films)}
    ids = encode_overviews(run.tokenizer, [listed[film].overview for film in films], 12)
    assert np.allclose(run.model().predict(ids, verbose=0), probabilities, atol=1e-6)
    labels = label_matrix([listed[film] for film in films], run.genres)
    # A calibrated reader is right on average, whatever its logits were.
    assert probabilities.mean(axis=0) == pytest.approx(labels.mean(axis=0), abs=0.05)
    assert load_run(runs["overview", "coursework"]).metrics["calibration"] == {}


def test_an_epoch_that_was_logged_but_not_kept_is_dropped(tmp_path):
    file = tmp_path / "history.csv"
    file.write_text("epoch,loss\n0,3\n1,2\n2,1\n")
    assert [row["loss"] for row in keep_history(file, until=2)] == ["3", "2"]
    assert file.read_text().split() == ["epoch,loss", "0,3", "1,2"]
    assert keep_history(tmp_path / "none.csv", until=2) == []


def test_the_coursework_schedule():
    for kind, epochs in (("poster", 40), ("overview", 20)):
        config = PRESETS[kind]["coursework"]
        assert (config.epochs, config.batch_size, config.learning_rate) == (epochs, 64, 1e-4)
        assert not config.use_extra_films
        rates = [training.runs.fitting._decay(config, epoch) for epoch in range(epochs)]
        assert rates[:9] == [1.0] * 9  # epochs 1 to 9
        assert rates[9:12] == pytest.approx([math.exp(-0.01 * step) for step in (1, 2, 3)])


def test_the_same_seed_gives_the_same_run(made_films, tmp_path):
    config = tiny("overview", "default")
    for name in ("first", "second"):
        train(config, made_films, tmp_path / name, tmp_path / "cache")
    first, second = (
        load_run(tmp_path / name).model().get_weights() for name in ("first", "second")
    )
    for ours, theirs in zip(first, second, strict=True):
        assert np.allclose(ours, theirs, atol=1e-6)


def test_configs_survive_json_and_older_ones_are_refused(tmp_path):
    for presets in PRESETS.values():
        for config in presets.values():
            file = tmp_path / "config.json"
            file.write_text(json.dumps(dataclasses.asdict(config)))
            assert config_from_json(file) == config
    file.write_text(json.dumps({"kind": "overview", "epochs": 3}))
    with pytest.raises(InputError, match="train again"):
        config_from_json(file)
    with pytest.raises(InputError, match="not a training run"):
        config_from_json(tmp_path / "nowhere" / "config.json")


def test_progress_logs_the_time_that_is_left(caplog):
    progress = Progress(epochs=4, every_seconds=0)
    progress.set_params({"steps": 10})
    with caplog.at_level("INFO"):
        progress.on_train_begin()
        progress.on_epoch_begin(2)  # a resumed training
        progress.begin -= 60
        progress.on_epoch_end(2, {"loss": 0.5})
    assert "epoch 3/4 done: loss 0.500, 1.0 min left" in caplog.text


@pytest.mark.parametrize(
    "arguments",
    [
        ["poster", "--data", "nowhere"],
        ["overview", "--data", "nowhere", "--run", "nowhere", "--resume"],
        ["evaluate", "--data", "nowhere", "--models", "nowhere"],
        ["evaluate", "--data", ".", "--floors", "nowhere"],
        ["evaluate", "--data", ".", "--report", "nowhere/report.md"],
    ],
)
def test_what_cannot_be_used_is_one_sentence(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 1
    message = capsys.readouterr().err.strip().splitlines()[-1]
    assert "nowhere" in message
    assert message.endswith(".")


@pytest.mark.parametrize("option", ["--epochs", "--seed", "--min-films-per-genre"])
@pytest.mark.parametrize("value", ["0", "-1", "many", "1.5"])
def test_numbers_have_to_be_numbers(option, value, capsys):
    with pytest.raises(SystemExit):
        main(["poster", "--data", ".", option, value])
    assert "whole number" in capsys.readouterr().err


def test_help_needs_no_tensorflow():
    code = "import sys, training.__main__ as m\ntry: m.main(['--help'])\nexcept SystemExit: pass\n"
    code += "assert not {'tensorflow', 'keras'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_keras_runs_on_tensorflow():
    assert keras.backend.backend() == "tensorflow"
