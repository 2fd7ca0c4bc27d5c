"""A model folder is loaded as a whole, or refused with a sentence that names the file."""

import dataclasses
import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradio_app.artifact import FORMAT_VERSION, load_artifact, sha256, spec_digest
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError
from gradio_app.memory import Share
from gradio_app.readers import FOLDERS, OVERVIEW, POSTER

KINDS = list(FOLDERS)


def refusal(folder: Path, kind: str) -> str:
    """The sentence with which a model folder is refused."""
    with pytest.raises(ArtifactError) as caught:
        load_artifact(folder, kind)
    return one_sentence(caught.value)


def one_sentence(error: Exception) -> str:
    message = str(error)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def edit_spec(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    """Change a spec as somebody does who knows its digest."""
    document = json.loads((folder / "spec.json").read_text("utf-8"))
    edit(document)
    document["digest"] = spec_digest(document)
    (folder / "spec.json").write_text(json.dumps(document), "utf-8")


def drop_last_genre(spec: dict[str, Any]) -> None:
    spec["genres"].pop()
    spec["thresholds"].pop()


def add_file(spec: dict[str, Any], name: str) -> None:
    spec["files"][name], spec["sizes"][name] = "0" * 64, 1


def add_genre(spec: dict[str, Any]) -> None:
    spec["genres"].append("A genre more")
    spec["thresholds"].append(0.5)


def sign(spec: dict[str, Any], file: Path) -> None:
    """Let a spec know a file as it is."""
    spec["files"][file.name], spec["sizes"][file.name] = sha256(file), file.stat().st_size


def rename_input(spec: dict[str, Any]) -> None:
    spec["input"][next(iter(spec["input"]))] = "picture"


@pytest.mark.parametrize("kind", KINDS)
def test_the_committed_models_load(kind: str, root: Path):
    artifact = load_artifact(root / "onnx_models" / FOLDERS[kind], kind)
    assert artifact.spec.kind == kind
    assert artifact.spec.genres == tuple(artifact.spec.document["genres"])
    assert len(artifact.spec.thresholds) == len(artifact.spec.genres) > 1
    assert (artifact.tokenizer is not None) == (kind == "overview")
    digests = artifact.spec.document["files"]
    assert {name: sha256(artifact.folder / name) for name in digests} == digests


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_folder(kind: str, tmp_path: Path):
    assert str(tmp_path / "nowhere" / "spec.json") in refusal(tmp_path / "nowhere", kind)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind in KINDS for name in ("spec.json", "model.onnx")]
    + [("overview", "tokenizer.json")],
)
@pytest.mark.parametrize("damage", ["missing", "a folder", "changed", "cut", "empty"])
def test_a_damaged_file(kind: str, name: str, damage: str, models: Path):
    file = models / FOLDERS[kind] / name
    content = file.read_bytes()
    file.unlink()
    match damage:
        case "a folder":
            file.mkdir()
        case "changed":
            middle = len(content) // 2
            file.write_bytes(content[:middle] + b"\xff" + content[middle + 1 :])
        case "cut":
            file.write_bytes(content[:-10])
        case "empty":
            file.write_bytes(b"")

    assert str(file) in refusal(file.parent, kind)


@pytest.mark.parametrize(
    "content", ["[]", "null", "3", '"spec"', "{}", "{", "\ufeff{}", '{"format_version": 3}']
)
def test_a_spec_that_is_none(content: str, models: Path):
    file = models / POSTER.folder / "spec.json"
    file.write_text(content, "utf-8")
    message = refusal(file.parent, "poster")
    assert str(file) in message
    assert "not a valid spec" in message


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("edit", "file", "reason"),
    [
        (lambda spec: spec.update(format_version=0), "spec.json", "format"),
        (lambda spec: spec.update(format_version=FORMAT_VERSION + 1), "spec.json", "format"),
        (lambda spec: spec.pop("genres"), "spec.json", "genres"),
        (lambda spec: spec.update(genres=[], thresholds=[]), "spec.json", "genres"),
        (lambda spec: spec.update(genres=spec["genres"][:1] * 2), "spec.json", "genres"),
        (lambda spec: spec["thresholds"].pop(), "spec.json", "threshold"),
        (lambda spec: spec["thresholds"].append(0.5), "spec.json", "threshold"),
        (lambda spec: spec.update(thresholds=["high"] * 2), "spec.json", "ValueError"),
        (lambda spec: spec.update(files=list(spec["files"])), "spec.json", "not a valid spec"),
        (lambda spec: spec["files"].pop("model.onnx"), "spec.json", "model.onnx"),
        (lambda spec: add_file(spec, "more.bin"), "more.bin", "missing"),
        (lambda spec: spec["input"].update(colour=3), "spec.json", "colour"),
        (rename_input, "model.onnx", "picture"),
        (lambda spec: spec.pop("weights"), "spec.json", "weights"),
        (lambda spec: spec["output"].update(name="answer"), "model.onnx", "answer"),
        (drop_last_genre, "model.onnx", "does not fit"),
        (add_genre, "model.onnx", "does not fit"),
    ],
)
def test_a_spec_that_does_not_fit(
    kind: str, edit: Callable[[dict[str, Any]], object], file: str, reason: str, models: Path
):
    folder = models / FOLDERS[kind]
    edit_spec(folder, edit)
    message = refusal(folder, kind)
    assert str(folder / file) in message
    assert reason in message


