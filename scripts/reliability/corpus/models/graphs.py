"""Graphs and tokenizers that are none, or do not fit, and whose spec knows them."""

import json
from pathlib import Path

from gradio_app.readers import COMBINED, OVERVIEW
from scripts.reliability.corpus.case import Case
from scripts.reliability.corpus.models.changes import forged, huge, on, refused, signed, written
from scripts.reliability.corpus.onnx_bytes import INT32, external_tensor, field, graph, node, value

__all__ = ["cases"]

_GENRES = 19


def cases() -> list[Case]:
    """Return the cases."""
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
            refused(name, signed(model, written(content)), f"{model}.*{sentence}")
            for name, (content, sentence) in graphs.items()
        ),
        refused(
            "a tokenizer with an id beyond the vocabulary",
            signed(f"{OVERVIEW.folder}/tokenizer.json", _id_beyond),
            f"{OVERVIEW.folder}/model.onnx does not answer with the .* words of tokenizer.json",
        ),
        refused(
            "text as tokenizer",
            signed(f"{OVERVIEW.folder}/tokenizer.json", written("nothing of use")),
            "tokenizer.json is not a readable tokenizer",
        ),
        refused(
            "a model of 8 GB that the spec knows",
            on(model, _huge_and_known),
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


def _id_beyond(file: Path) -> None:
    tokenizer = json.loads(file.read_text("utf-8"))
    words = tokenizer["model"]["vocab"]
    words["zzzz"] = max(words.values()) + 1
    file.write_text(json.dumps(tokenizer), "utf-8")


def _huge_and_known(file: Path) -> None:
    forged(file.parent.name, lambda spec: spec["sizes"].update({file.name: 8 * 10**9}))(
        file.parents[1]
    )
    huge(file)
