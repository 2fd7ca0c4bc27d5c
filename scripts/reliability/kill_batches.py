"""`python -m scripts.reliability.kill_batches TABLE`: does a run killed again and again end alike?

A run over the table is killed (SIGKILL) at ten random moments and resumed each time, for CSV, JSON
Lines and Parquet; the result is compared byte for byte with that of an undisturbed run.
"""

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from gradio_app.catalogue.results import FORMATS

KILLS = 10


def main() -> None:
    """Print for each format how many kills the result survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("table", type=Path)
    table = parser.parse_args().table
    rng = random.Random(1)
    for suffix in FORMATS:
        with tempfile.TemporaryDirectory() as folder:
            whole, output = Path(folder, f"whole{suffix}"), Path(folder, f"killed{suffix}")
            begin = time.monotonic()
            start(table, whole).wait()
            seconds = time.monotonic() - begin
            kills = sum(
                kill(table, output, rng.uniform(0, 2 * seconds / KILLS)) for _ in range(KILLS)
            )
            start(table, output).wait()
            same = output.read_bytes() == whole.read_bytes()
        verdict = "the same bytes" if same else "ANOTHER RESULT"
        print(f"{suffix}: killed {kills} times within {seconds:.1f} s, then {verdict}", flush=True)


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


if __name__ == "__main__":
    main()
