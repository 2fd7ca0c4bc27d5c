"""`python -m scripts.average_poster_cnn`: the mean of a trained poster CNN and a published one.

Two trainings from the same beginning, the backbone's ImageNet weights and a probe for a head, end
in one valley: the mean of their weights is often better than either, and costs nothing when it
answers (Wortsman et al. 2022, arXiv 2203.05482). Whether it is, the validation films tell. The
head is the run's, which no training changes, calibrated anew.
"""

import argparse
import shutil
from pathlib import Path

import keras

from benchmarks.compared.keras_models import rebuild_poster_cnn
from gradio_app.artifact import load_artifact
from gradio_app.errors import GenreAppError, InputError
from gradio_app.readers import FOLDERS
from training.config import PosterConfig
from training.data.films import read_films
from training.data.pipeline import pipeline
from training.files import CACHE, write_json
from training.models.build import build_model
from training.models.outputs import round_to_half
from training.models.poster_cnn import get_backbone, halved_layers
from training.runs.poster_task import PosterTask
from training.runs.run import Run, load_run
from training.runs.train import save_calibrated

__all__ = ["average_backbones", "main"]

#: What the mean's own folder does not take over from the run.
_OWN = ("model.weights.h5", "validation.npz", "metrics.json", "checkpoint")


def main(arguments: list[str] | None = None) -> None:
    """Write the run of the mean, and print both validation mAPs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder with films.csv")
    parser.add_argument("--run", type=Path, required=True, help="a finished poster training")
    parser.add_argument("--models", type=Path, default=Path("onnx_models"), help="published")
    parser.add_argument("--to", type=Path, required=True, help="folder of the run that is made")
    options = parser.parse_args(arguments)
    run = load_run(options.run)
    published = load_artifact(options.models / FOLDERS["poster"], "poster").spec
    facts = (run.config.kind, run.config.architecture, run.genres)
    if facts != ("poster", published.document["architecture"], list(published.genres)):
        raise InputError(f"{options.run} is no poster training like that of {options.models}.")
    if options.to.exists():
        raise InputError(f"{options.to} is there already; name another folder with --to.")
    reader = build_model(run.config, len(run.genres))
    reader.load_weights(run.folder / "best.weights.h5")
    n_others = published.document["training"].get("mean_of", 1)
    average_backbones(reader, rebuild_poster_cnn(options.models), n_others)
    round_to_half(halved_layers(reader))
    shutil.copytree(run.folder, options.to, ignore=shutil.ignore_patterns(*_OWN))
    metrics = _measure(reader, run, options.data, options.to) | {"mean_of": n_others + 1}
    write_json(options.to / "metrics.json", metrics)
    for name, figures in (("the run", run.metrics), ("the mean", metrics)):
        print(name, figures["validation at the thresholds"])


def average_backbones(model: keras.Model, other: keras.Model, n_others: int) -> None:
    """Give the backbone of `model` the mean of its weights and those of `other`'s.

    Args:
        model: a poster CNN with a backbone.
        other: one of the same architecture.
        n_others: of how many trainings the weights of `other` are the mean already.
    """
    backbone, other_backbone = get_backbone(model), get_backbone(other)
    assert backbone is not None
    assert other_backbone is not None
    pairs = zip(backbone.get_weights(), other_backbone.get_weights(), strict=True)
    backbone.set_weights([(own + n_others * others) / (1 + n_others) for own, others in pairs])


def _measure(reader: keras.Model, run: Run, data: Path, folder: Path) -> dict:
    assert isinstance(run.config, PosterConfig)
    task = PosterTask(run.config, run.genres, folder, None, CACHE, None)
    films = task.choose(read_films(data), "validation")
    batches = pipeline(*task.validation_data(films), run.config.batch_size)
    return save_calibrated(reader, task, films, batches)


if __name__ == "__main__":
    try:
        main()
    except GenreAppError as error:
        raise SystemExit(str(error)) from None
