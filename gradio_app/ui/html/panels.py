"""Panels of points and curves over two axes: numbers in, markup out.

A panel is drawn in units that are pixels where it has its own width, `_WIDTH`; laid out side by
side, panels are never much wider or narrower, so that letters keep about their size.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple

from gradio_app.readers import READERS
from gradio_app.ui.html.charts import mark, percent, samples
from gradio_app.ui.html.markup import tag, text

__all__ = [
    "Axis",
    "Line",
    "curve_panel",
    "epochs_axis",
    "line_legend",
    "reliability_panel",
    "spanning_axis",
    "unit_axis",
]

_WIDTH, _HEIGHT = 320, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 12, 44

_QUARTERS = (0, 0.25, 0.5, 0.75, 1)

_MARKED = {reader.key for reader in READERS}


@dataclass(frozen=True)
class Axis:
    """An axis of a panel; `ticks` lie within `low` and `high`, which differ."""

    label: str
    ticks: Sequence[float]
    low: float
    high: float

    def along(self, value: float) -> float:
        """Return where a value lies: 0 at the axis' low end, 1 at its high end."""
        return (value - self.low) / (self.high - self.low)


class Line(NamedTuple):
    """A curve. `style` is the key of a reader, or "dashed", which is grey."""

    style: str
    name: str
    x: Sequence[float]
    y: Sequence[float]


def unit_axis(label: str) -> Axis:
    """Return an axis from 0 to 1."""
    return Axis(label, _QUARTERS, 0, 1)


def epochs_axis(epochs: int) -> Axis:
    """Return an axis from the first epoch to the last.

    >>> epochs_axis(12).ticks
    range(2, 13, 2)
    """
    step = max(1, round(epochs / 6))
    return Axis("epoch", range(step, epochs + 1, step), 1, max(epochs, 2))


def spanning_axis(label: str, values: Sequence[float]) -> Axis:
    """Return an axis with round ticks around finite values, of which there is one at least.

    >>> spanning_axis("loss", [0.21, 0.27]).ticks
    [0.2, 0.22, 0.24, 0.26, 0.28]
    """
    low, high = min(values), max(values)
    steps = (factor * 10.0**power for power in count(-3) for factor in (1, 2, 5))
    step = next(each for each in steps if math.ceil(high / each) - math.floor(low / each) <= 4)
    first = math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    ticks = [round(number * step, 3) for number in range(first, last + 1)]
    return Axis(label, ticks, ticks[0], ticks[-1])


def curve_panel(title: str, finding: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """Return curves over two axes.

    Args:
        title: stands above.
        finding: what the panel shows, in words, for those who do not see it.
        x: axis from left to right.
        y: axis from bottom to top.
        lines: drawn in this order, the last on top.
    """
    curves = "".join(_curve(x, y, line) for line in lines)
    return _panel(title, finding, x, y, curves)


def _curve(x: Axis, y: Axis, line: Line) -> str:
    points = [(_across(x, right), _down(y, up)) for right, up in zip(line.x, line.y, strict=True)]
    stroke = tag(
        "polyline", class_="chart-line", points=" ".join(f"{a:.1f},{b:.1f}" for a, b in points)
    )
    across, down = points[len(points) // 2]
    shape = mark(line.style, f"{across:.1f}", f"{down:.1f}") if line.style in _MARKED else ""
    return tag("g", tag("title", text(line.name)), stroke, shape, class_=f"chart-{line.style}")


def line_legend(names: Mapping[str, str]) -> str:
    """Return what the lines stand for: style of a `Line` -> its name."""
    return samples(
        {
            style: tag("line", class_="chart-line", x1=0, x2=32, y1=8, y2=8)
            + (mark(style, 16, 8) if style in _MARKED else "")
            for style in names
        },
        names,
        width=32,
    )


def reliability_panel(
    reader: str,
    title: str,
    predicted: Sequence[float],
    observed: Sequence[float],
    pairs: Sequence[int],
) -> str:
    """Return a panel of dots, on the diagonal where probabilities hold.

    The more pairs, the larger the dot.

    Args:
        reader: the key of one.
        title: stands above.
        predicted: mean probability of each bin, 0..1.
        observed: fraction of true pairs of each bin, 0..1.
        pairs: number of pairs of each bin.
    """
    x, y = unit_axis("probability given"), unit_axis("share that is right")
    diagonal = tag(
        "line",
        class_="chart-diagonal",
        x1=_across(x, 0),
        y1=_down(y, 0),
        x2=_across(x, 1),
        y2=_down(y, 1),
    )
    most = max(pairs, default=0) or 1
    dots = [
        tag(
            "circle",
            tag("title", f"{percent(given)} given, {percent(right)} right, {number:,} pairs"),
            class_=f"chart-dot chart-{reader}",
            cx=f"{_across(x, given):.1f}",
            cy=f"{_down(y, right):.1f}",
            r=f"{2 + 6 * math.sqrt(number / most):.1f}",
        )
        for given, right, number in zip(predicted, observed, pairs, strict=True)
    ]
    points = "; ".join(
        f"{percent(given)} given, {percent(right)} right"
        for given, right in zip(predicted, observed, strict=True)
    )
    return _panel(title, f"{title}: {points}", x, y, diagonal + "".join(dots))


def _panel(title: str, finding: str, x: Axis, y: Axis, marks: str) -> str:
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    drawing = tag(
        "svg",
        *(_vertical(x, tick) for tick in x.ticks),
        *(_horizontal(y, tick) for tick in y.ticks),
        tag("text", text(x.label), x=middle, y=_HEIGHT - 8, text_anchor="middle"),
        marks,
        role="img",
        aria_label=finding,
        viewBox=f"0 0 {_WIDTH} {_HEIGHT}",
    )
    heading = tag("figcaption", tag("strong", text(title)), " ", tag("span", text(y.label)))
    return tag("figure", heading, drawing, class_="chart-panel")


def _vertical(axis: Axis, tick: float) -> str:
    x = f"{_across(axis, tick):.1f}"
    line = tag("line", class_="chart-grid", x1=x, x2=x, y1=_TOP, y2=_HEIGHT - _BOTTOM)
    return line + tag("text", f"{tick:g}", x=x, y=_HEIGHT - _BOTTOM + 16, text_anchor="middle")


def _horizontal(axis: Axis, tick: float) -> str:
    y = _down(axis, tick)
    end = _WIDTH - _RIGHT
    line = tag("line", class_="chart-grid", x1=_LEFT, x2=end, y1=f"{y:.1f}", y2=f"{y:.1f}")
    return line + tag("text", f"{tick:g}", x=_LEFT - 6, y=f"{y + 4:.1f}", text_anchor="end")


def _across(axis: Axis, value: float) -> float:
    return _LEFT + (_WIDTH - _LEFT - _RIGHT) * axis.along(value)


def _down(axis: Axis, value: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _TOP - _BOTTOM) * axis.along(value)
