"""What each kind of model reads: how its spec says it, and the inputs that prove a conversion."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from training.config import Config, FusionConfig, OverviewConfig, PosterConfig

__all__ = ["proof_inputs", "spec_input"]


def spec_input(config: Config, names: Sequence[str]) -> dict[str, object]:
    """Return the "input" of a model's spec.json.

    Args:
        config: of the model.
        names: of its inputs.

    >>> from training.config import PRESETS
    >>> spec_input(PRESETS["overview"]["default"], ["overview"])
    {'name': 'overview', 'sequence_length': 100}
    """
    return _SPEC_INPUTS[config.kind](config, names)


def proof_inputs(config: Config, n_genres: int, seed: int) -> dict[str, np.ndarray]:
    """Return inputs to compare a converted model with its Keras model on, by name.

    Args:
        config: of the model.
        n_genres: how many it has.
        seed: of what is random in them.
    """
    return _PROOF_INPUTS[config.kind](config, n_genres, np.random.default_rng(seed))


def _poster_spec(config: PosterConfig, names: Sequence[str]) -> dict[str, object]:
    (name,) = names
    return {"name": name, "height": config.height, "width": config.width, "fit": config.fit}


def _overview_spec(config: OverviewConfig, names: Sequence[str]) -> dict[str, object]:
    (name,) = names
    return {"name": name, "sequence_length": config.sequence_length}


def _fusion_spec(config: FusionConfig, names: Sequence[str]) -> dict[str, object]:
    return dict(zip(("poster", "overview", "present"), names, strict=True))


def _proof_posters(
    config: PosterConfig, n_genres: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Black, white, smooth gradients, grey noise, colour noise."""
    shape = config.input_shape
    ramp = np.broadcast_to(np.linspace(0, 255, config.width)[None, :, None], shape)
    posters = [np.zeros(shape), np.full(shape, 255.0), ramp, ramp[:, ::-1]]
    posters += [np.repeat(rng.integers(0, 256, (*shape[:2], 1)), 3, axis=2)]
    posters += [rng.integers(0, 256, shape) for _ in range(12)]
    return {"poster": np.stack(posters).astype(np.float32)}


def _proof_overviews(
    config: OverviewConfig, n_genres: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Lengths of 1, 2, half, one less than all and all words.

    The words are any of the vocabulary, unknown ones alone, or the last one alone.
    """
    length, last = config.sequence_length, config.vocabulary_size - 1
    rows = []
    for words in sorted({1, 2, length // 2, length - 1, length} - {0}):
        for ids in (
            *(rng.integers(1, last + 1, words) for _ in range(4)),
            np.ones(words),  # unknown words alone
            np.full(words, last),
        ):
            rows.append(np.pad(ids, (0, length - words)))
    return {"overview": np.stack(rows).astype(np.int32)}


def _proof_logits(
    config: FusionConfig, n_genres: int, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Logits from certain to certain, with both readers and with either."""
    present = np.repeat([[1, 1], [1, 0], [0, 1]], 12, axis=0)
    poster, overview = rng.uniform(-16, 16, (2, len(present), n_genres))
    return {
        "poster_logits": poster.astype(np.float32),
        "overview_logits": overview.astype(np.float32),
        "present": present.astype(np.float32),
    }


_SPEC_INPUTS: dict[str, Callable[[Any, Sequence[str]], dict[str, object]]] = {
    "poster": _poster_spec,
    "overview": _overview_spec,
    "fusion": _fusion_spec,
}

_PROOF_INPUTS: dict[str, Callable[[Any, int, np.random.Generator], dict[str, np.ndarray]]] = {
    "poster": _proof_posters,
    "overview": _proof_overviews,
    "fusion": _proof_logits,
}
