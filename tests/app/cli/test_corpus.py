"""Every awful input by library and command line; and a judge that knows a wrong outcome."""

from dataclasses import replace
from pathlib import Path

import pytest

from gradio_app.classifier import FilmClassifier
from scripts.reliability.corpus import corpus
from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.front_ends import Outcome, batch, classify, library, run_here
from scripts.reliability.try_corpus import differs, judge, try_cases

#: Kinds whose cases take long, and have tests of their own: every so many of them come this way.
EVERY = {"tables": 4, "models": 5, "NFO files": 2}
CASES = {
    kind: cases[:: EVERY.get(kind, 1)] for kind, cases in corpus().items() if kind != "large tables"
}
HORROR = {"overview": {"Horror": 0.9, "Music": 0.1}, "combined": {"Horror": 0.9, "Music": 0.1}}
RIGHT = Outcome((HORROR,))


@pytest.mark.parametrize("kind", CASES)
def test_awful_input_by_the_command_line(
    kind: str, classifier: FilmClassifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    load = FilmClassifier.from_dir

    def load_once(folder: Path, threads: int = 1) -> FilmClassifier:
        return classifier if Path(folder).name == "onnx_models" else load(folder, threads)

    monkeypatch.setattr(FilmClassifier, "from_dir", load_once)  # not a hundred times
    ways = [library(classifier), classify(run_here), batch(run_here)]
    trials = list(try_cases({kind: CASES[kind]}, ways, tmp_path))
    assert {trial.case for trial in trials} == {case.name for case in CASES[kind]}
    assert [trial for trial in trials if trial.failure] == []


def case(expected: Answer | Refusal) -> Case:
    return Case("one.txt", lambda file: None, expected)


def test_the_judge_accepts_what_is_right():
    assert judge("overviews", case(Answer()), RIGHT) == ""
    assert differs(RIGHT, RIGHT, 0) == ""
    refused = Outcome(sentences=("The overview holds no word; write one.",))
    assert judge("overviews", case(Refusal("no word")), refused) == ""


@pytest.mark.parametrize(
    ("expected", "outcome", "why"),
    [
        (Answer(), Outcome(sentences=("The overview holds no word.",)), "refused"),
        (Answer(), Outcome(failure="a traceback"), "a traceback"),
        (Answer(), replace(RIGHT, notes=("The overview was cut.",)), "a note where none"),
        (Answer(note="cut"), RIGHT, "no note 'cut'"),
        (Refusal("no word"), RIGHT, "answered"),
        (
            Refusal("no word"),
            Outcome(sentences=("It is far too long for us.",)),
            "another sentence",
        ),
        (Refusal("no word"), Outcome(sentences=("It holds no word",)), "no clear sentence"),
        (Refusal("no word"), Outcome(sentences=("It holds no word.\nNone.",)), "no clear sentence"),
        (Refusal("no word"), Outcome(sentences=("ValueError: no word.",)), "no clear sentence"),
    ],
)
def test_the_judge_knows_what_is_wrong(expected: Answer | Refusal, outcome: Outcome, why: str):
    assert why in judge("overviews", case(expected), outcome)


@pytest.mark.parametrize(
    ("films", "why"),
    [
        ((), "by inf"),
        ((HORROR, HORROR), "by inf"),
        (({"combined": HORROR["combined"]},), "by inf"),
        (({**HORROR, "combined": {"Horror": 0.9, "Music": 0.2}},), "by 0.1"),
    ],
)
def test_other_probabilities_are_a_failure(films: tuple, why: str):
    assert why in differs(Outcome(films), RIGHT, 1e-6)
