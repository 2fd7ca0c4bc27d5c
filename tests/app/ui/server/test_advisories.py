"""Published holes of gradio, tried against the running page: none of them leads anywhere.

The numbers are those of the advisories; docs/decisions/0021 lists the newest.
"""

import json
import urllib.parse
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

SECRET = "for nobody's eyes"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "secret.txt"
    file.write_text(SECRET)
    return file


@pytest.fixture
def client(served):
    with httpx.Client(base_url=served[1], timeout=60, follow_redirects=False) as opened:
        yield opened


def call(client: httpx.Client, function: str, data: list, **more) -> str:
    begun = client.post(f"/gradio_api/call/{function}", json={"data": data, **more})
    if begun.status_code != 200:
        return begun.text
    return client.get(f"/gradio_api/call/{function}/{begun.json()['event_id']}").text


def file_data(path: str, **more) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}, **more}


def quoted(path: object) -> str:
    return urllib.parse.quote(str(path))


Attack = Callable[[httpx.Client, Path], list[str]]


def component_server(client: httpx.Client, secret: Path) -> list[str]:
    body = {"session_hash": "a", "component_id": 1, "fn_name": "move_resource_to_block_cache"}
    return [
        client.post(f"/{prefix}component_server", json=body | {"data": str(secret)}).text
        for prefix in ("", "gradio_api/")
    ]


def files_of_others(client: httpx.Client, secret: Path) -> list[str]:
    paths = (
        secret,
        f"{Path.cwd()}/gradio_app/examples/../../README.md/../../{secret}",
        f"/proc/self/root{secret}",
        f"{secret}".upper(),
        f"{secret}::$DATA",
        f"\\\\?\\{secret}",
        f"file://{secret}",
    )
    places = ("/gradio_api/file=", "/file=", "/file/", "/gradio_api/file/", "/static/", "/assets/")
    return [client.get(f"{place}{quoted(path)}").text for place in places for path in paths]


def files_as_input(client: httpx.Client, secret: Path) -> list[str]:
    given = [
        file_data(str(secret)),
        file_data(f"/gradio_api/file={secret}"),
        file_data("a", url=f"file://{secret}"),
        [file_data(str(secret))],
        {"value": file_data(str(secret)), "__type__": "update"},
    ]
    answers = [call(client, "classify", [each, ""]) for each in given]
    return [*answers, *(call(client, "classify_many", [each, None, "csv"]) for each in given)]


def addresses(client: httpx.Client, secret: Path) -> list[str]:
    targets = ("http://127.0.0.1:9/", "http://169.254.169.254/", "http://example.org/", "//a.b/c")
    answers = []
    for target in targets:
        answer = client.get(f"/gradio_api/file={quoted(target)}")
        assert answer.status_code in (403, 404)
        assert "location" not in answer.headers
        answers.append(call(client, "classify", [file_data(target), ""]))
        answers.append(call(client, "classify", [file_data("a", url=target), ""]))
        answers.append(client.get(f"/gradio_api/proxy={quoted(target)}").text)
    return answers


def names_of_uploads(client: httpx.Client, secret: Path) -> list[str]:
    names = (
        f"../../../..{secret}",
        str(secret),
        "a\0b",
        "..\\..\\a",
        "C:\\a",
        "\\\\host\\share\\a",
    )
    return [
        client.post("/gradio_api/upload", files={"files": (name, b"mine")}).text for name in names
    ]


def monitoring(client: httpx.Client, secret: Path) -> list[str]:
    paths = ("/monitoring", "/monitoring/summary", "/monitoring/a", "/gradio_api/token")
    for path in paths:
        assert client.get(path).status_code == 404
    return []


def other_pages(client: httpx.Client, secret: Path) -> list[str]:
    for origin in ("null", "http://localhost.evil.example", "http://127.0.0.1.evil.example"):
        for method in ("GET", "POST", "OPTIONS"):
            headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
            answer = client.request(method, "/gradio_api/queue/join", headers=headers)
            assert answer.status_code >= 400
            assert "access-control-allow-origin" not in answer.headers
    return []


def forged_hosts(client: httpx.Client, secret: Path) -> list[str]:
    for name in ("Host", "X-Forwarded-Host"):
        for path in ("/", "/config", "/gradio_api/info"):
            assert client.get(path, headers={name: "evil.example"}).status_code == 421
    return []


def components_of_the_page(client: httpx.Client, secret: Path) -> list[str]:
    """Functions that are not for programs, by their numbers."""
    answers = []
    for number in range(12):
        body = {"data": [file_data(str(secret))] * 2, "fn_index": number, "session_hash": "mallory"}
        if client.post("/gradio_api/queue/join", json=body).status_code == 200:
            answers.append(client.get("/gradio_api/queue/data?session_hash=mallory").text)
    return answers


ATTACKS: dict[str, Attack] = {
    "CVE-2024-1561, -47166: functions of components": component_server,
    "CVE-2023-51449, 2024-0964, -47164, 2025-23042, 2026-28414: files": files_of_others,
    "CVE-2024-1728, -4941, -51751: files as input": files_as_input,
    "CVE-2024-4325, -1183, 2026-28415, -28416, -59806: addresses": addresses,
    "CVE-2024-47872, -10624: names of uploads": names_of_uploads,
    "CVE-2024-47168: statistics": monitoring,
    "CVE-2024-47084, -1727: other pages": other_pages,
    "CVE-2026-134825: forged hosts": forged_hosts,
    "CVE-2024-47867, 2026-49119: functions by number": components_of_the_page,
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_published_attack(client: httpx.Client, secret: Path, name: str):
    for answer in ATTACKS[name](client, secret):
        assert SECRET not in answer
        assert "Traceback" not in answer
    assert client.get("/gradio_api/app_id").status_code == 200
    assert json.loads(secret.read_text().join('""')) == SECRET  # nor was it written to
