import json
import shutil
from pathlib import Path

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
import tensorflow as tf
import tf2onnx

import export.publish
import export.weights
import training.__main__
from export.__main__ import main
from export.card import model_card
from export.convert import OPSET, convert
from export.inputs import proof_inputs
from export.prove import (
    TOLERANCE,
    BatchAxisError,
    ExportError,
    GenresDifferError,
    NamesDifferError,
    OperatorError,
    ShapesDifferError,
    ValuesDifferError,
    prove,
)
from export.publish import export as publish
from gradio_app.artifact import FORMAT_VERSION, load_artifact, sha256, spec_digest
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError, InputError
from gradio_app.readers import FOLDERS
from tests.training.conftest import TRAINED
from training.config import FusionConfig
from training.models.poster_cnn import get_backbone, pooled_statistics
from training.runs.history import read_curves
from training.runs.run import load_run

OVERVIEWS = [key for key in TRAINED if key[0] == "overview"]
EXPORTED = [*TRAINED, ("fusion", "distilled")]


@pytest.mark.parametrize("name", ["mean", "deviation", "upper_mean", "lower_mean"])
def test_statistics_of_large_even_maps_are_exact_in_onnx(name):
    """onnxruntime adds up a whole map naively: 1e-4 wrong where all pixels are alike."""
    source = keras.Input((120, 80, 3), name="map")
    model = keras.Model(source, pooled_statistics([name], source))
    signature = [tf.TensorSpec(source.shape, source.dtype, name="map")]
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=OPSET)
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    even = np.broadcast_to(np.float32([0.1, 1.7, 5.9]), (1, 120, 80, 3))
    (found,) = session.run(None, {"map": np.ascontiguousarray(even)})
    if name == "deviation":
        assert (found < 0.02).all()  # its square is a difference of squares up to 35
    else:
        assert np.allclose(found, even[:, 0, 0], rtol=1e-5)


@pytest.fixture(scope="module")
def converted(runs):
    """A converted poster model with what a proof needs; each test takes a copy."""
    run = load_run(runs["poster", "coursework"])
    inputs = proof_inputs(run.config, 3, seed=0)
    return (
        convert(run.convertible_model()),
        run.model(),
        inputs,
        np.array(run.metrics["thresholds"]),
    )


def copy_of(proto: onnx.ModelProto) -> onnx.ModelProto:
    return onnx.ModelProto.FromString(proto.SerializeToString())


def predict(model, inputs: dict[str, np.ndarray]) -> np.ndarray:
    values = list(inputs.values())
    return model.predict(values if len(values) > 1 else values[0], verbose=0)


@pytest.mark.parametrize("key", EXPORTED, ids="-".join)
def test_every_preset_exports_and_predicts_as_keras(runs, key, tmp_path):
    run = load_run(runs[key])
    folder = publish(run.folder, tmp_path)
    artifact = load_artifact(folder, key[0])
    inputs = proof_inputs(run.config, 3, seed=123)  # not those of the proof
    probabilities = artifact.session.run(None, inputs)[0]
    assert np.abs(probabilities - predict(run.model(), inputs)).max() <= TOLERANCE
    assert artifact.spec.weights == run.weights
    if key[0] != "fusion":
        assert artifact.spec.document["training"]["history"] == read_curves(
            run.folder / "history.csv"
        )
    assert f"**Limits and biases.** {artifact.spec.limits}\n" in (folder / "README.md").read_text()
    parity = artifact.spec.document["parity"]
    assert 0 <= parity["largest_difference"] <= parity["tolerance"] == TOLERANCE
    assert artifact.spec.genres == ("Action", "Drama", "Horror")
    for name, digest in artifact.spec.document["files"].items():
        assert sha256(folder / name) == digest
    assert "model.onnx" in artifact.spec.document["files"]
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".staging")]


@pytest.mark.parametrize("key", OVERVIEWS, ids="-".join)
def test_overviews_are_read_by_native_lstms_that_skip_the_padding(runs, key):
    run = load_run(runs[key])
    proto = convert(run.convertible_model())
    lstms = [node for node in proto.graph.node if node.op_type == "LSTM"]
    assert len(lstms) == len(run.config.units)
    assert all(node.input[4] == "word_count" for node in lstms)
    assert not [node for node in proto.graph.node if node.op_type in ("Loop", "Scan", "If")]


