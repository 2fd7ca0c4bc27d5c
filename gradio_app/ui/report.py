"""An evaluation as a page: its answer, tables, charts and faults, in the order of the tab."""

import re
from collections.abc import Callable, Mapping, Sequence

from gradio_app.evaluation import READERS, Curve, Estimate, Evaluation, Example, LabelSet, Row
from gradio_app.ui.charts import BASELINE, Dot, DotRow, check_mark, dot_rows, legend, mark, percent
from gradio_app.ui.findings import MEASURES, faults
from gradio_app.ui.markup import folded, scrolling_table, tag, text
from gradio_app.ui.panels import (
    Line,
    curve_panel,
    epochs_axis,
    line_legend,
    reliability_panel,
    shares_axis,
    spanning_axis,
)

__all__ = ["evaluation_report", "training_curves"]

_BLIND = "class frequencies"  # the row that answers without looking at a film
_KEYS = {name: reader for reader, name in READERS.items()}
_CURVES = ("loss", "precision", "recall")


def evaluation_report(evaluation: Evaluation, training: str, remarks: Sequence[str]) -> str:
    """The figures as markup.

    Args:
        evaluation: the figures.
        training: markup of `training_curves`, to stand among the charts.
        remarks: sentences on the limits of the models that no figure tells.
    """
    return "".join(
        [
            _answer(evaluation.answer),
            _label_switch(evaluation),
            _by_labels(evaluation, lambda name: _tables(evaluation.label_sets[name])),
            _reliability(evaluation),
            _precision_recall(evaluation),
            training,
            _section("What they are bad at", ""),
            _by_labels(evaluation, lambda name: _faults(evaluation, name)),
            *(tag("p", text(remark)) for remark in remarks),
            _examples(evaluation.examples),
            _source(evaluation),
        ]
    )


def _section(heading: str, explanation: str) -> str:
    return tag("h2", text(heading)) + (tag("p", text(explanation)) if explanation else "")


def _answer(answer: str) -> str:
    """The bold first sentence as a heading, its figures smaller; the others a click away."""
    found = re.fullmatch(r"\*\*(.*?)\*\*(.*)", answer, re.DOTALL)
    if not found:
        return tag("p", text(answer))
    heading = re.sub(r" \(([^()]*)\)", r" <small>\1</small>", text(found[1]).rstrip("."))
    rest = folded("The whole answer", tag("p", text(found[2])))
    return tag("h2", heading, class_="chart-answer") + rest


# One set of labels or another


def _label_switch(evaluation: Evaluation) -> str:
    """Radio buttons that show one set of labels and hide the other, by charts.css alone."""
    choices = (
        tag("label", _radio(number, checked=number == 0), tag("span", text(f"genres {name}")))
        for number, name in enumerate(evaluation.label_sets)
    )
    legend = tag("legend", "Counted as true:")
    return tag("fieldset", legend, *choices, class_="chart-switch")


def _radio(number: int, checked: bool) -> str:
    state = " checked" if checked else ""
    return f'<input type="radio" name="chart-labels" id="chart-labels-{number}"{state}>'


def _by_labels(evaluation: Evaluation, content: Callable[[str], str]) -> str:
    return "".join(
        tag("div", content(name), class_=f"chart-set-{number}")
        for number, name in enumerate(evaluation.label_sets)
    )


def _tables(measured: LabelSet) -> str:
    rows = sorted(measured.rows, key=lambda row: -row.figures["mAP"])
    return "".join(
        [
            _cards(measured),
            _section("Beside what one could do instead", MEASURES["mAP"]),
            legend(READERS | {BASELINE: "simpler or older ways, for comparison"}),
            dot_rows([_model_row(row) for row in rows], "mAP, with its 95% interval"),
            folded("All figures of all rows", _main_table(rows)),
            _section(
                "Genre by genre",
                "Average precision with its 95% interval: how far the right films stand at the "
                "top when films are ordered by the probability of the genre. The dashed line is "
                "chance. The fewer films, the wider the interval.",
            ),
            legend(READERS),
            dot_rows(_genre_rows(measured), "average precision"),
            folded("These figures as a table", _genre_table(measured)),
        ]
    )


def _cards(measured: LabelSet) -> str:
    cards = (
        _card(reader, row)
        for reader, name in READERS.items()
        for row in measured.rows
        if row.name == name
    )
    blind = next((row for row in measured.rows if row.name == _BLIND), None)
    remark = ""
    if blind:
        remark = tag(
            "p",
            "Naming the three most frequent genres every time, without a look at the film, would "
            f"do so for {percent(blind.figures['hit@3'], 1)}.",
        )
    return tag("div", *cards, class_="chart-cards") + remark


