"""`python -m benchmarks.explain`: how long evidence takes, beside one prediction.

An example poster and an overview of as many words as the model reads, one person, medians.
"""

from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import in_turn, machine, milliseconds
from gradio_app.classifier import FilmClassifier
from gradio_app.explain import find_evidence, find_overview_evidence, find_poster_evidence
from gradio_app.preprocessing import decode_poster
from gradio_app.ui.classify.heat import draw_heat

ROOT = Path(__file__).parents[1]
ROUNDS = 15
ONE = "one prediction"


def main() -> None:
    """Measure and print."""
    print(machine("onnxruntime", "tokenizers", "numpy", "pillow"), f"{ROUNDS} rounds", "", sep="\n")
    times = in_turn(calls(FilmClassifier.from_dir(ROOT / "onnx_models")), ROUNDS)
    print(milliseconds(times, ONE))


def calls(classifier: FilmClassifier) -> dict[str, Callable[[int], object]]:
    """Return what is measured, by its name."""
    poster = ROOT / "gradio_app" / "examples" / "the-tethys-relay.jpg"
    image = decode_poster(poster)
    words = len(classifier.overview.word_ids("ghost"))
    overview = " ".join(["A ghost haunts an old house."] * words)
    heat = find_poster_evidence(classifier.poster, poster).heat(classifier.genres[0])
    return {
        ONE: lambda _: classifier.predict(poster, overview),
        "poster evidence": lambda _: find_poster_evidence(classifier.poster, poster),
        f"overview evidence, {words} words": lambda _: find_overview_evidence(
            classifier.overview, overview
        ),
        "both": lambda _: find_evidence(classifier, poster, overview),
        "drawing one heat map": lambda _: draw_heat(image, heat),
    }


if __name__ == "__main__":
    main()
