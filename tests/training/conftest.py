"""A folder of made films, as small as a training can use, and trainings on it."""

import csv
import dataclasses
import random
from pathlib import Path

import keras
import pytest
from PIL import Image

from training.config import PRESETS, Config
from training.training import train

WORDS = {
    "Action": ["explosion", "chase", "bomb", "agent"],
    "Drama": ["family", "grief", "letter", "memory"],
    "Horror": ["ghost", "blood", "cellar", "scream"],
}
COLOURS = {"Action": (230, 120, 20), "Drama": (40, 90, 200), "Horror": (20, 10, 10)}

#: Each preset with its architecture kept and its sizes made tiny.
TINY: dict[tuple[str, str], dict] = {
    ("poster", "coursework"): {"epochs": 2},
    ("poster", "default"): {"epochs": 2, "head_epochs": 1, "height": 48, "width": 32},
    ("overview", "coursework"): {
        "epochs": 2,
        "vocabulary_size": 30,
        "embedding_size": 6,
        "sequence_length": 12,
        "units": (5, 4),
    },
    ("overview", "default"): {
        "epochs": 2,
        "vocabulary_size": 30,
        "embedding_size": 6,
        "sequence_length": 12,
        "units": (5,),
    },
}


def tiny(kind: str, preset: str) -> Config:
    """A preset that trains in seconds."""
    changes = {"min_films_per_genre": 5, "batch_size": 8, **TINY[kind, preset]}
    return dataclasses.replace(PRESETS[kind][preset], **changes)


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def make_films(folder: Path) -> Path:
    """60 films of three genres, with posters; two extra overviews and one extra poster."""
    chance = random.Random(1)
    posters = folder / "posters"
    posters.mkdir(parents=True)
    rows = []
    for number in range(60):
        genre = list(WORDS)[number % 3]
        image = Image.new("RGB", (36, 54), COLOURS[genre])
        image.putpixel((chance.randrange(36), chance.randrange(54)), (255, 255, 255))
        image.save(posters / f"tt{number}.jpg")
        words = chance.choices(WORDS[genre], k=chance.randint(3, 20))
        split = ["train", "train", "train", "validation", "test"][number // 3 % 5]
        rows.append(
            {
                "imdb_id": f"tt{number}",
                "title": f"Film {number}",
                "overview": f"The {' '.join(words)}.",
                "genres": genre,
                "split": split,
            }
        )
    write_table(folder / "films.csv", rows)
    write_table(
        folder / "overviews_extra.csv",
        [
            {"imdb_id": "", "overview": "A ghost.", "genres": "Horror", "genre_style": "tmdb"},
            {"imdb_id": "tt901", "overview": "Quiet.", "genres": "", "genre_style": "none"},
        ],
    )
    Image.new("RGB", (20, 30)).save(posters / "tt902.png")
    write_table(folder / "posters_extra.csv", [{"imdb_id": "tt902", "genres": "Drama"}])
    return folder


@pytest.fixture(scope="session")
def made_films(tmp_path_factory) -> Path:
    return make_films(tmp_path_factory.mktemp("films") / "data")


@pytest.fixture(scope="session")
def backbone_weights(tmp_path_factory) -> Path:
    """A weights file like the ImageNet one, with random numbers."""
    file = tmp_path_factory.mktemp("backbone") / "mobilenet_v2.weights.h5"
    model = keras.applications.MobileNetV2(input_shape=(48, 32, 3), include_top=False, weights=None)
    model.save_weights(file)
    return file


@pytest.fixture(scope="session")
def runs(made_films, backbone_weights, tmp_path_factory) -> dict[tuple[str, str], Path]:
    """A finished tiny run of every preset."""
    folder = tmp_path_factory.mktemp("runs")
    finished = {}
    for kind, preset in TINY:
        run = folder / f"{kind}-{preset}"
        train(tiny(kind, preset), made_films, run, folder / "cache", backbone=backbone_weights)
        finished[kind, preset] = run
    return finished