@pytest.mark.parametrize("key", OVERVIEWS, ids="-".join)
def test_a_row_of_padding_alone_does_not_crash(runs, key):
    proto = convert(load_run(runs[key]).convertible_model())
    session = onnxruntime.InferenceSession(proto.SerializeToString())
    probabilities = session.run(None, {"overview": np.zeros((2, 12), np.int32)})[0]
    assert np.isfinite(probabilities).all()


def test_word_vectors_are_stored_as_float16(runs):
    run = load_run(runs["overview", "distilled"])
    shape = [run.config.vocabulary_size, run.config.embedding_size]
    (table,) = [
        tensor
        for tensor in convert(run.convertible_model()).graph.initializer
        if list(tensor.dims) == shape
    ]
    assert table.data_type == onnx.TensorProto.FLOAT16
    trained = run.model().get_layer("words").get_weights()[0]
    assert np.array_equal(onnx.numpy_helper.to_array(table).astype(np.float32), trained)


def test_the_convolutions_of_a_backbone_are_stored_as_float16(runs):
    run = load_run(runs["poster", "distilled"])
    weights = [values.size for values in get_backbone(run.model()).get_weights()]
    stored = [
        np.prod(tensor.dims)
        for tensor in convert(run.convertible_model()).graph.initializer
        if tensor.data_type == onnx.TensorProto.FLOAT16
    ]
    assert sum(stored) > 0.98 * sum(weights)


@pytest.fixture(scope="module")
def measured(runs, made_films, tmp_path_factory):
    """Exported models and their evaluation."""
    folder = tmp_path_factory.mktemp("measured")
    for kind in ("poster", "overview", "fusion"):
        publish(runs[kind, "distilled"], folder / "models")
    arguments = ["evaluate", "--data", str(made_films), "--models", str(folder / "models")]
    report = str(folder / "report.md")
    assert training.__main__.main([*arguments, "--no-baselines", "--report", report]) == 0
    return folder


def test_cards_get_the_figures_of_the_evaluation_of_their_models(measured, tmp_path):
    models = shutil.copytree(measured / "models", tmp_path / "models")
    assert main(["--cards", str(measured / "models" / "evaluation.json"), "--to", str(models)]) == 0
    document = json.loads((measured / "models" / "evaluation.json").read_text())
    rows = {row["name"]: row for row in document["label_sets"]["as listed"]["rows"]}
    for kind, name in (("poster", "poster CNN"), ("fusion", "fused")):
        artifact = load_artifact(models / FOLDERS[kind], kind)  # its hashes fit
        metrics = artifact.spec.document["metrics"]
        assert metrics["test at the thresholds"] == rows[name]["at_thresholds"]
        card = (artifact.folder / "README.md").read_text()
        assert f"| test at 0.5 | {rows[name]['at_half']['mAP']:.3f} |" in card
        low, high = rows[name]["intervals"]["mAP"]
        assert f"{low:.3f} to {high:.3f}" in card


def test_a_spec_of_an_older_export_gets_limits_with_its_figures(measured, tmp_path):
    models = shutil.copytree(measured / "models", tmp_path / "models")
    file = models / "poster_cnn" / "spec.json"
    spec = json.loads(file.read_text())
    limits = spec.pop("limits")
    spec["digest"] = spec_digest(spec)
    file.write_text(json.dumps(spec))
    assert load_artifact(file.parent, "poster").spec.limits == ""
    assert main(["--cards", str(measured / "models" / "evaluation.json"), "--to", str(models)]) == 0
    assert load_artifact(file.parent, "poster").spec.limits == limits
    assert limits in (file.parent / "README.md").read_text()


