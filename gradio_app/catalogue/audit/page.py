"""An audit as a page of HTML: one file without scripts that needs no network."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from gradio_app.catalogue.audit.report import (
    Agreement,
    AuditReport,
    DoubtfulLabel,
    counted,
    write_csv,
)
from gradio_app.errors import InputError
from gradio_app.films import Film

__all__ = ["MAX_LABELS", "REPORT_FORMATS", "report_format", "report_page", "write_report"]

#: The page shows so many doubtful labels; the CSV has all of them.
MAX_LABELS = 300

#: How the file of a report ends.
REPORT_FORMATS = (".csv", ".html")

_HEADS = (
    *("Genre", "Likely missing", "Likely wrong"),
    *("Listed", "Suggested", "Precision", "Recall", "F1"),
)


def report_format(file: Path) -> str:
    """Return which of `REPORT_FORMATS` a file name asks for.

    Raises:
        InputError: It asks for none of them.
    """
    if file.suffix.lower() not in REPORT_FORMATS:
        raise InputError(
            f"{file} says no format for an audit; name a file that ends with .csv or .html."
        )
    return file.suffix.lower()


def write_report(
    report: AuditReport,
    file: Path,
    file_format: str,
    thumbnail: Callable[[Film], bytes | None],
) -> None:
    """Write a report as CSV (see `write_csv`) or as a page of HTML (see `report_page`).

    Args:
        report: of a finished audit.
        file: to write.
        file_format: one of `REPORT_FORMATS`.
        thumbnail: see `report_page`.

    Raises:
        OSError: The file cannot be written.
    """
    if file_format == ".csv":
        write_csv(report, file)
    else:
        page = report_page(report, thumbnail)
        file.write_text(page, "utf-8", errors="replace", newline="\n")


def report_page(report: AuditReport, thumbnail: Callable[[Film], bytes | None]) -> str:
    """Return the page of a report: agreement per genre, and the first `MAX_LABELS` labels.

    >>> page = report_page(AuditReport(0, (), (), {}, {}, ()), thumbnail=lambda film: None)
    >>> "There was no film to audit." in page
    True

    Args:
        report: of a finished audit.
        thumbnail: gives a small JPEG of a film's poster, or None; the film has neither overview
            nor cells, and no poster that was not the name of a file.
    """
    remarks = "".join(f'<p class="quiet">{escape(each)}</p>' for each in report.remarks())
    content = _agreement(report) + _doubtful(report, thumbnail) if report.n_films else ""
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy"
 content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<title>Audit of listed genres</title>
<style>
{style}</style>
</head>
<body>
<main>
<h1>Audit of listed genres</h1>
<p class="finding">{escape(report.finding())}</p>
{remarks}
{content}</main>
</body>
</html>
"""


def _agreement(report: AuditReport) -> str:
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    rows = "\n".join(map(_agreement_row, report.agreement))
    return f"""<h2>Agreement per genre</h2>
<p>Films whose list likely lacks the genre, or holds it, by error; films that list it, and for which
the models suggest it. Precision is the fraction of the suggested that is listed, recall the
fraction of the listed that is suggested.</p>
<div class="table" role="region" aria-label="Agreement per genre" tabindex="0">
<table>
<caption>{counted(report.n_films, "film")}</caption>
<thead><tr>{heads}</tr></thead>
<tbody>
{rows}
</tbody>
</table>
</div>
"""


def _agreement_row(row: Agreement) -> str:
    cells = [
        *(f"{films:,}" for films in (row.missing, row.wrong, row.listed, row.suggested)),
        *map(_rate, (row.precision, row.recall, row.f1)),
    ]
    content = "".join(f"<td>{cell}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(row.genre)}</th>{content}</tr>'


def _rate(value: float | None) -> str:
    """Return a bar with its number, or a dash for None."""
    if value is None:
        return "&ndash;"
    bar = f'<span><span style="width:{100 * value:.1f}%"></span></span>'
    return f'<span class="rate">{bar}<span>{value:.0%}</span></span>'


def _doubtful(report: AuditReport, thumbnail: Callable[[Film], bytes | None]) -> str:
    shown = list(islice(report.labels, MAX_LABELS))
    if not shown:
        return ""
    left_out = len(report.labels) - len(shown)
    limit = (
        f"<p>These are the first {MAX_LABELS:,}; {left_out:,} more are not on this page. "
        "A report whose name ends with .csv has all of them.</p>"
        if left_out
        else ""
    )
    films = "\n".join(_film(labels, thumbnail) for labels in _by_film(shown))
    return f"""<h2>Doubtful genres</h2>
<p>Likeliest errors first, by film. The percentage is the models' probability of the genre. They can
be wrong, too: look before you change a list.</p>
{limit}
<ol class="films">
{films}
</ol>
"""


def _by_film(labels: Iterable[DoubtfulLabel]) -> list[list[DoubtfulLabel]]:
    """Return the labels of each film, in the order of its first."""
    films: dict[int, list[DoubtfulLabel]] = {}
    for label in labels:
        films.setdefault(id(label.film), []).append(label)  # ids of films may repeat
    return list(films.values())


def _film(labels: Sequence[DoubtfulLabel], thumbnail: Callable[[Film], bytes | None]) -> str:
    film = labels[0].film
    changes = "".join(map(_change, labels))
    film_id = f" <small>{escape(film.id)}</small>" if film.title else ""
    return f"""<li>
{_poster(film, thumbnail(film))}
<div>
<h3>{escape(film.title or film.id)}{film_id}</h3>
<ul class="changes">{changes}</ul>
<dl>
<dt>Listed</dt><dd>{escape(", ".join(film.genres or ()))}</dd>
<dt>Suggested</dt><dd>{escape(", ".join(labels[0].suggested)) or "none is likely enough"}</dd>
</dl>
</div>
</li>"""


def _poster(film: Film, thumbnail: bytes | None) -> str:
    if thumbnail is None:
        return '<div class="no-poster">no poster</div>'
    source = f"data:image/jpeg;base64,{b64encode(thumbnail).decode()}"
    return f'<div><img src="{source}" alt="Poster of {escape(film.title or film.id)}"></div>'


def _change(label: DoubtfulLabel) -> str:
    verb = "add" if label.kind == "missing" else "remove"
    words = f"{verb} {label.genre} ({_percent(label.probability)})"
    return f'<li class="{label.kind}">{escape(words)}</li>'


def _percent(probability: float) -> str:
    if probability < 0.005:
        return "<1%"
    return ">99%" if probability >= 0.995 else f"{probability:.0%}"
