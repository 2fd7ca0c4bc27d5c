import dataclasses

import numpy as np
import pytest

from gradio_app.evaluation.schema import Estimate
from gradio_app.readers import COMBINED, OVERVIEW, POSTER
from tests.training.evaluation.made_evaluation import (
    GENRES,
    made_film,
    made_labels,
    made_predictions,
)
from training.evaluation.comparison import (
    AVERAGE,
    PROBE,
    TFIDF_EXTRA,
    TMDB,
    Predictions,
    agreement,
    compare,
)
from training.evaluation.examples import examples
from training.metrics import figures


@pytest.fixture(scope="module")
def labels():
    return made_labels()


@pytest.fixture(scope="module")
def readers(labels):
    """A poor poster CNN, a good overview LSTM, and one in between."""
    return [
        made_predictions(name, labels, noise)
        for name, noise in ((POSTER.name, 3.0), (OVERVIEW.name, 0.5), (COMBINED.name, 0.7))
    ]


def test_rows_hold_the_figures_and_an_interval_around_them(labels, readers):
    comparison = compare(readers, [], [], labels, GENRES)
    assert [row.name for row in comparison.rows] == [POSTER.name, OVERVIEW.name, COMBINED.name]
    row, one = comparison.rows[1], readers[1]
    assert row.at_half == figures(labels, one.probabilities, 0.5)
    assert row.at_thresholds == figures(labels, one.probabilities, one.thresholds)
    low, high = row.intervals["micro-mAP"]
    assert low < row.at_thresholds["micro-mAP"] < high


def test_differences_are_paired_and_name_the_better_reader(labels, readers):
    comparison = compare(readers, [], [], labels, GENRES)
    pairs = [(each.name, each.other) for each in comparison.differences]
    assert pairs == [(OVERVIEW.name, POSTER.name), (COMBINED.name, OVERVIEW.name)]
    better = comparison.differences[0].figures["mAP"]
    assert better.excludes_zero
    assert 0 < better.low < better.value < better.high
    # The resamples are the same for both: a reader never differs from itself.
    twin = dataclasses.replace(readers[1], name=COMBINED.name)
    same = compare([*readers[:2], twin], [], [], labels, GENRES).differences[1].figures["mAP"]
    assert same == (0, 0, 0)
    assert not same.excludes_zero


def test_baselines_are_compared_with_their_readers(labels, readers):
    baselines = [made_predictions(name, labels, 1) for name in (TFIDF_EXTRA, PROBE, AVERAGE)]
    comparison = compare(readers, baselines, [], labels, GENRES)
    pairs = [(each.name, each.other) for each in comparison.differences]
    assert pairs[2:] == [
        (OVERVIEW.name, TFIDF_EXTRA),
        (POSTER.name, PROBE),
        (COMBINED.name, AVERAGE),
    ]


def test_other_trainings_are_averaged_with_the_shipped_model(labels, readers):
    again = [made_predictions(one.name, labels, 2, seed=5) for one in readers]
    row = compare(readers, [], [again], labels, GENRES).trainings[0]
    values = [
        figures(labels, one.probabilities, one.thresholds)["mAP"] for one in (readers[0], again[0])
    ]
    assert (row.name, row.count) == (POSTER.name, 2)
    assert row.mean["mAP"] == pytest.approx(sum(values) / 2)
    assert row.deviation["mAP"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)
    # The same model twice is one, and one alone has no spread.
    mixed = [readers[0], *again[1:]]
    names = [each.name for each in compare(readers, [], [mixed], labels, GENRES).trainings]
    assert names == [OVERVIEW.name, COMBINED.name]


def test_genres_that_no_film_has_are_left_out(labels, readers):
    lacking = labels.copy()
    lacking[:, 1] = 0
    comparison = compare(readers, [], [], lacking, GENRES)
    names = [genre for genre in GENRES if genre != GENRES[1]]
    assert [genre.genre for genre in comparison.genres[POSTER.name]] == names
    assert list(comparison.overview_ahead) == names


