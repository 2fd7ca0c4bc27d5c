"""The training commands of README.md are such that the programs accept."""

import re
import shlex
from pathlib import Path

import pytest

import export.__main__
import training.__main__

README = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
COMMANDS = re.findall(r"^python -m ((?:training|export) .*)$", README, re.MULTILINE)


def test_the_readme_shows_every_step():
    steps = {tuple(shlex.split(command)[:2]) for command in COMMANDS}
    assert {("training", "poster"), ("training", "overview"), ("training", "evaluate")} <= steps
    assert any(program == "export" for program, _ in steps)


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_accepted(command):
    program, *arguments = shlex.split(command)
    parser = {"training": training.__main__, "export": export.__main__}[program].build_parser()
    parser.parse_args(arguments)
