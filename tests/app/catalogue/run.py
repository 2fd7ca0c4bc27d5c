"""A run over a table, as the command line makes it."""

from pathlib import Path

from gradio_app.catalogue.batch import Observer, Options, Summary, run_batch
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.classifier import FilmClassifier

__all__ = ["classify_table", "run"]


def run(
    classifier: FilmClassifier,
    table: Path,
    posters: Path | None,
    output: Path,
    columns: dict[str, str] | None = None,
    observe: Observer = lambda film, prediction: None,
    **options: object,
) -> Summary:
    """Read a table with the posters of a folder or ZIP file; keywords are `Options`."""
    with open_source(table, posters, columns) as source:
        return run_batch(classifier, source, output, Options(**options), observe=observe)


def classify_table(
    classifier: FilmClassifier, table: Path, posters: Path | None, output: Path
) -> tuple[int, int]:
    """Return how many films were written, and how many of them have an error."""
    summary = run(classifier, table, posters, output)
    return summary.n_films, summary.n_errors
