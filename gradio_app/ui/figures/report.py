"""An evaluation as a page: its answer, tables, charts and faults, in the order of the tab."""

import re
from collections.abc import Callable, Sequence

from gradio_app.evaluation.schema import (
    FREQUENCIES,
    Answer,
    Estimate,
    Evaluation,
    Example,
    LabelSet,
    Row,
)
from gradio_app.readers import COMBINED, READERS, Reader
from gradio_app.ui.figures.curves import precision_recall, reliability
from gradio_app.ui.figures.findings import MEASURES, faults
from gradio_app.ui.html.cards import card, card_row
from gradio_app.ui.html.charts import (
    BASELINE,
    Dot,
    DotRow,
    check_mark,
    dot_rows,
    legend,
    mark,
    percent,
)
from gradio_app.ui.html.markup import folded, scrolling_table, section, tag, text

__all__ = ["evaluation_report"]

_KEYS = {reader.name: reader.key for reader in READERS}
_LEGEND = {reader.key: reader.name for reader in READERS}


def evaluation_report(evaluation: Evaluation, training: str, limits: Sequence[str]) -> str:
    """The figures as markup.

    Args:
        evaluation: the figures.
        training: markup of `training_curves`, to stand among the charts.
        limits: of the models, in words, for what no figure says.
    """
    return "".join(
        [
            _answer(evaluation.answer),
            _label_switch(evaluation),
            _by_labels(evaluation, lambda name: _tables(evaluation.label_sets[name])),
            reliability(evaluation),
            precision_recall(evaluation),
            training,
            section("What they are bad at", ""),
            _by_labels(evaluation, lambda name: _faults(evaluation, name)),
            *(tag("p", text(each)) for each in limits),
            _examples(evaluation.examples),
            _source(evaluation),
        ]
    )


def _answer(answer: Answer) -> str:
    """The headline, what it has in brackets smaller; the details a click away."""
    heading = re.sub(r" \(([^()]*)\)", r" <small>\1</small>", text(answer.headline).rstrip("."))
    details = folded("The whole answer", tag("p", text(answer.details)))
    return tag("h2", heading, class_="chart-answer") + details


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
    rows = sorted(measured.rows, key=lambda row: -row.at_thresholds["mAP"])
    return "".join(
        [
            _cards(measured),
            section("Beside what one could do instead", MEASURES["mAP"]),
            legend(_LEGEND | {BASELINE: "simpler or older ways, for comparison"}),
            dot_rows([_model_row(row) for row in rows], "mAP, with its 95% interval"),
            folded("All figures of all rows", _main_table(rows)),
            section(
                "Genre by genre",
                "Average precision with its 95% interval: how far the right films stand at the "
                "top when films are ordered by the probability of the genre. The dashed line is "
                "chance. The fewer films, the wider the interval.",
            ),
            legend(_LEGEND),
            dot_rows(_genre_rows(measured), "average precision"),
            folded("These figures as a table", _genre_table(measured)),
        ]
    )


def _cards(measured: LabelSet) -> str:
    rows = measured.by_name
    cards = (_card(reader, rows[reader.name]) for reader in READERS)
    remark = ""
    if FREQUENCIES in rows:
        remark = tag(
            "p",
            "Naming the three most frequent genres every time, without a look at the film, would "
            f"do so for {percent(rows[FREQUENCIES].at_thresholds['hit@3'], 1)}.",
        )
    return card_row(*cards, kind="chart-cards") + remark


def _card(reader: Reader, row: Row) -> str:
    """Return the figure of one reader that says most, large."""
    hit = row.estimate("hit@3")
    shape = tag("svg", mark(reader.key, 8, 8), width=16, height=16, aria_hidden="true")
    return card(
        reader,
        shape + text(row.name),
        tag("p", percent(hit.value, 1), class_="chart-big"),
        tag("p", "of films have a true genre among its three most probable"),
        tag("small", f"95% interval {percent(hit.low, 1)} to {percent(hit.high, 1)}"),
        kind="chart-card",
    )


def _model_row(row: Row) -> DotRow:
    estimate = row.estimate("mAP")
    dot = Dot(_KEYS.get(row.name, BASELINE), row.name, *estimate)
    return DotRow(row.name, f"{estimate.value:.3f}", [dot])


def _main_table(rows: Sequence[Row]) -> str:
    measures = list(rows[0].intervals)
    table = scrolling_table(
        "Figures of the readers and of simpler ways, best mAP first, with 95% intervals",
        ["reader or baseline", *map(text, measures)],
        [[_named(row.name), *(_in_words(row.estimate(name)) for name in measures)] for row in rows],
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
        reader: {each.genre: each for each in measured.genres[reader.name]} for reader in READERS
    }
    order = sorted(by_reader[COMBINED].values(), key=lambda genre: -genre.average_precision.value)
    return [
        DotRow(
            genre.genre,
            f"{genre.n_films:,} films",
            [
                Dot(reader.key, reader.name, *genres[genre.genre].average_precision)
                for reader, genres in by_reader.items()
            ],
            genre.observed,
        )
        for genre in order
    ]


def _genre_table(measured: LabelSet) -> str:
    return scrolling_table(
        "Average precision by genre, with 95% intervals",
        ["genre", "films", "by chance", *(text(reader.name) for reader in READERS)],
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


# Films, and where the figures come from


def _examples(examples: Sequence[Example]) -> str:
    table = scrolling_table(
        "Films with their genres, the three most probable of each reader, and what these miss",
        ["film", "its genres", *(text(reader.name) for reader in READERS)],
        [
            [
                f"{text(film.title)} <small>{text(film.year)}</small>",
                text(", ".join(film.genres)),
                *(_named_genres(film, film.top3[name]) for name in _KEYS),
            ]
            for film in examples
        ],
    )
    explanation = (
        f"{len(examples)} films, chosen without a look at the answers. The three most probable "
        "genres of each reader; a tick stands after those that are right, and missed are the "
        "film's genres that are not among the three."
    )
    return section("Worked examples", explanation) + table


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
        f"Measured on {text(evaluation.origin.date)} on {evaluation.n_films:,} films of the split "
        f"{text(evaluation.split)}, by ",
        tag("code", text(evaluation.origin.command)),
        class_="chart-source",
    )