def test_cards_get_other_limits_with_their_figures(measured, tmp_path, capsys):
    models = shutil.copytree(measured / "models", tmp_path / "models")
    (tmp_path / "limits.txt").write_text("Puppets,\nin French.\n")
    limits = ["--limits", str(tmp_path / "limits.txt"), "--to", str(models)]
    assert main(["--cards", str(measured / "models" / "evaluation.json"), *limits]) == 0
    for kind, folder in FOLDERS.items():
        assert load_artifact(models / folder, kind).spec.limits == "Puppets, in French."
        assert "**Limits and biases.** Puppets, in French.\n" in (
            models / folder / "README.md"
        ).read_text("utf-8")
    assert main(["--renew", *limits]) == 1
    assert "give --limits with --cards" in capsys.readouterr().err


def test_cards_get_no_figures_of_other_models(measured, runs, tmp_path, capsys):
    models = shutil.copytree(measured / "models", tmp_path / "models")
    before = {path: path.read_bytes() for path in models.rglob("*") if path.is_file()}
    (tmp_path / "none.json").write_text("{}")
    assert main(["--cards", str(tmp_path / "none.json"), "--to", str(models)]) == 1
    document = json.loads((measured / "models" / "evaluation.json").read_text())
    without_models = document["origin"] | {"models": {}}
    for change in ({"split": "validation"}, {"origin": without_models}):
        (tmp_path / "other.json").write_text(json.dumps(document | change))
        assert main(["--cards", str(tmp_path / "other.json"), "--to", str(models)]) == 1
        assert "no evaluation of" in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in models.rglob("*") if path.is_file()}


def test_a_fusion_of_other_readers_is_refused(runs, tmp_path):
    for key in (("poster", "distilled"), ("overview", "coursework"), ("fusion", "distilled")):
        publish(runs[key], tmp_path)
    with pytest.raises(ArtifactError, match="python -m training fusion"):
        FilmClassifier.from_dir(tmp_path)


@pytest.mark.parametrize("preset", ["coursework", "distilled"])
def test_exported_folders_are_served(runs, preset, tmp_path, made_films):
    (tmp_path / "limits.txt").write_text("Puppets,\nin French.\n")
    all_three = [str(runs[kind, preset]) for kind in ("poster", "overview", "fusion")]
    limits = ["--limits", str(tmp_path / "limits.txt")]
    assert main([*all_three, "--to", str(tmp_path), *limits]) == 0
    for folder in FOLDERS.values():
        card = (tmp_path / folder / "README.md").read_text("utf-8")
        assert "**Limits and biases.** Puppets, in French.\n" in card
    film = FilmClassifier.from_dir(tmp_path).predict(
        made_films / "posters" / "tt0.jpg", "An agent and a bomb."
    )
    assert set(film.combined.genres) == {"Action", "Drama", "Horror"}


def test_a_card_tells_what_a_model_learned_of_nothing(runs, tmp_path):
    for kind, name in (("poster", "made_pictures"), ("overview", "made_overviews")):
        spec = json.loads((publish(runs[kind, "distilled"], tmp_path) / "spec.json").read_text())
        spec["training"]["config"][name] = 0.0
        assert "outlier exposure" not in model_card(spec)
        spec["training"]["config"][name] = 0.04
        assert "nothing, 4% more" in model_card(spec)
    spec = json.loads((publish(runs["fusion", "distilled"], tmp_path) / "spec.json").read_text())
    assert "without content" in model_card(spec)
    del spec["calibration"]["distances"]  # as models were before 2026-11-26
    assert "without content" not in model_card(spec)


def test_other_names_are_refused(converted):
    proto, *rest = converted
    renamed = copy_of(proto)
    renamed.graph.input[0].name = "picture"
    for node in renamed.graph.node:
        node.input[:] = ["picture" if name == "poster" else name for name in node.input]
    with pytest.raises(NamesDifferError, match="picture"):
        prove(renamed, *rest)


def test_a_fixed_batch_is_refused(converted):
    proto, *rest = converted
    fixed = copy_of(proto)
    fixed.graph.input[0].type.tensor_type.shape.dim[0].dim_value = 1
    with pytest.raises(BatchAxisError):
        prove(fixed, *rest)


def test_another_shape_is_refused(converted):
    proto, *rest = converted
    taller = copy_of(proto)
    taller.graph.input[0].type.tensor_type.shape.dim[1].dim_param = "any"
    with pytest.raises(ShapesDifferError):
        prove(taller, *rest)


