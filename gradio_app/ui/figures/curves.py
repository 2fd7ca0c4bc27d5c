"""What an evaluation shows as lines: reliability, precision and recall, and how training went."""

from collections.abc import Mapping, Sequence

from gradio_app.evaluation.schema import LISTED, Curve, Evaluation
from gradio_app.readers import READERS, Reader
from gradio_app.ui.figures.findings import MEASURES
from gradio_app.ui.html.charts import percent
from gradio_app.ui.html.markup import folded, scrolling_table, section, tag, text
from gradio_app.ui.html.panels import (
    Line,
    curve_panel,
    epochs_axis,
    line_legend,
    reliability_panel,
    spanning_axis,
    unit_axis,
)

__all__ = ["precision_recall", "reliability", "training_curves"]

_CURVES = ("loss", "precision", "recall")


def reliability(evaluation: Evaluation) -> str:
    """Whether the probabilities of each reader hold, as a panel and as a table."""
    rows = evaluation.label_sets[LISTED].by_name
    bins = {reader: evaluation.reliability[reader.name] for reader in READERS}
    panels = (
        reliability_panel(
            reader.key,
            f"{reader.name}, ECE {rows[reader.name].at_thresholds['ECE']:.3f}",
            each.predicted,
            each.observed,
            each.pairs,
        )
        for reader, each in bins.items()
    )
    table = scrolling_table(
        "Probability given, share that is right, and number of pairs of a film and a genre",
        ["reader", "given", "right", "pairs"],
        [
            [text(reader.name), percent(given, 1), percent(right, 1), f"{pairs:,}"]
            for reader, each in bins.items()
            for given, right, pairs in zip(each.predicted, each.observed, each.pairs, strict=True)
        ],
    )
    explanation = (
        "Of the genres that were given 30%, about 30 in 100 should be right: then dots lie on the "
        "diagonal. The larger a dot, the more often such a probability was given. "
        f"ECE: {MEASURES['ECE'][0].lower()}{MEASURES['ECE'][1:]}"
    )
    return (
        section("Can the probabilities be trusted?", explanation)
        + tag("div", *panels, class_="chart-panels")
        + folded("These figures as a table", table)
    )


def precision_recall(evaluation: Evaluation) -> str:
    """Each reader beside the baseline that it is compared with, if any."""
    curves = evaluation.precision_recall
    names = {reader.name for reader in READERS}
    compared = evaluation.label_sets[LISTED].differences
    beside = {each.name: each.other for each in compared if each.other not in names}
    panels = [_precision_panel(reader, beside.get(reader.name, ""), curves) for reader in READERS]
    explanation = (
        "Whoever suggests more genres finds more of the true ones, and errs more often. A line "
        "follows one way of reading from few suggestions, left, to many, right; higher is "
        "better. The dashed line is that of the simpler way."
    )
    return (
        section("How much is found, and how much of it is right", explanation)
        + tag("div", *panels, class_="chart-panels")
        + folded("These figures as a table", _precision_table(curves))
    )


def _precision_panel(reader: Reader, baseline: str, curves: Mapping[str, Curve]) -> str:
    styles = {baseline: "dashed", reader.name: reader.key}
    lines = [
        Line(style, way, curves[way].recall, curves[way].precision)
        for way, style in styles.items()
        if way in curves
    ]
    return curve_panel(
        reader.name if len(lines) == 1 else f"{reader.name} beside {baseline}",
        "; ".join(
            f"{line.name}: precision {percent(_precision_at(curves[line.name], 0.5))} at recall 50%"
            for line in lines
        ),
        unit_axis("recall: share of true genres found"),
        unit_axis("precision: share of suggestions right"),
        lines,
    )


def _precision_at(curve: Curve, recall: float) -> float:
    """The precision at the highest threshold that reaches this recall; 0 where none does."""
    reached = zip(curve.precision, curve.recall, strict=True)
    return next((precision for precision, found in reached if found >= recall), 0)


def _precision_table(curves: Mapping[str, Curve]) -> str:
    return scrolling_table(
        "Precision at each recall",
        ["recall", *map(text, curves)],
        [
            [
                percent(tenth / 10),
                *(percent(_precision_at(curve, tenth / 10)) for curve in curves.values()),
            ]
            for tenth in range(1, 11)
        ],
    )


def training_curves(histories: Mapping[Reader, Mapping[str, Sequence[float]]]) -> str:
    """Loss, precision and recall by epoch.

    Args:
        histories: reader -> "loss", "precision", "recall" and the same with "val_" -> one value
            an epoch.

    Returns:
        Markup; "" without histories.
    """
    if not histories:
        return ""
    explanation = (
        "An epoch is one pass over all training films. Validation films teach nothing; where "
        "their line no longer gets better, learning more would be learning by heart."
    )
    return section("How they learned", explanation) + "".join(
        _training(reader, history) for reader, history in histories.items()
    )


def _training(reader: Reader, history: Mapping[str, Sequence[float]]) -> str:
    epochs = range(1, len(history["loss"]) + 1)
    names = {"dashed": "training films", reader.key: "validation films"}
    panels = (
        curve_panel(
            name.capitalize(),
            f"{reader.name}, {name} by epoch: on training films from {train[0]:.2f} to "
            f"{train[-1]:.2f}, on validation films from {val[0]:.2f} to {val[-1]:.2f}",
            epochs_axis(len(epochs)),
            spanning_axis("", [*train, *val]),
            [
                Line("dashed", names["dashed"], epochs, train),
                Line(reader.key, names[reader.key], epochs, val),
            ],
        )
        for name, train, val in ((name, history[name], history[f"val_{name}"]) for name in _CURVES)
    )
    columns = [f"{films}{name}" for films in ("", "val_") for name in _CURVES]
    table = scrolling_table(
        f"{reader.name} by epoch",
        ["epoch", *(name.replace("val_", "validation ") for name in columns)],
        [
            [f"{epoch}", *(f"{history[column][epoch - 1]:.3f}" for column in columns)]
            for epoch in epochs
        ],
    )
    return (
        tag("h3", text(reader.name))
        + line_legend(names)
        + tag("div", *panels, class_="chart-panels")
        + folded("These figures as a table", table)
    )
