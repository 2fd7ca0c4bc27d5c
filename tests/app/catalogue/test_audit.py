"""The audit finds spoilt lists, accounts for every film and genre, and reports both safely."""

import csv
import doctest
import importlib
import io
import re
import time
import tracemalloc
from base64 import b64encode
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from gradio_app.catalogue.audit.audit import DOUBTFUL_SCORE, Audit
from gradio_app.catalogue.audit.genre_names import GenreNames
from gradio_app.catalogue.audit.label_errors import (
    ErrorRates,
    estimate_error_rates,
    label_error_scores,
)
from gradio_app.catalogue.audit.page import MAX_LABELS, report_format, report_page, write_report
from gradio_app.catalogue.audit.report import AuditReport, write_csv
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.prediction import Prediction

GENRES = ("Comedy", "Drama", "Horror", "Music", "Sci-Fi", "Thriller")
THRESHOLDS = (0.4,) * len(GENRES)


def predict(**probabilities: float) -> Prediction:
    """A prediction; genres that are not given have 5 %."""
    named = dict.fromkeys(GENRES, 0.05) | probabilities
    return Prediction(GENRES, tuple(named.values()), THRESHOLDS)


def audit(*films: tuple[Film, Prediction | None]) -> AuditReport:
    running = Audit(GENRES)
    for film, prediction in films:
        running.add(film, prediction)
    return running.finish()


def listing(*genres: str, **parts: str) -> Film:
    return Film(parts.pop("id", "tt1"), genres=genres, **parts)


