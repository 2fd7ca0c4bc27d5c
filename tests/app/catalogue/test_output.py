"""A run that is killed, interrupted or disturbed loses nothing, and none disturbs another."""

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

import gradio_app.catalogue.output
from gradio_app.catalogue.batch import Options, run_batch
from gradio_app.catalogue.output import open_output
from gradio_app.catalogue.results import FORMATS, Layout
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError

LAYOUT = Layout(("Drama",))


def row(number: int) -> dict:
    return dict.fromkeys(LAYOUT.columns()) | {"id": f'{number}, "a\nb"', "genres": ["Drama"]}


def write(output: Path, numbers: Iterator[int] | range, resume: bool = False, **made_of: str):
    with open_output(output, LAYOUT, made_of, resume) as rows:
        for number in numbers:
            rows.write(row(number))


def interrupted_at(end: int, begin: int = 0) -> Iterator[int]:
    yield from range(begin, end)
    raise KeyboardInterrupt


@pytest.fixture(params=FORMATS)
def output(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return tmp_path / f"out{request.param}"


def test_what_goes_on_is_what_was_never_interrupted(output: Path):
    write(output, range(9))
    whole = output.read_bytes()
    output.unlink()
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(4))
    assert not output.exists()
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(6, begin=4), resume=True)
    write(output, range(6, 9), resume=True)
    assert output.read_bytes() == whole
    assert [file.name for file in output.parent.iterdir()] == [output.name]


def test_a_row_that_was_cut_off_is_written_again(output: Path):
    write(output, range(5))
    whole = output.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(3))
    part = output.with_name(output.name + ".part")
    with part.open("ab") as file:  # a kill between two checkpoints
        file.write(part.read_bytes()[:20])
    write(output, range(3, 5), resume=True)
    assert output.read_bytes() == whole


def test_resuming_what_was_not_begun_begins(output: Path):
    write(output, range(2))
    whole = output.read_bytes()
    output.unlink()
    write(output, range(2), resume=True)
    assert output.read_bytes() == whole


def test_a_run_that_was_interrupted_before_its_first_film_leaves_nothing(output: Path):
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(0))
    assert list(output.parent.iterdir()) == []


def test_a_partial_file_is_not_overwritten(output: Path):
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(3))
    part = output.with_name(output.name + ".part")
    before = part.read_bytes()
    with pytest.raises(InputError, match="holds 3 films of a run that did not end"):
        write(output, range(3))
    assert part.read_bytes() == before


def test_a_partial_file_of_another_input_is_refused(output: Path):
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(3), input="a", models="b")
    with pytest.raises(InputError, match="begun with another input; delete it"):
        write(output, range(3), resume=True, input="c", models="b")
    write(output, range(3, 4), resume=True, input="a", models="b")
    assert output.exists()


@pytest.mark.parametrize("content", ["", "{}", '{"bytes": 3, "counts": []}', "\0"])
def test_a_damaged_state_is_one_sentence(output: Path, content: str):
    with pytest.raises(KeyboardInterrupt):
        write(output, interrupted_at(3))
    output.with_name(output.name + ".part.json").write_text(content)
    with pytest.raises(InputError, match="is damaged; delete it"):
        write(output, range(3, 4), resume=True)


def test_two_runs_never_write_the_same_file(output: Path):
    with open_output(output, LAYOUT, {}, resume=False) as rows:
        rows.write(row(0))
        with pytest.raises(InputError, match="Another run is writing"):
            write(output, range(3))
    assert output.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file is not renamed there")
def test_a_run_that_begins_as_another_ends_takes_nothing_of_it(output: Path, monkeypatch):
    first = open_output(output, LAYOUT, {}, resume=False)
    first.__enter__().write(row(7))
    lock = gradio_app.catalogue.output._lock

    def ended_meanwhile(file: TextIO) -> None:
        monkeypatch.undo()
        first.__exit__(None, None, None)
        lock(file)

    monkeypatch.setattr("gradio_app.catalogue.output._lock", ended_meanwhile)
    with open_output(output, LAYOUT, {}, resume=False) as rows:
        of_first = output.read_bytes()
        rows.write(row(0))
        assert output.read_bytes() == of_first
    write(output.with_stem("alone"), range(1))
    assert output.read_bytes() == output.with_stem("alone").read_bytes()
    assert len(list(output.parent.iterdir())) == 2


def test_a_link_to_itself_is_not_replaced(output: Path):
    output.symlink_to(output.name)
    with pytest.raises(InputError, match="is a link to itself"):
        write(output, range(1))
    assert output.is_symlink()


