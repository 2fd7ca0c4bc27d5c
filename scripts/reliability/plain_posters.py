"""`python -m scripts.reliability.plain_posters --data DATA`: which posters show next to nothing?

For each poster of the training and validation films and of the extra tables, how much its pixels
vary; below which variation a poster gets a note follows from it.
"""

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gradio_app.classifier import PosterClassifier
from gradio_app.classifier.poster import variation

ROOT = Path(__file__).parents[2]
LIMITS = (4, 8, 12, 16, 20)


def main() -> None:
    """Print how many posters vary less than each limit, and the plainest ones."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    posters = list(chosen_posters(parser.parse_args().data))
    classifier = PosterClassifier.from_dir(ROOT / "onnx_models" / "poster_cnn")
    found = np.array([variation(classifier.pixels(poster)) for poster in posters])
    print(f"| posters | {' | '.join(f'< {limit}' for limit in LIMITS)} |")
    print(f"| {len(found):,} | {' | '.join(f'{(found < limit).sum()}' for limit in LIMITS)} |")
    for index in found.argsort()[:5]:
        print(f"{found[index]:.1f} {posters[index].stem}")


def chosen_posters(data: Path) -> Iterator[Path]:
    """Yield the posters of the film data but those of test films."""
    with (data / "films.csv").open(encoding="utf-8", newline="") as table:
        test = {film["imdb_id"] for film in csv.DictReader(table) if film["split"] == "test"}
    for folder in ("posters", "posters_alt"):
        for poster in sorted((data / folder).iterdir()):
            if poster.stem not in test:
                yield poster


if __name__ == "__main__":
    main()
