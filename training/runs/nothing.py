"""What a trained reader says of inputs without content."""

import numpy as np

from gradio_app.classifier import logit
from gradio_app.preprocessing import UNKNOWN_ID
from training.config import OverviewConfig, PosterConfig
from training.data.made_pictures import made_pictures
from training.runs.run import Run

__all__ = ["logits_of_nothing", "unknown_words"]

_PICTURES, _SEED = 100, 2  # others than those that were trained on


def logits_of_nothing(run: Run) -> np.ndarray:
    """Return the logits of pictures of nothing, or of unknown words: (inputs, genres)."""
    config = run.config
    if isinstance(config, PosterConfig):
        inputs = made_pictures(_PICTURES, config.height, config.width, _SEED).astype(np.float32)
    else:
        assert isinstance(config, OverviewConfig)
        inputs = unknown_words(config.sequence_length)
    return logit(run.model().predict(inputs, verbose=0))


def unknown_words(sequence_length: int) -> np.ndarray:
    """Return overviews of unknown words alone, from one to all: int32 (overviews, words).

    >>> unknown_words(3).tolist()
    [[1, 0, 0], [1, 1, 0], [1, 1, 1]]
    """
    return np.tril(np.full((sequence_length, sequence_length), UNKNOWN_ID, np.int32))
