"""`python -m export RUN --to DIR`: parses arguments, `export.publish` works."""

import argparse
import sys
from pathlib import Path

from gradio_app.errors import GenreAppError


def build_parser() -> argparse.ArgumentParser:
    """The command line, for this program and for the test of the README."""
    parser = argparse.ArgumentParser(
        "python -m export", description="Publish the model of a finished training as ONNX."
    )
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--to", type=Path, required=True, help="folder of models, e.g. onnx_models")
    return parser


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        from export.publish import export  # TensorFlow takes seconds to import

        folder = export(options.run, options.to)
    except GenreAppError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Exported: {folder}. Next: python -m gradio_app --models {options.to}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
