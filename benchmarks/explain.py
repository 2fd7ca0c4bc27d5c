"""`python -m benchmarks.explain`: how long evidence takes, beside one prediction.

An example poster and an overview of as many words as the model reads, one person, medians.
"""

import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import machine, seconds
from gradio_app.classifier import FilmClassifier
from gradio_app.explain import find_evidence, find_overview_evidence, find_poster_evidence
from gradio_app.preprocessing import decode_poster
from gradio_app.ui.classify.heat import draw_heat

ROOT = Path(__file__).parents[1]
ROUNDS = 15


def main() -> None:
    """Measure and print."""
    print(machine("onnxruntime", "tokenizers", "numpy", "pillow"))
    for name, call in calls(FilmClassifier.from_dir(ROOT / "onnx_models")).items():
        times = [seconds(call) for _ in range(ROUNDS)]
        print(f"{name:30}{statistics.median(times) * 1000:7.0f} ms")


def calls(classifier: FilmClassifier) -> dict[str, Callable[[], object]]:
    """Return what is measured, by its name."""
    poster = ROOT / "gradio_app" / "examples" / "the-tethys-relay.jpg"
    image = decode_poster(poster)
    words = len(classifier.overview.word_ids("ghost"))
    overview = " ".join(["A ghost haunts an old house."] * words)
    heat = find_poster_evidence(classifier.poster, poster).heat(classifier.genres[0])
    return {
        "one prediction": lambda: classifier.predict(poster, overview),
        "poster evidence": lambda: find_poster_evidence(classifier.poster, poster),
        f"overview evidence, {words} words": lambda: find_overview_evidence(
            classifier.overview, overview
        ),
        "both": lambda: find_evidence(classifier, poster, overview),
        "drawing one heat map": lambda: draw_heat(image, heat),
    }


if __name__ == "__main__":
    main()
