"""The commands of the pages are accepted, and docs/evaluation.* belong together."""

import argparse
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from gradio_app.artifact import sha256
from gradio_app.evaluation.file import read_evaluation
from gradio_app.readers import FOLDERS
from scripts.compare.sizes import slopes
from tests.documents import ROOT, Command, commands
from training.evaluation.page import page

#: benchmarks.many_films.cluster needs the cluster's requirements, and runs in tests/cluster.
COMMANDS = [
    command
    for command in commands()
    if command.program in ("training", "export", "scripts", "benchmarks")
    and command.words[0] != "benchmarks.many_films.cluster"
]

#: The pages with the tables that scripts print.
DECISIONS = ROOT / "docs" / "decisions"
EXPERIMENTS = ROOT / "docs" / "experiments.md"


@pytest.fixture
def parse_only(monkeypatch):
    """Every program ends, with status 0, as soon as its own parser has accepted its arguments."""
    parse_args = argparse.ArgumentParser.parse_args

    def parse(*arguments):
        parse_args(*arguments)
        sys.exit(0)

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", parse)


def test_every_step_is_shown():
    shown = {command.words[:2] for command in COMMANDS if command.page.name == "training.md"}
    steps = ("check", "recipe", "poster", "overview", "teacher", "fusion", "evaluate")
    assert shown >= {("training", step) for step in steps}
    assert "export" in {program for program, *_ in shown}


@pytest.mark.parametrize("command", COMMANDS, ids=str)
def test_commands_are_accepted(command: Command, parse_only, monkeypatch, capsys):
    name, *arguments = command.words
    module = importlib.import_module(name)
    if hasattr(module, "__path__"):
        module = importlib.import_module(f"{name}.__main__")
    if "parse_args" not in inspect.getsource(module):
        assert not arguments
        assert callable(module.main)
        return
    monkeypatch.setattr(sys, "argv", [name, *arguments])
    with pytest.raises(SystemExit) as ended:
        module.main()
    if ended.value.code != 0:
        assert not command.whole
        assert "the following arguments are required" in capsys.readouterr().err


def test_the_evaluation_for_programs_is_of_the_shipped_models():
    files = {folder: ROOT / "onnx_models" / folder / "model.onnx" for folder in FOLDERS.values()}
    evaluation = read_evaluation(ROOT / "onnx_models" / "evaluation.json")
    assert evaluation.origin.models == {folder: sha256(file) for folder, file in files.items()}


def test_the_page_of_figures_is_that_of_the_evaluation_for_programs():
    shipped = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    title = shipped.partition("\n")[0].removeprefix("# ")
    pictures = {path: what for what, path in re.findall(r"!\[(.+?)\]\((.+?)\)", shipped)}
    made = page(read_evaluation(ROOT / "onnx_models" / "evaluation.json"), title, pictures)
    number = re.compile(r"[+-]?\d+\.\d+")
    assert number.sub("#", made) == number.sub("#", shipped)
    for ours, theirs in zip(number.findall(made), number.findall(shipped), strict=True):
        step = 0.1 ** len(theirs.partition(".")[2])  # figures are rounded before they are printed
        assert float(ours) == pytest.approx(float(theirs), abs=1.001 * step)


def test_the_pictures_of_the_evaluation_are_small_and_shown():
    text = (ROOT / "docs" / "evaluation.md").read_text("utf-8")
    shown = set(re.findall(r"\]\((evaluation/.*?)\)", text))
    files = {f"evaluation/{file.name}" for file in (ROOT / "docs" / "evaluation").iterdir()}
    assert shown == files
    assert all((ROOT / "docs" / file).stat().st_size < 100_000 for file in files)


def run_script(name: str, arguments: list, folder: Path) -> str:
    """What a script prints that runs in a folder, where it leaves its cache."""
    done = subprocess.run(
        [sys.executable, "-m", f"scripts.{name}", *map(str, arguments)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout


def test_thresholds_can_be_compared(made_films, teacher, runs, tmp_path):
    arguments = [
        "--data",
        made_films,
        "--teacher",
        teacher,
        "--poster",
        runs["poster", "distilled"],
    ]
    printed = run_script("compare.thresholds", arguments, tmp_path)
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in printed.splitlines()]
    rows = [row for row in cells if row and row[0] in ("poster", "overview", "both")]
    assert len(rows) == 12
    page = (DECISIONS / "0006-thresholds-by-expected-f1.md").read_text("utf-8")
    assert all(f"| {reader} | {method} |" in page for reader, method, *_ in rows)
    assert all(0 <= float(value.split()[0]) <= 1 for _, _, *values in rows for value in values)


def test_labels_and_losses_can_be_compared(made_films, teacher, backbone_weights, tmp_path):
    arguments = ["--data", made_films, "--teacher", teacher, "--backbone", backbone_weights]
    printed = run_script("compare.labels", arguments, tmp_path)
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in printed.splitlines()]
    assert len(cells) == 11
    names = {row[0] for row in cells[2:]}
    assert len(names) == 9
    page = (DECISIONS / "0010-labels-and-losses.md").read_text("utf-8")
    assert all(f"| {name} |" in page for name in names)
    for row in cells[2:]:
        poster, poster_loss, overview, overview_loss = map(float, row[1:])
        assert poster > 0.9  # the made posters have a colour for each genre
        assert overview > 0.9
        assert 0 < poster_loss < 0.6
        assert 0 < overview_loss < 0.6


def test_sizes_can_be_compared(made_films, lite_weights, tmp_path):
    arguments = ["--data", made_films, "--backbone", lite_weights, "--min-films-per-genre", "5"]
    printed = run_script("compare.sizes", arguments, tmp_path)
    cells = [[cell.strip() for cell in row.split("|")[1:-1]] for row in printed.splitlines()]
    for reader, rows in (("poster", cells[2:6]), ("overview", cells[6:10])):
        assert {row[0] for row in rows} == {reader}
        counts = [int(row[1]) for row in rows]
        assert counts == [round(counts[-1] * fraction) for fraction in (1 / 8, 1 / 4, 1 / 2, 1)]
        precisions = [float(row[2]) for row in rows]
        assert precisions[-1] > 0.9  # each genre has a colour and words of its own
    for reader, precision, interval in cells[13:]:
        assert reader in ("poster", "overview")
        low, high = map(float, interval.split(" to "))
        assert low <= float(precision) <= high
    page = EXPERIMENTS.read_text("utf-8")
    assert "| reader | films | mAP | 95 % interval |" in page


def test_the_gain_of_more_films_is_what_each_doubling_adds():
    precisions = np.array([[0.2, 0.5], [0.3, 0.4], [0.4, 0.3]])
    assert slopes([10, 20, 40], precisions) == pytest.approx([0.1, -0.1])
