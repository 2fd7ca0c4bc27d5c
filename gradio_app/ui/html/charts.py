"""Charts as HTML with inline SVG: numbers in, markup out.

Things are placed by percentages of a row's width, so that letters and lines keep their size on any
screen. No chart speaks by colour alone: a reader has a shape too, and numbers stand beside.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gradio_app.readers import COMBINED, OVERVIEW, POSTER, READERS
from gradio_app.ui.html.cards import genre_button
from gradio_app.ui.html.markup import tag, text

__all__ = [
    "BASELINE",
    "Dot",
    "DotRow",
    "check_mark",
    "dot_rows",
    "genre_bars",
    "legend",
    "mark",
    "percent",
    "samples",
]

#: What is not a reader. It, and the key of each reader, has a CSS class (chart-...) and a shape.
BASELINE = "baseline"

_SHAPES = {
    POSTER.key: "M-5 -5H5V5H-5Z",
    OVERVIEW.key: "M-6 0A6 6 0 0 1 6 0A6 6 0 0 1 -6 0Z",
    COMBINED.key: "M0 -7L7 0L0 7L-7 0Z",
    BASELINE: "M-4 0A4 4 0 0 1 4 0A4 4 0 0 1 -4 0Z",
}

_QUARTERS = (0, 0.25, 0.5, 0.75, 1)


def percent(fraction: float, decimals: int = 0) -> str:
    """Return a fraction, 0..1, as a percentage.

    >>> percent(0.618), percent(0.618, 1)
    ('62%', '61.8%')
    """
    return f"{100 * fraction:.{decimals}f}%"


def _place(fraction: float) -> str:
    return f"{100 * fraction:.5g}%"


# Bars: the probabilities of one film


def genre_bars(
    genres: Sequence[str],
    readings: Mapping[str, Sequence[float]],
    thresholds: Mapping[str, Sequence[float]],
    chosen: str | None = None,
) -> str:
    """Return all probabilities of one film, a row a genre and a column of bars a reader.

    Args:
        genres: names.
        readings: key of a reader -> probability of each genre, 0..1. Readers that are absent
            get no column.
        thresholds: key of a reader -> the probability from which on it suggests each genre, 0..1.
        chosen: the genre whose button is pressed, if any.

    Returns:
        Markup, the most probable genres first, by the last reader of `READERS` that is there;
        "" where there is none.
    """
    readers = [reader for reader in READERS if reader.key in readings]
    if not readers:
        return ""
    decisive = readings[readers[-1].key]
    order = sorted(range(len(genres)), key=lambda number: -decisive[number])
    head = [
        tag("th", reader.label, scope="col", class_=f"chart-{reader.key}") for reader in readers
    ]
    rows = [
        tag(
            "tr",
            tag("th", genre_button(genres[number], genres[number] == chosen), scope="row"),
            *(
                _bar_cell(key, readings[key][number], thresholds[key][number])
                for key in (reader.key for reader in readers)
            ),
        )
        for number in order
    ]
    return tag(
        "table",
        tag(
            "caption",
            f"The line marks the genre's threshold; {check_mark()} stands where it is reached.",
        ),
        tag("thead", tag("tr", tag("th", "Genre", scope="col"), *head)),
        tag("tbody", *rows),
        class_="chart-bars",
    )


def _bar_cell(reader: str, probability: float, threshold: float) -> str:
    reached = probability >= threshold
    place = _place(threshold)
    verdict = "reached" if reached else "not reached"
    bar = tag(
        "svg",
        tag("rect", class_="chart-track", y=4, width="100%", height=10, rx=2),
        tag("rect", class_="chart-bar", y=4, width=_place(probability), height=10, rx=2),
        tag("line", class_="chart-threshold", x1=place, x2=place, y1=0, y2=18),
        role="img",
        aria_label=f"threshold {percent(threshold)}, {verdict}",
        width="100%",
        height=18,
    )
    check = check_mark() if reached else ""
    number = tag("span", percent(probability), check, class_="chart-number")
    state = "chart-reached" if reached else "chart-below"
    return tag("td", tag("div", bar, number, class_=f"chart-{reader} {state}"))


# Dots with whiskers: estimates in rows


class Dot(NamedTuple):
    """An estimate, 0..1, with its interval. `reader` is the key of one, or `BASELINE`."""

    reader: str
    name: str
    value: float
    low: float
    high: float


class DotRow(NamedTuple):
    """A row of a chart: its name, a remark, and its dots from top to bottom.

    `reference` is a value to compare with, 0..1, where there is one.
    """

    name: str
    remark: str
    dots: Sequence[Dot]
    reference: float | None = None


def dot_rows(rows: Sequence[DotRow], axis: str) -> str:
    """Return rows of dots with whiskers over one axis from 0 to 1, which `axis` names."""
    scale = tag(
        "svg",
        *(
            tag("text", f"{value:g}", x=_place(value), y=14, text_anchor=_anchor(value))
            for value in _QUARTERS
        ),
        tag("text", text(axis), x="50%", y=34, text_anchor="middle"),
        role="img",
        aria_label=f"Axis: {axis}, from 0 to 1",
        width="100%",
        height=40,
    )
    foot = tag("div", tag("span"), scale, class_="chart-row chart-foot")
    return tag("div", *(_dot_row(row) for row in rows), foot, class_="chart-rows")


def _anchor(value: float) -> str:
    return "start" if value == 0 else "end" if value == 1 else "middle"


def _dot_row(row: DotRow) -> str:
    lane = 14
    height = lane * len(row.dots) + 14
    grid = [
        tag("line", class_="chart-grid", x1=_place(value), x2=_place(value), y1=0, y2=height)
        for value in _QUARTERS
    ]
    if row.reference is not None:
        place = _place(row.reference)
        grid.append(tag("line", class_="chart-reference", x1=place, x2=place, y1=2, y2=height - 2))
    dots = [_dot(dot, lane * number + 14) for number, dot in enumerate(row.dots)]
    words = "; ".join(
        f"{dot.name} {dot.value:.2f}, interval {dot.low:.2f} to {dot.high:.2f}" for dot in row.dots
    )
    track = tag("svg", *grid, *dots, role="img", aria_label=words, width="100%", height=height)
    remark = tag("small", text(row.remark))
    readers = " ".join(sorted({f"chart-of-{dot.reader}" for dot in row.dots}))
    label = tag("span", tag("span", text(row.name)), " ", remark, class_="chart-name")
    return tag("div", label, track, class_=f"chart-row {readers}")


def _dot(dot: Dot, y: int) -> str:
    whisker = tag(
        "line", class_="chart-whisker", x1=_place(dot.low), x2=_place(dot.high), y1=y, y2=y
    )
    shape = mark(dot.reader, _place(dot.value), y)
    return tag("g", whisker, shape, class_=f"chart-{dot.reader}")


# Shapes, and what they stand for


def mark(reader: str, x: object, y: object) -> str:
    """Return the shape of a reader or of `BASELINE`, its middle at a place of the SVG around it."""
    shape = tag("path", class_="chart-mark", d=_SHAPES[reader])
    return tag("svg", shape, x=x, y=y, overflow="visible")


def check_mark() -> str:
    """Return a tick for what is right or reached; drawn, for not every font has one."""
    stroke = tag("path", d="M2 7L5.5 11L12 2")
    return tag("svg", stroke, role="img", aria_label="✓", viewBox="0 0 14 13", class_="chart-check")


def legend(names: Mapping[str, str]) -> str:
    """Return what the shapes stand for: the key of a reader, or `BASELINE` -> its name."""
    return samples({reader: mark(reader, 8, 8) for reader in names}, names, width=16)


def samples(drawings: Mapping[str, str], names: Mapping[str, str], width: int) -> str:
    """Return a legend.

    Args:
        drawings: style -> SVG of 16 pixels in height.
        names: style -> what it stands for.
        width: of the drawings, in pixels.
    """
    entries = (
        tag(
            "li",
            tag("svg", drawing, width=width, height=16, aria_hidden="true"),
            text(names[style]),
            class_=f"chart-{style}",
        )
        for style, drawing in drawings.items()
    )
    return tag("ul", *entries, class_="chart-legend")
