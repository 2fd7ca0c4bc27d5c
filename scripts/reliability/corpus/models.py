"""Folders of models of which one is damaged, forged or hostile.

Forged ones have a spec that knows the change: its digest and those of the files are right.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gradio_app.artifact import sha256, spec_digest
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.onnx_bytes import INT32, external_tensor, field, graph, node, value

__all__ = ["cases"]

MODELS = Path(__file__).parents[3] / "onnx_models"
Change = Callable[[Path], None]

_GENRES = 19


def cases() -> list[Case]:
    """Return the cases; each makes a folder like `onnx_models`."""
    return [
        Case("models as they are", _made(lambda models: None), Answer()),
        *_files(),
        *_specs(),
        *_forged_specs(),
        *_graphs(),
    ]


def _made(change: Change) -> Change:
    def make(folder: Path) -> None:
        shutil.copytree(MODELS, folder)
        change(folder)

    return make


def _refused(name: str, change: Change, sentence: str) -> Case:
    return Case(f"models, {name}", _made(change), Refusal(sentence))


# --- files ---------------------------------------------------------------------------------------


def _files() -> list[Case]:
    names = {
        POSTER.folder: ("spec.json", "model.onnx", "README.md"),
        OVERVIEW.folder: ("spec.json", "model.onnx", "tokenizer.json", "weights-1.bin"),
        COMBINED.folder: ("spec.json", "model.onnx"),
    }
    files = [f"{folder}/{name}" for folder, inside in names.items() for name in inside]
    damaged = [file for file in files if not file.endswith("spec.json")]
    return [
        *(_refused(f"no {file}", _on(file, Path.unlink), f"{file} is missing") for file in files),
        *(
            _refused(f"a bit flipped in {file}", _on(file, _flip), f"{file} is damaged")
            for file in damaged
        ),
        *(_refused(f"{file} empty", _on(file, _empty), f"{file} is damaged") for file in damaged),
        *(_refused(f"{file} a folder", _on(file, _fold), f"{file} is no file") for file in files),
        *(_refused(f"{file} a pipe", _on(file, _pipe), f"{file} is no file") for file in files),
        *(
            _refused(f"{file} a link elsewhere", _on(file, _link_out), f"{file} is a link that")
            for file in files
        ),
        _refused("a link to itself", _on(files[1], _loop), f"{files[1]} cannot be read"),
        _refused("a file of 8 GB", _on(files[1], _huge), f"{files[1]} is damaged"),
        _refused("a spec of 1 GB", _on(files[0], _large), f"{files[0]} has more than"),
        _refused("no folder", lambda models: shutil.rmtree(models / POSTER.folder), files[0]),
    ]


def _on(file: str, change: Change) -> Change:
    return lambda models: change(models / file)


def _flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _fold(file: Path) -> None:
    file.unlink()
    file.mkdir()


def _pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def _link_out(file: Path) -> None:
    target = file.rename(file.parents[1] / file.name)
    file.symlink_to(target)


def _loop(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.name)


def _huge(file: Path) -> None:
    os.truncate(file, 8_000_000_000)


def _large(file: Path) -> None:
    os.truncate(file, 1_000_000_000)


# --- specs ---------------------------------------------------------------------------------------


def _specs() -> list[Case]:
    spec = f"{POSTER.folder}/spec.json"
    text = (MODELS / spec).read_text("utf-8")
    threshold = str(json.loads(text)["thresholds"][0])
    other = threshold[:-1] + ("1" if threshold[-1] == "2" else "2")
    contents: dict[str, tuple[str | bytes, str]] = {
        "deeply nested": ("[" * 100_000 + "]" * 100_000, "not a valid spec"),
        "deeply nested at the end": (text.rstrip()[:-1] + ',"x":' + "[" * 100_000, "not a valid"),
        "a name twice": (text.replace("{", '{"kind": "poster",', 1), "'kind' stands twice"),
        "UTF-16": (text.encode("utf-16"), "not a valid spec"),
        "no JSON": ("\0" * 100, "not a valid spec"),
        "a list": ("[]", "not a valid spec"),
        "nothing": ("", "not a valid spec"),
        "a number of 5,000 digits": (text.replace("240", "9" * 5_000, 1), "not a valid spec"),
        "one digit of a threshold changed": (text.replace(threshold, other), "was changed"),
        "a genre changed": (text.replace('"Action"', '"Crimes"', 1), "was changed"),
        "a figure changed": (text.replace('"mAP": 0.', '"mAP": 1.', 1), "was changed"),
        "no digest": (text.replace('"digest"', '"no_digest"'), "was changed"),
    }
    return [
        _refused(f"spec: {name}", _on(spec, _content(content)), f"{spec}.*{sentence}")
        for name, (content, sentence) in contents.items()
    ]


def _content(content: str | bytes) -> Change:
    written = content.encode() if isinstance(content, str) else content

    def change(file: Path) -> None:
        file.write_bytes(written)

    return change


def _forged_specs() -> list[Case]:
    def threshold(number: object) -> Callable[[dict[str, Any]], object]:
        return lambda spec: spec["thresholds"].__setitem__(3, number)

    def genres(*names: object) -> Callable[[dict[str, Any]], object]:
        return lambda spec: spec["genres"].__setitem__(slice(len(names)), names)

    def file(name: str) -> Callable[[dict[str, Any]], object]:
        return lambda spec: (
            spec["files"].update({name: "0" * 64}),
            spec["sizes"].update({name: 1}),
        )

    edits: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
        **{
            f"a threshold of {number!r}": (threshold(number), "threshold|no number of JSON")
            for number in (float("nan"), float("inf"), 7.5, -0.1, True, "0.5", None, [0.5], 10**400)
        },
        "one genre too few": (lambda spec: spec["genres"].pop(), "one threshold for each"),
        "one genre and threshold too few": (
            lambda spec: (spec["genres"].pop(), spec["thresholds"].pop()),
            "does not fit its spec.json",
        ),
        "a genre twice": (genres("Drama"), "one threshold for each"),
        "a genre that is a number": (genres(7), "is no name"),
        "a genre that is nothing": (genres(None), "is no name"),
        "a genre without a letter": (genres(" "), "is no name"),
        "a genre of two lines": (genres("Action\nand more"), "is no name"),
        "a genre of 1,000 letters": (genres("A" * 1_000), "is no name"),
        "half a character as a genre": (genres("\ud800"), "is no name"),
        "another height": (lambda spec: spec["input"].update(height=241), "does not fit"),
        "a height of nothing": (lambda spec: spec["input"].update(height=0), "height is 0"),
        "an enormous height": (lambda spec: spec["input"].update(height=10**9), "height is 10"),
        "a width that is text": (lambda spec: spec["input"].update(width="160"), "width is"),
        "another input": (lambda spec: spec["input"].update(name="image"), "does not fit"),
        "an unknown setting": (lambda spec: spec["input"].update(colour=1), "not a valid spec"),
        "another output": (lambda spec: spec["output"].update(name="answer"), "does not fit"),
        "a newer format": (lambda spec: spec.update(format_version=99), "has format 99"),
        "an older format": (lambda spec: spec.update(format_version=2), "has format 2"),
        "another kind": (lambda spec: spec.update(kind="fusion"), "model of the kind 'fusion'"),
        "an unknown kind": (lambda spec: spec.update(kind="sound"), "model of the kind 'sound'"),
        "no size of a file": (lambda spec: spec["sizes"].popitem(), "different files"),
        "a size below nothing": (
            lambda spec: spec["sizes"].update({"model.onnx": -1}),
            "size of model.onnx",
        ),
        "a size of 8 GB": (lambda spec: spec["sizes"].update({"model.onnx": 8 * 10**9}), "damaged"),
        "a digest that is none": (
            lambda spec: spec["files"].update({"model.onnx": "../.."}),
            "no SHA-256",
        ),
        "a digest that is a list": (
            lambda spec: spec["files"].update({"model.onnx": []}),
            "not a valid spec",
        ),
        "the model not listed": (lambda spec: spec["files"].pop("model.onnx"), "files/model.onnx"),
        "very many files": (
            lambda spec: [file(f"{number}.bin")(spec) for number in range(1_000)],
            "more than 20 files",
        ),
        **{
            f"a file {name!r}": (file(name), "no plain name")
            for name in (
                *("/etc/passwd", "../fusion/model.onnx", "a/b.bin", "a\\b.bin", "C:x.bin", ""),
                *(".", "..", ".hidden", "spec.json", "a\0b", "a\nb", "x" * 300, "~", "é.bin"),
            )
        },
    }
    return [
        _refused(f"forged, {name}", _forged(POSTER.folder, edit), f"{POSTER.folder}.*{sentence}")
        for name, (edit, sentence) in edits.items()
    ]


def _forged(folder: str, edit: Callable[[dict[str, Any]], object]) -> Change:
    def change(models: Path) -> None:
        file = models / folder / "spec.json"
        spec = json.loads(file.read_text("utf-8"))
        edit(spec)
        spec["digest"] = spec_digest(spec)
        file.write_text(json.dumps(spec), "utf-8")

    return change


# --- graphs and tokenizers -----------------------------------------------------------------------


def _graphs() -> list[Case]:
    model = f"{COMBINED.folder}/model.onnx"
    passed_on = node("Identity", ["poster_logits"], "genres")
    custom = node("Steal", ["poster_logits"], "genres", "evil.example")
    with_weights = [node("Add", ["poster_logits", "w"], "sum"), node("Sigmoid", ["sum"], "genres")]

    def outside(file: str) -> bytes:
        return _fused(with_weights, tensors=[external_tensor("w", _GENRES, file)])

    graphs = {
        "no probabilities": (_fused([node("Neg", ["ones"], "genres")]), "no probabilities"),
        "a custom operator": (_fused([custom], domain="evil.example"), "not a readable ONNX"),
        "an output with another name": (_fused([passed_on], output="answer"), "not a readable|fit"),
        "batches of one": (_fused([passed_on], batch=1), "batches of one size"),
        "inputs of any size": (_fused([passed_on], genres="any"), "does not fit"),
        "whole numbers as input": (_fused([passed_on], kind=INT32), "types are|not a readable"),
        "text as model": (b"nothing of use", "not a readable ONNX"),
        "a model that breaks off": (_fused([passed_on])[:-9], "not a readable ONNX"),
        "graphs in graphs": (_nested(2_000), "not a readable ONNX"),
        "weights in a file that is not listed": (outside("w.bin"), "'w.bin', which its spec"),
        "weights in a folder above": (outside("../w.bin"), "'../w.bin', which its spec"),
        "weights in /etc/passwd": (outside("/etc/passwd"), "'/etc/passwd', which its spec"),
        "weights in a device": (outside("/dev/zero"), "'/dev/zero', which its spec"),
    }
    return [
        *(
            _refused(name, _signed(model, _content(content)), f"{model}.*{sentence}")
            for name, (content, sentence) in graphs.items()
        ),
        _refused(
            "a tokenizer with an id beyond the vocabulary",
            _signed(f"{OVERVIEW.folder}/tokenizer.json", _id_beyond),
            f"{OVERVIEW.folder}/model.onnx does not answer with the .* words of tokenizer.json",
        ),
        _refused(
            "text as tokenizer",
            _signed(f"{OVERVIEW.folder}/tokenizer.json", _content("nothing of use")),
            "tokenizer.json is not a readable tokenizer",
        ),
        _refused(
            "a model of 8 GB that the spec knows",
            _on(model, _huge_and_known),
            f"{model} has more than",
        ),
    ]


def _fused(
    nodes: list[bytes],
    tensors: list[bytes] | None = None,
    batch: int | str = "batch",
    genres: int | str = _GENRES,
    kind: int = 1,
    output: str = "genres",
    domain: str = "",
) -> bytes:
    """Return a model that looks like the fused one."""
    logits = [value(name, (batch, genres), kind) for name in ("poster_logits", "overview_logits")]
    nodes = [node("Exp", ["poster_logits"], "ones"), *nodes]
    return graph(
        inputs=[*logits, value("present", (batch, 2), kind)],
        outputs=[value(output, (batch, genres), kind)],
        nodes=nodes,
        tensors=tensors or [],
        domain=domain,
    )


def _nested(depth: int) -> bytes:
    """Return a model whose nodes have attributes that are graphs, and so on."""
    inner = b""
    for _ in range(depth):
        inner = field(1, field(5, field(6, inner)))
    return field(7, inner)


def _signed(file: str, change: Change) -> Change:
    def make(models: Path) -> None:
        change(models / file)
        _sign(models / file)

    return make


def _sign(file: Path) -> None:
    """Let the spec beside a file know it as it is."""

    def edit(spec: dict[str, Any]) -> None:
        spec["files"][file.name] = sha256(file)
        spec["sizes"][file.name] = file.stat().st_size

    _forged(file.parent.name, edit)(file.parents[1])


def _id_beyond(file: Path) -> None:
    tokenizer = json.loads(file.read_text("utf-8"))
    words = tokenizer["model"]["vocab"]
    words["zzzz"] = max(words.values()) + 1
    file.write_text(json.dumps(tokenizer), "utf-8")


def _huge_and_known(file: Path) -> None:
    _forged(file.parent.name, lambda spec: spec["sizes"].update({file.name: 8 * 10**9}))(
        file.parents[1]
    )
    _huge(file)
