"""Two accounts of one machine run the page, one after the other and side by side."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from gradio_client import Client, handle_file

ONE, OTHER = 1, 65534  # of which nothing is needed but that they are not the same

pytestmark = pytest.mark.skipif(
    os.name == "nt" or os.geteuid() != 0 or shutil.which("setpriv") is None,
    reason="only root with setpriv can be two accounts",
)


@pytest.fixture
def temporary(tmp_path: Path) -> Path:
    """A folder like /tmp: everybody may write there, and delete what is their own."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    folder.chmod(0o1777)
    for parent in tmp_path.parents[:3]:
        parent.chmod(parent.stat().st_mode | 0o011)  # pytest lets its own account alone pass
    return folder


def classify(address: str, poster: Path) -> list[dict]:
    client = Client(address, verbose=False)
    film = client.predict(handle_file(poster), "A ghost haunts a house.", api_name="/classify")
    return film["genres"]


def test_both_upload_and_neither_touches_what_is_the_others(
    start_server: Callable[..., str], temporary: Path, poster: Path
):
    where = {"GRADIO_TEMP_DIR": str(temporary), "HOME": "/nonexistent"}
    one = start_server("-m", "gradio_app", account=ONE, **where)
    expected = classify(one, poster)
    other = start_server("-m", "gradio_app", account=OTHER, **where)
    assert classify(other, poster) == expected
    assert classify(one, poster) == expected
    folders = [path.stat() for path in temporary.iterdir() if path.is_dir()]
    assert sorted(folder.st_uid for folder in folders) == [ONE, OTHER]
    assert {folder.st_mode & 0o777 for folder in folders} == {0o700}


def test_what_one_left_does_not_hinder_the_other(
    start_server: Callable[..., str], temporary: Path, poster: Path
):
    left = temporary / "film-genres-0123456789abcdef"
    left.mkdir(mode=0o700)
    lock = left.with_name(f"{left.name}.lock")
    lock.touch(mode=0o600)
    for path in (left, lock):
        os.chown(path, ONE, ONE)
    address = start_server("-m", "gradio_app", account=OTHER, GRADIO_TEMP_DIR=str(temporary))
    assert classify(address, poster)
    assert left.is_dir()
