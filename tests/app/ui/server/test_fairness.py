"""Catalogues of many people, callers who leave, and single films meanwhile."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from gradio_app.catalogue.uploaded import catalogue as uploaded
from gradio_app.catalogue.uploaded.catalogue import Catalogue
from gradio_app.catalogue.uploaded.opening import open_catalogue
from gradio_app.errors import InputError
from gradio_app.ui.catalogue import held as module
from gradio_app.ui.catalogue.held import HeldCatalogues
from gradio_app.workers import Turns

OVERVIEW = "A ghost haunts a house."


def table_of(folder: Path, n_films: int, name: str = "films") -> Path:
    file = folder / f"{name}.csv"
    rows = "".join(f"{number},{OVERVIEW} {number}\n" for number in range(n_films))
    file.write_text(f"id,overview\n{rows}")
    return file


def begin(client: httpx.Client, table: Path) -> str:
    upload = client.post("/gradio_api/upload", files={"files": (table.name, table.read_bytes())})
    given = {
        "path": upload.json()[0],
        "orig_name": table.name,
        "meta": {"_type": "gradio.FileData"},
    }
    answer = client.post("/gradio_api/call/classify_many", json={"data": [given, None, "csv"]})
    return answer.json()["event_id"]


@pytest.fixture
def client(served):
    with httpx.Client(base_url=served[1], timeout=120) as opened:
        yield opened


def test_five_people_send_one_table_at_once(served, tmp_path: Path):
    table = table_of(tmp_path, 30)

    def send(_: int) -> tuple[str, dict]:
        client = Client(served[1], verbose=False, download_files=str(tmp_path))
        file, counts = client.predict(handle_file(table), None, "csv", api_name="/classify_many")
        return Path(file).read_text(), counts

    with ThreadPoolExecutor(5) as pool:
        results = list(pool.map(send, range(5)))
    assert len({text for text, _ in results}) == 1
    assert [counts["films"] for _, counts in results] == [30] * 5


def test_a_single_film_is_answered_while_catalogues_are_read(served, client, tmp_path: Path):
    numbers = [begin(client, table_of(tmp_path, 3_000, f"films {each}")) for each in range(3)]
    seconds = []
    for _ in range(10):
        started = time.monotonic()
        answer = client.post("/gradio_api/call/classify", json={"data": [None, OVERVIEW]})
        number = answer.json()["event_id"]
        assert "complete" in client.get(f"/gradio_api/call/classify/{number}").text
        seconds.append(time.monotonic() - started)
    running = served[0].page._queue.event_ids_to_events
    assert all(number in running for number in numbers), "the catalogues ended before"
    assert sorted(seconds)[5] < 1
    for number in numbers:  # the callers leave
        with client.stream("GET", f"/gradio_api/call/classify_many/{number}"):
            pass
    wait_until(lambda: not any(number in running for number in numbers))


def test_a_caller_who_leaves_ends_the_work(served, client, tmp_path: Path):
    number = begin(client, table_of(tmp_path, 15_000))
    running = served[0].page._queue.event_ids_to_events
    with client.stream("GET", f"/gradio_api/call/classify_many/{number}"):
        assert number in running
    wait_until(lambda: number not in running)


def test_a_reading_ends_in_time(classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(uploaded, "CATALOGUE_SECONDS", 0.2)
    catalogue = open_catalogue(table_of(tmp_path, 5_000), (), tmp_path)
    *_, progress = catalogue.read(classifier, Turns())
    assert 0 < progress.done < 5_000
    assert progress.cancelled
    assert progress.remarks[0].startswith("The reading was ended after ")
    assert catalogue.file(".csv").read_text().count("\n") == progress.done + 1
    catalogue.close()


def test_films_of_all_are_bounded(classifier, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_FILMS_HELD", 25)
    held = HeldCatalogues()

    def hold() -> Catalogue:
        catalogue = open_catalogue(table_of(tmp_path, 10), (), tmp_path)
        held.add(catalogue)
        return catalogue

    first, second = hold(), hold()
    with pytest.raises(InputError, match="busy with the catalogues of others"):
        hold()
    *_, progress = first.read(classifier, Turns())
    assert progress.ended
    third = hold()  # the oldest that was read makes room
    assert first.closed
    assert not second.closed
    for each in (second, third):
        each.close()


def test_what_a_stranger_wrote_is_escaped_in_messages(client, tmp_path: Path):
    table = tmp_path / "films.csv"
    table.write_text('"<img src=http://192.0.2.1/a.png>",title\n1,2\n')
    number = begin(client, table)
    answer = client.get(f"/gradio_api/call/classify_many/{number}").text
    sentence = json.loads(answer.partition("data: ")[2])["error"]
    assert "&lt;img src=" in sentence
    assert "<" not in sentence


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 40
    while not is_so():
        assert time.monotonic() < deadline
        threading.Event().wait(0.05)
