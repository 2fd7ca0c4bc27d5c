"""Folders of models that somebody damaged or forged are refused with one sentence."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError
from scripts.reliability.corpus.case import Case, Refusal
from scripts.reliability.corpus.models import cases

resource = pytest.importorskip("resource")  # Windows has no such module

CASES = cases()
REMEDY = re.compile(r"; (restore|export|put|train).*\.$")


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_folder_of_models_is_loaded_or_refused(case: Case, tmp_path: Path):
    case.make(tmp_path / "models")
    begin = time.process_time()
    if not isinstance(case.expected, Refusal):
        FilmClassifier.from_dir(tmp_path / "models")
        return
    with pytest.raises(ArtifactError) as caught:
        FilmClassifier.from_dir(tmp_path / "models")
    message = str(caught.value)
    assert "\n" not in message
    assert REMEDY.search(message)
    assert re.search(case.expected.sentence, message)
    assert time.process_time() - begin < 5


#: Not `ru_maxrss`: a process has that of the one that started it, too.
CLASSIFY = """
import re, sys
from gradio_app.__main__ import main
print(main(["--models", sys.argv[1], "classify", "--overview", "A ghost."]))
print(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
"""


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
@pytest.mark.parametrize("name", ["a file of 8 GB", "a spec of 1 GB", "spec: deeply nested"])
def test_little_memory_is_taken(name: str, tmp_path: Path, root: Path):
    (case,) = [case for case in CASES if case.name == f"models, {name}"]
    case.make(tmp_path / "models")
    done = subprocess.run(
        [sys.executable, "-c", CLASSIFY, tmp_path / "models"],
        cwd=root,
        capture_output=True,
        check=False,
        text=True,
    )
    assert len(done.stderr.splitlines()) == 1
    status, memory = done.stdout.split()
    assert status == "1"
    assert int(memory) < 300_000  # KiB
