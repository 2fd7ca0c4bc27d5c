"""Six users for some seconds; for hours of it: python -m scripts.reliability.load."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gradio_app import FilmClassifier
from scripts.reliability.load.films import Questions
from scripts.reliability.load.phase import run_phase
from scripts.reliability.load.users import is_right
from scripts.reliability.server import running_server


def test_every_call_is_answered_with_its_own_answer(classifier: FilmClassifier, tmp_path: Path):
    questions = Questions(classifier)
    with running_server(tmp_path) as server:
        place = (server.address, server.process.pid, tmp_path / "uploads")
        # In a thread of its own: the browser of other tests keeps an event loop in this one.
        with ThreadPoolExecutor(1) as pool:
            phase = pool.submit(run_phase, *place, questions, users=6, seconds=12).result()
        faults = server.faults()
    assert phase["faults"] == []
    assert faults == []
    assert phase["lost"] == phase["wrong"] == 0
    assert phase["answered"] > 20
    assert phase["refused"] > 0
    assert phase["memory_mb"]["peak"] < 900
    assert list((tmp_path / "uploads").iterdir()) == []


def test_the_answer_of_another_film_is_wrong(classifier: FilmClassifier):
    """The load would see it."""
    questions = Questions(classifier)
    first, second = questions._classify[:2]
    assert is_right(first, [first.answer])
    assert not is_right(first, [second.answer])
    assert not is_right(first, {"error": "Please check"})
