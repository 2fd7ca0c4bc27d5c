"""End to end: the shipped models answer for the example films what they answered when released."""

import json
import subprocess
import sys

import pytest

from scripts.make_references import REFERENCES, ROOT, make_references

#: Other processors and onnxruntimes round differently.
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def expected():
    return json.loads(REFERENCES.read_text("utf-8"))


def test_the_shipped_models_answer_as_released(expected):
    predictions = make_references(ROOT / "onnx_models")
    assert predictions.keys() == expected.keys()
    for film, readers in expected.items():
        assert predictions[film].keys() == readers.keys()
        for reader, probabilities in readers.items():
            assert predictions[film][reader] == pytest.approx(probabilities, abs=TOLERANCE)


def test_the_references_cover_both_inputs_and_each_alone(expected):
    kinds = {frozenset(readers) - {"combined"} for readers in expected.values()}
    assert kinds == {
        frozenset({"poster", "overview"}),
        frozenset({"poster"}),
        frozenset({"overview"}),
    }


def test_the_generator_writes_these_references(tmp_path, expected):
    file = tmp_path / "references.json"
    command = [sys.executable, "-m", "scripts.make_references", "--to", str(file)]
    subprocess.run(command, check=True, cwd=ROOT)
    written = json.loads(file.read_text("utf-8"))
    assert written.keys() == expected.keys()
    for film, readers in expected.items():
        for reader, probabilities in readers.items():
            assert written[film][reader] == pytest.approx(probabilities, abs=TOLERANCE)