@pytest.mark.parametrize(
    ("kind", "size"), [("poster", "height"), ("poster", "width"), ("overview", "sequence_length")]
)
def test_an_input_of_another_size(kind: str, size: str, models: Path):
    folder = models / FOLDERS[kind]
    edit_spec(folder, lambda spec: spec["input"].update({size: spec["input"][size] + 1}))
    assert "does not fit" in refusal(folder, kind)


@pytest.mark.parametrize("kind", ["poster", "overview"])
def test_a_fusion_made_for_other_readers(kind: str, models: Path):
    edit_spec(models / FOLDERS[kind], lambda spec: spec["weights"].update({kind: "others"}))
    with pytest.raises(ArtifactError, match="python -m training fusion") as caught:
        FilmClassifier.from_dir(models)
    one_sentence(caught.value)


def test_an_unknown_fit(models: Path):
    folder = models / POSTER.folder
    edit_spec(folder, lambda spec: spec["input"].update(fit="crop"))
    assert "crop" in refusal(folder, "poster")


def test_an_overview_model_without_tokenizer_in_its_spec(models: Path):
    folder = models / OVERVIEW.folder
    edit_spec(folder, lambda spec: spec["files"].pop("tokenizer.json"))
    assert "tokenizer.json" in refusal(folder, "overview")


@pytest.mark.parametrize(
    ("kind", "name"), [("poster", "model.onnx"), ("overview", "tokenizer.json")]
)
def test_an_unreadable_file_with_the_right_hash(kind: str, name: str, models: Path):
    file = models / FOLDERS[kind] / name
    file.write_text("nothing of use")
    edit_spec(file.parent, lambda spec: sign(spec, file))
    message = refusal(file.parent, kind)
    assert str(file) in message
    assert "not a readable" in message


@pytest.mark.parametrize("kind", KINDS)
def test_the_other_kind_of_model(kind: str, models: Path):
    other = next(folder for name, folder in FOLDERS.items() if name != kind)
    message = refusal(models / other, kind)
    assert str(models / other) in message
    assert f"not {kind!r}" in message


def test_swapped_folders(models: Path):
    (models / POSTER.folder).rename(models / "aside")
    (models / OVERVIEW.folder).rename(models / POSTER.folder)
    (models / "aside").rename(models / OVERVIEW.folder)
    with pytest.raises(ArtifactError, match="kind") as caught:
        FilmClassifier.from_dir(models)
    one_sentence(caught.value)


@pytest.mark.parametrize("change", ["renamed", "reordered"])
def test_models_of_different_genres(change: str, models: Path):
    def edit(spec: dict[str, Any]) -> None:
        if change == "renamed":
            spec["genres"][0] = "A genre of its own"
        else:
            spec["genres"].reverse()

    edit_spec(models / POSTER.folder, edit)
    with pytest.raises(ArtifactError, match="different genres") as caught:
        FilmClassifier.from_dir(models)
    one_sentence(caught.value)


@pytest.mark.parametrize("damage", ["no folder", "a file", "empty"])
def test_a_folder_that_holds_no_models(damage: str, tmp_path: Path):
    folder = tmp_path / "models"
    if damage == "a file":
        folder.write_text("")
    elif damage == "empty":
        folder.mkdir()
    with pytest.raises(ArtifactError) as caught:
        FilmClassifier.from_dir(folder)
    assert str(folder) in one_sentence(caught.value)


def test_one_model_alone(models: Path):
    shutil.rmtree(models / OVERVIEW.folder)
    with pytest.raises(ArtifactError, match=OVERVIEW.folder):
        FilmClassifier.from_dir(models)


def test_no_more_runs_at_a_time_than_cores(root: Path):
    artifact = load_artifact(root / "onnx_models" / POSTER.folder, "poster")
    session, running, seen = artifact.session, [], []

    class Watched:
        def run(self, outputs: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
            running.append(1)
            seen.append(len(running))
            try:
                return session.run(outputs, inputs)
            finally:
                running.pop()

    watched = dataclasses.replace(artifact, session=Watched(), runs=Share(2))
    posters = np.random.default_rng(1).integers(0, 256, (24, 1, 240, 160, 3)).astype(np.float32)
    with ThreadPoolExecutor(12) as threads:
        found = list(threads.map(lambda poster: watched.run({"poster": poster}), posters))
    assert max(seen) == 2
    alone = [artifact.run({"poster": poster}) for poster in posters]
    assert np.array_equal(np.concatenate(found), np.concatenate(alone))
