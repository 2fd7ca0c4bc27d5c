"""Calls, answers and sessions of many: nothing that waits is lost, and nothing grows for ever."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gradio_app.limits import MAX_SESSIONS, MAX_WAITING_ANSWERS
from gradio_app.ui.server import sessions

OVERVIEW = "A ghost haunts a house."


def ask(client: httpx.Client, **more) -> str:
    body = {"data": [None, OVERVIEW], **more}
    answer = client.post("/gradio_api/call/classify", json=body)
    answer.raise_for_status()
    return answer.json()["event_id"]


def fetch(client: httpx.Client, call: str) -> dict:
    answer = client.get(f"/gradio_api/call/classify/{call}").text
    kind, data = answer.strip().split("\n\n")[-1].split("\n")
    assert kind == "event: complete", answer
    return json.loads(data.removeprefix("data: "))[0]


@pytest.fixture
def client(served):
    with httpx.Client(base_url=served[1], timeout=60) as opened:
        yield opened


def test_calls_with_an_empty_session_do_not_end_the_queue(served, client: httpx.Client, classifier):
    join = {"data": [None, OVERVIEW], "fn_index": 0, "session_hash": ""}

    def send(_: int) -> int:
        return httpx.post(f"{served[1]}/gradio_api/queue/join", json=join, timeout=60).status_code

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(send, range(12))) == {200}
    expected = classifier.predict(None, OVERVIEW).as_document()
    assert fetch(client, ask(client)) == json.loads(json.dumps(expected))


def test_a_queue_that_fails_goes_on(served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch):
    queue = served[0].page._queue
    real = queue.get_events
    failures = [RuntimeError("a fault of the queue")]

    def fail_once():
        if failures:
            raise failures.pop()
        return real()

    monkeypatch.setattr(queue, "get_events", fail_once)
    assert fetch(client, ask(client))["genres"]
    assert not failures
    assert not queue.stopped


def test_an_idle_queue_does_not_look_for_calls(
    served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    queue = served[0].page._queue
    fetch(client, ask(client))
    looks = []
    monkeypatch.setattr(queue, "get_events", lambda: looks.append(1))
    time.sleep(0.5)
    assert not looks


def test_who_waits_is_not_told_of_each_call_before(
    served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    turn = threading.Semaphore(0)
    monkeypatch.setattr(served[0].page.fns[0], "fn", lambda *_: turn.acquire(timeout=60) and {})
    queue = served[0].page._queue
    calls = [ask(client) for _ in range(12)]
    begin = time.monotonic()
    for number in range(8):
        turn.release()
        while sum(each in queue.event_ids_to_events for each in calls) > len(calls) - number - 1:
            time.sleep(0.005)
    told = queue.pending_messages_per_session[calls[-1]].qsize()
    assert told <= 2 + time.monotonic() - begin  # when it came, and once a second
    for _ in calls[8:]:
        turn.release()
    for call in calls:
        assert "complete" in client.get(f"/gradio_api/call/classify/{call}").text


def test_answers_that_nobody_fetches(served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sessions, "MAX_WAITING_ANSWERS", 30)
    queue = served[0].page._queue
    for _ in range(60):
        call = ask(client)
        while call in queue.event_ids_to_events:
            threading.Event().wait(0.005)
    assert len(queue.pending_messages_per_session) <= 31
    assert len(queue.pending_event_ids_session) <= 60
    assert fetch(client, call)["genres"] == fetch(client, ask(client))["genres"]


def test_a_busy_server_says_so_and_for_how_long(
    served, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sessions, "MAX_WAITING_CALLS", 3)
    held = threading.Event()
    classify = served[0].page.fns[0]
    monkeypatch.setattr(classify, "fn", lambda *_: held.wait(60) and {})
    try:
        answers = [
            client.post("/gradio_api/call/classify", json={"data": [None, OVERVIEW]})
            for _ in range(12)
        ]
    finally:
        held.set()
    busy = [answer for answer in answers if answer.status_code == 503]
    assert 12 - 2 - 3 - 2 <= len(busy) < 12
    assert "The server is busy: 3 calls wait; try again in " in busy[-1].json()["detail"]
    for answer in answers:
        if answer.status_code == 200:
            assert (
                "complete"
                in client.get(f"/gradio_api/call/classify/{answer.json()['event_id']}").text
            )


def test_a_program_without_a_session_leaves_none(served, client: httpx.Client):
    holder = served[0].page.app.state_holder
    before = len(holder.session_data)
    for _ in range(5):
        fetch(client, ask(client))
    deadline = time.monotonic() + 20  # the last is forgotten once its answer is on its way
    while len(holder.session_data) > before:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_session_keeps_no_copy_of_the_page(served):
    holder = served[0].page.app.state_holder
    session = holder["a visitor"]
    session._update_value_in_config(next(iter(holder.blocks.blocks)), "a film")
    assert not session.config_values
    holder.forget("a visitor")


def test_sessions_are_bounded_and_those_with_a_film_stay(served, client: httpx.Client):
    holder = served[0].page.app.state_holder
    film = [key for key, block in holder.blocks.blocks.items() if block.get_block_name() == "state"]
    holder["someone"][film[0]] = "a film"
    for number in range(MAX_SESSIONS + 20):
        holder[f"visitor {number}"]
    assert len(holder.session_data) == MAX_SESSIONS
    assert "someone" in holder
    for number in range(MAX_SESSIONS):
        holder.forget(f"visitor {number}")
    holder.forget("someone")


def test_the_name_of_a_session_is_short(client: httpx.Client):
    body = {"data": [None, OVERVIEW], "fn_index": 0, "session_hash": "a" * 200_000}
    assert client.post("/gradio_api/queue/join", json=body).status_code == 400


def test_nothing_is_counted(served, client: httpx.Client):
    fetch(client, ask(client))
    queue = served[0].page._queue
    assert queue.compute_analytics_summary([{"function": "classify"}]) == {"functions": {}}
    assert len(queue.event_analytics) < MAX_WAITING_ANSWERS
    assert client.get("/monitoring/summary").status_code == 404
    assert client.get("/config").json()["run_history"] is False


@pytest.mark.parametrize(
    "data",
    [
        [],
        [None],
        [None, OVERVIEW, "more", "and more"],
        [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, OVERVIEW],
        [{"url": "http://example.org/a.png", "meta": {"_type": "gradio.FileData"}}, OVERVIEW],
        [{"path": "http://example.org/a.png", "meta": {"_type": "gradio.FileData"}}, OVERVIEW],
        [{"path": "file:///etc/passwd", "meta": {"_type": "gradio.FileData"}}, OVERVIEW],
        [{"meta": {"_type": "gradio.FileData"}}, OVERVIEW],
        [[[[]]], {}],
    ],
)
def test_a_call_that_cannot_be_read_gets_one_sentence(client: httpx.Client, data, capfd):
    asked = client.post("/gradio_api/call/classify", json={"data": data})
    if asked.status_code == 200:
        answer = client.get(f"/gradio_api/call/classify/{asked.json()['event_id']}").text
        kind, message = answer.strip().split("\n")[-2:]
        if kind == "event: complete":  # a missing argument is its default
            assert len(data) < 2
            return
        sentence = json.loads(message.removeprefix("data: "))["error"]
        assert sentence
        assert sentence.count(". ") == 0
        assert "example.org" not in sentence
    assert "Traceback" not in capfd.readouterr().err
