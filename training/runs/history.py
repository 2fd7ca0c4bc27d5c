"""The coursework's figure: loss, precision and recall by epoch, training and validation."""

import csv
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt

from training.models.outputs import OUTPUT_NAME

__all__ = ["draw_curves", "keep_history", "read_curves", "read_history"]


def read_history(file: Path) -> list[dict[str, str]]:
    """Return the rows of a history.csv, one an epoch; [] where there is none yet."""
    if not file.is_file():
        return []
    with file.open(newline="") as lines:
        return list(csv.DictReader(lines))


def keep_history(file: Path, until: int) -> list[dict[str, str]]:
    """Drop the rows of epoch `until` and later ones, and return the others.

    A training that is cut off between its log and its checkpoint has logged an epoch that it
    will train again.
    """
    rows = read_history(file)
    kept = [row for row in rows if int(row["epoch"]) < until]
    if len(kept) < len(rows):
        with file.open("w", newline="") as lines:
            writer = csv.DictWriter(lines, list(rows[0]))
            writer.writeheader()
            writer.writerows(kept)
    return kept


def read_curves(file: Path) -> dict[str, list[float]]:
    """Return loss, precision and recall of the genres by epoch, each also as val_...

    Returns:
        Name of the figure -> one value an epoch; {} without rows.
    """
    rows = read_history(file)
    if not rows:
        return {}
    # With a second output, Keras names the columns by the output.
    of_genres = f"{OUTPUT_NAME}_" if f"{OUTPUT_NAME}_loss" in rows[0] else ""
    return {
        f"{split}{name}": [round(float(row[f"{split}{of_genres}{name}"]), 5) for row in rows]
        for split in ("", "val_")
        for name in ("loss", "precision", "recall")
    }


def draw_curves(history: Path, image: Path, title: str) -> None:
    """Draw the history.csv of a run (columns loss, val_loss, precision, ...) into a PNG."""
    curves = read_curves(history)
    figure, panels = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
    for panel, name in zip(panels, ("loss", "precision", "recall"), strict=True):
        for split, label in (("", "training"), ("val_", "validation")):
            values = curves[f"{split}{name}"]
            panel.plot(range(1, len(values) + 1), values, label=label)
        panel.set(title=name, xlabel="epoch")
        panel.grid(alpha=0.3)
    panels[0].legend()
    figure.suptitle(title)
    figure.savefig(image, dpi=110)
    plt.close(figure)
