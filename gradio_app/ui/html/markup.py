"""HTML and SVG as strings: elements, tables, and boxes that scroll."""

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["folded", "scrolling_table", "section", "tag", "text"]


#: Elements that hold nothing and have no closing tag.
_VOID = {"br", "img", "input"}


def tag(name: str, *children: str, **attributes: object) -> str:
    """Return an element.

    Args:
        name: such as "p" or "rect".
        children: markup; `text` makes some of any string. An element like "img" has none.
        attributes: names with _ for -, class_ for class; values are escaped here. One of True
            stands without a value, as in `<input checked>`; one of False is left out.

    >>> tag("p", text("Tom & Jerry"), class_="title")
    '<p class="title">Tom &amp; Jerry</p>'
    >>> tag("input", type="radio", checked=True)
    '<input type="radio" checked>'
    """
    opening = f"<{name}{''.join(_attribute(*each) for each in attributes.items())}>"
    if name in _VOID:
        assert not children
        return opening
    return f"{opening}{''.join(children)}</{name}>"


def _attribute(name: str, value: object) -> str:
    if value is False:
        return ""
    written = f" {name.rstrip('_').replace('_', '-')}"
    return written if value is True else f'{written}="{escape(str(value))}"'


def text(words: object) -> str:
    """Return markup that shows these words, whatever they are."""
    return escape(str(words))


def section(heading: str, explanation: str) -> str:
    """Return a heading, and words below it where there are any."""
    return tag("h2", text(heading)) + (tag("p", text(explanation)) if explanation else "")


def scrolling_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table in a box that scrolls sideways, its first column staying in place.

    Args:
        caption: says what the table holds, also to those who do not see it.
        head: column names, markup.
        rows: of as many cells, markup; the first names the row.
    """
    header = tag("tr", *(tag("th", cell, scope="col") for cell in head))
    body = (
        tag("tr", tag("th", first, scope="row"), *(tag("td", cell) for cell in cells))
        for first, *cells in rows
    )
    table = tag(
        "table",
        tag("caption", text(caption)),
        tag("thead", header),
        tag("tbody", *body),
        class_="chart-table",
    )
    return tag("div", table, class_="chart-scroll", role="region", aria_label=caption, tabindex=0)


def folded(summary: str, content: str) -> str:
    """Return content that is a click away, behind a line that sums it up."""
    return tag("details", tag("summary", text(summary)), content, class_="chart-folded")
