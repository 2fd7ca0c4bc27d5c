"""`python -m scripts.reliability.fuzz TARGET [--seconds N]`: coverage-guided fuzzing of one reader.

Atheris varies the seeds of a target (see `fuzz_targets.py`) and keeps what takes a new way through
the Python under test; what is compiled (libjpeg, expat, the tokenizer) runs along, but does not
guide. A find is any exception but a refusal, more than 5 s for one input, or more than 1 GB. The
inputs of finds, and those kept, lie in `scripts/reliability/results/fuzzing/`.

Needs `pip install atheris` (Linux, macOS).
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from types import TracebackType

from gradio_app.errors import GenreAppError
from scripts.reliability.results import RESULTS, write_result

__all__ = ["NAMES", "main"]

NAMES = ("poster", "overview", "table", "zip", "nfo", "spec")
_MOST_SECONDS = 5
_MOST_MEGABYTES = 1000
#: Of a process with the models and the libraries, before it reads anything.
_EMPTY_MEGABYTES = 300
_MOST_INPUT_BYTES = 20_000
_MOST_STARTS = 50


def main(arguments: list[str] | None = None) -> None:
    """Fuzz one target, print what was found and keep it for the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("target", choices=NAMES)
    parser.add_argument("--seconds", type=int, default=300)
    parser.add_argument("--in-this-process", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    kept = RESULTS / "fuzzing" / options.target
    if options.in_this_process:
        _fuzz(options.target, kept, options.seconds)
        return
    document = _watch(options.target, kept, options.seconds)
    write_result(f"fuzz-{options.target}-{time.strftime('%Y%m%d-%H%M%S')}", document, "atheris")
    print(json.dumps(document, indent=2))


def _watch(target: str, kept: Path, seconds: int) -> dict[str, object]:
    """Fuzz in processes of their own until time is up: one that dies is a find."""
    for name in ("seeds", "finds"):
        (kept / name).mkdir(parents=True, exist_ok=True)
    before = set((kept / "finds").iterdir())
    runs, coverage, begin = 0, 0, time.monotonic()
    for _ in range(_MOST_STARTS):
        left = int(seconds - (time.monotonic() - begin))
        if left < 1:
            break
        command = [sys.executable, "-m", "scripts.reliability.fuzz", target]
        ended = subprocess.run(
            [*command, "--in-this-process", "--seconds", str(left)],
            capture_output=True,
            check=False,
        )
        log = ended.stderr.decode("utf-8", "replace")
        (kept / "log").write_text(log, "utf-8")
        runs += max(map(int, re.findall(r"^#(\d+)", log, re.MULTILINE)), default=0)
        coverage = max([coverage, *map(int, re.findall(r"\bcov: (\d+)", log))])
    return {
        "target": target,
        "seconds": round(time.monotonic() - begin),
        "runs": runs,
        "branches": coverage,
        "finds": sorted(file.name for file in set((kept / "finds").iterdir()) - before),
    }


def _fuzz(name: str, kept: Path, seconds: int) -> None:
    """Fuzz in this process, which libFuzzer ends."""
    import atheris

    with atheris.instrument_imports(include=["gradio_app", "PIL", "zipfile", "csv"]):
        from PIL import Image

        from scripts.reliability.fuzz_targets import TARGETS

        Image.init()  # imports the readers of all formats
    target = TARGETS[name]
    for number, seed in enumerate(target.seeds()):
        (kept / "seeds" / f"seed-{number:02}").write_bytes(seed)
    file = Path(tempfile.mkdtemp(), target.name)

    def read(content: bytes) -> None:
        file.write_bytes(content)
        try:
            target.read(file)
        except GenreAppError:
            pass  # the reader's right
        except Exception as error:  # whatever it is, it is a find, and the next input is tried
            _keep(kept / "finds", error, content)

    limits = {
        "max_total_time": seconds,
        "timeout": _MOST_SECONDS,
        "rss_limit_mb": _EMPTY_MEGABYTES + _MOST_MEGABYTES,
        "max_len": _MOST_INPUT_BYTES,
        "artifact_prefix": f"{kept / 'finds'}/",
    }
    options = [f"-{option}={value}" for option, value in limits.items()]
    atheris.Setup([sys.argv[0], *options, str(kept / "seeds")], read)
    atheris.Fuzz()


def _keep(folder: Path, error: Exception, content: bytes) -> None:
    """Keep the first input of each kind of find, and what it led to."""
    place = _innermost(error.__traceback__)
    stem = folder / f"{type(error).__name__}-{place}"
    if not stem.with_suffix(".input").exists():
        stem.with_suffix(".input").write_bytes(content)
        stem.with_suffix(".txt").write_text("".join(traceback.format_exception(error)), "utf-8")


def _innermost(trace: TracebackType | None) -> str:
    """Return in which line of which module of ours an error was raised, for a file name."""
    frames = traceback.extract_tb(trace)
    ours = [frame for frame in frames if "gradio_app" in frame.filename] or list(frames)
    return f"{Path(ours[-1].filename).stem}-{ours[-1].lineno}"


if __name__ == "__main__":
    main()
