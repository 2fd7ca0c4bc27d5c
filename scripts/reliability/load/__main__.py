"""`python -m scripts.reliability.load`: 1, 4, 16 and 64 users of one server, ten minutes each."""

import argparse
import json
import tempfile
from pathlib import Path

from gradio_app import FilmClassifier
from scripts.reliability.load.films import Questions
from scripts.reliability.load.phase import run_phase
from scripts.reliability.results import write_result
from scripts.reliability.server import running_server

_MODELS = Path(__file__).parents[3] / "onnx_models"


def main() -> None:
    """Run all phases on one server, print them, and keep them for the report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--users", type=int, nargs="+", default=[1, 4, 16, 64])
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    questions = Questions(FilmClassifier.from_dir(_MODELS))
    phases = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with running_server(folder) as server:
            for users in options.users:
                seconds = options.minutes * 60
                place = (server.address, server.process.pid, folder / "uploads")
                phases.append(run_phase(*place, questions, users, seconds))
                print(json.dumps(phases[-1]), flush=True)
                faults = server.faults()
        left = [path.name for path in (folder / "uploads").rglob("*")]
    document = {"phases": phases, "faults": faults, "files_after_the_end": len(left)}
    packages = ("gradio", "uvicorn", "starlette", "onnxruntime", "pillow")
    print(write_result("load", document, *packages))


if __name__ == "__main__":
    main()
