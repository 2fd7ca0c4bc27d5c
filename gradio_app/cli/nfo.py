"""`batch --write-nfo`: suggested genres into the NFO files of a library."""

from collections import Counter

from gradio_app.catalogue.sources.nfo.writer import Outcome, write_genres
from gradio_app.films import Film
from gradio_app.prediction import Prediction

__all__ = ["NfoGenres"]

_SHOWN = 20


class NfoGenres:
    """What a run writes into NFO files, or would write: a dry run prints the changed lines."""

    def __init__(self, replace: bool, apply: bool):
        """Say whether genres that are listed already are replaced, and whether to write at all."""
        self._replace = replace
        self._apply = apply
        self._outcomes: Counter[Outcome] = Counter()
        self._refused: list[str] = []

    def observe(self, film: Film, prediction: Prediction | None) -> None:
        """Write the suggested genres of a film, or print what would be written."""
        genres = prediction.chosen() if prediction else []
        change = write_genres(film.nfo, genres, replace=self._replace, apply=self._apply)
        self._outcomes[change.outcome] += 1
        if change.outcome is Outcome.REFUSED:
            self._refused.append(f"{film.cells['nfo']}: {change.reason}")
        if not self._apply and change.diff:
            print("\n".join(change.diff))

    def finish(self) -> list[str]:
        """Return how many files were written, and which were refused and why, in sentences."""
        counts = ", ".join(f"{count:,} {outcome}" for outcome, count in self._outcomes.items())
        refused = [f"Refused: {reason}" for reason in self._refused[:_SHOWN]]
        if len(self._refused) > _SHOWN:
            refused.append(f"Refused as well: {len(self._refused) - _SHOWN:,} more files.")
        dry = "" if self._apply else " This was a dry run: --apply writes."
        return [f"NFO files: {counts or 'none'}.{dry}", *refused]
