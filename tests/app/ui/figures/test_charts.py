"""Charts show the numbers they are given, and nothing but words where words are given."""

import xml.etree.ElementTree as ET

import pytest

from gradio_app.readers import POSTER, READERS
from gradio_app.ui.html.cards import card, card_row
from gradio_app.ui.html.charts import Dot, DotRow, dot_rows, genre_bars, legend
from gradio_app.ui.html.markup import scrolling_table, tag, text
from gradio_app.ui.html.panels import (
    Line,
    curve_panel,
    epochs_axis,
    reliability_panel,
    spanning_axis,
    unit_axis,
)

GENRES = ("Action", "Drama", "War")
READINGS = {"poster": (0.1, 0.5, 0.25), "overview": (0.2, 0, 1), "combined": (0.9, 0.3, 0.6)}
LIMITS = dict.fromkeys((reader.key for reader in READERS), (0.2, 0.5, 0.5))

HOSTILE = "<script>alert('1')</script> & \"quotes\""


def fraction(place: str) -> float:
    return float(place.removesuffix("%")) / 100


def bars(table: ET.Element) -> list[list[float]]:
    """Lengths of the bars, row by row."""
    return [
        [fraction(bar.get("width", "")) for bar in row.iterfind(".//rect[@class='chart-bar']")]
        for row in table.iterfind("./tbody/tr")
    ]


def test_bars_are_as_long_as_probabilities_and_sorted_by_the_last_reader():
    table = ET.fromstring(genre_bars(GENRES, READINGS, LIMITS))
    assert [cell.text for cell in table.iterfind("./tbody/tr/th/button")] == [
        "Action",
        "War",
        "Drama",
    ]
    assert bars(table) == [[0.1, 0.2, 0.9], [0.25, 1, 0.6], [0.5, 0, 0.3]]
    marks = [line.get("x1") for line in table.iterfind(".//line[@class='chart-threshold']")]
    assert [fraction(place) for place in marks] == [0.2] * 3 + [0.5] * 6


def test_reached_thresholds_are_marked_in_words_and_by_a_tick():
    table = ET.fromstring(genre_bars(GENRES, {"poster": READINGS["poster"]}, LIMITS))
    labels = {
        row.findtext("th/button"): row.find("td/div/svg").get("aria-label")
        for row in table.iterfind("./tbody/tr")
    }
    assert labels == {
        "Drama": "threshold 50%, reached",
        "War": "threshold 50%, not reached",
        "Action": "threshold 20%, not reached",
    }
    ticked = [
        row.findtext("th/button")
        for row in table.iterfind("./tbody/tr")
        if row.find(".//svg[@class='chart-check']") is not None
    ]
    assert ticked == ["Drama"]


@pytest.mark.parametrize("given", [["poster"], ["overview"], ["poster", "overview"]])
def test_absent_readers_have_no_column(given: list[str]):
    table = ET.fromstring(genre_bars(GENRES, {name: READINGS[name] for name in given}, LIMITS))
    heads = [cell.text for cell in table.iterfind("./thead/tr/th")]
    assert heads == ["Genre", *(reader.label for reader in READERS if reader.key in given)]
    assert [len(row) for row in bars(table)] == [len(given)] * 3


def test_without_readings_there_is_no_chart():
    assert genre_bars(GENRES, {}, {}) == ""


def test_equal_probabilities_keep_the_order_of_the_genres():
    table = ET.fromstring(genre_bars(GENRES, {"poster": (0.5, 0.5, 0.5)}, LIMITS))
    assert [cell.text for cell in table.iterfind("./tbody/tr/th/button")] == list(GENRES)


def test_dots_stand_at_their_values_and_whiskers_span_their_intervals():
    row = DotRow("Drama", "9 films", [Dot("poster", "CNN", 0.5, 0.25, 0.75)], reference=0.125)
    chart = ET.fromstring(dot_rows([row], "average precision"))
    whisker = chart.find(".//line[@class='chart-whisker']")
    assert [fraction(whisker.get(end)) for end in ("x1", "x2")] == [0.25, 0.75]
    assert fraction(chart.find(".//g/svg").get("x")) == 0.5
    assert fraction(chart.find(".//line[@class='chart-reference']").get("x1")) == 0.125
    assert chart.find(".//svg").get("aria-label") == "CNN 0.50, interval 0.25 to 0.75"


def test_readers_differ_by_shape_not_by_colour_alone():
    entries = ET.fromstring(legend({reader.key: reader.name for reader in READERS})).findall("li")
    assert len({entry.find(".//path").get("d") for entry in entries}) == len(READERS)


