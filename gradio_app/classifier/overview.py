"""The overview LSTM: from a text to probabilities of genres."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from gradio_app.artifact import Artifact, OverviewInput, load_artifact
from gradio_app.errors import InputError
from gradio_app.prediction import Prediction, WordCounts
from gradio_app.preprocessing import (
    UNKNOWN_ID,
    Word,
    clean_overview,
    encode_overviews,
    find_words,
    is_placeholder,
)
from gradio_app.sentences import in_one_line

__all__ = ["EncodedOverview", "OverviewClassifier"]

#: An overview of which more words than this fraction are unknown is hardly understood. Among the
#: English overviews of the film data that is rare (python -m scripts.count_unknown_words), among
#: texts in other languages usual.
_MOST_UNKNOWN = 0.3


@dataclass(frozen=True)
class EncodedOverview:
    """An overview as the model reads it.

    Attributes:
        word_ids: int32 (sequence_length,); None where there is nothing to read.
        words: counts; None without a word.
        notes: what was left out, and how little was understood.
    """

    word_ids: np.ndarray | None
    words: WordCounts | None
    notes: tuple[str, ...]


class OverviewClassifier:
    """Reads genres from overviews with the LSTM of a model folder."""

    def __init__(self, artifact: Artifact):
        assert isinstance(artifact.spec.input, OverviewInput)
        assert artifact.tokenizer is not None
        self.spec = artifact.spec
        self._input = artifact.spec.input
        self._artifact = artifact
        self._tokenizer = artifact.tokenizer

    def __reduce__(self) -> tuple[Any, ...]:
        # A session cannot be pickled: another process loads the model again.
        return type(self).from_dir, (self._artifact.folder.resolve(), self._artifact.threads)

    @classmethod
    def from_dir(cls, folder: Path, threads: int = 1) -> "OverviewClassifier":
        """Load a model folder, as `load_artifact` does."""
        return cls(load_artifact(folder, "overview", threads))

    def word_ids(self, overview: str) -> np.ndarray:
        """Return one overview as the model reads it: int32 (sequence_length,).

        Raises:
            InputError: it holds no word, or is too long.
        """
        ids = encode_overviews(
            self._tokenizer, [clean_overview(overview)], self._input.sequence_length
        )[0]
        _check_words(ids.any())
        return ids

    def encode(self, overview: str) -> EncodedOverview:
        """Encode an overview, and count what of it is read and known.

        A placeholder such as "N/A" is left out, and so is a text without any word that the model
        knows: every such text would get the same prediction.

        Raises:
            InputError: it holds no word, or is too long.
        """
        if is_placeholder(overview):
            given = in_one_line(overview)
            left_out = f"The overview is a placeholder ({given}) and was left out."
            return EncodedOverview(None, None, (left_out,) if given else ())
        ids = np.array(self._tokenizer.encode(clean_overview(overview)).ids, np.int32)
        _check_words(ids.any())
        read = ids[: self._input.sequence_length]
        counts = WordCounts(len(ids), len(read), int((read == UNKNOWN_ID).sum()))
        if counts.words_unknown == counts.words_read:
            note = "The overview was left out: it holds no word that the model knows; use English."
            return EncodedOverview(None, counts, (note,))
        padded = np.zeros(self._input.sequence_length, np.int32)
        padded[: len(read)] = read
        return EncodedOverview(padded, counts, _notes(counts))

    def words(self, overview: str) -> list[Word]:
        """Return every word of a cleaned overview; `word_ids` holds the ids of the first.

        Args:
            overview: as `clean_overview` returns it.
        """
        return find_words(self._tokenizer, overview)

    def predict_proba(self, overviews: Sequence[str]) -> np.ndarray:
        """Return the probabilities for overviews: float32 (overviews, genres), 0..1.

        Raises:
            InputError: an overview holds no word, or is too long.
        """
        return self.predict_word_ids(np.stack([self.word_ids(text) for text in overviews]))

    def predict_word_ids(self, word_ids: np.ndarray) -> np.ndarray:
        """Return what `predict_proba` does, for stacked results of `word_ids`."""
        return self._artifact.run({self._input.name: word_ids})

    def predict(self, overview: str) -> Prediction:
        """Return the prediction for one overview."""
        return Prediction.of(self.spec, self.predict_proba([overview])[0])


def _check_words(found: bool | np.bool_) -> None:
    if not found:
        raise InputError("The overview holds no word; write a sentence or two about the film.")


def _notes(counts: WordCounts) -> tuple[str, ...]:
    notes = []
    if counts.words_read < counts.words:
        notes.append(
            f"The overview has {counts.words:,} words, of which the first {counts.words_read} "
            "were read."
        )
    if counts.words_unknown > _MOST_UNKNOWN * counts.words_read:
        known = counts.words_read - counts.words_unknown
        notes.append(
            f"Of the {counts.words_read} words read, the model knows only {known}: this does not "
            "look like English."
        )
    return tuple(notes)