def spoilt(added: int, removed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lists of 3,000 films, which labels of them are spoilt, and calibrated probabilities."""
    rng = np.random.default_rng(0)
    probabilities = 1 / (1 + np.exp(-rng.normal(-5, 6, (3000, len(GENRES)))))
    truth = rng.random(probabilities.shape) < probabilities
    errors = np.zeros_like(truth)
    for places, count in ((~truth, added), (truth, removed)):
        errors.flat[rng.choice(np.flatnonzero(places), count, replace=False)] = True
    return truth ^ errors, errors, probabilities


def audit_all(listed: np.ndarray, probabilities: np.ndarray) -> AuditReport:
    films = (
        Film(str(number), genres=tuple(np.compress(row, GENRES).tolist()))
        for number, row in enumerate(listed)
    )
    predictions = (Prediction(GENRES, tuple(row), THRESHOLDS) for row in probabilities.tolist())
    return audit(*zip(films, predictions, strict=True))


# Which labels are doubtful


def test_spoilt_labels_are_found():
    listed, errors, probabilities = spoilt(added=300, removed=300)
    report = audit_all(listed, probabilities)
    found = [errors[int(label.film.id), GENRES.index(label.genre)] for label in report.labels]
    assert np.mean(found) > 0.7
    assert np.sum(found) > 0.5 * errors.sum()
    assert np.mean(found[:200]) > 0.95


def test_both_kinds_rank_better_together_than_by_the_probability_of_the_label_alone():
    """Where lists leave out more than they add, a missing genre is the likelier error."""
    listed, errors, probabilities = spoilt(added=100, removed=600)

    def found(scores: np.ndarray) -> int:
        return errors.ravel()[np.argsort(-scores, axis=None)[: errors.sum()]].sum()

    rates = estimate_error_rates(listed, probabilities)
    alone = found(np.where(listed, 1 - probabilities, probabilities))
    assert found(label_error_scores(listed, probabilities, rates)) > alone + 20


def test_error_rates_of_sure_models_are_those_of_the_lists():
    rng = np.random.default_rng(0)
    truth = rng.random((4000, 2)) < (0.2, 0.4)
    probabilities = np.where(truth, 0.98, 0.02)
    left_out = rng.random(truth.shape) < (0.1, 0.5)
    added = rng.random(truth.shape) < 0.03
    rates = estimate_error_rates(np.where(truth, ~left_out, added), probabilities)
    assert rates.missing == pytest.approx([0.1, 0.5], abs=0.03)
    assert rates.wrong == pytest.approx(0.03, abs=0.01)


def test_a_rare_genre_has_nearly_the_rate_of_the_others():
    rng = np.random.default_rng(0)
    truth = rng.random((4000, 2)) < (0.4, 0.001)
    listed = truth & ((rng.random(truth.shape) < 0.4) | (False, True))
    rates = estimate_error_rates(listed, np.where(truth, 0.98, 0.02))
    frequent, rare = rates.missing
    assert frequent == pytest.approx(0.6, abs=0.05)
    assert 0.45 < rare < frequent


def test_a_genre_that_the_models_never_find_probable_can_be_missing_too():
    """Confidence is measured against the mean over the films that list the genre."""
    listed = np.repeat([True, False, False], (50, 50, 900))[:, None]
    probabilities = np.repeat([0.3, 0.35, 0.05], (50, 50, 900))[:, None]
    assert estimate_error_rates(listed, probabilities).missing[0] > 0.4


def test_of_two_confident_classes_the_more_probable_counts():
    listed = np.repeat([True, False], (50, 500))[:, None]
    probabilities = np.repeat([0.4, 0.45], (50, 500))[:, None]
    rates = estimate_error_rates(listed, probabilities)
    assert rates.missing[0] == pytest.approx(0.2)  # the usual rate: no film has the genre


def test_scores_are_probabilities_whatever_the_models_and_lists_hold():
    for value in (0.0, 1e-7, 0.5, 1.0):
        for listed in (np.ones((3, 2), bool), np.zeros((3, 2), bool)):
            probabilities = np.full((3, 2), value)
            rates = estimate_error_rates(listed, probabilities)
            scores = label_error_scores(listed, probabilities, rates)
            assert ((scores >= 0) & (scores <= 1)).all()


def test_a_score_falls_as_the_label_becomes_more_probable():
    probabilities = np.linspace(0, 1, 50)[:, None]
    rates = ErrorRates(np.array([0.2]), 0.02)
    present, absent = (
        label_error_scores(np.full((50, 1), listed), probabilities, rates)[:, 0]
        for listed in (True, False)
    )
    assert (np.diff(present) < 0).all()
    assert (np.diff(absent) > 0).all()


def test_one_film_is_audited_at_the_usual_rates():
    report = audit((listing("Comedy"), predict(Comedy=0.01, Horror=0.95, Drama=0.6)))
    assert [(label.kind, label.genre) for label in report.labels] == [
        ("missing", "Horror"),
        ("wrong", "Comedy"),
    ]
    (first, _) = report.labels
    assert first.probability == pytest.approx(0.95)
    assert first.suggested == ("Drama", "Horror")


def test_the_likeliest_error_comes_first():
    listed, _, probabilities = spoilt(added=300, removed=300)
    report = audit_all(listed, probabilities)
    scores = [label.score for label in report.labels]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= DOUBTFUL_SCORE
    assert {label.kind for label in report.labels} == {"missing", "wrong"}
    for label in report.labels:
        assert (label.genre in label.film.genres) == (label.kind == "wrong")


def test_a_genre_without_a_name_in_the_catalogue_is_not_missing_everywhere():
    films = [(listing("Drama"), predict(Drama=0.9, Music=0.99)) for _ in range(10)]
    report = audit(*films)
    assert report.unnamed == ("Music",)
    assert not report.labels
    assert "no film lists them: Music." in report.summary()
    few = audit(*films[:9])
    assert not few.unnamed
    assert {label.genre for label in few.labels} == {"Music"}


# Agreement


def test_agreement_counts_films():
    report = audit(
        (listing("Horror"), predict(Horror=0.9)),
        (listing("Horror", "Comedy"), predict(Horror=0.001)),
        (listing("Comedy"), predict(Horror=0.6, Comedy=0.4)),
        (listing("Drama"), predict(Horror=0.97)),
    )
    rows = {row.genre: row for row in report.agreement}
    assert tuple(rows) == GENRES
    horror = rows["Horror"]
    assert (horror.listed, horror.suggested, horror.both) == (2, 3, 1)
    assert (horror.missing, horror.wrong) == (1, 1)
    assert horror.precision == pytest.approx(1 / 3)
    assert horror.recall == pytest.approx(1 / 2)
    assert horror.f1 == pytest.approx(2 / 5)
    assert rows["Comedy"].recall == 0.5  # a threshold that is just reached counts
    assert rows["Drama"].precision is None
    assert rows["Music"].recall is rows["Music"].f1 is None


# Names of genres, and films that cannot be compared


@pytest.mark.parametrize(
    ("name", "genre"),
    [
        ("sci-fi", "Sci-Fi"),
        ("SciFi", "Sci-Fi"),
        ("Sci Fi", "Sci-Fi"),
        (" Science Fiction ", "Sci-Fi"),
        ("science-fiction", "Sci-Fi"),
        ("HORROR", "Horror"),
        ("Suspense", "Thriller"),
        ("music", "Music"),
        ("Musical", None),
        ("Western", None),
        ("Sports", None),  # these models do not know Sport
        ("Komödie", None),
        ("???", None),
        ("", None),
    ],
)
def test_a_genre_is_known_by_its_names(name: str, genre: str | None):
    assert GenreNames(GENRES).column(name) == (GENRES.index(genre) if genre else None)


@pytest.mark.parametrize(
    ("name", "genre"),
    [
        ("Sports", "Sport"),
        ("Biographical", "Biography"),
        ("Biopic", "Biography"),
        ("Historical", "History"),
        ("Animated", "Animation"),
        ("Anime", "Animation"),
        ("Children", "Family"),
        ("Children's", "Family"),
        ("Docu", "Documentary"),
    ],
)
def test_other_catalogues_names_lead_to_genres_of_the_shipped_models(
    classifier: FilmClassifier, name: str, genre: str
):
    assert GenreNames(classifier.genres).column(name) == classifier.genres.index(genre)


def test_unknown_genres_are_counted_under_one_spelling():
    report = audit(
        (listing("Western", "Drama"), predict(Drama=0.9)),
        (listing("Drama", "western", " WESTERN ", " "), predict(Drama=0.9)),
        (listing("Musical"), predict(Music=0.9)),
        (listing("Musical"), None),
        (listing("Musical"), None),
    )
    assert report.unknown_genres == {"Musical": 3, "Western": 2}
    assert list(report.unknown_genres) == ["Musical", "Western"]
    assert "do not know: Musical (3 films), Western (2 films)." in report.summary()
    assert report.n_films == 2


def test_many_unknown_genres_are_named_in_part():
    films = [(listing(f"Genre {number}"), None) for number in range(20)]
    assert audit(*films).summary().endswith("Genre 11 (1 film), and 8 more.")


def test_every_film_is_compared_or_accounted_for():
    report = audit(
        (listing("Drama"), predict(Drama=0.9)),
        (listing("Drama"), None),
        (listing("Western"), predict()),
        (listing(), predict()),
        (Film("tt2"), predict()),
        (Film("tt3"), None),
    )
    assert report.n_films == 1
    assert report.n_films + sum(report.left_out.values()) == 6
    assert (
        "Not audited: 1 film without a prediction, 1 film whose listed genres the models do not "
        "know, 3 films without listed genres." in report.summary()
    )


@pytest.mark.parametrize(
    ("films", "sentence"),
    [
        ([], "There was no film to audit."),
        (
            [(Film("tt1"), predict())] * 2,
            "No film was audited. Not audited: 2 films without listed genres.",
        ),
        (
            [(listing("Drama"), predict(Drama=0.9))],
            "1 film audited: no genre is likely missing or wrong.",
        ),
        (
            [(listing("Drama"), predict(Drama=0.9, Horror=0.97))],
            "1 film audited: 1 genre likely missing, 0 likely wrong.",
        ),
    ],
    ids=["no film", "no genres", "one film", "one doubtful film"],
)
def test_small_audits_end_in_a_clear_sentence(films, sentence: str, tmp_path: Path):
    report = audit(*films)
    assert report.summary() == sentence
    page = report_page(report, lambda film: None)
    assert sentence.partition(". ")[0] in page
    check_page(page)
    write_csv(report, tmp_path / "report.csv")
    assert len(read_csv(tmp_path / "report.csv")) == 1 + len(report.labels)


def test_predictions_of_the_shipped_models_are_audited(classifier: FilmClassifier):
    overview = "A documentary about penguins, with interviews and archive footage."
    running = Audit(classifier.genres)
    running.add(
        Film("tt1", genres=("Science Fiction",)), classifier.predict(overview=overview).combined
    )
    report = running.finish()
    assert ("missing", "Documentary") in {(each.kind, each.genre) for each in report.labels}
    assert report.agreement[classifier.genres.index("Sci-Fi")].listed == 1


# Memory and time


def test_what_weighs_is_not_kept():
    film = Film(
        "tt1", overview="A ghost.", poster=b"JPEG", genres=("Drama",), cells={"plot": "A ghost."}
    )
    report = audit((film, predict(Drama=0.001)))
    assert report.labels[0].film == Film("tt1", genres=("Drama",))
    named = Film("tt1", poster="ghost.jpg", genres=("Drama",))
    assert audit((named, predict(Drama=0.001))).labels[0].film.poster == "ghost.jpg"


def audit_many(n_films: int) -> AuditReport:
    rng = np.random.default_rng(0)
    rows = rng.beta(0.3, 1.5, (1000, len(GENRES))).tolist()
    predictions = [Prediction(GENRES, tuple(row), THRESHOLDS) for row in rows]
    running = Audit(GENRES)
    for number in range(n_films):
        overview = f"Ghost number {number}. " * 100
        genres = GENRES[number % 6], GENRES[number % 5]
        film = Film(f"tt{number:07}", overview=overview, title="A Ghost", genres=genres)
        running.add(film, predictions[number % 1000])
    return running.finish()


def test_many_films_are_audited_in_little_time():
    begin = time.perf_counter()
    assert audit_many(50_000).n_films == 50_000
    assert time.perf_counter() - begin < 20  # it takes one second on an idle core


def test_a_film_takes_little_memory():
    tracemalloc.start()
    report = audit_many(10_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(report.labels) > 1000
    assert peak < 1000 * 10_000  # an overview alone has 2,000 characters


# CSV


def read_csv(file: Path) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as opened:
        return list(csv.reader(opened))


def test_the_columns_of_the_csv(tmp_path: Path):
    file = tmp_path / "report.csv"
    title = '=HYPERLINK("a"), Ünïcode\nline'
    film = listing("Horror", id="=1+1", title=title)
    report = audit((film, predict(Horror=0.001, Comedy=0.97)))
    write_csv(report, file)
    assert file.read_bytes().startswith(b"id,title,genre,kind,probability,score\r\n")
    _, *rows = read_csv(file)
    assert sorted(row[:5] for row in rows) == [
        ["=1+1", title, "Comedy", "missing", "0.970000"],
        ["=1+1", title, "Horror", "wrong", "0.001000"],
    ]
    assert [row[5] for row in rows] == [f"{label.score:.6f}" for label in report.labels]


def test_half_characters_do_not_end_a_report(tmp_path: Path):
    report = audit((listing("Horror", title="a\ud800b"), predict(Horror=0.001)))
    for name in ("report.csv", "report.html"):
        write_report(report, tmp_path / name, report_format(Path(name)), lambda film: None)
        assert "a?b" in (tmp_path / name).read_text("utf-8")


def test_the_name_of_a_report_says_its_format(tmp_path: Path):
    report = audit((listing("Horror"), predict(Horror=0.001)))
    page = tmp_path / "report.HTML"
    write_report(report, page, report_format(page), lambda film: None)
    assert page.read_text("utf-8") == report_page(report, lambda film: None)
    with pytest.raises(InputError, match=re.escape("report.txt says no format for an audit")):
        report_format(Path("report.txt"))


# The page


class Nesting(HTMLParser):
    """Checks that every element is closed, and gathers elements, attributes and words."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.words = ""

    def handle_starttag(self, tag, attrs):
        self.elements.append(tag)
        self.attributes += attrs
        if tag not in {"meta", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


def check_page(page: str) -> Nesting:
    """Parse a page; nothing on it runs, and nothing is fetched."""
    parsed = Nesting()
    parsed.feed(page)
    parsed.close()
    assert not parsed.open
    assert page.startswith("<!DOCTYPE html>")
    assert not {"script", "link", "iframe", "object", "base"} & set(parsed.elements)
    assert not re.search(r"https?:|//|@import|url\(", re.sub(r"base64,[^\"]*", "", page))
    assert not [name for name, _ in parsed.attributes if name.startswith("on")]
    assert all(
        (value or "").startswith("data:") for name, value in parsed.attributes if name == "src"
    )
    return parsed


def test_titles_ids_and_genres_cannot_become_markup():
    evil = "<img src=x onerror=alert(1)>\"'&"
    film = listing(evil, "Horror", id=evil, title=evil)
    page = report_page(audit((film, predict(Horror=0.001))), lambda film: b"JPEG")
    parsed = check_page(page)
    assert parsed.elements.count("img") == 1
    assert parsed.words.count(evil) == 4  # unknown genre, title, id, list
    assert ("alt", f"Poster of {evil}") in parsed.attributes


def test_the_page_says_what_to_change():
    film = listing("Horror", "Western", title="The Attic")
    page = report_page(
        audit((film, predict(Horror=0.02, Comedy=0.92, Drama=0.5))), lambda film: b"JPEG"
    )
    words = check_page(page).words
    assert "add Comedy (92%)" in words
    assert "remove Horror (2%)" in words
    assert "Horror, Western" in words
    assert "Comedy, Drama" in words
    assert "Western (1 film)" in words
    assert f'src="data:image/jpeg;base64,{b64encode(b"JPEG").decode()}"' in page


def test_certain_probabilities_are_not_rounded_to_none_and_all():
    film = listing("Horror")
    page = report_page(audit((film, predict(Horror=0.001, Comedy=0.999))), lambda film: None)
    assert "(&lt;1%)" in page
    words = check_page(page).words
    assert "remove Horror (<1%)" in words
    assert "add Comedy (>99%)" in words
    assert "no poster" in words


def test_bars_have_the_length_of_their_numbers():
    films = [
        (listing("Horror"), predict(Horror=0.9)),
        (listing("Horror"), predict(Horror=0.2)),
        (listing("Horror"), predict(Horror=0.2)),
    ]
    page = report_page(audit(*films), lambda film: None)
    assert '<span style="width:33.3%"></span></span><span>33%</span>' in page


def test_a_long_report_shows_the_first_labels_and_says_how_many_it_leaves_out():
    titles = [f"Film {number}" for number in range(MAX_LABELS + 10)]
    doubtful = [(listing("Horror", title=each), predict(Horror=0.001)) for each in titles]
    others = [(listing("Drama"), predict(Horror=0.01, Drama=0.9))] * len(titles)
    report = audit(*doubtful, *others, *[(listing("Horror"), predict(Horror=0.9))] * len(titles))
    looked_up: list[Film] = []
    words = check_page(report_page(report, looked_up.append)).words
    assert f"These are the first {MAX_LABELS}; 10 more are not on this page." in words
    assert len(looked_up) == words.count("remove Horror") == MAX_LABELS
    assert [film.title for film in looked_up] == titles[:MAX_LABELS]


def test_labels_of_one_film_stand_together_also_where_ids_repeat():
    films = [(listing("Horror"), predict(Horror=0.001, Comedy=0.99)) for _ in range(2)]
    page = report_page(audit(*films), lambda film: None)
    assert check_page(page).elements.count("h3") == 2


def test_a_thumbnail_is_shown_in_a_browsers_format(draw_poster):
    file = io.BytesIO()
    draw_poster(1).save(file, "JPEG")
    page = report_page(
        audit((listing("Horror"), predict(Horror=0.001))), lambda film: file.getvalue()
    )
    assert f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}" in page


@pytest.mark.parametrize("module", ["audit", "genre_names", "label_errors", "page", "report"])
def test_examples_of_docstrings_run(module: str):
    results = doctest.testmod(importlib.import_module(f"gradio_app.catalogue.audit.{module}"))
    assert results.attempted > 0
    assert results.failed == 0