def _card(reader: str, row: Row) -> str:
    hit = row.estimates["hit@3"]
    heading = tag(
        "h3",
        tag("svg", mark(reader, 8, 8), width=16, height=16, aria_hidden="true"),
        text(row.name),
    )
    return tag(
        "section",
        heading,
        tag("p", percent(hit.value, 1), class_="chart-big"),
        tag("p", "of films have a true genre among its three most probable"),
        tag("small", f"95% interval {percent(hit.low, 1)} to {percent(hit.high, 1)}"),
        class_=f"chart-card chart-{reader}",
    )


def _model_row(row: Row) -> DotRow:
    estimate = row.estimates["mAP"]
    dot = Dot(_KEYS.get(row.name, BASELINE), row.name, *estimate)
    return DotRow(row.name, f"{estimate.value:.3f}", [dot])


def _main_table(rows: Sequence[Row]) -> str:
    measures = list(rows[0].estimates)
    table = scrolling_table(
        "Figures of the readers and of simpler ways, best mAP first, with 95% intervals",
        ["reader or baseline", *map(text, measures)],
        [
            [_named(row.name), *(_in_words(row.estimates[name]) for name in measures)]
            for row in rows
        ],
    )
    meanings = (
        tag("div", tag("dt", text(name)), tag("dd", text(MEASURES[name])))
        for name in measures
        if name in MEASURES
    )
    return table + tag("dl", *meanings, class_="chart-meanings")


def _named(row: str) -> str:
    reader = _KEYS.get(row)
    return tag("strong", text(row), class_=f"chart-{reader}") if reader else text(row)


def _in_words(estimate: Estimate) -> str:
    bounds = f"{estimate.low:.3f}\N{EN DASH}{estimate.high:.3f}"
    interval = tag("small", bounds, class_="chart-interval")
    return f"{estimate.value:.3f} {interval}"


def _genre_rows(measured: LabelSet) -> list[DotRow]:
    """Best first, by the fused reader."""
    by_reader = {
        reader: {each.genre: each for each in measured.genres[name]}
        for reader, name in READERS.items()
    }
    order = sorted(by_reader["combined"].values(), key=lambda genre: -genre.average_precision.value)
    return [
        DotRow(
            genre.genre,
            f"{genre.films:,} films",
            [
                Dot(reader, READERS[reader], *genres[genre.genre].average_precision)
                for reader, genres in by_reader.items()
            ],
            genre.observed,
        )
        for genre in order
    ]


def _genre_table(measured: LabelSet) -> str:
    return scrolling_table(
        "Average precision by genre, with 95% intervals",
        ["genre", "films", "by chance", *map(text, READERS.values())],
        [
            [
                text(row.name),
                row.remark.removesuffix(" films"),
                f"{row.reference:.2f}",
                *(_in_words(Estimate(dot.value, dot.low, dot.high)) for dot in row.dots),
            ]
            for row in _genre_rows(measured)
        ],
    )


def _faults(evaluation: Evaluation, labels: str) -> str:
    found = (
        tag("div", tag("dt", text(fault.name)), tag("dd", text(fault.finding)))
        for fault in faults(evaluation, labels)
    )
    return tag("dl", *found, class_="chart-faults")


# Curves


def _reliability(evaluation: Evaluation) -> str:
    errors = {
        row.name: row.figures["ECE"] for row in next(iter(evaluation.label_sets.values())).rows
    }
    panels = (
        reliability_panel(
            reader,
            f"{name}, ECE {errors[name]:.3f}",
            evaluation.reliability[name].predicted,
            evaluation.reliability[name].observed,
            evaluation.reliability[name].pairs,
        )
        for reader, name in READERS.items()
    )
    table = scrolling_table(
        "Probability given, share that is right, and number of pairs of a film and a genre",
        ["reader", "given", "right", "pairs"],
        [
            [text(name), percent(given, 1), percent(right, 1), f"{pairs:,}"]
            for name in READERS.values()
            for given, right, pairs in zip(
                evaluation.reliability[name].predicted,
                evaluation.reliability[name].observed,
                evaluation.reliability[name].pairs,
                strict=True,
            )
        ],
    )
    explanation = (
        "Of the genres that were given 30%, about 30 in 100 should be right: then dots lie on the "
        "diagonal. The larger a dot, the more often such a probability was given. "
        f"ECE: {MEASURES['ECE'][0].lower()}{MEASURES['ECE'][1:]}"
    )
    return (
        _section("Can the probabilities be trusted?", explanation)
        + tag("div", *panels, class_="chart-panels")
        + folded("These figures as a table", table)
    )