def test_curves_go_through_their_points():
    lines = [Line("poster", "one", (0, 0.5, 1), (0, 1, 0.5)), Line("dashed", "two", (1,), (1,))]
    panel = ET.fromstring(curve_panel("Title", "Finding", unit_axis("x"), unit_axis("y"), lines))
    first, second = (
        [tuple(map(float, point.split(","))) for point in curve.get("points").split()]
        for curve in panel.iterfind(".//polyline")
    )
    left, bottom = first[0]
    right, top = second[0]
    assert left < right
    assert top < bottom  # SVG counts downwards
    assert first[1] == pytest.approx(((left + right) / 2, top))
    assert first[2] == pytest.approx((right, (top + bottom) / 2))
    assert panel.find("svg").get("aria-label") == "Finding"


def test_dots_of_more_pairs_are_larger_and_calibrated_ones_lie_on_the_diagonal():
    panel = ET.fromstring(reliability_panel("poster", "CNN", (0, 0.5, 1), (0, 0.5, 1), (1, 4, 0)))
    diagonal = panel.find(".//line[@class='chart-diagonal']")
    few, many, none = panel.findall(".//circle")
    assert float(none.get("r")) < float(few.get("r")) < float(many.get("r"))
    middle = [
        (float(diagonal.get(f"{axis}1")) + float(diagonal.get(f"{axis}2"))) / 2 for axis in "xy"
    ]
    assert [float(many.get("cx")), float(many.get("cy"))] == pytest.approx(middle, abs=0.1)


def test_no_pairs_at_all_draw_no_dot():
    panel = ET.fromstring(reliability_panel("poster", "CNN", (), (), ()))
    assert panel.findall(".//circle") == []


@pytest.mark.parametrize(
    "values", [(0.215, 0.27), (0, 1), (0.5, 0.5), (0, 0), (-3, 12_000), (1e-9, 2e-9)]
)
def test_an_axis_spans_its_values_with_few_ticks(values: tuple[float, ...]):
    axis = spanning_axis("loss", values)
    assert axis.low <= min(values) <= max(values) <= axis.high
    assert 2 <= len(axis.ticks) <= 6
    assert axis.low < axis.high


@pytest.mark.parametrize("epochs", [1, 2, 7, 200])
def test_epochs_are_counted_in_whole_numbers(epochs: int):
    axis = epochs_axis(epochs)
    assert axis.along(1) == 0
    assert axis.low < axis.high
    assert 1 <= len(axis.ticks) <= 8
    assert all(1 <= tick <= epochs for tick in axis.ticks)


def test_hostile_words_stay_words():
    readings = {"poster": (0.5,)}
    rows = [DotRow(HOSTILE, HOSTILE, [Dot("poster", HOSTILE, 0.5, 0.5, 0.5)])]
    line = Line("poster", HOSTILE, (0, 1), (0, 1))
    panel = curve_panel(HOSTILE, HOSTILE, unit_axis(HOSTILE), unit_axis(HOSTILE), [line])
    for markup in (
        genre_bars([HOSTILE], readings, readings),
        dot_rows(rows, HOSTILE),
        legend({"poster": HOSTILE}),
        panel,
        scrolling_table(HOSTILE, [text(HOSTILE)], [[text(HOSTILE)]]),
    ):
        parsed = ET.fromstring(markup)
        assert not list(parsed.iter("script"))
        assert HOSTILE in "".join(parsed.itertext())


def test_attributes_are_escaped():
    assert ET.fromstring(tag("a", aria_label=HOSTILE)).get("aria-label") == HOSTILE


def test_cards_have_a_heading_and_the_colour_of_their_reader():
    box = card(POSTER, text(HOSTILE), tag("p", "words"), kind="reading", id="one")
    (section,) = ET.fromstring(card_row(box, kind="readings")).findall("section")
    assert section.attrib == {"class": "card reading chart-poster", "id": "one"}
    assert [(part.tag, part.text) for part in section] == [("h3", HOSTILE), ("p", "words")]


def test_elements_that_hold_nothing_have_no_closing_tag():
    assert tag("img", src="a.png", alt=HOSTILE) == f'<img src="a.png" alt="{text(HOSTILE)}">'
    assert tag("p") == "<p></p>"


def test_true_is_an_attribute_without_a_value_and_false_is_none():
    assert tag("input", checked=True, disabled=False) == "<input checked>"
    assert tag("progress", value=0, max=1) == '<progress value="0" max="1"></progress>'
