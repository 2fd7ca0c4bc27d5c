"""Overviews that no one would write: an answer or one sentence, soon, in little memory."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.overviews import cases, read_overview
from tests.documents import ROOT

CASES = {case.name: case for case in cases()}
MOST_SECONDS = 1
MOST_MEGABYTES = 20


#: Prints by how many MB the peak grows when all are read.
_READ_ALL = """
import pathlib, re, resource, sys, tempfile
from gradio_app import FilmClassifier
from scripts.reliability.corpus.overviews import cases, read_overview

def peak():  # MB; macOS counts bytes
    if sys.platform == "darwin":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    # Not on Linux: there, that is at least what the process had that started this one.
    status = pathlib.Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s+(\\d+)", status)[1]) / 2**10

films = []
with tempfile.TemporaryDirectory() as folder:
    for case in cases():
        file = pathlib.Path(folder, case.name)
        case.make(file)
        films.append({"overview": read_overview(file)})
classifier = FilmClassifier.from_dir("onnx_models")
classifier.predict(overview="A ghost haunts a house.")
before = peak()
results = list(classifier.predict_many(films, workers=1))
assert len(results) == len(films)
print(peak() - before)
"""


@pytest.fixture
def write(tmp_path: Path):
    def text(case: Case) -> str:
        case.make(tmp_path / case.name)
        return read_overview(tmp_path / case.name)

    return text


def of_kind(kind: type) -> list[str]:
    return [name for name, case in CASES.items() if isinstance(case.expected, kind)]


@pytest.mark.parametrize("name", of_kind(Answer))
def test_it_is_answered(classifier: FilmClassifier, write, name: str):
    expected = CASES[name].expected
    begin = time.process_time()
    film = classifier.predict(overview=write(CASES[name]))
    assert time.process_time() - begin < MOST_SECONDS
    if expected.like is not None:
        same = classifier.predict(overview=write(CASES[expected.like]))
        assert film.overview.probabilities == pytest.approx(
            same.overview.probabilities, abs=expected.tolerance
        )
    if expected.note is None:
        assert film.notes == ()
    else:
        assert any(re.search(expected.note, note) for note in film.notes)


@pytest.mark.parametrize("name", of_kind(Refusal))
def test_it_is_refused_with_a_sentence(classifier: FilmClassifier, write, name: str):
    text = write(CASES[name])
    begin = time.process_time()
    with pytest.raises(InputError) as caught:
        classifier.predict(overview=text)
    many = classifier.read(Film("1", text))
    assert time.process_time() - begin < MOST_SECONDS
    assert many.prediction is None
    for sentence in (str(caught.value), *many.errors):
        assert re.search(CASES[name].expected.sentence, sentence)
        assert sentence.isprintable()
        assert len(sentence) < 300


def test_they_take_little_memory():
    if sys.platform == "win32":
        pytest.skip("Windows has no module resource")
    done = subprocess.run(
        [sys.executable, "-c", _READ_ALL], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < MOST_MEGABYTES, done.stdout
