"""`python -m benchmarks.explain`: how long evidence takes, beside one plain answer.

An example poster and an overview of as many words as the model reads, one person, medians.
"""

import os
import platform
import statistics
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from gradio_app.classifier import FilmClassifier
from gradio_app.explain import find_evidence, find_overview_evidence, find_poster_evidence
from gradio_app.preprocessing import decode_poster
from gradio_app.ui.classify.heat import draw_heat

ROOT = Path(__file__).parents[1]
ROUNDS = 15
PACKAGES = ("onnxruntime", "tokenizers", "numpy", "pillow")


def main() -> None:
    classifier = FilmClassifier.from_dir(ROOT / "onnx_models")
    poster = ROOT / "gradio_app" / "examples" / "the-tethys-relay.jpg"
    image = decode_poster(poster)
    words = len(classifier.overview.word_ids("ghost"))
    overview = " ".join(["A ghost haunts an old house."] * words)
    heat = find_poster_evidence(classifier.poster, poster).heat(classifier.genres[0])
    work: dict[str, Callable[[], object]] = {
        "one plain answer": lambda: classifier.predict(poster, overview),
        "poster evidence": lambda: find_poster_evidence(classifier.poster, poster),
        f"overview evidence, {words} words": lambda: find_overview_evidence(
            classifier.overview, overview
        ),
        "both": lambda: find_evidence(classifier, poster, overview),
        "drawing one heat map": lambda: draw_heat(image, heat),
    }
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPU cores")
    print(f"Python {platform.python_version()}, {packages}")
    for name, call in work.items():
        times = [seconds(call) for _ in range(ROUNDS)]
        print(f"{name:30}{statistics.median(times) * 1000:7.0f} ms")


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


if __name__ == "__main__":
    main()
