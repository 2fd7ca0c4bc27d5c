"""A folder of made films, as small as a training can use, and trainings on it."""

import csv
import dataclasses
import random
from collections.abc import Sequence
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from training.config import PRESETS, ReaderConfig
from training.models.build import build_model
from training.models.poster_cnn import get_backbone
from training.models.probe import fit_probe
from training.runs.fuse import fuse
from training.runs.train import train
from training.teacher.encoder import Encoded
from training.teacher.teach import MEMBERS, teach
from training.teacher.teacher import SENTENCE_SIZE

WORDS = {
    "Action": ["explosion", "chase", "bomb", "agent"],
    "Drama": ["family", "grief", "letter", "memory"],
    "Horror": ["ghost", "blood", "cellar", "scream"],
}
COLOURS = {"Action": (230, 120, 20), "Drama": (40, 90, 200), "Horror": (20, 10, 10)}

#: What a folder of runs in these tests has been trained with.
TRAINED = [
    ("poster", "coursework"),
    ("poster", "distilled"),
    ("overview", "coursework"),
    ("overview", "distilled"),
]


def tiny(kind: str, preset: str) -> ReaderConfig:
    """A preset with its architecture kept that trains in seconds."""
    sizes: dict = {"epochs": 2, "least_batches": 1, "min_films_per_genre": 5, "batch_size": 8}
    if kind == "overview":
        units = (5, 4) if preset == "coursework" else (5,)
        sizes |= {"vocabulary_size": 30, "embedding_size": 6, "sequence_length": 12, "units": units}
    elif preset != "coursework":
        sizes |= {"height": 48, "width": 32}
    return dataclasses.replace(PRESETS[kind][preset], **sizes)


def fit_predict_spelling(
    train_overviews: Sequence[str], labels: np.ndarray, eval_overviews: Sequence[str]
) -> np.ndarray:
    """Predict genres from the letters: what a fine-tuned encoder does, without one."""
    train, held_out = (
        spell(texts, np.ones(len(texts), bool)).sentences
        for texts in (train_overviews, eval_overviews)
    )
    return fit_probe(train, labels, 1.0).predict_proba(held_out)


#: Members of a teacher, of which those that are encoders count letters.
SPELLING_MEMBERS = MEMBERS | dict.fromkeys(("mpnet", "minilm"), fit_predict_spelling)


def spell(overviews: Sequence[str], is_train: np.ndarray) -> Encoded:
    """Encode by counting letters: what an encoder gives, without one."""

    def vector(text: str) -> np.ndarray:
        counts = np.bincount([ord(letter) % SENTENCE_SIZE for letter in text] or [0])
        counts = np.pad(counts, (0, SENTENCE_SIZE - len(counts))) + 0.01
        return (counts / np.linalg.norm(counts)).astype(np.float32)

    words = sorted({word.strip(".").lower() for text in overviews for word in text.split()})
    return Encoded(
        np.stack([vector(text) for text in overviews]),
        words,
        np.stack([vector(word) for word in words]),
    )


def write_table(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def make_films(folder: Path) -> Path:
    """60 films of three genres, with posters; two extra overviews and one extra poster."""
    rng = random.Random(1)
    posters = folder / "posters"
    posters.mkdir(parents=True)
    rows = []
    for number in range(60):
        genre = list(WORDS)[number % 3]
        image = Image.new("RGB", (36, 54), COLOURS[genre])
        image.putpixel((rng.randrange(36), rng.randrange(54)), (255, 255, 255))
        image.save(posters / f"tt{number}.jpg")
        words = rng.choices(WORDS[genre], k=rng.randint(3, 20))
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
    keras.utils.set_random_seed(1)
    model = keras.applications.MobileNetV2(input_shape=(48, 32, 3), include_top=False, weights=None)
    model.save_weights(file)
    return file


@pytest.fixture(scope="session")
def lite_weights(tmp_path_factory) -> Path:
    """The same for the backbone of the shipped model, which has no normalisation, so that its
    random numbers must keep the scale of what they read."""
    file = tmp_path_factory.mktemp("backbone") / "efficientnet_lite0.weights.h5"
    backbone = get_backbone(build_model(tiny("poster", "distilled"), 3))
    rng = np.random.default_rng(1)
    for layer in backbone.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            depthwise = isinstance(layer, keras.layers.DepthwiseConv2D)
            fan_in = np.prod(kernel.shape[:2] if depthwise else kernel.shape[:3])
            layer.set_weights([rng.normal(0, (2 / fan_in) ** 0.5, kernel.shape), bias])
    backbone.save_weights(file)
    return file


@pytest.fixture(scope="session")
def teacher(made_films, tmp_path_factory) -> Path:
    """A teacher of the made films, with letters for an encoder."""
    folder = tmp_path_factory.mktemp("teacher")
    teach(made_films, folder, 5, encode=spell, members=SPELLING_MEMBERS)
    return folder


@pytest.fixture(scope="session")
def runs(made_films, lite_weights, teacher, tmp_path_factory) -> dict[tuple[str, str], Path]:
    """A finished tiny run of every preset, and a fusion of the distilled readers."""
    folder = tmp_path_factory.mktemp("runs")
    finished = {key: folder / "-".join(key) for key in TRAINED}
    for key, run in finished.items():
        weights = lite_weights if key == ("poster", "distilled") else None
        train(tiny(*key), made_films, run, folder / "cache", backbone=weights, teacher=teacher)
    for preset in ("coursework", "distilled"):
        readers = (finished[kind, preset] for kind in ("poster", "overview"))
        finished["fusion", preset] = folder / f"fusion-{preset}"
        its_teacher = teacher if preset == "distilled" else None
        fuse(*readers, made_films, finished["fusion", preset], its_teacher)
    return finished
