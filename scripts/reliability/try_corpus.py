"""`python -m scripts.reliability.try_corpus`: every awful input through every way in.

Each case of the corpus goes through the library, the command line (`classify` and `batch`) and the
HTTP interface. Printed is how many were answered rightly, how many refused with a clear sentence,
and every failure by its name: a wrong outcome, a traceback, more than one line, other probabilities
than the library's, too much time, a server that died.
"""

import argparse
import math
import re
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gradio_app.classifier import FilmClassifier
from scripts.reliability.corpus import corpus
from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.front_ends import (
    FrontEnd,
    Outcome,
    Reading,
    batch,
    classify,
    http_api,
    library,
    run_apart,
)
from scripts.reliability.results import write_result
from scripts.reliability.server import running_server

__all__ = ["Trial", "differs", "judge", "try_cases"]

_MODELS = Path(__file__).parents[2] / "onnx_models"
#: Results of `batch` have six decimals.
_ROUNDING = 1e-6
_LONGEST_SENTENCE = 500  # with the path of a file in it
#: What every file system takes.
_LONGEST_NAME = 100
#: Kinds of which a case is many films, or none: more is remarked, and a film may have an error.
_MANY_FILMS = ("tables", "large tables", "ZIP files", "NFO files")


@dataclass(frozen=True)
class Trial:
    """One case by one way in.

    Attributes:
        kind: of the corpus.
        case: its name.
        front_end: the way.
        refused: whether a refusal was right.
        failure: what was wrong; "" where nothing was.
    """

    kind: str
    case: str
    front_end: str
    refused: bool
    failure: str


