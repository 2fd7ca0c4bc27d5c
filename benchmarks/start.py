"""`python -m benchmarks.start`: from nothing to the first answer, and what it takes of memory.

Each program is started anew in turn with the others: `classify`, the page, and `import gradio`,
without which there is no page. Python's compiled files are there, as from the second start on.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import in_turn, machine, megabytes, printed_by, spread, table

ROOT = Path(__file__).parents[1]
PORT = 7863
CLASSIFY, GRADIO, PAGE = "`classify`, poster and overview", "`import gradio`", "the page answers"
_CLASSIFY = """
import pathlib, sys
from gradio_app.__main__ import main
main(sys.argv[1:])
print(pathlib.Path("/proc/self/status").read_text())
"""
POSTER = "gradio_app/examples/marrow-hill.jpg"


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            **{name: value for name, value in os.environ.items() if name[:6] != "PYTHON"},
            **{"PYTHONPYCACHEPREFIX": folder, "GRADIO_TEMP_DIR": f"{folder}/uploads"},
        }
        memory: dict[str, int] = {}
        calls: dict[str, Callable[[int], object]] = {
            CLASSIFY: lambda _: memory.update({CLASSIFY: classify(environment)}),
            GRADIO: lambda _: printed_by("-c", "import gradio", environment=environment),
            PAGE: lambda _: memory.update({PAGE: serve(environment)}),
        }
        times = in_turn(calls, rounds)
    print(machine("gradio", "onnxruntime"), f"{rounds} starts of each", "", sep="\n")
    rows = [(name, spread(values / 1000), memory.get(name, "")) for name, values in times.items()]
    print(table(("", "s", "memory, MB"), rows))
    ratio = min(times[PAGE]) / min(times[GRADIO])
    print(f"\nThe fastest start of the page takes {ratio:.2f} times the fastest `import gradio`.")


def classify(environment: dict[str, str]) -> int:
    """Classify one film from the command line; return the peak memory in MB."""
    arguments = ["classify", "--poster", POSTER, "--overview", "A ghost haunts a house."]
    printed = printed_by("-c", _CLASSIFY, *arguments, environment=environment)
    return megabytes("VmHWM", printed)


def serve(environment: dict[str, str]) -> int:
    """Start the page, wait until it says where it is, and end it; return its memory in MB."""
    command = [sys.executable, "-u", "-m", "gradio_app", "--no-browser", "--port", str(PORT)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as server:
        assert server.stdout is not None
        while "http://" not in server.stdout.readline():
            assert server.poll() is None
        status = Path(f"/proc/{server.pid}/status").read_text()
        server.kill()
    time.sleep(0.2)  # until the port is free
    return megabytes("VmRSS", status)


if __name__ == "__main__":
    main()
