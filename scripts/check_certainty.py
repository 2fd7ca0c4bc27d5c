"""`python -m scripts.check_certainty`: how often is a genre suggested where nothing is known?

200 made overviews in ten languages that no model has learned, 50 texts that only stand where an
overview is due, and 200 made pictures of nothing. Of each genre, the share of them for which it
reaches its threshold, beside the share of films that have it: of what is known of nothing, a genre
is suggested no more often than that.
"""

import argparse
import json
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np

from gradio_app.classifier import FilmClassifier
from gradio_app.evaluation.file import evaluation_file, read_evaluation
from gradio_app.evaluation.schema import LISTED
from training.data.made_pictures import made_pictures

MODELS = Path(__file__).parents[1] / "onnx_models"

#: By language: who, and what happens to them; each pair is an overview.
LANGUAGES = Path(__file__).with_name("foreign_overviews.json")

_WHAT = ("overview", "synopsis", "plot", "description", "summary")
_SAYS = (
    *("No {} found.", "No {} available.", "{} to be added.", "{} coming soon", "{} unavailable"),
    *("{} unknown", "We don't have an {} translated in English.", "{}: n/a", "<{}>", "Add a {}."),
)


def foreign_overviews() -> list[str]:
    """Return 20 overviews in each of ten languages."""
    languages = json.loads(LANGUAGES.read_text("utf-8"))
    return [
        " ".join(pair) for each in languages.values() for pair in product(each["who"], each["what"])
    ]


def placeholders() -> list[str]:
    """Return 50 texts that stand where an overview is due."""
    return [says.format(what) for says, what in product(_SAYS, _WHAT)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--models", type=Path, default=MODELS)
    models = parser.parse_args().models
    classifier = FilmClassifier.from_dir(models)
    frequency = frequencies(models, classifier.genres)
    texts = {"in ten languages": foreign_overviews(), "placeholders": placeholders()}
    shares = {name: suggested(classifier, some) for name, some in texts.items()}
    shares["pictures of nothing"] = of_pictures(classifier)
    print(f"| genre | films | {' | '.join(shares)} |\n|---|---:|{'---:|' * len(shares)}")
    for column, genre in enumerate(classifier.genres):
        cells = [
            f"**{share[column]:.2f}**"
            if share[column] > frequency[genre]
            else f"{share[column]:.2f}"
            for share in shares.values()
        ]
        print(f"| {genre} | {frequency[genre]:.2f} | {' | '.join(cells)} |")
    totals = " | ".join(f"{share.sum():.2f}" for share in shares.values())
    print(f"| genres suggested | {sum(frequency.values()):.2f} | {totals} |")


def frequencies(models: Path, genres: Sequence[str]) -> dict[str, float]:
    """Return the share of the measured films that have each genre."""
    evaluation = read_evaluation(evaluation_file(models))
    figures = next(iter(evaluation.label_sets[LISTED].genres.values()))
    return {each.genre: each.observed for each in figures if each.genre in genres}


def suggested(classifier: FilmClassifier, overviews: Sequence[str]) -> np.ndarray:
    """Return of each genre for which share of the texts the overview LSTM suggests it."""
    probabilities = classifier.overview.predict_proba(overviews)
    return (probabilities >= np.array(classifier.overview.spec.thresholds)).mean(axis=0)


def of_pictures(classifier: FilmClassifier) -> np.ndarray:
    """Return the same of the poster CNN, for made pictures."""
    pictures = made_pictures(200, 240, 160, seed=7).astype(np.float32)
    probabilities = classifier.poster.predict_pixels(pictures)
    return (probabilities >= np.array(classifier.poster.spec.thresholds)).mean(axis=0)


if __name__ == "__main__":
    main()
