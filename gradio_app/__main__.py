"""`python -m gradio_app [serve | classify | batch]`: parses arguments, the library works."""

import argparse
import json
import os
import sys
import warnings
from pathlib import Path

from gradio_app.errors import GenreAppError

_MODELS = Path(__file__).parent.parent / "onnx_models"
_THIS_MACHINE = "127.0.0.1"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = _parser().parse_args(arguments)
    if not sys.warnoptions:  # Pillow's remarks on odd files would stand around our one sentence
        warnings.simplefilter("ignore")
    try:
        options.run(options)
    except GenreAppError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m gradio_app",
        description="Film genres from a poster and an overview. Without a command: the web page.",
    )
    _add_models_option(parser, _MODELS)
    _add_server_options(parser, None)
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(metavar="COMMAND")

    # A default of a sub-command would overwrite what was given before its name: none has one.
    serve = commands.add_parser("serve", help="the web page (the default)")
    _add_models_option(serve)
    _add_server_options(serve)
    serve.set_defaults(run=_serve)

    classify = commands.add_parser("classify", help="read one film")
    _add_models_option(classify)
    classify.set_defaults(run=_classify)
    classify.add_argument("--poster", type=Path, help="picture file")
    classify.add_argument("--overview", help="what the film is about")
    classify.add_argument("--json", action="store_true", help="all probabilities as JSON")

    batch = commands.add_parser("batch", help="read the films of a CSV table")
    _add_models_option(batch)
    batch.set_defaults(run=_batch)
    batch.add_argument("table", type=Path, help="CSV with imdb_id or id, overview, poster")
    batch.add_argument("--posters", type=Path, help="folder or ZIP of the poster files")
    batch.add_argument(
        "--output", type=Path, required=True, help="file to write: .csv, .jsonl or .parquet"
    )
    return parser


def _add_models_option(
    parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS
) -> None:
    parser.add_argument(
        "--models", type=Path, default=default, help="folder of exported models (onnx_models)"
    )


def _add_server_options(
    parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS
) -> None:
    parser.add_argument("--host", default=default, help="address to listen on (127.0.0.1)")
    parser.add_argument("--port", default=default, help="port to listen on (7860)")
    parser.add_argument(
        "--no-browser",
        action="store_true",
        default=default or False,
        help="do not open the page in the browser",
    )
    parser.add_argument(
        "--mcp",
        action="store_true",
        default=default or False,
        help="serve the functions as MCP tools, too (needs requirements-mcp.txt)",
    )


def _serve(options: argparse.Namespace) -> None:
    from gradio_app.classifier import FilmClassifier

    host = options.host or os.environ.get("GRADIO_SERVER_NAME") or _THIS_MACHINE
    port = _port(options.port or os.environ.get("GRADIO_SERVER_PORT") or "7860")
    classifier = FilmClassifier.from_dir(options.models)
    from gradio_app.ui.server import serve  # gradio takes seconds to import: only when needed

    browser = not options.no_browser and host == _THIS_MACHINE and _has_display()
    serve(classifier, options.models, host, port, browser=browser, mcp=options.mcp)


def _has_display() -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _port(value: str) -> int:
    if not (value.isdecimal() and len(value) <= 5 and 1 <= int(value) <= 65535):
        raise GenreAppError(
            f"{value!r} is no port; give --port or GRADIO_SERVER_PORT a number from 1 to 65535."
        )
    return int(value)


def _classify(options: argparse.Namespace) -> None:
    from gradio_app.classifier import FilmClassifier

    prediction = FilmClassifier.from_dir(options.models).predict(options.poster, options.overview)
    if options.json:
        print(json.dumps(prediction.as_document(), indent=2))
        return
    for name, reading in prediction.readings().items():
        if reading is not None:
            listed = ", ".join(f"{genre} {value:.0%}" for genre, value in reading.top(3))
            print(f"{name:9} {listed}")
    print(f"{'genres':9} {', '.join(prediction.combined.chosen()) or 'none is likely enough'}")


def _batch(options: argparse.Namespace) -> None:
    from gradio_app.catalogue.pipeline import classify_table
    from gradio_app.classifier import FilmClassifier

    classifier = FilmClassifier.from_dir(options.models, threads=os.cpu_count() or 1)
    films, failed = classify_table(classifier, options.table, options.posters, options.output)
    print(f"{films:,} films written to {options.output}; {failed:,} with an error (last column).")


if __name__ == "__main__":
    sys.exit(main())
