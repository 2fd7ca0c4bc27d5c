"""Connections that say nothing, or too slowly, do not keep others out."""

import asyncio
import logging
import resource
import socket
import threading
import time
from contextlib import ExitStack

import httpx
import pytest

from gradio_app.limits import MAX_CONNECTIONS, MAX_LOG_LINES
from gradio_app.ui.server import connections
from gradio_app.ui.server.logs import BoundedLog


def address(served) -> tuple[str, int]:
    host, _, port = served[1].removeprefix("http://").partition(":")
    return host, int(port)


def is_closed(connection: socket.socket) -> bool:
    """Wait until the other side closes, whatever it says before."""
    try:
        while connection.recv(10_000):
            pass
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def test_connections_that_say_nothing_make_room(served):
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as opened:
        for _ in range(min(MAX_CONNECTIONS + 100, (soft - 200) // 2)):
            silent = socket.create_connection(address(served), timeout=20)
            opened.callback(silent.close)
            silent.sendall(b"GET / HT")
        assert httpx.get(f"{served[1]}/gradio_api/app_id", timeout=20).status_code == 200
        deadline = time.monotonic() + 20
        while len(served[0].server_state.connections) > MAX_CONNECTIONS:
            assert time.monotonic() < deadline
            time.sleep(0.05)


@pytest.mark.parametrize("begin", [b"", b"G", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "])
def test_headers_that_do_not_come(served, monkeypatch: pytest.MonkeyPatch, begin: bytes):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    with socket.create_connection(address(served), timeout=20) as silent:
        silent.sendall(begin)
        started = time.monotonic()
        assert is_closed(silent)
        assert time.monotonic() - started < 10


def test_headers_that_do_not_come_a_second_time(served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connections, "HEADER_SECONDS", 0.5)
    with socket.create_connection(address(served), timeout=20) as caller:
        caller.sendall(b"GET /gradio_api/app_id HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"}"):
            answer += caller.recv(10_000)
        assert answer.startswith(b"HTTP/1.1 200")
        caller.sendall(b"GET /gradio_api/app_id HT")
        assert is_closed(caller)


def test_headers_that_do_not_end(served):
    with socket.create_connection(address(served), timeout=20) as caller:
        caller.sendall(b"GET / HTTP/1.1\r\n")
        answer = b""
        try:
            for _ in range(200):
                caller.sendall(b"X-A: " + b"a" * 1000 + b"\r\n")
            answer = caller.recv(100)
        except ConnectionError:
            return
    assert answer.startswith(b"HTTP/1.1 4") or not answer


def test_the_log_is_bounded():
    log = logging.getLogger("test of the log")
    log.propagate = False
    written: list[logging.LogRecord] = []
    handler = logging.Handler()
    handler.emit = written.append
    log.addHandler(handler)
    log.addFilter(BoundedLog())
    for number in range(1_000):
        log.error("socket.accept() out of system resource %d", number)
    assert len(written) == MAX_LOG_LINES


def test_answers_do_not_wait_for_acknowledgements(served):
    """Else the body of each answer is sent 40 ms after its head."""
    with httpx.Client(base_url=served[1]) as client:
        client.get("/gradio_api/app_id")
        transports = [each.transport for each in served[0].server_state.connections]
        sockets = [each.get_extra_info("socket") for each in transports]
        assert sockets
        assert all(each.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for each in sockets)


def test_the_protocol_is_the_one_that_is_served(served):
    assert served[0].config.http_protocol_class is connections.PatientProtocol
    assert asyncio.iscoroutinefunction(served[0].serve)
    assert threading.active_count() < 200
