"""Specs that are none, were changed, or are forged."""

import json
from collections.abc import Callable
from typing import Any

from gradio_app.readers import POSTER
from scripts.reliability.corpus.case import Case
from scripts.reliability.corpus.models.changes import MODELS, forged, on, refused, written

__all__ = ["cases"]


def cases() -> list[Case]:
    """Return the cases."""
    return [*_damaged(), *_forged()]


def _damaged() -> list[Case]:
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
        refused(f"spec: {name}", on(spec, written(content)), f"{spec}.*{sentence}")
        for name, (content, sentence) in contents.items()
    ]


def _forged() -> list[Case]:
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
        refused(f"forged, {name}", forged(POSTER.folder, edit), f"{POSTER.folder}.*{sentence}")
        for name, (edit, sentence) in edits.items()
    ]
