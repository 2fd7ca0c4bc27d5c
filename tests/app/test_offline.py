"""Nothing leaves this machine: watched from within Python, and in a namespace without a network."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from scripts.reliability.offline import Traffic, namespace_command, traffic_in, use_server
from tests.app.watch import Watch, watch
from tests.documents import ROOT


@pytest.fixture
def watched(tmp_path: Path) -> Watch:
    folder = tmp_path / "watch"
    folder.mkdir()
    return watch(folder)


def test_the_watch_sees_what_leaves(watched: Watch):
    # The events alone: nothing is sent.
    code = """
import sys
sys.audit("socket.connect", None, ("192.0.2.1", 443))
sys.audit("socket.connect", None, ("127.0.0.1", 443))
sys.audit("socket.getaddrinfo", "film.example", 443, 0, 0, 0)
"""
    subprocess.run([sys.executable, "-c", code], env=os.environ | watched.environment, check=True)
    assert watched.elsewhere() == [
        ["socket.connect", ["192.0.2.1", 443]],
        ["socket.getaddrinfo", "film.example"],
    ]


def test_the_server_calls_no_other_machine(start_server: Callable[..., str], watched, film_folder):
    address = start_server("-m", "gradio_app", "--no-browser", **watched.environment)
    use_server(address, film_folder / "films.csv", n_films=5)
    assert watched.seen(), "the audit hook saw not even the look-up of the address to listen on"
    assert watched.elsewhere() == []


@pytest.mark.parametrize("name", ["classify", "batch"])
def test_the_command_line_calls_no_machine(run_app, watched, film_folder: Path, name: str):
    arguments: dict[str, list[object]] = {
        "classify": ["--poster", film_folder / "posters" / "tt1.jpg", "--overview", "A ghost."],
        "batch": [
            film_folder / "films.csv", "--posters", film_folder / "posters",
            "--output", film_folder / "genres.parquet",
        ],
    }  # fmt: skip
    ended = run_app(name, *arguments[name], **watched.environment)
    assert ended.returncode == 0, ended.stderr
    assert watched.seen() == []


def test_it_works_without_a_network():
    """The whole of `scripts.reliability.offline`, but for strace and the browser."""
    if namespace_command() is None:
        pytest.skip("NOT PROVEN HERE: this kernel or user permits no network namespace")
    ended = subprocess.run(
        [sys.executable, "-m", "scripts.reliability.offline", "--no-strace", "--no-page"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert "namespace: True" in ended.stdout


def test_the_log_of_strace_is_counted():
    log = """
11 connect(5, {sa_family=AF_INET, sin_port=htons(7860), sin_addr=inet_addr("127.0.0.1")}, 16) = 0
11 connect(5, {sa_family=AF_INET6, sin6_port=htons(7860), sin6_flowinfo=htonl(0), \
inet_pton(AF_INET6, "::1", &sin6_addr), sin6_scope_id=0}, 28) = 0
12 connect(6, {sa_family=AF_INET, sin_port=htons(443), sin_addr=inet_addr("192.0.2.1")}, 16) = -1
12 connect(6, {sa_family=AF_INET6, sin6_port=htons(443), sin6_flowinfo=htonl(0), \
inet_pton(AF_INET6, "2001:db8::1", &sin6_addr), sin6_scope_id=0}, 28 <unfinished ...>
12 sendto(7, "a", 1, 0, {sa_family=AF_INET, sin_port=htons(9), sin_addr=inet_addr("192.0.2.1")}, 16)
13 connect(7, {sa_family=AF_INET, sin_port=htons(53), sin_addr=inet_addr("127.0.0.53")}, 16) = 0
13 connect(8, {sa_family=AF_UNIX, sun_path="/run/systemd/resolve/io.systemd.Resolve"}, 42) = 0
13 connect(9, {sa_family=AF_UNIX, sun_path="/tmp/.X11-unix/X0"}, 20) = 0
13 sendto(9, "sa_family=AF_INET", 17, MSG_NOSIGNAL, NULL, 0) = 17
"""
    assert traffic_in("server", log.splitlines()) == Traffic("server", 2, 3, 2)
