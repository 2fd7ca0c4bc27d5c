"""The fused model: from the probabilities of both readers to those of the film."""

from pathlib import Path
from typing import Any

import numpy as np

from gradio_app.artifact import Artifact, FusionInput, load_artifact

__all__ = ["Fusion", "logit"]


class Fusion:
    """Puts the readings of poster and overview together with the fused model of a folder."""

    def __init__(self, artifact: Artifact):
        assert isinstance(artifact.spec.input, FusionInput)
        self.spec = artifact.spec
        self._input = artifact.spec.input
        self._artifact = artifact

    def __reduce__(self) -> tuple[Any, ...]:
        # A session cannot be pickled: another process loads the model again.
        return type(self).from_dir, (self._artifact.folder.resolve(), self._artifact.threads)

    @classmethod
    def from_dir(cls, folder: Path, threads: int = 1) -> "Fusion":
        """Load a model folder, as `load_artifact` does."""
        return cls(load_artifact(folder, "fusion", threads))

    def predict_proba(self, poster: np.ndarray | None, overview: np.ndarray | None) -> np.ndarray:
        """Return the probabilities of films from their readers', all float32 (films, genres), 0..1.

        An input that no film has is None; at least one is given.
        """
        given = poster if poster is not None else overview
        assert given is not None
        inputs = {
            name: np.zeros_like(given) if probabilities is None else logit(probabilities)
            for name, probabilities in (
                (self._input.poster, poster),
                (self._input.overview, overview),
            )
        }
        present = np.array([poster is not None, overview is not None], np.float32)
        inputs[self._input.present] = np.tile(present, (len(given), 1))
        return self._artifact.run(inputs)


def logit(probabilities: np.ndarray) -> np.ndarray:
    """The inverse of the sigmoid with which readers end, float32; finite for 0 and 1."""
    within = np.clip(probabilities.astype(np.float64), 1e-6, 1 - 1e-6)
    return (np.log(within) - np.log1p(-within)).astype(np.float32)
