"""HTML and SVG as strings: elements, tables, and boxes that scroll."""

from collections.abc import Iterable, Sequence
from html import escape

__all__ = ["folded", "scrolling_table", "section", "tag", "text"]


def tag(name: str, *children: str, **attributes: object) -> str:
    """An element.

    Args:
        name: such as "p" or "rect".
        children: markup; `text` makes some of any string.
        attributes: names with _ for -, class_ for class; values are escaped here.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{''.join(children)}</{name}>"


def text(words: object) -> str:
    """Markup that shows these words, whatever they are."""
    return escape(str(words))


def section(heading: str, explanation: str) -> str:
    """A heading, and words below it where there are any."""
    return tag("h2", text(heading)) + (tag("p", text(explanation)) if explanation else "")


def scrolling_table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in a box of its own that scrolls sideways, its first column staying in place.

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
    """Markup that is a click away."""
    return tag("details", tag("summary", text(summary)), content, class_="chart-folded")
