"""`python -m benchmarks.one_film --data DATA`: one film, by the app, its parts, and other engines.

The films are read one by one, each from its files. The other engines have the same weights: Keras
called in three ways, LiteRT (XNNPACK) for the poster CNN, and for the overview LSTM the ONNX `Loop`
that a plain conversion makes of a masked layer.
"""

import argparse
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from benchmarks.compared.engines import lite_cnn, loop_lstm
from benchmarks.compared.keras_models import KerasModels, rebuild_models
from benchmarks.many_films.batch import PARTS, films_with_both
from benchmarks.timing import in_turn, machine, milliseconds, spread, table
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.classifier import FilmClassifier, logit

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "onnx_models"
PACKAGES = ("onnxruntime", "tokenizers", "numpy", "pillow", "keras", "tensorflow")
OURS, PREDICT, SUM = "this app, one thread", "Keras `predict`", "sum of the parts"
FILMS = 50


@dataclass(frozen=True)
class Input:
    """A film as it lies on disk, and as models read it.

    Attributes:
        poster: its file.
        overview: its text.
        pixels: float32 (1, height, width, 3), 0..255.
        ids: of its words, int32 (1, sequence_length).
    """

    poster: Path
    overview: str
    pixels: np.ndarray
    ids: np.ndarray


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of films.csv and posters")
    parser.add_argument("--rounds", type=int, default=100)
    options = parser.parse_args()
    classifier = FilmClassifier.from_dir(MODELS)
    films = read_films(options.data, classifier)
    models = rebuild_models(MODELS)
    print(machine(*PACKAGES), f"{options.rounds} rounds, {len(films)} films", "", sep="\n")
    times = in_turn(whole_films(classifier, models, films), options.rounds)
    print(milliseconds(times, OURS), "", sep="\n")
    print(parts_of_a_film(classifier, films, options.rounds), "", sep="\n")
    for ours, engines in single_models(classifier, models, films).items():
        print(milliseconds(in_turn(engines, options.rounds), ours), "", sep="\n")


def read_films(data: Path, classifier: FilmClassifier) -> list[Input]:
    """Return the first films that have a poster and an overview."""
    films = []
    with open_source(data / "films.csv", data / "posters") as source:
        for film in films_with_both(source):
            poster = source.find_poster(film)
            assert isinstance(poster, Path)
            pixels = classifier.poster.pixels(poster)[None]
            ids = classifier.overview.word_ids(film.overview)[None]
            films.append(Input(poster, film.overview, pixels, ids))
            if len(films) == FILMS:
                break
    return films


def whole_films(
    classifier: FilmClassifier, models: KerasModels, films: list[Input]
) -> dict[str, Callable[[int], object]]:
    """Return how a film is read, from its files to its probabilities: name -> call."""

    def ours(reader: FilmClassifier, number: int) -> object:
        film = films[number % len(films)]
        return reader.predict(film.poster, film.overview)

    def keras_film(call: Callable[[keras.Model, object], np.ndarray], number: int) -> np.ndarray:
        film = films[number % len(films)]
        pixels = classifier.poster.pixels(film.poster)[None]
        ids = classifier.overview.word_ids(film.overview)[None]
        seen, read = call(models.poster, pixels), call(models.overview, ids)
        return call(models.fusion, [logit(seen), logit(read), np.ones((1, 2), np.float32)])

    graphs = {id(model): tf.function(model) for model in vars(models).values()}
    calls: Mapping[str, Callable[[keras.Model, object], np.ndarray]] = {
        "Keras `model(x)`": lambda model, x: np.asarray(model(x, training=False)),
        "Keras in a `tf.function`": lambda model, x: np.asarray(graphs[id(model)](x)),
        PREDICT: lambda model, x: model.predict(x, verbose=0),
    }
    return {
        OURS: partial(ours, classifier),
        "this app, two threads": partial(ours, FilmClassifier.from_dir(MODELS, threads=2)),
        **{name: partial(keras_film, call) for name, call in calls.items()},
    }


def parts_of_a_film(classifier: FilmClassifier, films: list[Input], rounds: int) -> str:
    """Return a table of the parts of a film, each done after the other, beside the whole."""
    poster, overview = classifier.poster, classifier.overview
    times: dict[str, list[float]] = {name: [] for name in (*PARTS, "`predict`")}

    def timed(name: str, call: Callable[..., Any], *arguments: object) -> Any:
        begin = time.perf_counter()
        result = call(*arguments)
        times[name].append((time.perf_counter() - begin) * 1000)
        return result

    for number in range(-3, rounds):
        film = films[number % len(films)]
        pixels = timed(PARTS[0], poster.pixels, film.poster)
        ids = timed(PARTS[1], overview.word_ids, film.overview)
        seen = timed(PARTS[2], poster.predict_pixels, pixels[None])
        read = timed(PARTS[3], overview.predict_word_ids, ids[None])
        timed(PARTS[4], classifier.fusion.predict_proba, seen, read)
        timed("`predict`", classifier.predict, film.poster, film.overview)
    counted = {name: np.array(values[3:]) for name, values in times.items()}
    total = np.sum([counted[name] for name in PARTS], axis=0)
    ratio = np.median(counted["`predict`"] / total)
    rows = [(name, spread(counted[name])) for name in PARTS]
    rows += [(SUM, spread(total)), ("`predict`", spread(counted["`predict`"]))]
    rows += [("`predict` / sum of the parts", f"{ratio:.2f}")]
    return table(("part, one thread", "ms"), rows)


def single_models(
    classifier: FilmClassifier, models: KerasModels, films: list[Input]
) -> dict[str, dict[str, Callable[[int], object]]]:
    """Return how one model alone is run: name of ours -> name -> call."""
    lite, loop = lite_cnn(models.poster), loop_lstm(models.overview)
    pixels, ids = [film.pixels for film in films], [film.ids for film in films]
    cnn, lstm = "poster CNN, one thread", "overview LSTM, one thread"
    return {
        cnn: {
            cnn: lambda number: classifier.poster.predict_pixels(pixels[number % len(films)]),
            "LiteRT (XNNPACK), one thread": lambda number: lite(pixels[number % len(films)]),
        },
        lstm: {
            lstm: lambda number: classifier.overview.predict_word_ids(ids[number % len(films)]),
            "plain conversion (`Loop`), one thread": lambda number: loop(ids[number % len(films)]),
        },
    }


if __name__ == "__main__":
    main()
