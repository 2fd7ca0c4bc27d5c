"""What lies on disk: private, in nobody's way, and gone in the end."""

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from gradio_app.errors import GenreAppError
from gradio_app.ui.server import storage as module
from gradio_app.ui.server.storage import Storage


@pytest.fixture
def parent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "temporary"))
    return tmp_path / "temporary"


def test_nobody_else_can_read_it(parent: Path):
    storage = Storage()
    for folder in (storage.folder, storage.new_folder()):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert os.environ["GRADIO_TEMP_DIR"] == str(storage.folder)
    storage.close()
    assert os.environ["GRADIO_TEMP_DIR"] == str(parent)
    assert list(parent.iterdir()) == []


def test_two_servers_do_not_meet(parent: Path, monkeypatch: pytest.MonkeyPatch):
    one = Storage()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(parent))
    other = Storage()
    assert one.folder.is_dir()
    assert one.folder != other.folder
    other.close()
    assert one.folder.is_dir()
    one.close()


def test_what_a_killed_server_left_is_deleted_by_the_next(parent: Path):
    left = (
        "import os\n"
        "from gradio_app.ui.server.storage import Storage\n"
        "storage = Storage()\n"
        "(storage.new_folder() / 'poster.jpg').write_bytes(b'private')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    killed = subprocess.run([sys.executable, "-c", left], check=False)
    assert killed.returncode == -signal.SIGKILL
    assert list(parent.rglob("poster.jpg"))
    storage = Storage()
    assert not list(parent.rglob("poster.jpg"))
    assert sorted(parent.iterdir()) == [storage.folder, Path(storage._lock.lock_file)]
    storage.close()


def test_old_files_are_swept_by_a_clock_that_does_not_jump(
    parent: Path, monkeypatch: pytest.MonkeyPatch
):
    storage = Storage()
    folder = storage.new_folder()
    os.utime(folder, (0, 0))  # as if the clock had jumped by decades
    storage.sweep()
    assert folder.is_dir()
    later = time.monotonic() + module.SESSION_SECONDS + 1
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: later))
    newer = storage.new_folder()
    storage.sweep()
    assert not folder.exists()
    assert newer.is_dir()
    storage.close()


def test_the_folder_may_vanish(parent: Path):
    storage = Storage()
    storage.folder.rmdir()
    storage.sweep()
    assert not storage.is_full()
    assert storage.new_folder().is_dir()
    storage.close()


def test_it_may_be_full(parent: Path, monkeypatch: pytest.MonkeyPatch):
    storage = Storage()
    (storage.new_folder() / "large").write_bytes(bytes(1_000_000))
    assert not storage.is_full()
    monkeypatch.setattr(module, "MAX_STORED_BYTES", 900_000)
    assert storage.is_full()
    storage.close()


def test_what_is_to_come_counts_at_once(parent: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MAX_STORED_BYTES", 900_000)
    storage = Storage()
    assert not storage.is_full(600_000)
    assert storage.is_full(600_000)
    assert not storage.is_full(200_000)
    storage.close()


def test_one_thread_measures_at_a_time(parent: Path, monkeypatch: pytest.MonkeyPatch):
    storage = Storage()
    measuring, measured = threading.Event(), threading.Event()

    def measure() -> int:
        assert not measuring.is_set()
        measuring.set()
        assert measured.wait(60)
        return 0

    monkeypatch.setattr(storage, "_measure", measure)
    first = threading.Thread(target=storage.is_full)
    first.start()
    assert measuring.wait(60)
    assert not storage.is_full()  # by what was known before
    measured.set()
    first.join()
    storage.close()


def test_a_folder_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "a file"
    file.touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(file / "folder"))
    with pytest.raises(GenreAppError, match="name another folder with GRADIO_TEMP_DIR"):
        Storage()


def stored(served) -> list[Path]:
    folders = os.walk(served[0]._storage.folder)  # unlike rglob, it lets folders vanish meanwhile
    return sorted(Path(place, name) for place, inner, names in folders for name in inner + names)


def test_two_people_give_the_same_file(served, poster: Path):
    paths = [send(served, poster.read_bytes()).json()[0] for _ in range(2)]
    assert paths[0] != paths[1]
    for path in paths:  # a function deletes what it has read, and no more
        assert "event: complete" in ask(served, path)
    assert "has expired" in ask(served, paths[0])


def test_programs_leave_nothing_but_results(served, poster: Path, tmp_path: Path):
    before = stored(served)
    client = Client(served[1], verbose=False)
    client.predict(handle_file(poster), "A ghost.", api_name="/classify")
    client.predict(handle_file(poster), "A ghost.", "Horror", api_name="/explain")
    with pytest.raises(AppError):
        client.predict(handle_file(poster), handle_file(poster), "csv", api_name="/classify_many")
    assert stored(served) == before
    table = tmp_path / "films.csv"
    table.write_text("id,overview\n1,A ghost.\n", "utf-8")
    result, _ = client.predict(handle_file(table), None, "csv", api_name="/classify_many")
    left = set(stored(served)) - set(before)
    assert {path.name for path in left if path.is_file()} == {Path(result).name}
    assert len(left) == 2  # and its folder


def test_an_upload_that_breaks_off_leaves_nothing(served):
    before = stored(served)
    host, _, port = served[1].removeprefix("http://").partition(":")
    part = '--x\r\nContent-Disposition: form-data; name="files"; filename="a.jpg"\r\n\r\n'
    with socket.create_connection((host, int(port)), timeout=20) as caller:
        caller.sendall(
            f"POST /gradio_api/upload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 90000000\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\n\r\n{part}".encode()
        )
        caller.sendall(bytes(1_000_000))
        wait_until(lambda: stored(served) != before)
    wait_until(lambda: stored(served) == before)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"a"),
        ("multipart/form-data", b"a"),
        ("multipart/form-data; boundary=x", b"no form"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\na"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: " + b"a" * 50_000 + b"\r\n\r\n"),
    ],
)
def test_an_upload_that_cannot_be_read(served, content_type: str, body: bytes):
    before = stored(served)
    url, headers = f"{served[1]}/gradio_api/upload", {"Content-Type": content_type}
    answer = httpx.post(url, content=body, headers=headers)
    assert answer.status_code == 400
    assert answer.text.startswith("The upload cannot be read")
    assert stored(served) == before


@pytest.mark.parametrize(
    "name",
    ["../../a.jpg", "/etc/a.jpg", "a" * 400 + ".jpg", "a/b\\c.jpg", ".", "..", "\u202ea.jpg"],
)
def test_the_name_of_an_upload_leads_nowhere(served, poster: Path, name: str):
    (path,) = send(served, poster.read_bytes(), name).json()
    assert Path(path).resolve().is_relative_to(served[0]._storage.folder)
    assert Path(path).is_file()
    Path(path).unlink()


def test_a_full_disk_is_told(served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "MIN_FREE_DISK_BYTES", 10**18)
    answer = send(served, b"a")
    assert answer.status_code == 507
    assert answer.text == "The server has no room for more uploads; try again later."


def send(served, content: bytes, name: str = "a.png") -> httpx.Response:
    files = {"files": (name, content)}
    return httpx.post(f"{served[1]}/gradio_api/upload", files=files, timeout=60)


def ask(served, path: str) -> str:
    call = f"{served[1]}/gradio_api/call/classify"
    poster = {"path": path, "meta": {"_type": "gradio.FileData"}}
    number = httpx.post(call, json={"data": [poster, ""]}).json()["event_id"]
    return httpx.get(f"{call}/{number}", timeout=60).text


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.05)