def _precision_recall(evaluation: Evaluation) -> str:
    """Each reader beside the baseline that it is compared with; "" where there are no curves."""
    curves = evaluation.precision_recall
    compared = next(iter(evaluation.label_sets.values())).differences
    beside = {each.name: each.other for each in compared if each.other not in _KEYS}
    panels = [
        _precision_panel(name, beside.get(name, ""), curves)
        for name in READERS.values()
        if name in curves
    ]
    if not panels:
        return ""
    explanation = (
        "Whoever suggests more genres finds more of the true ones, and errs more often. A line "
        "follows one way of reading from few suggestions, left, to many, right; higher is "
        "better. The dashed line is that of the simpler way."
    )
    return (
        _section("How much is found, and how much of it is right", explanation)
        + tag("div", *panels, class_="chart-panels")
        + folded("These figures as a table", _precision_table(curves))
    )


def _precision_panel(name: str, baseline: str, curves: Mapping[str, Curve]) -> str:
    styles = {baseline: "dashed", name: _KEYS[name]}
    lines = [
        Line(style, way, curves[way].recall, curves[way].precision)
        for way, style in styles.items()
        if way in curves
    ]
    return curve_panel(
        name if len(lines) == 1 else f"{name} beside {baseline}",
        "; ".join(
            f"{line.name}: precision {percent(_precision_at(curves[line.name], 0.5))} at recall 50%"
            for line in lines
        ),
        shares_axis("recall: share of true genres found"),
        shares_axis("precision: share of suggestions right"),
        lines,
    )


def _precision_at(curve: Curve, recall: float) -> float:
    """At the highest threshold that reaches this recall; 0 where none does."""
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


def training_curves(histories: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
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
    return _section("How they learned", explanation) + "".join(
        _training(reader, history) for reader, history in histories.items()
    )


def _training(reader: str, history: Mapping[str, Sequence[float]]) -> str:
    epochs = range(1, len(history["loss"]) + 1)
    names = {"dashed": "training films", reader: "validation films"}
    panels = (
        curve_panel(
            name.capitalize(),
            f"{READERS[reader]}, {name} by epoch: on training films from {taught[0]:.2f} to "
            f"{taught[-1]:.2f}, on validation films from {held[0]:.2f} to {held[-1]:.2f}",
            epochs_axis(len(epochs)),
            spanning_axis("", [*taught, *held]),
            [
                Line("dashed", names["dashed"], epochs, taught),
                Line(reader, names[reader], epochs, held),
            ],
        )
        for name, taught, held in (
            (name, history[name], history[f"val_{name}"]) for name in _CURVES
        )
    )
    columns = [f"{films}{name}" for films in ("", "val_") for name in _CURVES]
    table = scrolling_table(
        f"{READERS[reader]} by epoch",
        ["epoch", *(name.replace("val_", "validation ") for name in columns)],
        [
            [f"{epoch}", *(f"{history[column][epoch - 1]:.3f}" for column in columns)]
            for epoch in epochs
        ],
    )
    return (
        tag("h3", text(READERS[reader]))
        + line_legend(names)
        + tag("div", *panels, class_="chart-panels")
        + folded("These figures as a table", table)
    )


# Films, and where the figures come from


def _examples(examples: Sequence[Example]) -> str:
    table = scrolling_table(
        "Films with their genres, the three most probable of each reader, and what these miss",
        ["film", "its genres", *map(text, READERS.values())],
        [
            [
                f"{text(film.title)} <small>{text(film.year)}</small>",
                text(", ".join(film.genres)),
                *(_named_genres(film, film.top3[name]) for name in READERS.values()),
            ]
            for film in examples
        ],
    )
    explanation = (
        f"{len(examples)} films, chosen without a look at the answers. The three most probable "
        "genres of each reader; a tick stands after those that are right, and missed are the "
        "film's genres that are not among the three."
    )
    return _section("Worked examples", explanation) + table


def _named_genres(film: Example, top3: Sequence[str]) -> str:
    genres = ", ".join(
        tag("strong", f"{text(genre)}{check_mark()}") if genre in film.genres else text(genre)
        for genre in top3
    )
    missed = [genre for genre in film.genres if genre not in top3]
    verdict = f"missed: {', '.join(missed)}" if missed else "nothing missed"
    return genres + tag("small", text(verdict))


def _source(evaluation: Evaluation) -> str:
    return tag(
        "p",
        f"Measured on {evaluation.date} on {evaluation.films:,} films of the split "
        f"{text(evaluation.split)}, by ",
        tag("code", text(evaluation.command)),
        class_="chart-source",
    )
