"""`python -m scripts.evaluate_groups --data DATA > docs/groups.md`: how good, for which films?

Test films by decade and by how many words of the overview are known; the same films by IMDb's lists
before they were cut at three genres; and films of other eras, which no training sees. Of lists that
cannot hold a genre, its pairs do not count.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from gradio_app.artifact import sha256
from gradio_app.classifier import FilmClassifier
from gradio_app.films import Film
from gradio_app.prediction import FilmResult
from gradio_app.readers import READERS
from training.data.films import SHIFT, LabelledFilm, read_extra_films, read_films
from training.data.labels import UNKNOWN, label_matrix
from training.metrics import (
    calibration_error_of_right,
    expected_calibration_error,
    macro_average_precision,
)

MODELS = Path(__file__).parents[1] / "onnx_models"
LEAST_FILMS = 20  # of a group that has a row

_HEAD = """# How good, for which films?

mAP and ECE of each reader, as in [evaluation](evaluation.md#what-the-figures-mean), for groups of
films; groups of fewer than {least} films are left out. In brackets stands the ECE that the same
probabilities would have if they were right: so few films never meet them exactly. Which posters are
drawn is not known.

The models are {hashes} (SHA-256 of `model.onnx`), read from ONNX by
`python -m scripts.evaluate_groups --data DATA` on {date}."""


@dataclass(frozen=True)
class Answered:
    """A film and what the models say of it."""

    film: LabelledFilm
    result: FilmResult

    @property
    def share_known(self) -> float:
        """How many of the words that were read are known, 0..1."""
        words = self.result.prediction.words if self.result.prediction else None
        return 1 - words.words_unknown / words.words_read if words and words.words_read else 0.0


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--models", type=Path, default=MODELS)
    options = parser.parse_args()
    classifier = FilmClassifier.from_dir(options.models)
    listed = read_films(options.data)
    test = answered(classifier, [film for film in listed if film.split == "test"])
    extra = read_extra_films(options.data, listed)
    shift = answered(classifier, [film for film in extra if film.split == SHIFT and film.labelled])
    print(_HEAD.format(least=LEAST_FILMS, hashes=hashes(options.models), date=date.today()))
    for title, groups in (
        ("Test films by decade", by_decade(test)),
        ("Test films by known words", by_known_words(test)),
        ("Films of other eras, which no training has seen", by_era(shift)),
    ):
        print(f"\n## {title}\n\n{table(groups, classifier.genres)}")
    uncut = [each for each in test if each.film.uncut]
    lists = (("as listed", False), ("by IMDb's lists before they were cut", True))
    for name, is_uncut in lists:
        print(f"\n## Test films whose uncut list is known, {name}\n")
        print(table({name: uncut}, classifier.genres, is_uncut))


def hashes(models: Path) -> str:
    """Return which models these are."""
    digests = [(each.folder, sha256(models / each.folder / "model.onnx")[:12]) for each in READERS]
    return ", ".join(f"{folder} `{digest}`" for folder, digest in digests)


def answered(classifier: FilmClassifier, films: Iterable[LabelledFilm]) -> list[Answered]:
    """Let the models read the films that have a poster and an overview."""
    complete = [film for film in films if film.poster and film.overview]
    posters = {film.id: film.poster for film in complete}
    rows = [Film(film.id, film.overview) for film in complete]
    results = classifier.predict_many(rows, find_poster=lambda film: posters[film.id])
    return [Answered(film, result) for film, result in zip(complete, results, strict=True)]


def by_decade(films: Sequence[Answered]) -> dict[str, list[Answered]]:
    """Return the films of each decade."""
    groups: dict[str, list[Answered]] = {}
    for each in sorted(films, key=lambda each: each.film.year):
        groups.setdefault(f"{each.film.year[:3]}0s" if each.film.year else "?", []).append(each)
    return groups


def by_known_words(films: Sequence[Answered]) -> dict[str, list[Answered]]:
    """Return the films of which all words are known, nearly all, and fewer."""
    limits = {"all words known": 1.0, "90 % and more": 0.9, "fewer": 0.0}
    groups: dict[str, list[Answered]] = {name: [] for name in limits}
    for each in films:
        groups[next(name for name, least in limits.items() if each.share_known >= least)] += [each]
    return groups


def by_era(films: Sequence[Answered]) -> dict[str, list[Answered]]:
    """Return the films before and after the years of films.csv."""
    old = [each for each in films if each.film.year < "1980"]
    return {"before 1980": old, "after 2015": [each for each in films if each not in old]}


def table(
    groups: Mapping[str, Sequence[Answered]], genres: Sequence[str], uncut: bool = False
) -> str:
    """Return the figures of all readers of each group that is large enough."""
    head = ["", "films", *(f"{reader.name}: mAP, ECE" for reader in READERS)]
    rows = [
        [name, str(len(films)), *figures(films, genres, uncut)]
        for name, films in groups.items()
        if len(films) >= LEAST_FILMS
    ]
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def figures(films: Sequence[Answered], genres: Sequence[str], uncut: bool) -> Iterator[str]:
    """Yield mAP and ECE of each reader, of the pairs that are known, and the ECE of right ones."""
    labels = label_matrix([each.film for each in films], genres, "agreed" if uncut else "listed")
    labels = np.where(labels == UNKNOWN, 0, labels) if uncut else labels
    for reader in READERS:
        readings = [getattr(each.result.prediction, reader.key) for each in films]
        probabilities = np.array([reading.probabilities for reading in readings])
        known = labels != UNKNOWN
        error = expected_calibration_error(labels[known], probabilities[known])
        precision = macro_average_precision(labels, probabilities)
        of_right = calibration_error_of_right(probabilities[known])
        yield f"{precision:.3f}, {error:.3f} ({of_right:.3f})"


if __name__ == "__main__":
    main()
