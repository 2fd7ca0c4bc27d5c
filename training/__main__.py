"""`python -m training poster | overview | evaluate`: parses arguments, the functions work."""

import argparse
import dataclasses
import json
import logging
import sys
from pathlib import Path

from gradio_app.errors import GenreAppError, InputError
from training.config import PRESETS


def main(arguments: list[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        return options.run_command(options)
    except GenreAppError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted; a training goes on with --resume.", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    """The command line, for this program and for the test of the README."""
    parser = argparse.ArgumentParser("python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for kind, presets in PRESETS.items():
        command = commands.add_parser(kind, help=f"train the {kind} model")
        command.set_defaults(run_command=_train, kind=kind)
        command.add_argument("--config", choices=presets, default="default")
        command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
        command.add_argument("--run", type=Path, help="folder of the run (runs/KIND-CONFIG)")
        command.add_argument("--resume", action="store_true", help="go on with that run")
        command.add_argument("--epochs", type=_positive, help="instead of the config's")
        command.add_argument("--seed", type=_positive, help="instead of the config's")
        command.add_argument(
            "--min-films-per-genre", type=_positive, help="instead of the config's"
        )
        if kind == "poster":
            command.add_argument(
                "--backbone", type=Path, help="MobileNetV2 weights file, where there is no network"
            )
    command = commands.add_parser("evaluate", help="measure exported models beside baselines")
    command.set_defaults(run_command=_evaluate)
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--models", type=Path, default=Path("onnx_models"))
    command.add_argument("--split", choices=("test", "validation"), default="test")
    command.add_argument("--no-baselines", action="store_true", help="the models alone")
    command.add_argument("--report", type=Path, help="Markdown file to write")
    command.add_argument("--title", default="Evaluation", help="of the report")
    command.add_argument("--floors", type=Path, help="JSON of lowest accepted figures; else exit 1")
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _train(options: argparse.Namespace) -> int:
    from training.training import train  # TensorFlow takes seconds to import

    names = ("epochs", "seed", "min_films_per_genre")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    config = dataclasses.replace(PRESETS[options.kind][options.config], **given)
    folder = options.run or Path("runs") / f"{options.kind}-{options.config}"
    metrics = train(
        config,
        options.data,
        folder,
        cache=Path("runs") / "cache",
        resume=options.resume,
        backbone=getattr(options, "backbone", None),
    )
    print(json.dumps(metrics["validation at 0.5"], indent=1))
    print(f"Trained: {folder}. Next: python -m export {folder} --to DIR")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from training.evaluation import evaluate, falls_below, read_floors
    from training.report import report, table

    floors = read_floors(options.floors) if options.floors else {}
    if options.report and not options.report.parent.is_dir():
        raise InputError(f"There is no folder {options.report.parent} for the report.")
    evaluation = evaluate(
        options.models, options.data, options.split, baselines=not options.no_baselines
    )
    print(table(evaluation))
    if options.report:
        command = f"python -m training evaluate --data DATA --models {options.models}"
        command += f" --split {options.split}"
        page = report(evaluation, options.models, options.title, command)
        options.report.write_text(page, "utf-8")
    if options.floors:
        problems = falls_below(evaluation, floors)
        print("\n".join(problems) or "No figure is below its floor.")
        return 1 if problems else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
