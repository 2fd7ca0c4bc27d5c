"""The pictures of an evaluation, as PNG files.

Colours are those of Okabe and Ito (2008), which people with any colour vision can distinguish.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")  # no display needed
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from PIL import Image
from sklearn.metrics import precision_recall_curve

from gradio_app.evaluation.schema import FREQUENCIES, LISTED, LabelSet, Reliability
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from training.evaluation.comparison import AVERAGE, PROBE, TFIDF, TFIDF_EXTRA, Predictions
from training.evaluation.evaluate import Measurement

__all__ = ["draw"]

_READER_COLOURS = {POSTER.name: "#E69F00", OVERVIEW.name: "#0072B2", COMBINED.name: "#009E73"}
_BASELINE_STYLES = {
    FREQUENCIES: {"color": "#999999", "linestyle": ":"},
    TFIDF: {"color": "#56B4E9", "linestyle": "--"},
    TFIDF_EXTRA: {"color": "#000000", "linestyle": "--"},
    PROBE: {"color": "#D55E00", "linestyle": "--"},
    AVERAGE: {"color": "#CC79A7", "linestyle": "--"},
}


def draw(measurement: Measurement, folder: Path) -> dict[str, str]:
    """Draw all pictures into a folder, which is made where there is none.

    Returns:
        File name -> what the picture shows.
    """
    folder.mkdir(exist_ok=True)
    evaluation = measurement.evaluation
    pictures = {
        "genres.png": (
            "Average precision by genre, with 95 % intervals",
            _genres(evaluation.label_sets[LISTED]),
        ),
        "reliability.png": (
            "Reliability: how often a genre is listed that was given a probability",
            _reliability(evaluation.reliability),
        ),
        "precision-recall.png": (
            "Precision and recall at every threshold, all film-genre pairs together",
            _precision_recall(measurement.labels, measurement.predictions),
        ),
    }
    if measurement.histories:
        pictures["training.png"] = (
            "Loss, precision and recall by epoch",
            _histories(measurement.histories),
        )
    for name, (_, figure) in pictures.items():
        _save(figure, folder / name)
    return {name: caption for name, (caption, _) in pictures.items()}


def _save(figure: Figure, file: Path) -> None:
    """Save a picture of lines; with 64 colours it needs a third of the bytes."""
    figure.set_dpi(110)
    figure.canvas.draw()
    pixels = np.asarray(figure.canvas.buffer_rgba())[..., :3]  # type: ignore[attr-defined]
    Image.fromarray(pixels).quantize(64).save(file, optimize=True)
    plt.close(figure)


def _genres(listed: LabelSet) -> Figure:
    by_reader = listed.genres
    order = sorted(by_reader[COMBINED.name], key=lambda genre: genre.average_precision.value)
    places = {genre.genre: place for place, genre in enumerate(order)}
    figure, panel = plt.subplots(figsize=(8, 1 + 0.42 * len(order)), layout="constrained")
    for offset, (reader, colour) in zip((0.27, 0, -0.27), _READER_COLOURS.items(), strict=True):
        genres = by_reader[reader]
        values, low, high = np.array([genre.average_precision for genre in genres]).T
        panel.barh(
            [places[genre.genre] + offset for genre in genres],
            values,
            height=0.25,
            color=colour,
            xerr=np.maximum([values - low, high - values], 0),
            error_kw={"elinewidth": 1, "ecolor": "black"},
            label=reader,
        )
    panel.scatter(
        [genre.observed for genre in order],
        range(len(order)),
        marker="|",
        s=260,
        color="black",
        zorder=3,
        label="by chance",
    )
    names = [f"{genre.genre} ({genre.n_films})" for genre in order]
    panel.set_yticks(range(len(order)), names)
    panel.set(xlabel="average precision", xlim=(0, 1), ylim=(-0.6, len(order) - 0.4))
    panel.grid(axis="x", alpha=0.3)
    panel.legend(loc="lower right")
    return figure


def _reliability(by_reader: Mapping[str, Reliability]) -> Figure:
    figure, panels = plt.subplots(
        1, len(by_reader), figsize=(10, 3.8), layout="constrained", sharey=True
    )
    for panel, (reader, bins) in zip(panels, by_reader.items(), strict=True):
        colour = _READER_COLOURS[reader]
        panel.plot([0, 1], [0, 1], color="#999999", linewidth=1, label="calibrated")
        panel.plot(bins.predicted, bins.observed, color=colour, linewidth=1)
        panel.scatter(bins.predicted, bins.observed, s=6 * np.sqrt(bins.pairs), color=colour)
        panel.set(title=reader, xlabel="mean probability", xlim=(0, 1), ylim=(0, 1))
        panel.set_aspect("equal")
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("share of true pairs")
    panels[0].legend(loc="upper left")
    return figure


def _precision_recall(labels: np.ndarray, predictions: Sequence[Predictions]) -> Figure:
    styles: dict[str, dict] = _BASELINE_STYLES | {
        name: {"color": colour, "linewidth": 2.2} for name, colour in _READER_COLOURS.items()
    }
    figure, panel = plt.subplots(figsize=(7.5, 5.4), layout="constrained")
    for one in predictions:
        if one.name in styles:  # "always two genres" is a point, not a curve
            precision, recall, _ = precision_recall_curve(labels.ravel(), one.probabilities.ravel())
            shown = recall > 0.01  # before that, a handful of pairs decides
            panel.plot(recall[shown], precision[shown], label=one.name, **styles[one.name])
    panel.axhline(0.55, color="#bbbbbb", linewidth=0.8)
    panel.annotate("precision .55", (1, 0.555), ha="right", color="#666666", fontsize=8)
    panel.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
    panel.grid(alpha=0.3)
    panel.legend(fontsize=8, loc="lower left")
    return figure


def _histories(histories: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    figure, rows = plt.subplots(
        len(histories),
        3,
        figsize=(10, 0.4 + 2.8 * len(histories)),
        layout="constrained",
        squeeze=False,
    )
    for panels, (reader, history) in zip(rows, histories.items(), strict=True):
        for panel, name in zip(panels, ("loss", "precision", "recall"), strict=True):
            training, validation = history[name], history[f"val_{name}"]
            epochs = range(1, len(training) + 1)
            panel.plot(epochs, training, "--", color="#444444", label="training")
            panel.plot(epochs, validation, color=_READER_COLOURS[reader], label="validation")
            panel.set(title=f"{reader}: {name}", xlabel="epoch")
            panel.xaxis.get_major_locator().set_params(integer=True)
            panel.grid(alpha=0.3)
        panels[0].legend()
    return figure
