"""Steps are done once, again where an input has changed, and on from where they were cut off."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

import export.__main__
import training.__main__
from gradio_app.errors import InputError
from tests.documents import ROOT
from training.data.check import check_films
from training.recipe.records import data_digests
from training.recipe.sequence import do_steps, run_recipe
from training.recipe.steps import TABLES, Recipe, Step, recipe_steps

#: A program that notes how it was called, and makes a file of another.
TOOL = """
import sys
from pathlib import Path
source, target, *more = sys.argv[1:]
with open("calls", "a") as calls:
    print(*sys.argv[1:], file=calls)
folder = Path(target).parent
folder.mkdir(exist_ok=True)
(folder / "begun").touch()
Path(target).write_text(Path(source).read_text() + "+")
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """The current folder, with a program `tool` and a file `films`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(tmp_path)]))
    Path("tool.py").write_text(TOOL)
    Path("films").write_text("films")
    return tmp_path


def steps() -> list[Step]:
    """Two in a row, and one apart from them."""

    def step(name: str, source: str, **more) -> Step:
        target = f"{name}/made"
        command = ("tool", source, target)
        return Step(name, command, (Path(target),), folder=Path(name), **more)

    return [
        step("first", "films", reads=frozenset({TABLES}), begun="begun", resume=("--resume",)),
        step("second", "first/made", needs=("first",)),
        step("apart", "films"),
    ]


def do(some: list[Step], films: str = "a") -> list[str]:
    """Do steps, and return how their programs were called."""
    Path("calls").write_text("")
    do_steps(some, {TABLES: films}, Path("records.json"))
    return Path("calls").read_text().splitlines()


ALL = ["films first/made", "first/made second/made", "films apart/made"]


def test_what_is_done_is_not_done_again(place):
    assert do(steps()) == ALL
    assert Path("second/made").read_text() == "films++"
    assert do(steps()) == []


def test_a_changed_input_repeats_a_step_and_what_depends_on_it(place):
    do(steps())
    Path("films").write_text("others")
    assert do(steps(), films="b") == ALL[:2]
    assert Path("second/made").read_text() == "others++"


def test_the_same_result_of_a_changed_step_changes_nothing_behind_it(place):
    do(steps())
    assert do(steps(), films="b") == ALL[:1]


def test_changed_settings_repeat_a_step(place):
    do(steps())
    first, *others = steps()
    assert do([replace(first, settings={"epochs": 3}), *others]) == ALL[:1]


def test_a_result_that_was_removed_is_made_anew(place):
    do(steps())
    Path("first/made").unlink()
    assert do(steps()) == ALL[:1]


def test_a_result_without_its_record_is_made_by_going_on(place):
    first, *_ = steps()
    do([first])
    records = json.loads(Path("records.json").read_text())
    Path("records.json").write_text(json.dumps({"first": records["first"] | {"done": False}}))
    assert do([first]) == [f"{ALL[0]} --resume"]


def test_a_step_that_failed_goes_on_where_it_can(place):
    Path("films").unlink()
    with pytest.raises(InputError, match="first ended with status 1"):
        do(steps())
    Path("films").write_text("films")
    assert do(steps()) == [f"{ALL[0]} --resume", *ALL[1:]]
    records = json.loads(Path("records.json").read_text())
    assert [record["goes"] for record in records.values()] == [2, 1, 1]


def test_what_cannot_go_on_begins_in_an_empty_folder(place):
    *_, apart = steps()
    Path("films").unlink()
    with pytest.raises(InputError, match="apart ended"):
        do([apart])
    (place / "apart" / "half").touch()
    Path("films").write_text("films")
    assert do([apart]) == ALL[2:]
    assert not (place / "apart" / "half").exists()


def test_what_was_begun_with_other_inputs_begins_anew(place):
    Path("films").unlink()
    with pytest.raises(InputError, match="first ended"):
        do(steps())
    Path("films").write_text("films")
    assert do(steps(), films="b")[0] == ALL[0]


def test_a_program_that_makes_nothing_has_failed(place):
    first, *_ = steps()
    with pytest.raises(InputError, match="first ended"):
        do([replace(first, made=(Path("first/made"), Path("first/other")))])


def test_the_time_left_is_told_once_it_is_known(place, capsys):
    do(steps())
    assert "left" not in capsys.readouterr().out
    do(steps(), films="b")
    assert "[1/3] first: begins, 0 s left by last time" in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_step_ends_with_the_recipe_however_that_ends(sent, place):
    Path("slow.py").write_text(
        "import os, subprocess, sys, time\n"
        "other = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "open('part', 'w').write(f'{os.getpid()} {other.pid}')\n"
        "os.rename('part', 'pids')\n"
        "time.sleep(60)\n"
    )
    code = (
        "import signal\n"
        "from pathlib import Path\n"
        "from training.recipe.sequence import do_steps\n"
        "from training.recipe.steps import Step\n"
        # A program in the background of a shell begins without it.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "do_steps([Step('slow', ('slow',), ())], {}, Path('records.json'))\n"
    )
    recipe = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    wait_until(Path("pids").is_file)
    recipe.send_signal(sent)
    assert recipe.wait(timeout=30) != 0
    for pid in map(int, Path("pids").read_text().split()):
        wait_until(lambda pid=pid: not is_running(pid))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


def wait_until(holds) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_recipes_do_not_share_a_folder(made_films, tmp_path):
    check = check_films(made_films, tmp_path / "cache", minimum=5)
    recipe = Recipe(made_films, tmp_path / "to")
    recipe.to.mkdir()
    with (
        FileLock(recipe.to / ".recipe.lock"),
        pytest.raises(InputError, match="Another recipe"),
    ):
        run_recipe(recipe, check)


def test_films_that_cannot_be_fused_are_no_films_of_a_recipe(made_films, tmp_path):
    (tmp_path / "films.csv").write_bytes((made_films / "films.csv").read_bytes())
    check = check_films(tmp_path, tmp_path, minimum=5)
    with pytest.raises(InputError, match="Only 0 films of the split train have a poster"):
        run_recipe(Recipe(tmp_path, tmp_path / "to"), check)
    assert not (tmp_path / "to").exists()


def test_a_file_that_is_missing_is_missed_at_once(made_films, tmp_path):
    check = check_films(made_films, tmp_path / "cache", minimum=5)
    recipe = Recipe(made_films, tmp_path / "to", limits=tmp_path / "none")
    with pytest.raises(InputError, match="There is no file"):
        run_recipe(recipe, check)
    assert not recipe.to.exists()


def test_damaged_records_are_one_sentence(place):
    Path("records.json").write_text('{"first": {"odd": 1}}')
    with pytest.raises(InputError, match="remove it"):
        do(steps())


def test_a_copy_of_the_films_is_the_same_and_a_changed_poster_is_not(made_films, tmp_path):
    posters = check_films(made_films, tmp_path, minimum=5).posters
    before = data_digests(made_films, posters)
    copies = [tmp_path / poster.name for poster in posters]
    for poster, copy in zip(posters, copies, strict=True):
        copy.write_bytes(poster.read_bytes())
    assert data_digests(made_films, copies) == before
    copies[7].write_bytes(b"other")
    changed = data_digests(made_films, copies)
    assert changed["tables"] == before["tables"]
    assert changed["posters"] != before["posters"]


def test_the_steps_of_each_config(tmp_path):
    names = {
        config: [step.name for step in recipe_steps(Recipe(tmp_path, tmp_path, config))]
        for config in ("coursework", "default", "distilled")
    }
    others = ["overview", "fusion", "export", "evaluation", "cards"]
    several = ["teacher", "poster", "poster-2", "poster-3", "poster-mean"]
    short = ["poster", *others]
    assert names == {"coursework": short, "default": short, "distilled": [*several, *others]}


def test_the_mean_of_several_poster_trainings_is_fused_and_published(tmp_path):
    steps = {each.name: each for each in recipe_steps(Recipe(tmp_path, tmp_path, "distilled"))}
    trainings = ("poster", "poster-2", "poster-3")
    assert steps["poster-mean"].needs == trainings
    assert len({steps[name].folder for name in (*trainings, "poster-mean")}) == 4
    folder = str(steps["poster-mean"].folder)
    for name in ("fusion", "export"):
        assert "poster-mean" in steps[name].needs
        assert folder in steps[name].command
        assert not {str(steps[each].folder) for each in trainings} & set(steps[name].command)


@pytest.mark.parametrize("config", ["coursework", "default", "distilled"])
def test_the_commands_of_all_steps_are_accepted(config, tmp_path):
    programs = {"training": training.__main__, "export": export.__main__}
    recipe = Recipe(tmp_path, tmp_path, config, 3, 7, tmp_path / "limits", tmp_path / "weights")
    for some in (recipe_steps(recipe), recipe_steps(Recipe(tmp_path, tmp_path, config))):
        for step in some:
            program, *arguments = step.command
            options = programs[program].build_parser().parse_args([*arguments, *step.resume])
            assert getattr(options, "config", config) == config
