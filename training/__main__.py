"""`python -m training COMMAND`: parses arguments only."""

import argparse
import dataclasses
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from gradio_app.errors import GenreAppError, InputError
from training.config import PRESETS
from training.files import CACHE
from training.recipe.steps import CONFIGS, Recipe

if TYPE_CHECKING:
    from training.evaluation.evaluate import Measurement

logger = logging.getLogger(__name__)

_TEACHER_HELP = {
    "poster": "its folder, for --config distilled, or that of a published overview model",
    "overview": "its folder, for --config distilled",
}


def main(arguments: list[str] | None = None) -> int:
    """Run the command that the arguments name, and return its exit status."""
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
    """Return the command line, for this program and for the test of the README."""
    parser = argparse.ArgumentParser("python -m training", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_check(commands.add_parser("check", help="say all that is wrong with a folder of films"))
    _add_recipe(commands.add_parser("recipe", help="do all of it: from films to served models"))
    for kind in PRESETS:
        _add_training(commands.add_parser(kind, help=f"train the {kind} model"), kind)
    _add_teacher(commands.add_parser("teacher", help="make the teacher of --config distilled"))
    _add_average(commands.add_parser("average", help="make the mean of poster trainings"))
    _add_fusion(commands.add_parser("fusion", help="fuse two trained readers"))
    _add_evaluation(
        commands.add_parser("evaluate", help="measure exported models beside baselines")
    )
    return parser


def _add_check(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=_check)
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    _add_minimum(command)


def _add_minimum(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--min-films-per-genre",
        type=_positive,
        help="training films that make a genre a label (a twentieth of all, from 5 to 80)",
    )


def _add_training(command: argparse.ArgumentParser, kind: str) -> None:
    command.set_defaults(run_command=_train, kind=kind)
    command.add_argument("--config", choices=PRESETS[kind], default="default")
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--run", type=Path, help="folder of the run (runs/KIND-CONFIG)")
    command.add_argument("--resume", action="store_true", help="go on with that run")
    command.add_argument("--epochs", type=_positive, help="instead of the config's")
    command.add_argument("--seed", type=_positive, help="instead of the config's")
    _add_minimum(command)
    command.add_argument("--teacher", type=Path, help=_TEACHER_HELP[kind])
    if kind == "poster":
        command.add_argument(
            "--backbone", type=Path, help="its weights file, instead of the package's"
        )


def _add_teacher(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=_teach)
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--run", type=Path, default=Path("runs/teacher"), help="its folder")
    _add_minimum(command)


def _add_average(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=_average)
    command.add_argument("runs", type=Path, nargs="+", help="folders of poster trainings")
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--run", type=Path, default=Path("runs/poster-mean"), help="that is made")


def _add_fusion(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=_fuse)
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--poster", type=Path, required=True, help="run of the poster model")
    command.add_argument(
        "--overview", type=Path, required=True, help="run of the overview model, or its folder"
    )
    command.add_argument(
        "--teacher",
        type=Path,
        help="its folder, if the readers had one, or a published overview model",
    )
    command.add_argument("--run", type=Path, default=Path("runs/fusion"), help="folder of the run")


def _add_recipe(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=_run_recipe)
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--to", type=Path, required=True, help="folder of all that is made")
    command.add_argument("--config", choices=CONFIGS, default="default")
    command.add_argument("--epochs", type=_positive, help="of both readers, for a quick trial")
    _add_minimum(command)
    command.add_argument(
        "--limits", type=Path, metavar="TXT", help="what the model cards say about the films"
    )
    command.add_argument(
        "--baselines", action="store_true", help="measure simple models beside: minutes"
    )


def _add_evaluation(command: argparse.ArgumentParser) -> None:
    command.set_defaults(run_command=_evaluate)
    command.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    command.add_argument("--models", type=Path, default=Path("onnx_models"))
    command.add_argument("--split", choices=("test", "validation"), default="test")
    command.add_argument(
        "--seeds", type=Path, nargs="+", default=[], metavar="DIR", help="models of other trainings"
    )
    command.add_argument(
        "--coursework", type=Path, metavar="DIR", help="the reference system's models, beside"
    )
    command.add_argument(
        "--earlier",
        type=Path,
        metavar="FILE.json",
        help="an earlier evaluation, for its rows of these two",
    )
    command.add_argument("--no-baselines", action="store_true", help="the models alone")
    command.add_argument(
        "--backbone", type=Path, help="weights file of the linear probe, instead of the package's"
    )
    command.add_argument(
        "--report",
        type=Path,
        metavar="NAME.md",
        help="page to write, its pictures into NAME/, the figures into MODELS/evaluation.json",
    )
    command.add_argument("--title", default="Evaluation", help="of the report")
    command.add_argument("--floors", type=Path, help="JSON of worst accepted figures; else exit 1")


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _check(options: argparse.Namespace) -> int:
    from training.data.check import check_films

    check = check_films(options.data, CACHE, minimum=options.min_films_per_genre)
    print(check.table())
    print("\n".join(["", *check.notes, *check.problems]))
    print(f"\nProblems to be mended: {len(check.problems)}." if check.problems else "\nGood.")
    return 1 if check.problems else 0


def _require_good_films(options: argparse.Namespace, label_films: bool = True) -> None:
    """Raise InputError with all problems of the films, before anything is done with them."""
    from training.data.check import check_films

    minimum = options.min_films_per_genre if label_films else None
    check = check_films(options.data, CACHE, label_films, minimum)
    for note in check.notes:
        logger.info("%s", note)
    if check.problems:
        raise InputError("\n".join(check.problems))


def _train(options: argparse.Namespace) -> int:
    _require_good_films(options)
    from training.runs.train import train  # TensorFlow takes seconds to import

    names = ("epochs", "seed", "min_films_per_genre")
    given = {name: getattr(options, name) for name in names if getattr(options, name) is not None}
    config = dataclasses.replace(PRESETS[options.kind][options.config], **given)
    folder = options.run or Path("runs") / f"{options.kind}-{options.config}"
    metrics = train(
        config,
        options.data,
        folder,
        cache=CACHE,
        resume=options.resume,
        backbone=getattr(options, "backbone", None),
        teacher=options.teacher,
    )
    print(json.dumps(metrics["validation at 0.5"], indent=1))
    print(f"Trained: {folder}. Next: python -m export {folder} --to DIR")
    return 0


def _teach(options: argparse.Namespace) -> int:
    _require_good_films(options)
    from training.teacher.teach import teach

    measured = teach(options.data, options.run, options.min_films_per_genre)
    for name, value in measured.items():
        print(f"{name}: mAP {value:.3f} on the validation films")
    print(
        "Next: python -m training overview --config distilled "
        f"--data {options.data} --teacher {options.run}"
    )
    return 0


def _average(options: argparse.Namespace) -> int:
    _require_good_films(options, label_films=False)
    from training.runs.average import average

    metrics = average(options.runs, options.data, options.run, CACHE)
    print(json.dumps(metrics["validation at 0.5"], indent=1))
    print(f"Averaged: {options.run}. Next: python -m export {options.run} --to DIR")
    return 0


def _fuse(options: argparse.Namespace) -> int:
    _require_good_films(options, label_films=False)
    from training.runs.fuse import fuse

    metrics = fuse(options.poster, options.overview, options.data, options.run, options.teacher)
    print(json.dumps(metrics["validation at the thresholds"], indent=1))
    print(f"Fused: {options.run}. Next: python -m export {options.run} --to DIR")
    return 0


def _run_recipe(options: argparse.Namespace) -> int:
    from training.data.check import check_films
    from training.recipe.sequence import run_recipe

    minimum = options.min_films_per_genre
    names = ("data", "to", "config", "epochs", "min_films_per_genre", "limits", "baselines")
    recipe = Recipe(**{name: getattr(options, name) for name in names})
    check = check_films(options.data, CACHE, minimum=minimum)
    print("\n".join([check.table(), "", *check.notes]), flush=True)
    try:
        page = run_recipe(recipe, check)
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on from there.", file=sys.stderr)
        return 130
    print(f"Done: {page}. Next: python -m gradio_app --models {recipe.models}")
    return 0


def _evaluate(options: argparse.Namespace) -> int:
    from gradio_app.evaluation.schema import LISTED
    from training.evaluation.evaluate import evaluate, read_floors, violations
    from training.evaluation.tables import main_table

    floors = read_floors(options.floors) if options.floors else {}
    if options.report and options.report.suffix != ".md":
        raise InputError(f"The report {options.report} needs a name that ends in .md.")
    if options.report and not options.report.parent.is_dir():
        raise InputError(f"There is no folder {options.report.parent} for the report.")
    _require_good_films(options, label_films=False)
    measurement = evaluate(
        options.models,
        options.data,
        options.split,
        cache=CACHE,
        command=_command(options),
        baselines=not options.no_baselines,
        other_trainings=options.seeds,
        coursework=options.coursework,
        earlier=options.earlier,
        backbone=options.backbone,
    )
    rows = measurement.evaluation.label_sets[LISTED].rows
    print(main_table(rows))
    if options.report:
        _write_report(options, measurement)
    problems = violations(rows, floors)
    if options.floors:
        print("\n".join(problems) or "No figure is worse than its floor.")
    return 1 if problems else 0


def _write_report(options: argparse.Namespace, measurement: "Measurement") -> None:
    from gradio_app.evaluation.file import evaluation_file, write_evaluation
    from training.evaluation.page import page
    from training.evaluation.plots import draw

    report: Path = options.report
    pictures = draw(measurement, report.with_suffix(""))
    links = {f"{report.stem}/{name}": caption for name, caption in pictures.items()}
    report.write_text(page(measurement.evaluation, options.title, links), "utf-8")
    write_evaluation(measurement.evaluation, evaluation_file(options.models))


def _command(options: argparse.Namespace) -> str:
    """Return what to type to repeat an evaluation, without the places of this machine."""
    command = f"python -m training evaluate --data DATA --models {options.models.name}"
    command += f" --split {options.split}"
    command += " --seeds" + " DIR" * len(options.seeds) if options.seeds else ""
    command += " --coursework DIR" if options.coursework else ""
    command += " --earlier EARLIER.json" if options.earlier else ""
    command += " --no-baselines" if options.no_baselines else ""
    return command + (" --backbone FILE" if options.backbone else "")


if __name__ == "__main__":
    sys.exit(main())
