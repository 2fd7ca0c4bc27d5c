"""Decisions on films: what is kept, what is shown first, and how much work it is."""

import random
from collections import Counter
from collections.abc import Callable

import pytest

from gradio_app.catalogue.audit.audit import Audit
from gradio_app.catalogue.review import order
from gradio_app.catalogue.review.decisions import GenreNamer
from gradio_app.catalogue.review.place import FILMS_A_PAGE, Place
from gradio_app.catalogue.review.review import ORDERS, Choice, Review
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_DECIDED_GENRES
from gradio_app.prediction import FilmPrediction, FilmResult, Prediction

GENRES = ("Comedy", "Horror", "Sci-Fi")
THRESHOLDS = (0.5, 0.5, 0.5)


def predict(*probabilities: float) -> Prediction:
    return Prediction(GENRES, probabilities, THRESHOLDS)


def read(film: Film, *probabilities: float, poster: tuple[float, ...] | None = None) -> FilmResult:
    """A film of which the overview was read, and the poster if it is given."""
    overview = predict(*probabilities)
    seen = None if poster is None else predict(*poster)
    return FilmResult(film, FilmPrediction(seen, overview, overview), ())


@pytest.fixture
def review() -> Review:
    return Review(
        [
            read(Film("a", title="Zebra"), 0.9, 0.1, 0.1),
            read(Film("b", title="apple"), 0.55, 0.8, 0.01, poster=(0.5, 0.1, 0.01)),
            FilmResult(Film("c"), None, ("There is no poster.",)),
            read(Film("d", title="Moon", genres=("Science Fiction", "Noir")), 0.1, 0.9, 0.3),
        ],
        GENRES,
    )


# --- decisions ----------------------------------------------------------------------------------


def test_nothing_is_decided_at_first(review: Review):
    assert [review.decided(number) for number in range(4)] == [None] * 4
    assert review.genres(1) == ("Horror", "Comedy")
    assert review.n_accepted == review.changes == 0


def test_a_change_is_a_decision_and_so_is_an_acceptance(review: Review):
    review.decide(0, ["Horror"], accepted=False, turn=1)
    review.decide(1, ["Horror", "Comedy"], accepted=True, turn=1)
    review.decide(2, [], accepted=True, turn=1)
    assert [review.decided(number) for number in range(4)] == [
        ("Horror",),
        ("Horror", "Comedy"),
        (),
        None,
    ]
    assert review.n_accepted == 2


def test_what_is_taken_back_was_never_decided(review: Review):
    review.decide(0, ["Comedy", "Horror"], accepted=False, turn=1)
    review.decide(0, ["Comedy"], accepted=False, turn=2)
    assert review.decided(0) is None
    review.decide(1, ["Horror", "Comedy"], accepted=True, turn=1)
    review.decide(1, ["Horror", "Comedy"], accepted=False, turn=2)
    assert review.decided(1) is None


def test_no_genre_is_a_decision_too(review: Review):
    review.decide(0, [], accepted=False, turn=1)
    assert review.decided(0) == review.film(0).genres == ()
    assert review.film(0).offered == ("Comedy", "Horror", "Sci-Fi")


def test_a_decision_that_comes_late_is_dropped(review: Review):
    review.decide(0, ["Horror"], accepted=True, turn=5)
    review.decide(0, ["Sci-Fi"], accepted=False, turn=4)
    assert (review.decided(0), review.n_accepted) == (("Horror",), 1)


def test_names_in_any_spelling(review: Review):
    review.decide(0, ["science fiction", " Film  Noir", "HORROR", "horror", ""], True, 1)
    assert review.decided(0) == ("Sci-Fi", "Film Noir", "Horror")


@pytest.mark.parametrize("name", ["a|b", "x" * 101, "a\0b", "a\x1bb"])
def test_names_that_are_none(review: Review, name: str):
    with pytest.raises(InputError):
        review.decide(0, [name], accepted=True, turn=1)
    assert review.decided(0) is None


def test_too_many_genres():
    names = [f"genre {number}" for number in range(MAX_DECIDED_GENRES + 1)]
    assert len(GenreNamer(GENRES).named(names[1:])) == MAX_DECIDED_GENRES
    with pytest.raises(InputError, match="take some away"):
        GenreNamer(GENRES).named(names)


@pytest.mark.parametrize("number", [-1, 4])
def test_a_film_that_is_not_there(review: Review, number: int):
    with pytest.raises(InputError, match="no such film"):
        review.decide(number, [], accepted=True, turn=1)


def test_what_is_offered(review: Review):
    assert review.film(3).listed == ("Sci-Fi", "Noir")
    assert review.film(3).offered == ("Horror", "Sci-Fi", "Comedy", "Noir")
    assert review.film(3).genres == ("Horror",)
    assert review.film(2).offered == ()
    review.decide(2, ["Noir"], accepted=False, turn=1)
    assert review.film(2).offered == ("Noir",)


