"""What the comparisons have in common: films with a teacher, and posters as a probe sees them."""

from argparse import ArgumentParser
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from training.config import PRESETS, LabelSet, PosterConfig
from training.data.films import LabelledFilm, read_extra_films, read_films
from training.data.labels import label_matrix
from training.data.posters import load_pixels
from training.files import CACHE, read_json
from training.models.poster_cnn import pretrained_features
from training.teacher.teacher import Teacher, load_teacher

__all__ = [
    "Material",
    "mobilenet",
    "poster_statistics",
    "read_material",
    "teacher_options",
]


@dataclass(frozen=True)
class Material:
    """What labels are compared on.

    Attributes:
        listed: the films of films.csv.
        films: these and the extra ones.
        genres: the teacher's.
        teacher: softens labels.
    """

    listed: list[LabelledFilm]
    films: list[LabelledFilm]
    genres: list[str]
    teacher: Teacher

    def labels(self, films: Sequence[LabelledFilm], label_set: LabelSet = "listed") -> np.ndarray:
        """Return labels (films, genres), as `label_matrix` does."""
        return label_matrix(films, self.genres, label_set)

    def soften(
        self, labels: np.ndarray, films: Sequence[LabelledFilm], weight: float
    ) -> np.ndarray:
        """Return labels of films mixed with the teacher's, which have this weight."""
        return self.teacher.soften(labels, [film.overview for film in films], weight)


def teacher_options(description: str) -> ArgumentParser:
    """Return a command line with the folders that `read_material` needs, and a backbone."""
    parser = ArgumentParser(description=description)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--teacher", type=Path, required=True)
    parser.add_argument("--backbone", type=Path, help="MobileNetV2's weights file")
    return parser


def read_material(data: Path, teacher: Path) -> Material:
    """Read the folder of films `data` and the folder of a teacher.

    Raises:
        InputError: either cannot be used.
    """
    listed = read_films(data)
    genres = read_json(teacher / "genres.json")
    films = listed + read_extra_films(data, listed)
    return Material(listed, films, genres, load_teacher(teacher, genres))


def mobilenet() -> PosterConfig:
    """Return "distilled" on MobileNetV2, on which the poster CNN stood before."""
    distilled = PRESETS["poster"]["distilled"]
    assert isinstance(distilled, PosterConfig)  # for mypy: a preset may be of either reader
    blocks = (1, 3, 6, 10, 13, 16)
    return replace(
        distilled,
        architecture="mobilenet_v2",
        taps=(*(f"block_{block}_expand_relu" for block in blocks), "out_relu"),
        head_penalty=6000.0,
    )


def poster_statistics(
    films: Sequence[LabelledFilm], config: PosterConfig, weights: Path | None
) -> np.ndarray:
    """Return what the head of a poster CNN reads before it is fine-tuned: (films, features)."""
    posters = [film.poster for film in films if film.poster]
    pixels = load_pixels(posters, config.height, config.width, config.fit, CACHE)
    return pretrained_features(config, weights, pixels)
