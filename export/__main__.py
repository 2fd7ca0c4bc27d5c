"""`python -m export RUN... --to DIR`: parses arguments, `export.publish` works."""

import argparse
import sys
from pathlib import Path

from export.card import LIMITS
from gradio_app.errors import GenreAppError, InputError


def build_parser() -> argparse.ArgumentParser:
    """Return the command line, for this program and for the test of the README."""
    parser = argparse.ArgumentParser(
        "python -m export", description="Publish the models of finished trainings as ONNX."
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("runs", type=Path, nargs="*", default=[], help="folders of the runs")
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
    parser.add_argument(
        "--limits", type=Path, metavar="TXT", help="what the model cards say about the films"
    )
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

    limits = _read_limits(options.limits) or LIMITS
    for run in options.runs:
        print(f"Exported: {export(run, options.to, limits)}.", flush=True)
    print(f"Next: python -m gradio_app --models {options.to}")
    return 0


def _read_limits(file: Path | None) -> str | None:
    """Return the text of a file in one line; None without a file."""
    if file is None:
        return None
    try:
        return " ".join(file.read_text("utf-8").split())
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} is not a readable text file of limits.") from error


def _add_figures(options: argparse.Namespace) -> int:
    from export.folder import add_test_figures

    add_test_figures(options.cards, options.to, _read_limits(options.limits))
    print(f"The model cards in {options.to} have the figures of {options.cards}.")
    return 0


def _renew(options: argparse.Namespace) -> int:
    from export.folder import renew

    if options.limits:
        raise InputError("--renew keeps what the model cards say; give --limits with --cards.")
    renew(options.to)
    print(f"The models in {options.to} have the format of this version.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
