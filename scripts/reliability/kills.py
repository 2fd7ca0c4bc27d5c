"""`python -m scripts.reliability.kills TABLE`: what is left of a run that is killed at any moment?

A run of `batch` over the table is killed (SIGKILL) at ten random moments and resumed each time, for
CSV, JSON Lines and Parquet; the result is compared byte for byte with that of an undisturbed run.
A server is killed ten times while it reads the table; the next one must find nothing of it.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from gradio_app.catalogue.results import FORMATS
from scripts.reliability.results import write_result
from scripts.reliability.server import running_server, upload

KILLS = 10


def main() -> None:
    """Print what became of each kind of run, and keep it for the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", type=Path)
    table = parser.parse_args().table
    rng = random.Random(1)
    rows = [kill_batches(table, suffix, rng) for suffix in FORMATS]
    rows.append(kill_servers(table, rng))
    print(write_result("kills", {"rows": rows}, "onnxruntime"))


def kill_batches(table: Path, suffix: str, rng: random.Random) -> dict[str, Any]:
    """Kill and resume `batch` for one format; return how often, and whether the result is whole."""
    with tempfile.TemporaryDirectory() as folder:
        whole, output = Path(folder, f"whole{suffix}"), Path(folder, f"killed{suffix}")
        begin = time.monotonic()
        start(table, whole).wait()
        seconds = time.monotonic() - begin
        kills = sum(kill(table, output, rng.uniform(0, 2 * seconds / KILLS)) for _ in range(KILLS))
        start(table, output).wait()
        same = output.read_bytes() == whole.read_bytes()
        left = sorted(set(Path(folder).iterdir()) - {whole, output})
    row = {"what": f"batch, {suffix}", "kills": kills, "same": same and not left}
    print(row, flush=True)
    return row


def start(table: Path, output: Path) -> subprocess.Popen[bytes]:
    """Start a run that goes on where an earlier one ended."""
    command = [sys.executable, "-m", "gradio_app", "batch", str(table), "--output", str(output)]
    return subprocess.Popen([*command, "--resume", "--quiet"], stderr=subprocess.DEVNULL)


def kill(table: Path, output: Path, seconds: float) -> bool:
    """Start a run and kill it after a while; return whether it was still at work."""
    process = start(table, output)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def kill_servers(table: Path, rng: random.Random) -> dict[str, Any]:
    """Kill servers that read the table; return whether the last one finds nothing of them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for _ in range(KILLS):
            with running_server(folder) as server:
                given = upload(server.address, table)
                place = f"{server.address}/gradio_api/call/classify_many"
                httpx.post(place, json={"data": [given, None, "csv"]}).raise_for_status()
                time.sleep(rng.uniform(0, 3))
                server.process.send_signal(signal.SIGKILL)
        with running_server(folder):
            (own,) = [path for path in (folder / "uploads").iterdir() if path.is_dir()]
            left = [path for path in own.rglob("*") if path.is_file()]
        nothing = not left and not list((folder / "uploads").iterdir())
    row = {"what": "server, /classify_many (nothing left)", "kills": KILLS, "same": nothing}
    print(row, flush=True)
    return row


if __name__ == "__main__":
    main()
