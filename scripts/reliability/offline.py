"""`python -m scripts.reliability.offline`: does anything leave this machine?

The server, with a film classified and explained, a catalogue read and the page used in a browser;
`classify`; and `batch` run in a network namespace that has the loopback alone, where all that needs
a network would fail, and under strace, which sees every address that is connected or sent to. Where
the kernel permits no namespace, or strace is not installed, that is said, and the rest is done.
"""

import argparse
import ipaddress
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

from gradio_app.errors import GenreAppError
from scripts.browser import open_browser
from scripts.reliability.results import write_result
from scripts.reliability.server import ROOT, call, running_server, upload

__all__ = ["Traffic", "main", "namespace_command", "traffic_in", "use_server"]

_CALLS = "connect,sendto,sendmsg,sendmmsg"
_SENDING = re.compile(rf"\b(?:{_CALLS.replace(',', '|')})\(")
_ADDRESS = re.compile(
    r"sa_family=AF_INET6?,[^}]*?port=htons\((\d+)\)[^}]*?"
    r"(?:inet_addr\(|inet_pton\(AF_INET6, )\"([^\"]+)\""
)
_DNS_PORT = 53
#: Of services that look names up for others.
_RESOLVERS = re.compile(r"sun_path=\"[^\"]*(?:systemd/resolve|mdns)[^\"]*\"")
_WITHIN = "IN_A_NETWORK_NAMESPACE"
_OVERVIEW = "A ghost haunts a house by the sea."
_POSTER = ROOT / "gradio_app" / "examples" / "marrow-hill.jpg"


@dataclass(frozen=True)
class Traffic:
    """What a program sent.

    Attributes:
        program: its name.
        look_ups: of names, at port 53 or by a service of this machine.
        elsewhere: connections and datagrams to any address but loopback.
        loopback: those to this machine itself.
    """

    program: str
    look_ups: int
    elsewhere: int
    loopback: int


def main(arguments: list[str] | None = None) -> int:
    """Run everything, print the counts; 0 where nothing left the machine, else 1."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--no-strace", action="store_true", help="in the namespace alone")
    parser.add_argument("--no-page", action="store_true", help="without a browser")
    options = parser.parse_args(arguments)
    command = namespace_command()
    if command is None:
        print("NOT in a network namespace: this kernel or user permits none.", file=sys.stderr)
    elif _WITHIN not in os.environ:
        again = [sys.executable, "-m", "scripts.reliability.offline"]
        again += sys.argv[1:] if arguments is None else arguments
        return subprocess.run(
            [*command, *again], env=os.environ | {_WITHIN: "1"}, cwd=ROOT, check=False
        ).returncode
    traced = not options.no_strace and shutil.which("strace") is not None
    if not traced:
        print("NOT under strace: nothing is counted.", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder:
        rows, requests = _use_everything(Path(folder), traced, not options.no_page)
    document = {
        "namespace": command is not None,
        "strace": traced,
        "rows": [asdict(row) for row in rows],
        "page_requests": len(requests),
        "page_requests_elsewhere": sum(not _is_here(request) for request in requests),
    }
    if traced and not options.no_page:  # the whole of it
        write_result("offline", document, "gradio", "onnxruntime")
    for name, value in document.items():
        print(f"{name}: {value}")
    sent = sum(row.look_ups + row.elsewhere for row in rows)
    return 1 if sent or document["page_requests_elsewhere"] else 0


def namespace_command() -> list[str] | None:
    """Return what runs a command with the loopback alone; None where that is not permitted."""
    script = 'ip link set lo up && exec "$@"'
    command = ["unshare", "--map-root-user", "--net", "sh", "-c", script, "sh"]
    if not (shutil.which("unshare") and shutil.which("ip")):
        return None
    tried = subprocess.run([*command, "true"], capture_output=True, check=False)
    return command if tried.returncode == 0 else None


def _use_everything(folder: Path, traced: bool, page: bool) -> tuple[list[Traffic], list[str]]:
    """Return what each program sent, and the addresses that the page asked for."""
    table = folder / "films.csv"
    table.write_text(f"id,overview,poster\n1,{_OVERVIEW},{_POSTER.name}\n", "utf-8")
    with running_server(folder, under=_strace(folder, "server", traced)) as server:
        use_server(server.address, table)
        requests = _use_page(server.address) if page else []
    commands = {
        "classify": ["--poster", str(_POSTER), "--overview", _OVERVIEW, "--explain"],
        "batch": [
            str(table), "--posters", str(_POSTER.parent), "--output", str(folder / "genres.csv"),
        ],
    }  # fmt: skip
    for name, arguments in commands.items():
        subprocess.run(
            [*_strace(folder, name, traced), sys.executable, "-m", "gradio_app", name, *arguments],
            cwd=ROOT,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    logs = [(name, folder / f"{name}.strace") for name in ("server", *commands)]
    return [
        traffic_in(name, log.read_text().splitlines()) for name, log in logs if traced
    ], requests


def _strace(folder: Path, name: str, traced: bool) -> Sequence[str]:
    log = str(folder / f"{name}.strace")
    return ["strace", "-f", "-qq", "-e", f"trace={_CALLS}", "-o", log] if traced else []


def use_server(address: str, table: Path, n_films: int = 1) -> None:
    """Have a film classified and explained, and a catalogue of `n_films` read.

    Raises:
        Refused, GenreAppError: an answer is missing.
    """
    poster = upload(address, _POSTER)
    (film,) = call(address, "classify", [poster, _OVERVIEW])
    (reasons,) = call(address, "explain", [upload(address, _POSTER), _OVERVIEW, ""])
    _, counts = call(address, "classify_many", [upload(address, table), None, "csv"])
    if not (film["combined"] and reasons["poster"] and counts["films"] == n_films):
        raise GenreAppError("The server answered something else than it should.")


def _use_page(address: str) -> list[str]:
    """Classify a film on the page, and return every address that it asked for."""
    requests: list[str] = []
    with open_browser() as browser:
        page = browser.new_page()
        page.on("request", lambda request: requests.append(request.url))
        page.goto(address)
        page.locator("#overview textarea").fill(_OVERVIEW)
        page.locator("#classify").click()
        page.locator("#why mark").first.wait_for()
        for tab in page.get_by_role("tab").all():
            tab.click()
    return requests


def _is_here(request: str) -> bool:
    address = urlsplit(request)
    return address.scheme in ("data", "blob") or address.hostname == "127.0.0.1"


def traffic_in(program: str, lines: Iterable[str]) -> Traffic:
    """Count what a log of strace says that a program sent, tried or done."""
    look_ups = elsewhere = loopback = 0
    for line in lines:
        if not _SENDING.search(line):
            continue
        look_ups += bool(_RESOLVERS.search(line))
        for port, address in _ADDRESS.findall(line):
            if int(port) == _DNS_PORT:
                look_ups += 1
            elif ipaddress.ip_address(address).is_loopback:
                loopback += 1
            else:
                elsewhere += 1
    return Traffic(program, look_ups, elsewhere, loopback)


if __name__ == "__main__":
    sys.exit(main())