def test_a_device_that_is_full_is_one_sentence(classifier: FilmClassifier, film_folder: Path):
    device = film_folder / "device.csv"
    device.symlink_to("/dev/full")  # where there is none, the link leads nowhere, which fails too
    with (
        open_source(film_folder / "films.csv", None) as source,
        pytest.raises(InputError, match=r"cannot be written \(.+\)\.$"),
    ):
        run_batch(classifier, source, device, Options())


# --- processes that are killed ------------------------------------------------------------------


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many films that a run takes a few seconds."""
    file = tmp_path_factory.mktemp("killed") / "films.jsonl"
    overviews = ("A ghost haunts a house.", "", "映画", "Two cops hunt a killer in the city.")
    lines = (
        json.dumps({"id": number, "overview": overviews[number % 4]}) for number in range(3_000)
    )
    file.write_text("\n".join(lines) + "\n")
    return file


def start(root: Path, table: Path, output: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "gradio_app", "batch", str(table), "--output", str(output)]
    return subprocess.Popen(
        [*command, "--resume", "--quiet"], cwd=root, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("suffix", FORMATS)
def test_killed_again_and_again_the_result_is_that_of_one_run(
    root: Path, table: Path, suffix: str, tmp_path: Path
):
    whole, output = tmp_path / f"whole{suffix}", tmp_path / f"out{suffix}"
    begin = time.monotonic()
    assert start(root, table, whole).wait() == 3
    seconds = time.monotonic() - begin
    rng = random.Random(suffix)
    for _ in range(2):
        process = start(root, table, output)
        time.sleep(rng.uniform(0.3, 0.8) * seconds)
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert start(root, table, output).wait() == 3
    assert output.read_bytes() == whole.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {whole.name, output.name}


def test_a_terminated_run_says_how_to_go_on(root: Path, table: Path, tmp_path: Path):
    output = tmp_path / "out.csv"
    process = start(root, table, output)
    part = tmp_path / "out.csv.part"
    while not (part.exists() and part.stat().st_size > 20_000):
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, message = process.communicate()
    assert process.returncode == 130
    assert message == "Interrupted; a batch goes on with --resume.\n"
    assert part.read_text("utf-8").endswith("\n")
    assert start(root, table, output).wait() == 3
    assert len(output.read_text("utf-8").splitlines()) == 3_001


def test_of_two_runs_at_once_one_writes_and_the_other_says_so(
    root: Path, table: Path, tmp_path: Path
):
    output, whole = tmp_path / "out.csv", tmp_path / "whole.csv"
    runs = [start(root, table, output) for _ in range(2)]
    messages = {run.wait(): run.communicate()[1] for run in runs}
    assert messages.keys() == {1, 3}
    assert f"Another run is writing {output}; wait" in messages[1]
    assert len(messages[1].splitlines()) == 1
    assert start(root, table, whole).wait() == 3
    assert output.read_bytes() == whole.read_bytes()
    assert {file.name for file in tmp_path.iterdir()} == {"out.csv", "whole.csv"}


def test_a_folder_that_vanishes_is_one_sentence(root: Path, table: Path, tmp_path: Path):
    folder = tmp_path / "folder"
    folder.mkdir()
    process = start(root, table, folder / "out.csv")
    while not (folder / "out.csv.part.json").exists():
        time.sleep(0.02)
    shutil.rmtree(folder, ignore_errors=True)
    _, message = process.communicate()
    assert process.returncode == 1
    assert message == f"{folder / 'out.csv'} cannot be written (No such file or directory).\n"


def test_a_table_that_changes_is_one_sentence(classifier: FilmClassifier, film_folder: Path):
    table, output = film_folder / "films.csv", film_folder / "out.csv"
    with open_source(table, None) as source:
        with table.open("a") as file:
            file.write("tt6,A war.\n")
        with pytest.raises(InputError, match=r"films\.csv was changed while it was read; begin"):
            run_batch(classifier, source, output, Options())
    assert not output.exists()


def test_a_disk_that_fills_up_keeps_what_was_written(root: Path, table: Path, tmp_path: Path):
    whole, output = tmp_path / "whole.csv", tmp_path / "out.csv"
    assert start(root, table, whole).wait() == 3
    limit = whole.stat().st_size // 2
    code = (
        f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}));"
        "import sys; from gradio_app.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", code, "batch", table, "--output", output, "--quiet"]
    limited = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    assert limited.returncode == 1
    (message,) = limited.stderr.splitlines()
    assert "cannot be written" in message
    assert message.endswith("What was read is kept in out.csv.part; go on with --resume.")
    assert start(root, table, output).wait() == 3
    assert output.read_bytes() == whole.read_bytes()