def test_another_weight_is_refused(converted):
    proto, *rest = converted
    changed = copy_of(proto)
    weight = next(value for value in changed.graph.initializer if len(value.dims) == 4)
    values = onnx.numpy_helper.to_array(weight) * 1.05
    weight.CopyFrom(onnx.numpy_helper.from_array(values, weight.name))
    with pytest.raises(ValuesDifferError, match="differ by up to"):
        prove(changed, *rest)


def test_a_genre_chosen_by_one_alone_is_refused(converted, monkeypatch):
    proto, model, inputs, _ = converted
    changed = copy_of(proto)
    bias = next(value for value in changed.graph.initializer if list(value.dims) == [3])
    values = onnx.numpy_helper.to_array(bias) + np.float32(0.2)
    bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
    expected = predict(model, inputs)
    # With a tolerance this wide the other values pass, and this step has to catch them.
    monkeypatch.setattr("export.prove.TOLERANCE", 0.1)
    with pytest.raises(GenresDifferError, match="chosen by one"):
        prove(changed, model, inputs, expected.max(axis=0) + 0.001)


def test_a_loop_is_refused(runs):
    run = load_run(runs["overview", "coursework"])
    model = run.model()
    signature = [tf.TensorSpec((None, 12), tf.int32, name="overview")]
    # Masked, tf2onnx makes Loops of the LSTMs: right, but slow.
    proto, _ = tf2onnx.convert.from_keras(model, input_signature=signature, opset=17)
    inputs = proof_inputs(run.config, 3, seed=0)
    with pytest.raises(OperatorError, match="Loop"):
        prove(proto, model, inputs, np.array(run.metrics["thresholds"]))


def test_a_refused_export_leaves_the_published_folder_as_it_was(runs, tmp_path, monkeypatch):
    folder = publish(runs["poster", "coursework"], tmp_path)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    def damaged(model):
        proto = convert(model)
        weight = next(value for value in proto.graph.initializer if len(value.dims) == 4)
        weight.CopyFrom(
            onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(weight) * 2, weight.name)
        )
        return proto

    monkeypatch.setattr(export.publish, "convert", damaged)
    with pytest.raises(ValuesDifferError):
        publish(runs["poster", "coursework"], tmp_path)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["poster_cnn"]


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt])
def test_a_move_that_fails_brings_the_former_folder_back(tmp_path, monkeypatch, error):
    target, new = tmp_path / "poster_cnn", tmp_path / "new"
    for folder in (target, new):
        folder.mkdir()
        (folder / "whose").write_text(folder.name)
    rename = Path.rename

    def fails(self, to):
        if self == new:
            raise error
        return rename(self, to)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fails)
        with pytest.raises(error):
            export.publish._replace(target, new)
    assert (target / "whose").read_text() == "poster_cnn"
    target.rename(tmp_path / ".poster_cnn.old")  # as a killed export leaves it
    export.publish._replace(target, new)
    assert (target / "whose").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["poster_cnn"]


def test_a_new_export_replaces_the_folder_whole(runs, tmp_path):
    folder = publish(runs["overview", "coursework"], tmp_path)
    (folder / "left-over.txt").write_text("old")
    shutil.copy(folder / "spec.json", tmp_path / "old.json")
    publish(runs["overview", "distilled"], tmp_path)
    assert not (folder / "left-over.txt").exists()
    old, new = (json.loads(f.read_text()) for f in (tmp_path / "old.json", folder / "spec.json"))
    assert (old["architecture"], new["architecture"]) == ("coursework", "pooled_bilstm")


def test_a_file_of_limits_has_to_be_text(runs, tmp_path, capsys):
    run = str(runs["poster", "coursework"])
    (tmp_path / "binary.txt").write_bytes(b"\xff")
    for name in ("binary.txt", "none.txt"):
        limits = ["--limits", str(tmp_path / name)]
        assert main([run, "--to", str(tmp_path / "models"), *limits]) == 1
        assert f"{name} is not a readable text file" in capsys.readouterr().err
    assert not (tmp_path / "models").exists()


