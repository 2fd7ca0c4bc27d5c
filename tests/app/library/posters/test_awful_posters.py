"""Every poster of the corpus of awful input, from a path and from bytes: right, or one sentence."""

import io
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from gradio_app import FilmClassifier
from gradio_app.__main__ import main
from gradio_app.errors import InputError
from gradio_app.limits import LARGE_POSTER_PIXELS, MAX_POSTER_MEMORY
from gradio_app.memory import Share
from gradio_app.prediction import FilmPrediction
from gradio_app.preprocessing import decode_poster, poster_to_pixels, source
from gradio_app.preprocessing import poster as poster_module
from scripts.reliability.corpus.case import Answer, Case, Refusal
from scripts.reliability.corpus.posters import cases
from scripts.reliability.corpus.posters.pictures import scene

ROOT = Path(__file__).parents[4]
CASES = {case.name: case for case in cases()}
REFUSED = [case for case in CASES.values() if isinstance(case.expected, Refusal)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the corpus."""
    folder = tmp_path_factory.mktemp("posters")
    for case in CASES.values():
        case.make(folder / case.name)
    return folder


@pytest.fixture(scope="module")
def probabilities(folder: Path, classifier: FilmClassifier) -> dict[str, np.ndarray]:
    """What the files say that others are compared with."""
    names = {case.expected.like for case in CASES.values() if isinstance(case.expected, Answer)}
    return {name: values(classifier.predict(folder / name)) for name in names if name}


def values(prediction: FilmPrediction) -> np.ndarray:
    return np.array(prediction.combined.probabilities)


def test_the_corpus_is_quickly_made_and_small(folder: Path):
    sizes = [file.stat().st_size for file in folder.iterdir()]
    assert len(sizes) == len(CASES) == len(cases())
    assert max(sizes) < 30e6
    assert sum(sizes) < 100e6


@pytest.mark.parametrize("given_as", ["path", "bytes"])
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_case(
    case: Case,
    given_as: str,
    folder: Path,
    classifier: FilmClassifier,
    probabilities: dict[str, np.ndarray],
    capfd: pytest.CaptureFixture[str],
):
    file = folder / case.name
    poster = file if given_as == "path" else file.read_bytes()
    if isinstance(case.expected, Refusal):
        with pytest.raises(InputError) as caught:
            classifier.predict(poster)
        sentence = str(caught.value)
        assert re.search(case.expected.sentence, sentence)
        assert "\n" not in sentence
        assert sentence.endswith(".")
    else:
        prediction = classifier.predict(poster)
        like, note = case.expected.like, case.expected.note
        if like:
            difference = np.abs(values(prediction) - probabilities[like]).max()
            assert difference <= case.expected.tolerance
        assert bool(prediction.notes) == bool(note)
        assert re.search(note or "", " ".join(prediction.notes))
    assert capfd.readouterr() == ("", "")  # libraries print nothing


_MEASURE = """
import pathlib, re, resource, sys, time
from gradio_app.errors import InputError
from gradio_app.preprocessing import decode_poster

def peak():
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # There, that is at least what the process had that started this one.
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", status)[1])

for file in sys.argv[1:]:
    before, begin = peak(), time.process_time()
    try:
        decode_poster(file)
    except InputError:
        pass
    print(round(1000 * (time.process_time() - begin)), round((peak() - before) / 1e6), file)
"""


needs_resource = pytest.mark.skipif(sys.platform == "win32", reason="no peak memory there")


def measured(*files: Path) -> dict[str, tuple[int, int]]:
    """Milliseconds and megabytes above what was needed before, by file, in a fresh process."""
    finished = subprocess.run(
        [sys.executable, "-c", _MEASURE, *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert finished.stderr == ""
    lines = (line.split(maxsplit=2) for line in finished.stdout.splitlines())
    return {Path(file).name: (int(ms), int(mb)) for ms, mb, file in lines}


@needs_resource
def test_bombs_are_refused_from_the_header(folder: Path):
    bombs = [folder / case.name for case in REFUSED if "bomb" in case.name or "many" in case.name]
    costs = measured(folder / "scene.png", *bombs)  # the first loads what all need
    del costs["scene.png"]
    assert len(costs) > 15
    # A file of very many pieces is read from its first piece to the limit of them.
    slow = {name: ms for name, (ms, _) in costs.items() if ms > (500 if "many" in name else 100)}
    assert slow == {}
    assert {name: mb for name, (_, mb) in costs.items() if mb > 50} == {}


@needs_resource
@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("large.jpg", "RGB", {}),
        ("progressive.jpg", "RGB", {"progressive": True}),
        ("large.png", "RGBA", {"compress_level": 1}),
        ("large.gif", "P", {}),
    ],
)
def test_the_largest_posters_are_decoded_in_bounded_memory(
    name: str, mode: str, options: dict[str, object], tmp_path: Path
):
    scene().resize((5600, 8400), Image.Resampling.NEAREST).convert(mode).save(
        tmp_path / name, **options
    )
    scene().save(tmp_path / "scene.png")
    _, megabytes = measured(tmp_path / "scene.png", tmp_path / name)[name]
    assert megabytes < 1.05 * MAX_POSTER_MEMORY / 1e6


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", "L", "P", "1"])
def test_a_picture_of_several_bands_is_converted_as_a_whole(mode: str):
    picture = scene().resize((1500, 2001)).convert(mode)
    assert np.array_equal(decode_poster(picture), picture.convert("RGB"))


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_large_poster_is_shrunk_as_the_models_would_shrink_it(kind: str):
    large = scene().resize((3400, 5100), Image.Resampling.LANCZOS)
    assert large.width * large.height > LARGE_POSTER_PIXELS
    file = io.BytesIO()
    large.save(file, kind, **({"compress_level": 1} if kind == "PNG" else {}))

    decoded = decode_poster(file.getvalue())

    assert decoded.size == (1700, 2550)
    whole = poster_to_pixels(Image.open(file).convert("RGB"), 240, 160, "pad")
    shrunk = poster_to_pixels(decoded, 240, 160, "pad")
    assert np.abs(whole.astype(int) - shrunk).max() <= 2


# --- time, turns, files -------------------------------------------------------------------------


def test_a_decoding_that_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch, folder: Path):
    monkeypatch.setattr(source, "MAX_DECODING_SECONDS", -1)
    for poster in (folder / "scene.jpg", (folder / "scene.jpg").read_bytes()):
        with pytest.raises(InputError, match=r"takes more than .* save it again as a plain JPEG"):
            decode_poster(poster)


def test_turns_are_taken_in_order_and_within_the_capacity():
    turns, order = Share(10), []
    held, go_on = threading.Event(), threading.Event()

    def take(amount: int) -> None:
        with turns.take(amount):
            order.append(amount)
            held.set()
            go_on.wait(10)
            assert turns.free >= 0

    threads = []
    for number, amount in enumerate((6, 9, 3, 100)):
        threads.append(threading.Thread(target=take, args=(amount,)))
        threads[-1].start()
        wait_until(lambda number=number: held.is_set() and len(turns._waiting) == number)
    assert (order, turns.free) == ([6], 4)  # 3 would fit, but 9 was there before
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert order == [6, 9, 3, 100]
    assert turns.free == 10


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.001)


def test_a_small_poster_does_not_wait_for_large_ones(folder: Path):
    with poster_module._large.take(MAX_POSTER_MEMORY):
        with ThreadPoolExecutor(1) as threads:
            large = threads.submit(decode_poster, Image.new("RGB", (4100, 4000)))
            wait_until(lambda: bool(poster_module._large._waiting))
            assert decode_poster(folder / "scene.png").size == (160, 240)
            assert not large.done()
            poster_module._large.free += MAX_POSTER_MEMORY  # as if the other had ended
            with poster_module._large._changed:
                poster_module._large._changed.notify_all()
            assert large.result(10).size == (2050, 2000)
        poster_module._large.free -= MAX_POSTER_MEMORY


def test_posters_are_decoded_by_several_threads_at_once(folder: Path):
    names = ["scene.png", "grey-32-signed.tif", "damaged-fax.tif", "adobe-rgb.tiff", "fax.tif"]

    def outcome(name: str) -> object:
        try:
            return decode_poster(folder / name).tobytes()
        except InputError as error:
            return str(error)

    alone = {name: outcome(name) for name in names}
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(outcome, names * 20)) == [alone[name] for name in names * 20]


def test_a_file_that_may_not_be_read(monkeypatch: pytest.MonkeyPatch, folder: Path):
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(InputError, match=r"^The poster scene.png may not be read; "):
        decode_poster(folder / "scene.png")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="Windows has no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "poster.jpg")
    with pytest.raises(InputError, match="is no file"):
        decode_poster(tmp_path / "poster.jpg")


def test_what_was_decoded_can_be_decoded_again(folder: Path):
    for name in ("adobe-rgb.png", "orientation-6.png", "palette-hole.png"):
        decoded = decode_poster(folder / name)
        assert decode_poster(decoded).tobytes() == decoded.tobytes()


def test_the_note_reaches_who_asks(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    black = folder / "all-black.png"
    assert main(["classify", "--poster", str(black)]) == 0
    assert "The poster shows next to nothing" in capsys.readouterr().out
    (tmp_path / "films.csv").write_text("id,poster\n1,all-black.png\n", "utf-8")
    output = tmp_path / "genres.csv"
    arguments = ["batch", str(tmp_path / "films.csv"), "--posters", str(folder)]
    assert main([*arguments, "--output", str(output)]) == 0
    assert "The poster shows next to nothing" in output.read_text("utf-8")
