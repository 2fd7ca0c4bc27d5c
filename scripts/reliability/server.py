"""A server in a process of its own, and its functions by plain HTTP."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

__all__ = ["Refused", "Server", "call", "file_data", "running_server", "upload"]

ROOT = Path(__file__).parents[2]
_PATIENCE = 180  # seconds until it is served: the machine may be busy


class Refused(Exception):  # noqa: N818 - an answer, not a fault
    """The server answered with an error; its text is what the caller is told."""


@dataclass(frozen=True)
class Server:
    """A running server.

    Attributes:
        address: without a slash at its end.
        process: of the server, or of the program that it runs under.
        log: what it writes to standard output and standard error.
    """

    address: str
    process: subprocess.Popen[bytes]
    log: Path

    def faults(self) -> list[str]:
        """Return what is wrong with it by now: it ended, or its log holds a traceback."""
        found = []
        if self.process.poll() is not None:
            found.append(f"the server ended with {self.process.returncode}")
        if "Traceback" in self.log.read_text("utf-8", "replace"):
            found.append(f"the server's log holds a traceback: {self.log}")
        return found


@contextmanager
def running_server(
    folder: Path, *options: str, under: Sequence[str] = (), port: int | None = None
) -> Iterator[Server]:
    """Start `python -m gradio_app`, wait until it answers, and end it afterwards.

    Args:
        folder: for its log and its uploads.
        options: of the command line.
        under: a program, with its arguments, that runs it, such as strace.
        port: a free one if None.

    Raises:
        RuntimeError: it ended, or does not answer.
    """
    port = port or _free_port()
    log = folder / "server.log"
    changes = {"GRADIO_SERVER_PORT": str(port), "GRADIO_TEMP_DIR": str(folder / "uploads")}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [*under, sys.executable, "-m", "gradio_app", "--no-browser", *options],
            cwd=ROOT,
            env=os.environ | changes,
            stdout=file,
            stderr=file,
        )
    server = Server(f"http://127.0.0.1:{port}", process, log)
    try:
        _wait_for(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(server: Server) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not _answers(server.address):
        if server.process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(server.log.read_text("utf-8", "replace"))
        time.sleep(0.2)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=10) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def upload(address: str, file: Path, seconds: float = 60) -> dict[str, Any]:
    """Upload a file, and return the description by which functions are given it.

    Raises:
        Refused: the server does not take it.
    """
    with file.open("rb") as content:
        response = httpx.post(
            f"{address}/gradio_api/upload", files={"files": (file.name, content)}, timeout=seconds
        )
    if response.status_code != 200:
        raise Refused(_reason(response.text))
    return file_data(response.json()[0], file.name)


def file_data(path: str, name: str) -> dict[str, Any]:
    """Return the description of an uploaded file."""
    return {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}


def call(address: str, function: str, data: list[Any], seconds: float = 60) -> Any:
    """Call a function of the HTTP interface and return what it returns.

    Args:
        address: of the server.
        function: such as "classify".
        data: its arguments. Lone surrogates are sent as JSON can hold them.
        seconds: how long to wait for the server to say anything more.

    Raises:
        Refused: it answers with an error.
        httpx.HTTPError: it does not answer.
    """
    place = f"{address}/gradio_api/call/{function}"
    body = json.dumps({"data": data})  # httpx itself cannot encode lone surrogates
    headers = {"Content-Type": "application/json"}
    begun = httpx.post(place, content=body, headers=headers, timeout=seconds)
    if begun.status_code != 200:
        raise Refused(_reason(begun.text))
    number = begun.json()["event_id"]
    with httpx.stream("GET", f"{place}/{number}", timeout=seconds) as response:
        if response.status_code != 200:
            raise Refused(_reason(response.read().decode("utf-8", "replace")))
        return _last_event(response.iter_lines())


def _last_event(lines: Iterator[str]) -> Any:
    event = ""
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "event":
            event = value
        elif name == "data" and event == "complete":
            return json.loads(value)
        elif name == "data" and event == "error":
            raise Refused(_reason(value))
    raise Refused(f"the answer ended with the event {event!r}")


def _reason(body: str) -> str:
    """Return the sentence of an error, whose JSON has it as `error` or `detail`."""
    try:
        document = json.loads(body)
    except ValueError:
        return body
    if isinstance(document, dict):
        return str(document.get("error") or document.get("detail") or document)
    return str(document)