def main() -> int:
    """Try everything, print the table, keep it for the report; 1 where anything failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("kinds", nargs="*", help="of the corpus, all if none is named")
    wanted = parser.parse_args().kinds
    cases = {kind: listed for kind, listed in corpus().items() if not wanted or kind in wanted}
    with ExitStack() as opened:
        folder = Path(opened.enter_context(tempfile.TemporaryDirectory()))
        server = opened.enter_context(running_server(folder))
        reader = library(FilmClassifier.from_dir(_MODELS))
        ways = [reader, classify(run_apart), batch(run_apart), http_api(server.address)]
        trials = []
        for trial in try_cases(cases, ways, folder):
            trials.append(trial)
            if trial.failure:
                print(f"{trial.front_end}: {trial.kind}/{trial.case}: {trial.failure}", flush=True)
        faults = server.faults()
    print(*faults, sep="\n")
    rows = _table(trials)
    for row in rows:
        print(" | ".join(f"{cell:>14}" for cell in row))
    failures = [f"{each.front_end}: {each.kind}/{each.case}" for each in trials if each.failure]
    document = {"rows": rows[1:], "failures": [*failures, *faults]}
    write_result("corpus", document, "gradio", "onnxruntime", "tokenizers", "pillow")
    return 1 if document["failures"] else 0


def try_cases(
    cases: Mapping[str, Sequence[Case]], ways: Sequence[FrontEnd], folder: Path
) -> Iterator[Trial]:
    """Try each case by every way that can take it.

    Args:
        cases: those of each kind.
        ways: the ways in, first the library, with whose probabilities the others must agree.
        folder: for the files, each of which is deleted after its turn.
    """
    for kind, listed in cases.items():
        known: dict[str, Outcome] = {}
        for case in sorted(listed, key=lambda case: _like(case) is not None):
            place = folder / "cases"
            place.mkdir()
            file = place / case.name[:_LONGEST_NAME]
            case.make(file)
            for way in (way for way in ways if kind in way.ways):
                outcome = way.try_(kind, file)
                failure = judge(kind, case, outcome, way.own_limits)
                if case.name in known:
                    failure = failure or differs(outcome, known[case.name], _ROUNDING)
                else:
                    known[case.name] = outcome
                    failure = failure or _unlike(case, known)
                yield Trial(kind, case.name, way.name, isinstance(case.expected, Refusal), failure)
            shutil.rmtree(place)


def _like(case: Case) -> str | None:
    """Return the case that it must be answered like, which is tried before."""
    return case.expected.like if isinstance(case.expected, Answer) else None


def _unlike(case: Case, known: Mapping[str, Outcome]) -> str:
    if not isinstance(case.expected, Answer) or case.expected.like is None:
        return ""
    if case.expected.like not in known:
        return f"there is no answer of {case.expected.like} to compare with"
    other = known[case.expected.like]
    return differs(known[case.name], other, max(case.expected.tolerance, _ROUNDING))


def judge(kind: str, case: Case, outcome: Outcome, own_limits: str | None = None) -> str:
    """Return what is wrong with an outcome, but for its probabilities; "" where nothing is.

    Args:
        kind: of the case.
        case: says what is right.
        outcome: what a way made of it.
        own_limits: of that way.
    """
    if outcome.failure:
        return outcome.failure
    for sentence in outcome.sentences:
        if not _is_clear(sentence):
            return f"no clear sentence: {sentence[:300]!r}"
    if isinstance(case.expected, Refusal):
        if outcome.films and kind != "NFO files":  # what else is known of its film is read
            return f"answered; a refusal is right; notes: {outcome.notes}"
        return _judge_sentences((case.expected.sentence, own_limits), outcome.sentences)
    if kind in _MANY_FILMS:
        return _judge_note(case.expected, (*outcome.notes, *outcome.sentences))
    return _judge_film(case.expected, outcome)


def _is_clear(sentence: str) -> bool:
    """Whether it is one line for people, however many films it names."""
    technical = re.search(r"Traceback|Errno|^\w+(Error|Exception)\b|\(None\)", sentence)
    short = 10 < len(sentence) < _LONGEST_SENTENCE
    return short and sentence.isprintable() and sentence.endswith(".") and not technical


def _judge_sentences(expected: Sequence[str | None], sentences: Sequence[str]) -> str:
    patterns = [pattern for pattern in expected if pattern is not None]
    if any(re.search(pattern, sentence) for sentence in sentences for pattern in patterns):
        return ""
    return f"another sentence than {patterns[0]!r}: {sentences}"


def _judge_film(expected: Answer, outcome: Outcome) -> str:
    if not outcome.films:
        return f"refused; an answer is right: {outcome.sentences}"
    if expected.note is None and outcome.notes:
        return f"a note where none is right: {outcome.notes}"
    return _judge_note(expected, outcome.notes)


def _judge_note(expected: Answer, remarks: Sequence[str]) -> str:
    if expected.note is None or any(re.search(expected.note, remark) for remark in remarks):
        return ""
    return f"no note {expected.note!r} in {remarks}"


def differs(outcome: Outcome, other: Outcome, tolerance: float) -> str:
    """Return by how much the probabilities of two outcomes differ, as a failure; "" if not."""
    difference = _difference(outcome.films, other.films)
    return "" if difference <= tolerance else f"other probabilities, by {difference:.2g}"


def _difference(films: Sequence[Reading], others: Sequence[Reading]) -> float:
    """Return the largest difference of a probability; infinity where films or readers differ."""
    if len(films) != len(others):
        return math.inf
    return max(map(_difference_of_film, films, others), default=0.0)


def _difference_of_film(film: Reading, other: Reading) -> float:
    if film.keys() != other.keys() or any(film[key].keys() != other[key].keys() for key in film):
        return math.inf
    return max(
        abs(value - other[key][genre])
        for key, genres in film.items()
        for genre, value in genres.items()
    )


def _table(trials: Iterable[Trial]) -> list[list[str | int]]:
    """Return how many cases of each kind went how by each way in, under a row of headings."""
    rows: dict[tuple[str, str], list[int]] = {}
    for trial in trials:
        counts = rows.setdefault((trial.front_end, trial.kind), [0, 0, 0, 0])
        counts[0] += 1
        counts[3 if trial.failure else 2 if trial.refused else 1] += 1
    head: list[list[str | int]] = [
        ["way in", "kind", "cases", "right answer", "clear sentence", "failures"]
    ]
    return head + [[*names, *counts] for names, counts in sorted(rows.items())]


if __name__ == "__main__":
    sys.exit(main())
