"""Do the steps of a recipe, one after the other, each in a program of its own.

A program gives its memory back, can be killed, and publishes by `export`, which imports `training`
and is not imported by it.
"""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from filelock import FileLock, Timeout

from gradio_app.errors import InputError
from training.data.check import LEAST_FILMS, Check
from training.recipe.records import (
    Record,
    data_digests,
    read_records,
    step_digest,
    write_records,
)
from training.recipe.steps import Recipe, Step, recipe_steps
from training.recipe.summary import in_words, summary

__all__ = ["do_steps", "run_recipe"]


def run_recipe(recipe: Recipe, check: Check) -> Path:
    """Do all steps that are not done, or whose inputs have changed, and write the summary.

    Args:
        recipe: what is to be made.
        check: of its folder of films.

    Returns:
        The page of the summary.

    Raises:
        InputError: the films have problems or are too few, a file is missing, another recipe works
            in the folder, or a step has failed.
    """
    _require_films(check)
    if recipe.limits and not recipe.limits.is_file():  # else hours pass before it is missed
        raise InputError(f"There is no file {recipe.limits}.")
    try:
        recipe.to.mkdir(parents=True, exist_ok=True)
        with FileLock(recipe.to / ".recipe.lock", timeout=0):
            data = data_digests(recipe.data, check.posters)
            records = do_steps(recipe_steps(recipe), data, recipe.to / "recipe.json")
    except Timeout as error:
        raise InputError(f"Another recipe works in {recipe.to}; wait for it, or end it.") from error
    except OSError as error:
        raise InputError(f"{recipe.to} cannot be written ({error.strerror}).") from error
    page = recipe.to / "summary.md"
    page.write_text(summary(recipe, check, records), "utf-8")
    return page


def _require_films(check: Check) -> None:
    complete = check.n_complete
    few = [
        f"Only {complete[split]} films of the split {split} have a poster and an overview; the "
        f"fused model needs {LEAST_FILMS} at least."
        for split in ("train", "validation", "test")
        if complete[split] < LEAST_FILMS
    ]
    if check.problems or few:
        raise InputError("\n".join([*check.problems, *few]))


def do_steps(steps: Sequence[Step], data: Mapping[str, str], file: Path) -> dict[str, Record]:
    """Do the steps that are not done, or whose inputs have changed.

    Args:
        steps: in an order in which each comes after those that it needs.
        data: of `data_digests`.
        file: of the records, which is read and written.

    Returns:
        The record of each step.

    Raises:
        InputError: a step has failed; those before it stay done.
    """
    records = read_records(file)
    made = {step.name: step.made for step in steps}
    for number, step in enumerate(steps):
        inputs = step_digest(step, data, [each for name in step.needs for each in made[name]])
        record = _begun(step, inputs, records.get(step.name))
        place = f"[{number + 1}/{len(steps)}] {step.name}"
        if record.done:
            print(f"{place}: is done", flush=True)
            continue
        print(f"{place}: begins{_time_left(steps[number:], records)}", flush=True)
        records[step.name] = record
        write_records(file, records)
        seconds = _do(step)
        records[step.name] = replace(record, done=True, seconds=seconds)
        write_records(file, records)
        print(f"{place}: done in {in_words(seconds)}", flush=True)
    return {step.name: records[step.name] for step in steps}


def _begun(step: Step, inputs: str, before: Record | None) -> Record:
    """Return the record of a step as it is now, and make room where it begins anew."""
    same = before is not None and before.inputs == inputs
    if before and same and before.done and all(file.is_file() for file in step.made):
        return before
    if before and same and not before.done and step.is_begun:
        return replace(before, goes=before.goes + 1)
    if step.folder:
        shutil.rmtree(step.folder, ignore_errors=True)
    goes = before.goes + 1 if before and same and not before.done else 1
    return Record(inputs, False, goes, before.seconds if before else None)


def _do(step: Step) -> float:
    """Run a step, and return how many seconds it took.

    Raises:
        InputError: it has failed, with a message of its own.
    """
    command = (*step.command, *(step.resume if step.is_begun else ()))
    began = time.monotonic()
    # Its standard input stays open as long as this program lives: see `training.recipe.child`. In
    # a session of its own, it is not interrupted from the keyboard before this program is.
    with subprocess.Popen(
        [sys.executable, "-m", "training.recipe.child", *command],
        stdin=subprocess.PIPE,
        start_new_session=True,
        env={"TF_CPP_MIN_LOG_LEVEL": "3", **os.environ},
    ) as program:
        status = program.wait()
    missing = [file for file in step.made if not file.is_file()]
    if status or missing:
        killed = " (killed; perhaps there was too little memory)" if status < 0 else ""
        raise InputError(
            f"The step {step.name} ended with status {status}{killed}; its message stands above. "
            "The same command goes on from there."
        )
    return time.monotonic() - began


def _time_left(steps: Sequence[Step], records: Mapping[str, Record]) -> str:
    """Say how long these steps took last time; nothing where one of them was never timed."""
    seconds = [records[step.name].seconds if step.name in records else None for step in steps]
    known = [each for each in seconds if each is not None]
    return f", {in_words(sum(known))} left by last time" if len(known) == len(steps) else ""
