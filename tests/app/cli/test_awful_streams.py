"""Whatever standard streams, pipes and devices do, the command line says one sentence."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="/dev/full, pipes with names")

FULL = "No space left on device"
CLOSED = "Bad file descriptor"
OVERVIEW = ("--overview", "A ghost haunts a house.")


@pytest.fixture
def shell(root: Path, film_folder: Path):
    """Runs `python -m gradio_app` with what a shell writes behind it, beside films.csv."""

    def run(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        in_bash = command.replace("APP", '"$0" -m gradio_app "$@"')
        return subprocess.run(
            ["bash", "-c", in_bash, sys.executable, *map(str, arguments)],
            cwd=film_folder,
            env=os.environ | {"PYTHONPATH": str(root)},
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
        )

    return run


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", *OVERVIEW),
        ("classify", *OVERVIEW, "--json"),
        ("batch", "films.csv", "--output", "-"),
        ("batch", "films.csv", "--output", "out.csv"),
    ],
    ids=["classify", "json", "stream", "file"],
)
@pytest.mark.parametrize(("stream", "reason"), [("> /dev/full", FULL), (">&-", CLOSED)])
def test_an_output_that_takes_nothing_is_one_sentence(shell, arguments, stream: str, reason: str):
    done = shell(f"APP {stream}", *arguments)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith(f"output cannot be written ({reason}).")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_reader_that_leaves_is_no_traceback(shell):
    done = shell("set -o pipefail; APP | head -c 1", "batch", "films.csv", "--output", "-")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_a_closed_standard_error_leaves_the_output_alone(shell):
    done = shell("APP 2>&-", "batch", "films.csv", "--output", "-")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 6


def test_a_closed_standard_input_is_one_sentence(shell):
    done = shell("APP <&-", "batch", "-", "--output", "out.csv")
    assert (done.returncode, done.stderr) == (1, "Standard input is closed; name a table.\n")


def test_a_table_may_come_through_a_pipe(shell, film_folder: Path):
    done = shell("APP", "batch", "films.csv", "--output", "a.csv")
    assert done.returncode == 0
    pipe = film_folder / "pipe"
    os.mkfifo(pipe)
    content = (film_folder / "films.csv").read_bytes()
    writer = threading.Thread(target=pipe.write_bytes, args=[content])
    writer.start()
    done = shell("APP", "batch", "pipe", "--output", "b.csv")
    writer.join()
    assert done.returncode == 0
    assert (film_folder / "a.csv").read_bytes() == (film_folder / "b.csv").read_bytes()


@pytest.mark.parametrize("device", ["/dev/null", "/dev/zero"])
def test_a_device_is_no_table(shell, device: str):
    done = shell("APP", "batch", device, "--output", "out.csv")
    assert done.returncode == 1
    assert done.stderr == f"{device} is no file; name one, or give it as standard input (-).\n"


def test_a_name_of_two_lines_is_shown_on_one(shell):
    done = shell("APP", "batch", "no\nsuch.csv", "--output", "out.csv")
    assert done.stderr == "There is no table no\\nsuch.csv.\n"


def test_an_audit_is_written_through_links_and_to_devices(shell, film_folder: Path):
    link, full = film_folder / "link.csv", film_folder / "full.csv"
    link.symlink_to("audit.csv")
    full.symlink_to("/dev/full")
    batch = ("batch", "films.csv", "--output", "out.csv", "--audit")
    assert shell("APP", *batch, "link.csv").returncode == 0
    assert link.is_symlink()
    assert (film_folder / "audit.csv").is_file()
    done = shell("APP", *batch, "full.csv")
    assert done.returncode == 1
    assert done.stderr.endswith(f"full.csv cannot be written ({FULL}).\n")
    assert full.is_symlink()
