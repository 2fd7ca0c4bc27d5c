"""The life of a server: a start, a second start, a password, an end."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from gradio_app.errors import GenreAppError
from gradio_app.limits import MAX_WRONG_PASSWORDS
from gradio_app.ui.server.login import Login
from tests.app.conftest import ROOT

OVERVIEW = "A ghost haunts a house."


@pytest.fixture
def start(tmp_path: Path, free_port) -> Iterator[Callable[..., tuple[subprocess.Popen[str], str]]]:
    """Starts a server; returns its process and its address, once it says that it serves."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "gradio_app", "--no-browser"),
                *("--port", str(free_port()), *arguments),
            ],
            cwd=ROOT,
            env=os.environ | {"GRADIO_TEMP_DIR": str(tmp_path / "temporary")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, process.stderr.read()
        return process, found[0].replace("0.0.0.0", "127.0.0.1")

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def test_a_server_that_is_told_to_end_answers_first_and_leaves_nothing(start, tmp_path: Path):
    server, address = start()
    assert list((tmp_path / "temporary").iterdir())
    call = f"{address}/gradio_api/call/explain"
    body = {"data": [None, OVERVIEW * 20, ""]}
    number = httpx.post(call, json=body, timeout=60).json()["event_id"]
    answers: list[str] = []

    def listen() -> None:
        answers.append(httpx.get(f"{call}/{number}", timeout=60).text)

    listener = threading.Thread(target=listen)
    listener.start()
    page = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), timeout=60)
    page.sendall(b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    page.recv(100)  # an open page does not keep the server from ending
    begin = time.monotonic()
    server.terminate()  # the answer may still be fetched
    _, errors = server.communicate(timeout=30)
    assert time.monotonic() - begin < 12
    listener.join(10)
    page.close()
    assert "event: complete" in answers[0]
    assert errors == ""
    assert server.returncode in (0, 128 + signal.SIGTERM, -signal.SIGTERM)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_ctrl_c_is_quiet(start, tmp_path: Path):
    server, _ = start()
    server.send_signal(signal.SIGINT)
    _, errors = server.communicate(timeout=30)
    assert "Traceback" not in errors
    assert list((tmp_path / "temporary").iterdir()) == []


def test_a_second_server_on_the_port_says_so(start, run_app):
    _, address = start()
    port = address.rpartition(":")[2]
    second = run_app("--no-browser", "--port", port)
    assert second.returncode == 1
    assert second.stderr == (
        f"The page cannot be served on 127.0.0.1:{port}; choose another --port or --host.\n"
    )


def test_proxy_variables_do_not_matter(start, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    monkeypatch.setenv("HTTPS_PROXY", "::1")
    _, address = start()
    with httpx.Client(trust_env=False) as client:
        assert client.get(f"{address}/gradio_api/app_id").status_code == 200


def test_a_password(start, tmp_path: Path):
    secret = tmp_path / "password"
    secret.write_text("open sesame\n")
    server, address = start("--auth", f"ali:{secret}", "--host", "0.0.0.0")
    with httpx.Client(base_url=address) as client:
        assert '"auth_required":true' in client.get("/").text
        for path in ("/config", "/gradio_api/info", "/gradio_api/heartbeat/a"):
            assert client.get(path).status_code == 401
        for path in ("upload", "queue/join", "call/classify", "cancel", "reset", "run/predict"):
            assert client.post(f"/gradio_api/{path}", json={}).status_code == 401
        wrong = {"username": "ali", "password": "open barley"}
        assert client.post("/login", data=wrong).status_code == 400
        assert client.post("/login", data=wrong | {"password": "open sesame"}).status_code == 200
        assert client.get("/config").status_code == 200
        client.cookies.clear()
        forged = {"Cookie": "access-token-unsecure-x=1"}
        assert client.get("/config", headers=forged).status_code == 401
    with pytest.raises(ValueError, match="Could not login"):
        Client(address, auth=("ali", "open barley"), verbose=False)
    ali = Client(address, auth=("ali", "open sesame"), verbose=False)
    assert ali.predict(None, OVERVIEW, api_name="/classify")["genres"]
    server.terminate()
    assert server.communicate(timeout=30)[1] == ""  # no warning: not everyone can use it


def test_a_warning_where_everyone_can_use_it(start):
    server, _ = start("--host", "0.0.0.0")
    server.terminate()
    assert "Everyone who reaches 0.0.0.0 can use this page; --auth " in server.communicate()[1]


def test_passwords_cannot_be_tried_for_long():
    login = Login("ali", "open sesame")
    for _ in range(MAX_WRONG_PASSWORDS):
        assert not login.check("ali", "open barley")
    assert not login.check("ali", "open sesame")


@pytest.mark.parametrize(
    ("option", "sentence"),
    [
        ("ali", "'ali' is not USER:PASSWORD-FILE"),
        (":file", "':file' is not USER:PASSWORD-FILE"),
        ("ali:", "'ali:' is not USER:PASSWORD-FILE"),
        ("ali:no-such-file", "There is no password in no-such-file to read"),
        ("ali:{empty}", "is empty; write the password into it"),
    ],
)
def test_no_password(tmp_path: Path, option: str, sentence: str):
    empty = tmp_path / "empty"
    empty.write_text(" \n")
    with pytest.raises(GenreAppError) as caught:
        Login.of(option.format(empty=empty))
    assert sentence in str(caught.value)
