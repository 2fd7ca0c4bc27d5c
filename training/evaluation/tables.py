"""The tables of an evaluation, in Markdown."""

from collections.abc import Iterable, Sequence

from gradio_app.evaluation.schema import (
    Difference,
    Estimate,
    Example,
    GenreFigures,
    LabelSet,
    Row,
    Trainings,
)
from gradio_app.readers import COMBINED, OVERVIEW, POSTER

__all__ = [
    "agreement_table",
    "calibration_table",
    "choice_table",
    "confusion_table",
    "difference_table",
    "example_table",
    "genre_choice_table",
    "genre_table",
    "interval_table",
    "main_table",
    "rank_table",
    "trainings_table",
]

#: Column of the main table -> figure, all with intervals. "@t" means at the thresholds.
_MAIN = {
    "mAP": "mAP",
    "micro-mAP": "micro-mAP",
    "hit@3": "hit@3",
    "recall@3": "recall@3",
    "micro-F1 @t": "micro-F1",
    "macro-F1 @t": "macro-F1",
    "recall@P.55": "recall@P.55",
    "ECE": "ECE",
}
_OF_RANKS = ("mAP", "micro-mAP", "LRAP", "hit@3", "precision@3", "recall@3", "coverage")
_OF_CHOICE = ("micro-F1", "macro-F1", "weighted-F1", "samples-F1", "precision", "recall")


def main_table(rows: Sequence[Row]) -> str:
    """The main figures, those that depend on thresholds at these."""
    return _table(
        ["", *_MAIN],
        [[row.name, *_numbers(row.at_thresholds, _MAIN.values())] for row in rows],
    )


def interval_table(rows: Sequence[Row]) -> str:
    """The intervals of the main figures."""
    return _table(
        ["", *_MAIN],
        [[row.name, *(_interval(*row.intervals[name]) for name in _MAIN.values())] for row in rows],
    )


def rank_table(rows: Sequence[Row]) -> str:
    """The figures that depend on the order of the genres alone."""
    return _table(
        ["", *_OF_RANKS], [[row.name, *_numbers(row.at_thresholds, _OF_RANKS)] for row in rows]
    )


def choice_table(rows: Sequence[Row]) -> str:
    """The figures that depend on which genres are chosen, at 0.5 and at the thresholds."""
    head = [f"{name} {at}" for at in ("@.5", "@t") for name in _OF_CHOICE]
    cells = [
        [row.name, *_numbers(row.at_half, _OF_CHOICE), *_numbers(row.at_thresholds, _OF_CHOICE)]
        for row in rows
    ]
    return _table(["", *head], cells)


def agreement_table(rows: Sequence[Row]) -> str:
    """The figures that lists without probabilities have, with the intervals of both F1."""
    cells = [
        [
            row.name,
            *_numbers(row.at_thresholds, ("precision", "recall")),
            *(
                f"{row.at_thresholds[name]:.3f} ({_interval(*row.intervals[name])})"
                for name in ("micro-F1", "macro-F1")
            ),
        ]
        for row in rows
    ]
    return _table(["", "precision", "recall", "micro-F1", "macro-F1"], cells)


def difference_table(differences: Sequence[Difference]) -> str:
    """The main figures of one row minus those of another; bold where the interval excludes 0."""
    cells = [
        [
            f"{each.name} − {each.other}",  # noqa: RUF001
            *(_difference(each.figures[name]) for name in _MAIN.values()),
        ]
        for each in differences
    ]
    return _table(["", *_MAIN], cells)


def trainings_table(rows: Sequence[Row], trainings: Sequence[Trainings]) -> str:
    """For each reader the shipped model, then mean and standard deviation of all its trainings."""
    shipped = {row.name: row.at_thresholds for row in rows}
    cells = []
    for each in trainings:
        spread = (f"{each.mean[name]:.3f} ± {each.deviation[name]:.3f}" for name in _MAIN.values())
        cells.append([f"{each.name}, shipped", *_numbers(shipped[each.name], _MAIN.values())])
        cells.append([f"{each.name}, {each.count} trainings", *spread])
    return _table(["", *_MAIN], cells)


