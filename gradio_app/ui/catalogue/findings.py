"""What an audit found, as HTML: bars of agreement, and likely mistakes to accept."""

from collections.abc import Callable, Sequence

from gradio_app.catalogue.audit.report import Agreement, AuditReport, DoubtfulLabel
from gradio_app.catalogue.review.review import Review
from gradio_app.ui.catalogue.films import item_list, picture, title_of
from gradio_app.ui.html.charts import percent
from gradio_app.ui.html.markup import tag, text

__all__ = ["KEYS_OF_FINDINGS", "agreement_bars", "finding_list"]

#: What the keys of the audit do, for the line of help.
KEYS_OF_FINDINGS = (
    (("↓", "j"), "next mistake"),
    (("↑", "k"), "mistake before"),
    (("Enter", "a"), "accept"),
)

_PARTS = (
    ("both", "listed and suggested"),
    ("listed-alone", "listed only"),
    ("suggested-alone", "suggested only"),
)


def agreement_bars(report: AuditReport) -> str:
    """Return what was found in words, and for each genre how lists and models agree on it."""
    words = [tag("p", text(report.finding())), *(tag("p", text(each)) for each in report.remarks())]
    rows = [row for row in report.agreement if row.listed or row.suggested]
    if not rows:
        return tag("div", *words, class_="audit-words")
    rows.sort(key=lambda row: -_n_films(row))
    most, half = _n_films(rows[0]), -(-len(rows) // 2)
    legend = (
        tag("li", tag("i", class_=f"audit-{part}"), text(meaning)) for part, meaning in _PARTS
    )
    tables = (_table(part, most) for part in (rows[:half], rows[half:]) if part)
    return tag(
        "div",
        *words,
        tag("ul", *legend, class_="audit-legend", aria_hidden="true"),
        tag("div", *tables, class_="audit-tables"),
        class_="audit-words",
    )


def _table(rows: Sequence[Agreement], most: int) -> str:
    head = ("Genre", "Films", "Both", "Listed only", "Suggested only")
    return tag(
        "table",
        tag("caption", text(f"Films by genre, {rows[0].genre} to {rows[-1].genre}")),
        tag("thead", tag("tr", *(tag("th", each, scope="col") for each in head))),
        tag("tbody", *(_bar(row, most) for row in rows)),
    )


def _n_films(row: Agreement) -> int:
    return row.listed + row.suggested - row.both


def _bar(row: Agreement, most: int) -> str:
    counts = (row.both, row.listed - row.both, row.suggested - row.both)
    parts = (
        tag("i", class_=f"audit-{part}", style=f"width: {100 * count / most:.2f}%")
        for (part, _), count in zip(_PARTS, counts, strict=True)
    )
    return tag(
        "tr",
        tag("th", text(row.genre), scope="row"),
        tag("td", tag("div", *parts, class_="audit-bar")),
        *(tag("td", f"{count:,}") for count in counts),
    )


def finding_list(
    labels: Sequence[tuple[int, DoubtfulLabel]],
    review: Review,
    thumbnail: Callable[[int], bytes | None],
) -> str:
    """Return a page of likely mistakes, each with its place among all of them."""
    if not labels:
        return tag(
            "p", "No listed genre is likely wrong, and none is missing.", class_="review-none"
        )
    items = (_finding(place, label, review, thumbnail) for place, label in labels)
    return item_list("audit", items, review.changes)


def _finding(
    place: int, label: DoubtfulLabel, review: Review, thumbnail: Callable[[int], bytes | None]
) -> str:
    title = title_of(label.film)
    identity = tag("small", text(label.film.id)) if label.film.title else ""
    correction = f"{'Add' if label.kind == 'missing' else 'Remove'} {label.genre}"
    listed = "not listed" if label.kind == "missing" else "listed"
    accept = tag(
        "button",
        text(correction),
        type="button",
        class_="review-accept review-correction",
        aria_pressed="true" if review.is_taken(label) else "false",
        aria_label=f"{correction}: {title}",
    )
    details = (
        tag("h3", text(title), identity),
        tag(
            "p",
            tag("b", text(label.genre)),
            f" is {listed}, but the models give it {percent(label.probability)}. ",
            f"Chance of a mistake: {percent(label.score)}.",
        ),
        tag("p", "Listed: ", text(", ".join(label.film.genres or ()) or "none"), class_="audit-of"),
        tag("p", "Suggested: ", text(", ".join(label.suggested) or "none"), class_="audit-of"),
    )
    return tag(
        "li",
        picture(thumbnail(label.number), title),
        tag("div", *details, class_="review-details"),
        accept,
        class_=f"review-item audit-{label.kind}",
        data_item=place,
        tabindex=-1,
        aria_label=f"{title}: {correction}",
    )
