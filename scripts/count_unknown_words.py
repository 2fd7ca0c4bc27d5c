"""`python -m scripts.count_unknown_words --data DATA`: how many words of overviews are unknown?

For each overview of the training and validation films and of the extra table, the fraction of the
words read that the shipped model does not know; which fraction is worth a note follows from it.
"""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from gradio_app.catalogue.sources.table import read_table
from gradio_app.classifier import OverviewClassifier
from gradio_app.errors import InputError

ROOT = Path(__file__).parents[1]
LIMITS = (0.1, 0.2, 0.3, 0.4, 0.5)


def main() -> None:
    """Print how many overviews have more unknown words than each limit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    classifier = OverviewClassifier.from_dir(ROOT / "onnx_models" / "overview_lstm")
    print(f"| table | overviews | {' | '.join(f'> {limit:.0%}' for limit in LIMITS)} |")
    for name in ("films.csv", "overviews_extra.csv"):
        films = (film for film in read_table(data / name) if film.cells.get("split") != "test")
        unknown = np.array(list(fractions(classifier, (film.overview for film in films))))
        cells = [f"{(unknown > limit).mean():.3%}" for limit in LIMITS]
        print(f"| {name} | {len(unknown):,} | {' | '.join(cells)} |")


def fractions(classifier: OverviewClassifier, overviews: Iterable[str]) -> Iterator[float]:
    """Yield the fraction of unknown words of each overview that has any words."""
    for overview in overviews:
        try:
            words = classifier.encode(overview).words
        except InputError:
            continue
        if words:
            yield words.words_unknown / words.words_read


if __name__ == "__main__":
    main()