def test_what_is_no_finished_run_is_one_sentence(runs, tmp_path, capsys):
    assert main([str(tmp_path), "--to", str(tmp_path / "models")]) == 1
    assert "is not a training run" in capsys.readouterr().err
    unfinished = shutil.copytree(runs["poster", "coursework"], tmp_path / "unfinished")
    (unfinished / "metrics.json").unlink()
    with pytest.raises(InputError, match="--resume"):
        publish(unfinished, tmp_path / "models")
    assert not (tmp_path / "models").exists()


def as_older_exports_wrote(folder: Path) -> None:
    """A model folder of format 2, which had one file for a graph, however large."""
    graph = onnx.load(folder / "model.onnx")  # with what lies beside it
    spec = json.loads((folder / "spec.json").read_text())
    onnx.save(graph, folder / "model.onnx")
    for file in folder.glob("*.bin"):
        file.unlink()
        del spec["files"][file.name]
    spec["files"]["model.onnx"] = sha256(folder / "model.onnx")
    spec["format_version"] = 2
    del spec["digest"], spec["sizes"]
    (folder / "spec.json").write_text(json.dumps(spec))


def test_models_of_an_earlier_format_are_renewed_without_training(measured, tmp_path, capsys):
    models = shutil.copytree(measured / "models", tmp_path / "models")
    evaluation = (models / "evaluation.json").read_text()
    as_older_exports_wrote(models / "overview_lstm")
    with pytest.raises(ArtifactError, match="has format 2"):
        FilmClassifier.from_dir(models)
    assert main(["--renew", "--to", str(models)]) == 0
    FilmClassifier.from_dir(models)
    spec = json.loads((models / "overview_lstm" / "spec.json").read_text())
    assert spec["format_version"] == FORMAT_VERSION
    assert (models / "evaluation.json").read_text() == evaluation
    (models / "overview_lstm" / "tokenizer.json").write_text("{}")
    assert main(["--renew", "--to", str(models)]) == 1
    assert "tokenizer.json is damaged" in capsys.readouterr().err


def test_no_file_of_a_model_is_too_large_and_no_answer_changes(tmp_path, monkeypatch):
    shipped = Path(__file__).parents[3] / "onnx_models" / "overview_lstm" / "model.onnx"
    monkeypatch.setattr(export.weights, "MAX_FILE_BYTES", 2_000_000)
    export.weights.save_model(onnx.load(shipped), tmp_path)
    files = list(tmp_path.iterdir())
    assert len(files) > 3
    assert all(file.stat().st_size <= 2_000_000 for file in files)
    inputs = {"overview": np.random.default_rng(0).integers(0, 30_000, (9, 100), np.int32)}
    (split,) = onnxruntime.InferenceSession(tmp_path / "model.onnx").run(None, inputs)
    (expected,) = onnxruntime.InferenceSession(shipped).run(None, inputs)
    assert np.array_equal(split, expected)


def test_a_graph_that_is_large_without_its_weights_is_written_all_the_same(tmp_path, monkeypatch):
    shipped = Path(__file__).parents[3] / "onnx_models" / "fusion" / "model.onnx"
    monkeypatch.setattr(export.weights, "MAX_FILE_BYTES", 10)
    export.weights.save_model(onnx.load(shipped), tmp_path)
    onnxruntime.InferenceSession(tmp_path / "model.onnx")


def test_the_proof_covers_the_edges(runs):
    overviews = proof_inputs(load_run(runs["overview", "distilled"]).config, 3, 0)["overview"]
    lengths = set((overviews != 0).sum(axis=1).tolist())
    assert lengths == {1, 2, 6, 11, 12}
    assert any(set(row.tolist()) == {1} for row in overviews)  # unknown words alone
    posters = proof_inputs(load_run(runs["poster", "distilled"]).config, 3, 0)["poster"]
    assert posters[0].max() == 0
    assert posters[1].min() == 255
    logits = proof_inputs(FusionConfig(), 3, seed=0)
    assert {tuple(row) for row in logits["present"].astype(int)} == {(1, 1), (1, 0), (0, 1)}


def test_each_refusal_is_an_export_error():
    for error in (
        NamesDifferError,
        BatchAxisError,
        ShapesDifferError,
        ValuesDifferError,
        GenresDifferError,
        OperatorError,
    ):
        assert issubclass(error, ExportError)
