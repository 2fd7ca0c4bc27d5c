"""Watching to whom a Python process connects, and which names it looks up."""

import json
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Watch", "watch"]

# Python runs a module of this name at its start. An audit hook sees every connection and every
# look-up of a host, whichever library of Python makes it.
_SITECUSTOMIZE = """
import json, os, sys

def record(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        target = arguments[1]
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        target = arguments[0]
    else:
        return
    with open(os.environ["CONNECTIONS"], "a") as file:
        print(json.dumps([event, target], default=str), file=file)

sys.addaudithook(record)
"""
_HERE = ("127.0.0.1", "::1", "localhost", None)


@dataclass(frozen=True)
class Watch:
    """What a process did that was started with `environment`."""

    environment: dict[str, str]
    file: Path

    def seen(self) -> list[list]:
        """Every connection and look-up so far: the event, and a host with or without a port."""
        return [json.loads(line) for line in self.file.read_text().splitlines()]

    def elsewhere(self) -> list[list]:
        """Those whose target is not this machine."""
        hosts = (
            (call, call[1][0] if isinstance(call[1], list) else call[1]) for call in self.seen()
        )
        return [call for call, host in hosts if host not in _HERE]


def watch(folder: Path) -> Watch:
    """Prepare a watch in an empty folder."""
    (folder / "sitecustomize.py").write_text(_SITECUSTOMIZE)
    file = folder / "connections"
    file.touch()
    return Watch({"PYTHONPATH": str(folder), "CONNECTIONS": str(file)}, file)