def genre_table(label_set: LabelSet) -> str:
    """Average precision of each reader by genre, and where the overview LSTM is ahead."""
    cells = [
        [
            same[0].genre,
            str(same[0].n_films),
            f"{same[0].observed:.2f}",
            *(_estimate(each.average_precision) for each in same),
            _difference(label_set.overview_ahead[same[0].genre], decimals=2),
        ]
        for same in _by_genre(label_set)
    ]
    head = ["", "films", "by chance", *label_set.genres, "LSTM − CNN"]  # noqa: RUF001
    return _table(head, cells)


def genre_choice_table(label_set: LabelSet) -> str:
    """Precision, recall and F1 of each reader by genre, at the genre's threshold."""
    cells = [
        [
            same[0].genre,
            *(
                f"{each.precision:.2f} / {each.recall:.2f} / {each.f1:.2f} at {each.threshold:.2f}"
                for each in same
            ),
        ]
        for same in _by_genre(label_set)
    ]
    return _table(["", *label_set.genres], cells)


def confusion_table(label_set: LabelSet, count: int = 10) -> str:
    """The most frequent confusions of each reader."""
    columns = [
        [
            f"{pair.genre} → {pair.instead}: {pair.n_films} of {pair.n_missed}"
            for pair in pairs[:count]
        ]
        for pairs in label_set.confusions.values()
    ]
    lines = max(len(column) for column in columns)
    filled = [column + [""] * (lines - len(column)) for column in columns]
    cells = [[str(number), *pairs] for number, pairs in enumerate(zip(*filled, strict=True), 1)]
    return _table(["", *label_set.confusions], cells, align="---")


def calibration_table(label_set: LabelSet) -> str:
    """The fraction of films that have a genre; of each reader the mean probability and the ECE."""
    cells = [
        [
            same[0].genre,
            f"{same[0].observed:.2f}",
            *(f"{each.predicted:.2f} ({each.calibration_error:.3f})" for each in same),
        ]
        for same in _by_genre(label_set)
    ]
    return _table(["", "films that have it", *label_set.genres], cells)


def example_table(shown: Sequence[Example]) -> str:
    """Films with their genres, what each reader names, and what it leaves out."""
    head = ["film", "genres", "CNN top 3", "LSTM top 3", "fused top 3", "CNN missed", "LSTM missed"]
    cells = [
        [
            f"{film.title} ({film.year})" if film.year else film.title,
            ", ".join(film.genres),
            *(", ".join(film.top3[name]) for name in (POSTER.name, OVERVIEW.name, COMBINED.name)),
            *(_missed(film, name) for name in (POSTER.name, OVERVIEW.name)),
        ]
        for film in shown
    ]
    return _table(head, cells, align="---")


def _missed(film: Example, reader: str) -> str:
    return ", ".join(genre for genre in film.genres if genre not in film.top3[reader]) or "none"


def _by_genre(label_set: LabelSet) -> list[tuple[GenreFigures, ...]]:
    """For each genre the figures of all readers."""
    return list(zip(*label_set.genres.values(), strict=True))


def _numbers(figures: dict[str, float], names: Iterable[str]) -> list[str]:
    return [f"{figures[name]:.3f}" for name in names]


def _estimate(estimate: Estimate) -> str:
    return f"{estimate.value:.2f} ({_interval(estimate.low, estimate.high, decimals=2)})"


def _interval(low: float, high: float, decimals: int = 3) -> str:
    return f"{low:.{decimals}f}–{high:.{decimals}f}"  # noqa: RUF001


def _difference(estimate: Estimate, decimals: int = 3) -> str:
    value, low, high = (f"{number:+.{decimals}f}" for number in estimate)
    return (
        f"**{value}** ({low} to {high})" if estimate.excludes_zero else f"{value} ({low} to {high})"
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "---:") -> str:
    """A Markdown table; all columns but the first are aligned alike."""
    lines = [head, ["---", *[align] * (len(head) - 1)], *rows]
    return "\n".join(_line(cells) for cells in lines)


def _line(cells: Iterable[str]) -> str:
    inside = (f" {cell.replace('|', '/')} " if cell else " " for cell in cells)
    return f"|{'|'.join(inside)}|"
