"""Predictions and evidence in words and HTML; the uploads of sessions."""

import dataclasses
import re
from pathlib import Path

import pytest

from gradio_app.classifier import FilmClassifier
from gradio_app.prediction import FilmPrediction, Prediction
from gradio_app.ui.classify.readings import reading_cards, verdict
from gradio_app.ui.classify.reasons import find_reasons, reasons_html
from gradio_app.ui.film import open_film
from gradio_app.ui.uploads import SessionFiles

GENRES = ("Action", "Comedy", "Drama", "Horror", "War")


def reading(*probabilities: float, threshold: float = 0.5) -> Prediction:
    return Prediction(GENRES, probabilities, (threshold,) * 5)


def text(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


def film(poster: Prediction | None, overview: Prediction | None) -> FilmPrediction:
    combined = overview or poster
    assert combined is not None
    return FilmPrediction(poster, overview, combined)


BRIGHT = reading(0.1, 0.9, 0.6, 0.05, 0.2)  # Comedy, Drama, War
DARK = reading(0.3, 0.1, 0.7, 0.8, 0.05)  # Horror, Drama, Action


@pytest.mark.parametrize(
    ("poster", "overview", "sentence"),
    [
        (BRIGHT, BRIGHT, "Both readers see Comedy, Drama and War."),
        (
            BRIGHT,
            DARK,
            "Both readers see Drama; the poster alone adds Comedy and War, the overview alone "
            "Horror and Action.",
        ),
        (
            reading(0.9, 0.8, 0.1, 0.1, 0.05),
            reading(0.01, 0.02, 0.7, 0.6, 0.5),
            "Both readers see Drama; the poster alone adds Action and Comedy, the overview alone "
            "Horror and War.",
        ),
        (BRIGHT, None, "One reader answered; add an overview, and the other answers too."),
        (None, BRIGHT, "One reader answered; add a poster, and the other answers too."),
    ],
)
def test_where_the_readers_agree(poster, overview, sentence: str):
    assert text(verdict(film(poster, overview))) == sentence


def card(html: str, reader: str) -> str:
    """The text of one card."""
    return text(html.partition(f'id="{reader}-reading"')[2].partition("</section>")[0])


def test_a_note_stands_on_the_card_of_its_reader():
    notes = ("It shows next to nothing.", "Words were left unread.")
    noted = dataclasses.replace(film(BRIGHT, DARK), notes=notes, poster_notes=notes[:1])
    html = reading_cards(noted)
    assert card(html, "poster").endswith(notes[0])
    assert card(html, "overview").endswith(notes[1])
    assert all(text(html).count(note) == 1 for note in notes)
    assert not any(note in verdict(noted) for note in notes)


def test_what_was_left_out_is_not_waited_for(classifier: FilmClassifier, poster: Path):
    left_out = classifier.predict(poster, "Qzxv wvutq yyqq.")
    said = card(reading_cards(left_out), "overview")
    assert "it holds no word that the model knows" in said
    assert "Waiting" not in said
    assert text(verdict(left_out)).endswith("One reader answered: the overview was left out.")


def test_readers_that_share_no_genre_disagree():
    genres = (*GENRES, "Family")

    def of(*chosen: str) -> Prediction:
        values = tuple(0.9 if genre in chosen else 0.1 for genre in genres)
        return Prediction(genres, values, (0.5,) * 6)

    words = verdict(film(of("Action", "Comedy", "Drama"), of("Horror", "War", "Family")))
    assert text(words) == (
        "The readers disagree: the poster looks like Action, Comedy and Drama, "
        "the overview reads like Horror, War and Family."
    )


def test_who_is_not_confident_says_so():
    unsure = reading(0.1, 0.2, 0.31, 0.05, 0.2)
    assert text(verdict(film(None, unsure))).startswith(
        "Not confident: no genre reaches its threshold; the likeliest is Drama with 31%. "
    )
    assert "Not confident" not in verdict(film(None, BRIGHT))


def test_cards_of_one_reader_do_not_repeat_it():
    cards = reading_cards(film(None, DARK))
    assert text(cards).count("Horror") == 1
    assert cards.count("suggested") == 2
    assert cards.count("Waiting for") == 2
    assert reading_cards(None).count("Waiting for") == 3


def test_what_users_wrote_cannot_become_markup(classifier: FilmClassifier):
    hostile = 'A <script>alert("1")</script> ghost & <b>house</b>'
    film = open_film(classifier.poster, None, hostile)
    html = reasons_html(find_reasons(classifier, film), "Horror")
    assert "<script" not in html
    assert "<b>house" not in html
    assert "&lt;" in html


def test_an_upload_is_deleted_once_no_session_uses_it(tmp_path: Path):
    first, second = tmp_path / "first.jpg", tmp_path / "second.jpg"
    first.touch()
    second.touch()
    files = SessionFiles()
    files.keep("anna", first)
    files.keep("ben", first)
    files.keep("anna", first)
    files.keep("anna", second)
    assert first.exists()
    files.forget("ben")
    assert not first.exists()
    files.forget("nobody")
    files.keep("anna", None)
    assert not second.exists()
    files.forget("anna")
