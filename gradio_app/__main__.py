"""`python -m gradio_app [serve | classify | batch]`: parses arguments, the commands work."""

import argparse
import errno
import io
import os
import sys
import warnings
from contextlib import suppress
from pathlib import Path

from gradio_app.errors import GenreAppError
from gradio_app.memory import bound_memory

_MODELS = Path(__file__).parent.parent / "onnx_models"


def main(arguments: list[str] | None = None) -> int:
    """Run a command; return its exit status."""
    options = build_parser().parse_args(arguments)
    bound_memory()
    if not sys.warnoptions:  # Pillow's remarks on odd files would stand around our one sentence
        warnings.simplefilter("ignore")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal may lack the letters of a file's name
            stream.reconfigure(errors="backslashreplace")
    try:
        status = options.run(options)
        if sys.stdout is not None:
            sys.stdout.flush()
    except GenreAppError as error:
        print(_on_one_line(str(error)), file=sys.stderr)
        return 1
    except KeyboardInterrupt as interrupt:
        print(str(interrupt) or "Interrupted; a batch goes on with --resume.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # of `| head`
        _drop_output()
        return 1
    except OSError as error:
        if error.filename is not None:  # then it is no error of standard output
            raise
        _drop_output()
        print(f"Standard output cannot be written ({error.strerror}).", file=sys.stderr)
        return 1
    return status


def _on_one_line(message: str) -> str:
    """Escape what a terminal would obey; a file's name may hold line ends and worse."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in message)


def _drop_output() -> None:
    """Let what could not be written go; else Python would try, and say so, at its end."""
    with suppress(OSError, io.UnsupportedOperation):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _Closed(io.TextIOBase):
    """Standard output that the caller has closed, for which Python has None."""

    def write(self, _text: str, /) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))

    def fileno(self) -> int:
        return self.write("")


def _open_streams() -> None:
    """Let standard output fail where it is closed: `print` would be silent.

    To a closed standard error, messages go nowhere: `print` would take standard output for it.
    """
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - as long as we run


def build_parser() -> argparse.ArgumentParser:
    """Return the command line, for this program and for the test of the documents."""
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
    _add_classify_options(classify)
    classify.set_defaults(run=_classify)

    batch = commands.add_parser("batch", help="read many films")
    _add_models_option(batch)
    _add_batch_options(batch)
    batch.set_defaults(run=_batch)
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
    parser.add_argument(
        "--auth",
        metavar="USER:PASSWORD-FILE",
        default=default,
        help="who may use the page; the file holds the password (everyone who reaches it)",
    )


def _add_classify_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--poster", type=Path, nargs="+", action="extend", help="picture file, or several"
    )
    parser.add_argument("--overview", help="what the film is about")
    parser.add_argument(
        "--overview-file", type=Path, help="text file of the overview; - is standard input"
    )
    parser.add_argument("--top", type=_positive, default=3, help="genres a reader (3)")
    parser.add_argument("--json", action="store_true", help="all probabilities as JSON")
    parser.add_argument(
        "--explain",
        nargs="?",
        const="",
        metavar="GENRE",
        help="what speaks for and against a genre, the likeliest if none is named",
    )


def _add_batch_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "table",
        type=Path,
        help="CSV, TSV, JSON Lines (also .gz) or Parquet with imdb_id or id, overview, poster; "
        "or a folder or ZIP file of pictures; or a library with NFO files; - is standard input",
    )
    parser.add_argument("--posters", type=Path, help="folder or ZIP file of the poster files")
    parser.add_argument(
        "--output",
        type=Path,
        required=True,
        help="file to write: .csv, .jsonl or .parquet; - is CSV on standard output",
    )
    parser.add_argument(
        "--columns", metavar="ROLE=NAME,...", help="such as overview=plot,id=tconst"
    )
    parser.add_argument("--keep-columns", action="store_true", help="carry the input's columns on")
    parser.add_argument(
        "--formulas",
        choices=("keep", "text"),
        default="keep",
        help="text: a quote before cells that a spreadsheet would compute (keep)",
    )
    parser.add_argument(
        "--audit",
        type=Path,
        metavar="REPORT",
        help=".csv or .html: which listed genres (column genres) are likely missing or wrong",
    )
    parser.add_argument(
        "--write-nfo",
        action="store_true",
        help="suggested genres into NFO files without any: a dry run that prints the changes",
    )
    parser.add_argument("--apply", action="store_true", help="really write NFO files")
    parser.add_argument(
        "--replace-genres", action="store_true", help="write NFO files that list genres, too"
    )
    parser.add_argument("--workers", type=_positive, help="films at a time (the usable cores)")
    parser.add_argument(
        "--engine",
        choices=("threads", "ray"),
        default="threads",
        help="ray: on a cluster, Parquet to Parquet (docs/cluster.md; needs "
        "requirements-cluster.txt)",
    )
    parser.add_argument(
        "--address", metavar="auto|HOST:PORT", help="of the Ray cluster (one of its own, here)"
    )
    parser.add_argument("--resume", action="store_true", help="go on where a run ended")
    parser.add_argument("--quiet", action="store_true", help="no progress bar and no counts")
    parser.add_argument(
        "--strict", action="store_true", help="end with 3 for notes and remarks as for errors"
    )


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


# Each command's libraries take their time to load: only the one that runs is imported.


def _serve(options: argparse.Namespace) -> int:
    from gradio_app.cli.serve import serve_page

    return serve_page(options)


def _classify(options: argparse.Namespace) -> int:
    from gradio_app.cli.classify import classify

    _open_streams()
    return classify(options)


def _batch(options: argparse.Namespace) -> int:
    from gradio_app.cli.batch import batch

    _open_streams()
    return batch(options)


if __name__ == "__main__":
    sys.exit(main())
