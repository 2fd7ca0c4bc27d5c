"""What is refused before gradio sees it: routes, names, pages of others, and bodies."""

import re
import socket
import time
import urllib.parse
from contextlib import suppress
from dataclasses import replace

import httpx
import pytest
from gradio.routes import App
from starlette.testclient import TestClient

from gradio_app.limits import MAX_REQUEST_BYTES
from gradio_app.ui.server import guard
from gradio_app.ui.server.routes import ROUTES, find_route

#: What of gradio's own routes this app uses, as gradio writes them; all others are closed.
USED = {
    *("/", "/svelte/{path:path}", "/static/{path:path}", "/assets/{path:path}", "/theme.css"),
    *("/favicon.ico", "/manifest.json", "/robots.txt", "/pwa_icon", "/config", "/config/"),
    *("/login", "/login/", "/logout", "/gradio_api/theme.css"),
    *("/gradio_api/info", "/gradio_api/info/", "/gradio_api/openapi.json"),
    *("/gradio_api/app_id", "/gradio_api/app_id/", "/gradio_api/startup-events"),
    *("/gradio_api/user", "/gradio_api/user/"),
    *("/gradio_api/login_check", "/gradio_api/login_check/"),
    *("/gradio_api/queue/join", "/gradio_api/queue/data", "/gradio_api/heartbeat/{session_hash}"),
    *("/gradio_api/cancel", "/gradio_api/reset", "/gradio_api/reset/"),
    *("/gradio_api/run/{api_name}", "/gradio_api/run/{api_name}/"),
    *("/gradio_api/call/{api_name}", "/gradio_api/call/{api_name}/"),
    *("/gradio_api/call/v2/{api_name}", "/gradio_api/call/v2/{api_name}/"),
    *("/gradio_api/call/{api_name}/{event_id}", "/gradio_api/call/v2/{api_name}/{event_id}"),
    *("/gradio_api/upload", "/gradio_api/upload_progress", "/gradio_api/file={path_or_url:path}"),
}


def gradio_routes(served) -> list[tuple[str, str]]:
    app = served[0].page.app
    assert isinstance(app, App)
    found = []
    pending = list(app.routes)
    while pending:
        route = pending.pop()
        pending.extend(getattr(getattr(route, "original_router", None), "routes", []))
        for method in getattr(route, "methods", None) or ():
            found.append((method, route.path))
    return found


def test_routes_that_this_app_does_not_use_are_closed(served):
    """By gradio's own list: a route that a new gradio brings is closed until it is listed here."""
    routes = gradio_routes(served)
    assert len(routes) > 60
    assert {path for _, path in routes} >= USED
    for method, template in routes:
        path = re.sub(r"\{\w+(:path)?\}", "1", template)
        is_open = find_route(ROUTES, method, path) is not None
        assert is_open == (template in USED), (method, template)


@pytest.mark.parametrize(
    "path",
    [
        *("/gradio_api/dev/reload", "/gradio_api/deep_link?session_hash=a", "/monitoring/summary"),
        *("/monitoring", "/gradio_api/runs", "/gradio_api/proxy=http://example.org/"),
        *("/gradio_api/stream/a/b/1/playlist.m3u8", "/pwa_icon/30000", "/pwa_icon/193"),
        *("/gradio_api/token", "/gradio_api/queue/status", "/docs", "/openapi.json", "/redoc"),
        *("/gradio_api/custom_component/a/client/b/c.js", "/gradio_api/run-history/buckets"),
        *("/gradio_api/vibe-code/", "/gradio_api/profiling/summary", "/gradio_api/mcp/"),
        *("/gradio_api/file/etc/passwd", "//etc/passwd", "/../etc/passwd"),
    ],
)
def test_closed(served, path: str):
    answer = httpx.get(f"{served[1]}{path}", timeout=10)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", ["process_recording", "component_server", "api/classify"])
def test_closed_to_post(served, name: str):
    assert httpx.post(f"{served[1]}/gradio_api/{name}", json={}).status_code == 404


def test_only_the_icons_of_an_installed_page_are_drawn(served):
    for size in (192, 512):
        answer = httpx.get(f"{served[1]}/pwa_icon/{size}")
        assert answer.headers["content-type"] == "image/png"


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:1/a.png",
        "https://example.org/a.png",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "ftp://example.org/a",
        "//example.org/a.png",
        "/etc/passwd",
        "/proc/self/environ",
        "gradio_app/__main__.py",
        "C:\\Windows\\win.ini",
        "a\0b",
        "a" * 5000,
    ],
)
def test_no_address_and_no_other_file_is_handed_out(served, target: str):
    for quoted in (urllib.parse.quote(target), urllib.parse.quote(target, safe="")):
        answer = httpx.get(f"{served[1]}/gradio_api/file={quoted}", timeout=10)
        assert answer.status_code in (403, 404)
        assert "root:" not in answer.text


