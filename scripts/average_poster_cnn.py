"""`python -m scripts.average_poster_cnn`: the mean of a poster training and a published poster CNN.

For who has the published model, but no longer the run that it was made of; of several runs,
`python -m training average` makes the mean.
"""

import argparse
from pathlib import Path

from benchmarks.compared.keras_models import rebuild_poster_cnn
from gradio_app.artifact import load_artifact
from gradio_app.errors import GenreAppError, InputError
from gradio_app.readers import FOLDERS
from training.files import CACHE
from training.runs.average import save_mean
from training.runs.run import load_run

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> None:
    """Write the run of the mean, and print both validation figures."""
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
    other = rebuild_poster_cnn(options.models)
    count = published.document["training"].get("mean_of", 1)
    metrics = save_mean(run, [(other, count)], options.data, options.to, CACHE)
    for name, figures in (("the run", run.metrics), ("the mean", metrics)):
        print(name, figures["validation at the thresholds"])


if __name__ == "__main__":
    try:
        main()
    except GenreAppError as error:
        raise SystemExit(str(error)) from None