# --- order and choice ---------------------------------------------------------------------------


def test_orders(review: Review):
    ordered = {each: review.choose(Choice(each)) for each in ORDERS}
    assert ordered == {
        "input": [0, 1, 2, 3],
        "unsure": [1, 3, 0, 2],  # 0.55 and 0.3 are nearest to 0.5
        "disagree": [1, 0, 2, 3],
        "name": [1, 2, 3, 0],  # apple, c, Moon, Zebra
    }


def test_choices(review: Review):
    assert review.choose(Choice(shown="error")) == [2]
    assert review.choose(Choice(shown="note")) == []
    assert review.choose(Choice(genre="Comedy")) == [0, 1]
    review.decide(0, ["Horror"], accepted=True, turn=1)
    assert review.choose(Choice(genre="Comedy")) == [1]
    assert review.choose(Choice(genre="Horror", shown="open", order="unsure")) == [1, 3]


@pytest.mark.parametrize("count", [0, 1, 20, 21, 40])
def test_pages(count: int):
    place, seen = Place(list(range(count))), []
    assert place.turned(-1) == place
    while True:
        seen += place.here()
        if place.is_last:
            break
        place = place.turned(1)
        assert not place.is_first
    assert seen == list(range(count))
    assert place.turned(1) == place
    assert place.words("Films") == (
        f"Films {seen[-len(place.here())] + 1} to {count} of {count}" if seen else ""
    )


# --- audit --------------------------------------------------------------------------------------


@pytest.fixture
def audited() -> tuple[Review, Callable[[str], object]]:
    films = [
        Film("unlisted"),
        Film("a", genres=("comedy", "Noir")),
        Film("b", genres=("Comedy",)),
    ]
    results = [
        read(films[0], 0.9, 0.1, 0.1),
        read(films[1], 0.001, 0.99, 0.001),
        read(films[2], 0.99, 0.01, 0.01),
    ]
    audit = Audit(GENRES)
    for result in results:
        audit.add(result.film, result.prediction.combined)
    labels = {label.genre: label for label in audit.finish().labels}
    return Review(results, GENRES), labels.__getitem__


def test_findings_correct_the_listed_genres(audited):
    review, label = audited
    assert label("Horror").number == label("Comedy").number == 1
    review.take(label("Horror"), taken=True, turn=1)
    assert review.decided(1) == ("Comedy", "Noir", "Horror")
    review.take(label("Comedy"), taken=True, turn=2)
    assert review.decided(1) == ("Noir", "Horror")
    assert review.is_taken(label("Horror"))
    assert review.n_accepted == 0


def test_findings_that_are_taken_back(audited):
    review, label = audited
    review.take(label("Comedy"), taken=True, turn=1)
    review.take(label("Comedy"), taken=False, turn=2)
    assert review.decided(1) is None
    assert review.genres(1) == ("Horror",)
    assert not review.is_taken(label("Comedy"))


def test_findings_after_a_decision(audited):
    review, label = audited
    review.decide(1, ["Sci-Fi", "Comedy"], accepted=True, turn=1)
    review.take(label("Comedy"), taken=True, turn=2)
    assert review.decided(1) == ("Sci-Fi",)


# --- work ---------------------------------------------------------------------------------------


def test_a_decision_does_not_rank_the_genres_of_all_films_again(monkeypatch: pytest.MonkeyPatch):
    """What is suggested, sure and disputed is found once; then a page alone is read."""
    rng = random.Random(0)

    def one() -> Prediction:
        return predict(*(rng.random() for _ in GENRES))

    review = Review(
        [
            FilmResult(Film(str(number)), FilmPrediction(one(), one(), one()), ())
            for number in range(1000)
        ],
        GENRES,
    )
    work: Counter[str] = Counter()
    counted(monkeypatch, work, Prediction, "_ranked")
    counted(monkeypatch, work, order, "_logit")
    choices = [Choice(each, "open", GENRES[0]) for each in ORDERS]
    for choice in choices:
        assert 300 < len(review.choose(choice)) < 700
    assert work == {"_ranked": 1000, "_logit": 2 * 1000 * len(GENRES)}
    work.clear()
    for turn in range(50):
        review.decide(turn, [GENRES[1]], accepted=True, turn=turn + 1)
        assert turn not in review.choose(choices[turn % len(ORDERS)])
        assert review.n_accepted == turn + 1
    assert work == {}
    for number in range(FILMS_A_PAGE):
        review.film(number)
    assert work == {"_ranked": FILMS_A_PAGE}


def counted(monkeypatch: pytest.MonkeyPatch, work: Counter[str], owner: object, name: str) -> None:
    """Count the calls of a function while it goes on doing its work."""
    function = getattr(owner, name)

    def call(*arguments: object) -> object:
        work[name] += 1
        return function(*arguments)

    monkeypatch.setattr(owner, name, call)
