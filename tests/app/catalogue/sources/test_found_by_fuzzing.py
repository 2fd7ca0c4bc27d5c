"""What fuzzing found (`python -m scripts.reliability.fuzz`), so that it stays mended."""

import io
import json
import zipfile
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.opening import open_source
from gradio_app.errors import GenreAppError
from scripts.reliability.fuzz import NAMES
from scripts.reliability.fuzz_targets import TARGETS


def test_every_target_can_be_named():
    assert set(NAMES) == TARGETS.keys()


@pytest.mark.parametrize("name", TARGETS)
def test_the_seeds_are_read_or_refused(name: str, tmp_path: Path):
    target, read = TARGETS[name], 0
    for seed in target.seeds():
        (tmp_path / target.name).write_bytes(seed)
        try:
            target.read(tmp_path / target.name)
            read += 1
        except GenreAppError as error:
            assert str(error).endswith(".")  # noqa: PT017 - not every seed is refused
    assert read or name == "spec"  # a spec alone is no model


def test_a_file_without_a_name_in_a_zip_file(tmp_path: Path):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("1.jpg", b"no picture")
        archive.writestr("?.jpg", b"its name begins with NUL, and zipfile cuts it there")
    file = tmp_path / "posters.zip"
    file.write_bytes(content.getvalue().replace(b"?.jpg", b"\0.jpg"))
    with open_source(file, None) as source:
        assert [film.id for film in source.films] == ["1"]


def test_a_key_of_a_spec_that_no_terminal_should_see(tmp_path: Path):
    spec = {
        **{"format_version": 2, "kind": "poster", "files": {"model.onnx": ""}, "weights": {}},
        **{"genres": ["War"], "thresholds": [0.5], "input": {"na\x1b[2Jme\n": 1}},
        "output": {"name": "genres"},
    }
    (tmp_path / "spec.json").write_text(json.dumps(spec), "utf-8")
    TARGETS["spec"].read(tmp_path / "spec.json")  # fails for a sentence that is not printable