def test_no_way_leads_out_of_the_uploads(served):
    folder = served[0]._storage.folder
    outside = folder.parent / "private.txt"
    outside.write_text("secret")
    link = folder / "link.txt"
    link.symlink_to(outside)
    try:
        for path in (f"{folder}/../private.txt", f"{folder}/x/../../private.txt", str(link)):
            answer = httpx.get(f"{served[1]}/gradio_api/file={urllib.parse.quote(path)}")
            assert answer.status_code == 403
    finally:
        link.unlink()
        outside.unlink()


@pytest.mark.parametrize("path", ["/", "/gradio_api/info", "/gradio_api/dev/reload"])
def test_a_browser_is_told_to_ask_nobody_else(served, path: str):
    headers = httpx.get(f"{served[1]}{path}").headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "frame-ancestors 'self' https://huggingface.co" in policy
    assert "server" not in headers


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_foreign_name_is_not_answered(served, host: str):
    """DNS rebinding: a foreign page gives its own name the address of this machine."""
    answer = httpx.get(served[1], headers={"Host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
def test_a_foreign_page_is_not_answered(served, origin: str):
    body = {"data": [None, "A ghost."]}
    answer = httpx.post(
        f"{served[1]}/gradio_api/call/classify", json=body, headers={"Origin": origin}
    )
    assert answer.status_code == 403
    assert "access-control-allow-origin" not in answer.headers
    own = {"Origin": served[1]}
    answer = httpx.post(f"{served[1]}/gradio_api/call/classify", json=body, headers=own)
    assert answer.status_code == 200


def test_behind_another_web_server(served):
    """Whether or not that server hands its own name on."""
    app = served[0].config.app
    behind = replace(app, hosts={*app.hosts, "example.org"}, outer="example.org")
    client = TestClient(behind, base_url=served[1])
    own = {"Origin": "https://example.org"}
    for name in ({}, {"Host": "example.org"}):
        assert client.get("/gradio_api/app_id", headers=own | name).status_code == 200
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        assert client.get("/gradio_api/app_id", headers=headers).status_code in (403, 421)


def test_a_body_that_is_too_large(served):
    url = f"{served[1]}/gradio_api/call/classify"
    large = b'{"data": [null, "' + b"a" * MAX_REQUEST_BYTES + b'"]}'
    headers = {"Content-Type": "application/json"}
    answer = httpx.post(url, content=large, headers=headers)
    assert answer.status_code == 413
    assert answer.text.endswith("send less.")
    in_pieces = (large[begin : begin + 100_000] for begin in range(0, len(large), 100_000))
    assert httpx.post(url, content=in_pieces, headers=headers).status_code == 413


@pytest.mark.parametrize("body", [b"{", b"[" * 100_000, b'{"data":' + b"[" * 99_999, b"\xff", b""])
def test_a_body_that_is_no_json(served, body: bytes):
    url = f"{served[1]}/gradio_api/call/classify"
    answer = httpx.post(url, content=body, headers={"Content-Type": "application/json"})
    assert 400 <= answer.status_code < 500


def begin_to_send(served, n_bytes: int) -> socket.socket:
    host, _, port = served[1].removeprefix("http://").partition(":")
    caller = socket.create_connection((host, int(port)), timeout=20)
    lines = (
        "POST /gradio_api/call/classify HTTP/1.1",
        f"Host: {host}",
        f"Content-Length: {n_bytes}",
    )
    caller.sendall("\r\n".join([*lines, "", ""]).encode())
    return caller


def test_a_body_that_does_not_come(served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "PIECE_SECONDS", 0.5)
    with begin_to_send(served, 9) as caller:
        caller.sendall(b"{")
        begin = time.monotonic()
        answer = caller.recv(1000)
        assert time.monotonic() - begin < 10
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_body_that_trickles(served, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(guard, "PIECE_SECONDS", 1)
    with begin_to_send(served, 999) as caller:
        caller.settimeout(0.1)
        answer = b""
        deadline = time.monotonic() + 20
        while not answer and time.monotonic() < deadline:
            caller.sendall(b" ")
            with suppress(TimeoutError):
                answer = caller.recv(1000)
    assert answer.startswith(b"HTTP/1.1 408")