def test_genre_figures_are_those_counted_by_hand():
    labels = np.array([[1, 0], [1, 1], [0, 1], [0, 1]], float)
    probabilities = np.array([[0.9, 0.2], [0.2, 0.6], [0.6, 0.7], [0.1, 0.1]])
    readers = [
        Predictions(name, probabilities, np.array([0.5, 0.5]))
        for name in (POSTER.name, OVERVIEW.name, COMBINED.name)
    ]
    comparison = compare(readers, [], [], labels, ["Action", "Drama"])
    action, drama = comparison.genres[COMBINED.name]
    assert (action.n_films, action.precision, action.recall, action.f1) == (2, 0.5, 0.5, 0.5)
    assert (drama.n_films, drama.precision, drama.threshold) == (3, 1, 0.5)
    assert drama.recall == pytest.approx(2 / 3)
    assert action.average_precision.value == pytest.approx((1 + 2 / 3) / 2)
    assert (action.predicted, action.observed) == (pytest.approx(0.45), 0.5)
    assert comparison.overview_ahead["Action"] == Estimate(0, 0, 0)
    # Film 1 is Action, got Drama, which is true of it; film 3 is Drama and got nothing.
    assert comparison.confusions[COMBINED.name] == ()


def test_a_confusion_is_the_most_frequent_wrong_genre_of_films_that_were_missed():
    labels = np.array([[1, 0, 0]] * 4 + [[0, 1, 0]] + [[0, 0, 1]], float)
    probabilities = np.array(
        [[0, 0.9, 0], [0, 0.9, 0], [0, 0, 0.9], [0.9, 0.9, 0], [0.9, 0, 0], [0, 0, 0.9]]
    )
    readers = [
        Predictions(name, probabilities, np.full(3, 0.5))
        for name in (POSTER.name, OVERVIEW.name, COMBINED.name)
    ]
    pairs = compare(readers, [], [], labels, ["A", "B", "C"]).confusions[POSTER.name]
    assert [(pair.genre, pair.instead, pair.n_films, pair.n_missed) for pair in pairs] == [
        ("A", "B", 2, 3),
        ("B", "A", 1, 1),
    ]


def test_lists_agree_as_far_as_counted_by_hand():
    """Two films have a list of TMDB's, which cannot hold Sport."""
    films = [
        dataclasses.replace(made_film("tt1", frozenset(own)), tmdb_genres=frozenset(theirs))
        for own, theirs in (
            ({"Drama", "Sport"}, {"Drama"}),
            ({"Horror"}, {"Drama", "Horror"}),
            ({"Drama"}, ()),
        )
    ]
    fused = Predictions(
        COMBINED.name, np.array([[0.9, 0.1, 0.9], [0.2, 0.4, 0.9], [0.9] * 3]), np.full(3, 0.5)
    )
    people, ours = agreement(fused, films, ["Drama", "Horror", "Sport"])
    assert (people.name, ours.name) == (TMDB, COMBINED.name)
    assert people.at_thresholds["precision"] == pytest.approx(2 / 3)
    assert people.at_thresholds["recall"] == 1
    assert ours.at_thresholds["precision"] == 1
    assert ours.at_thresholds["recall"] == 1 / 2
    assert agreement(fused, films[2:], ["Drama", "Horror", "Sport"]) == ()
    only_sport = [dataclasses.replace(film, genres=frozenset({"Sport"})) for film in films]
    assert agreement(fused, only_sport, ["Drama", "Horror", "Sport"]) == ()


def test_examples_begin_with_the_coursework_and_follow_no_prediction(labels, readers):
    ids = [f"tt{number}" for number in range(len(labels) - 2)]
    films = [made_film(name) for name in [*ids, "tt0204946", "tt0120324"]]
    shown = examples(films, readers, GENRES, count=5)
    assert [film.id for film in shown[:2]] == ["tt0120324", "tt0204946"]
    assert len(shown) == 5
    backwards = [
        dataclasses.replace(one, probabilities=1 - one.probabilities[::-1]) for one in readers
    ]
    again = examples(films[::-1], backwards, GENRES, count=5)
    assert [film.id for film in again] == [film.id for film in shown]
    number = len(films) - 1
    best = np.argsort(-readers[0].probabilities[number], kind="stable")[:3]
    assert shown[0].top3[POSTER.name] == tuple(GENRES[column] for column in best)
