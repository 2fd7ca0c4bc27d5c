"""The same predictions for programs: typed functions of the HTTP interface."""

from typing import Any

import gradio as gr

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.explain import find_evidence
from gradio_app.ui.film import open_film
from gradio_app.ui.uploads import delete_upload, shows_input_errors, uploaded_poster
from gradio_app.workers import Turns

__all__ = ["add_programs"]


def add_programs(classifier: FilmClassifier, turns: Turns) -> None:
    """Add `/classify` and `/explain` to the page that is being built.

    A poster that may be missing is annotated as a file, not as one or None: in a union, gradio's
    description of the interface does not recognise it.
    """

    @shows_input_errors
    def classify(
        poster: gr.FileData = None,  # type: ignore[assignment]
        overview: str = "",
    ) -> dict[str, Any]:
        """Film genres of a poster, an overview, or both.

        Args:
            poster: picture file of the film's poster.
            overview: what the film is about, in English.

        Returns:
            All probabilities (0..1) by genre, best first, of the readings "poster", "overview" and
            "combined" (null where that input is missing), and the suggested "genres".
        """
        file = uploaded_poster(poster)
        try:
            with turns.single():
                return classifier.predict(file, _text(overview)).as_document()
        finally:
            delete_upload(file)

    @shows_input_errors
    def explain(
        poster: gr.FileData = None,  # type: ignore[assignment]
        overview: str = "",
        genre: str = "",
    ) -> dict[str, Any]:
        """What in a film's poster and overview speaks for and against a genre.

        Args:
            poster: picture file of the film's poster.
            overview: what the film is about, in English.
            genre: one of the genres that the models know; the likeliest if left out.

        Returns:
            The "genre", and by how much its logit falls when a word of the "overview" is hidden
            ("weight") and when a part of the "poster" is (rows of parts, from the top left).
        """
        file = uploaded_poster(poster)
        try:
            with turns.single():
                film = open_film(classifier.poster, file, _text(overview))
                prediction = classifier.predict(film.reading, film.overview)
                evidence = find_evidence(classifier, film.image, film.overview)
        finally:
            delete_upload(file)
        return evidence.as_document(genre or prediction.combined.top(1)[0][0])

    for function in (classify, explain):
        gr.api(function, api_name=function.__name__, concurrency_limit=2)


def _text(overview: Any) -> str | None:
    """Check what may be anything: callers of the HTTP interface send what they like."""
    if not isinstance(overview, str | None):
        raise InputError("Give the overview as text.")
    return overview
