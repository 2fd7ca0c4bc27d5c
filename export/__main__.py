"""`python -m export RUN --to DIR`: parses arguments, `export.publish` works."""

import argparse
import sys
from pathlib import Path

from gradio_app.errors import GenreAppError


def build_parser() -> argparse.ArgumentParser:
    """Return the command line, for this program and for the test of the README."""
    parser = argparse.ArgumentParser(
        "python -m export", description="Publish the model of a finished training as ONNX."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("run", type=Path, nargs="?", help="folder of the run")
    what.add_argument(
        "--cards",
        type=Path,
        metavar="JSON",
        help="write an evaluation's figures into the model cards",
    )
    what.add_argument(
        "--renew", action="store_true", help="write models of an earlier format as this one does"
    )
    parser.add_argument("--to", type=Path, required=True, help="folder of models, e.g. onnx_models")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Export a run or add figures to cards, and return the exit status."""
    options = build_parser().parse_args(arguments)
    try:
        if options.renew:
            return _renew(options)
        return _add_figures(options) if options.cards else _export(options)
    except GenreAppError as error:
        print(error, file=sys.stderr)
        return 1


def _export(options: argparse.Namespace) -> int:
    from export.publish import export  # TensorFlow takes seconds to import

    folder = export(options.run, options.to)
    print(f"Exported: {folder}. Next: python -m gradio_app --models {options.to}")
    return 0


def _add_figures(options: argparse.Namespace) -> int:
    from export.folder import add_test_figures

    add_test_figures(options.cards, options.to)
    print(f"The model cards in {options.to} have the figures of {options.cards}.")
    return 0


def _renew(options: argparse.Namespace) -> int:
    from export.folder import renew

    renew(options.to)
    print(f"The models in {options.to} have the format of this version.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
