import shutil

import pytest

from gradio_app.errors import InputError
from tests.training.conftest import write_table
from training.data.films import SHIFT, read_extra_films, read_films
from training.data.labels import UNKNOWN, genre_names, label_matrix, tmdb_label_matrix


def test_films_are_read_with_posters_genres_and_splits(made_films):
    films = read_films(made_films)
    assert len(films) == 60
    assert films[0].id == "tt0"
    assert films[0].genres == {"Action"}
    assert films[0].poster == made_films / "posters" / "tt0.jpg"
    assert {film.split for film in films} == {"train", "validation", "test"}


def test_labels_of_extra_films_are_what_their_list_can_hold(made_films):
    extra = read_extra_films(made_films, read_films(made_films))
    assert [(film.id, film.split) for film in extra] == [
        ("tt902", "train"),
        ("", "train"),
        ("tt901", "train"),
    ]
    assert [film.labelled for film in extra] == [True, True, False]
    labels = label_matrix(extra, ["Biography", "Drama", "Horror", "Sport"])
    assert labels.tolist() == [[0, 1, 0, 0], [UNKNOWN, 0, 1, UNKNOWN], [UNKNOWN] * 4]


def test_lists_of_tmdb_are_labels_too_where_there_are_any(tmp_path):
    rows = [
        {"id": "f1", "overview": "x", "genres": "Drama|Sport", "tmdb_genres": "Drama|Horror"},
        {"id": "f2", "overview": "x", "genres": "Horror", "tmdb_genres": ""},
    ]
    write_table(tmp_path / "films.csv", [{"split": "test", **row} for row in rows])
    films, genres = read_films(tmp_path), ["Drama", "Horror", "Sport"]
    assert tmdb_label_matrix(films, genres).tolist() == [[1, 1, UNKNOWN], [UNKNOWN] * 3]
    assert label_matrix(films, genres).tolist() == [[1, 0, 1], [0, 1, 0]]
    assert label_matrix(films, genres, "completed").tolist() == [[1, 1, 1], [0, 1, 0]]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("imdb", [0, 0, 1, 0]),
        ("tmdb", [UNKNOWN, 0, 1, 0]),
        ("netflix", [UNKNOWN, UNKNOWN, 1, 0]),
        ("amazon", [UNKNOWN, UNKNOWN, 1, 0]),
        ("disney", [UNKNOWN, UNKNOWN, 1, UNKNOWN]),
    ],
)
def test_what_a_kind_of_list_cannot_hold_is_unknown(tmp_path, style, expected):
    write_table(tmp_path / "films.csv", [{"id": "f1", "genres": "Drama"}])
    row = {"id": "f2", "overview": "x", "genres": "Horror", "genre_style": style}
    write_table(tmp_path / "overviews_extra.csv", [row])
    extra = read_extra_films(tmp_path, read_films(tmp_path))
    genres = ["Biography", "Crime", "Horror", "Romance"]
    assert label_matrix(extra, genres).tolist() == [expected]


def test_other_lists_tell_what_was_cut_and_what_is_disputed(tmp_path):
    rows = [{"id": name, "overview": "x", "genres": "Action|Crime"} for name in ("f1", "f2")]
    write_table(tmp_path / "films.csv", [{"split": "train", **row} for row in rows])
    extra = {"id": "e1", "overview": "x", "genres": "Drama", "wikipedia_genres": "War"}
    write_table(tmp_path / "overviews_extra.csv", [extra])
    lists = {
        "imdb_id": "f1",
        "set": "train",
        "listed": "Action|Crime",
        "imdb_2016_uncut": "Action|Crime|Thriller",
        "wikipedia": "Drama|Crime",
    }
    write_table(tmp_path / "labels_extra.csv", [lists])
    films = read_films(tmp_path)
    films += read_extra_films(tmp_path, films)
    genres = ["Action", "Drama", "Thriller", "War"]
    assert label_matrix(films, genres).tolist() == [[1, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0]]
    assert label_matrix(films, genres, "agreed").tolist() == [
        [1, UNKNOWN, 1, 0],
        [1, 0, 0, 0],
        [0, 1, 0, UNKNOWN],
    ]


def test_some_films_of_other_eras_are_held_out(tmp_path):
    write_table(tmp_path / "films.csv", [{"id": "f1", "genres": "Drama"}])
    row = {"overview": "x", "genres": "Drama"}
    for name in ("posters_extra.csv", "overviews_extra.csv"):
        rows = [
            {**row, "id": f"e{number}", "year": year}
            for number, year in enumerate(["1931", "1979.0", "2016", "2001", "", "?"] * 100)
        ]
        write_table(tmp_path / name, [*rows, {**row, "id": "", "year": "1931"}])
    extra = read_extra_films(tmp_path, read_films(tmp_path))
    held_out = [film for film in extra if film.split == SHIFT]
    assert 10 < len(held_out) < 60
    assert {film.year for film in held_out} == {"1931", "1979.0", "2016"}
    assert {film.split for film in extra} == {"train", SHIFT}
    assert not any(film.id == "" for film in held_out)


def test_other_artwork_is_found(made_films, tmp_path):
    shutil.copytree(made_films, tmp_path / "data")
    others = tmp_path / "data" / "posters_alt"
    others.mkdir()
    for name in ("tt0", "tt902"):
        shutil.copy(made_films / "posters" / "tt902.png", others / f"{name}.png")
    films = read_films(tmp_path / "data")
    films += read_extra_films(tmp_path / "data", films)
    assert {film.id: film.other_posters for film in films if film.other_posters} == {
        name: (others / f"{name}.png",) for name in ("tt0", "tt902")
    }


def test_extra_films_that_are_listed_are_left_out(made_films, tmp_path):
    write_table(tmp_path / "films.csv", [{"id": "f1", "genres": "Drama", "genre_style": "odd"}])
    rows = [{"id": name, "overview": "x", "genres": "Drama"} for name in ("f1", "f2")]
    write_table(tmp_path / "overviews_extra.csv", rows)
    extra = read_extra_films(tmp_path, read_films(tmp_path))
    assert [film.id for film in extra] == ["f2"]


def test_a_film_in_both_extra_tables_is_one_film(made_films, tmp_path):
    shutil.copytree(made_films, tmp_path / "data")
    row = {"imdb_id": "tt902", "overview": "x", "genres": "Drama"}
    write_table(tmp_path / "data" / "overviews_extra.csv", [row])
    films = read_extra_films(tmp_path / "data", read_films(made_films))
    assert [(film.id, film.overview, bool(film.poster)) for film in films] == [("tt902", "x", True)]


def test_without_a_split_column_films_are_split_by_their_id(tmp_path):
    rows = [{"id": f"f{number}", "overview": "x", "genres": "Drama"} for number in range(400)]
    write_table(tmp_path / "films.csv", rows)
    before = {film.id: film.split for film in read_films(tmp_path)}
    fractions = [list(before.values()).count(split) / 400 for split in ("validation", "test")]
    assert fractions == pytest.approx([0.1, 0.1], abs=0.04)
    write_table(tmp_path / "films.csv", rows[:7] + rows[200:])
    assert all(before[film.id] == film.split for film in read_films(tmp_path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"split": "dev"}, "split"),
        ({"imdb_id": "../tt1"}, "plain file name"),
    ],
)
def test_bad_rows_are_named(tmp_path, change, message):
    row = {"imdb_id": "tt1", "overview": "x", "genres": "Drama", "split": "train"} | change
    write_table(tmp_path / "films.csv", [row])
    with pytest.raises(InputError, match=message):
        read_films(tmp_path)


def test_missing_tables_and_columns_are_named(tmp_path):
    with pytest.raises(InputError, match=r"films\.csv"):
        read_films(tmp_path)
    write_table(tmp_path / "films.csv", [{"id": "f1", "overview": "x"}])
    with pytest.raises(InputError, match="genres"):
        read_films(tmp_path)


def test_genres_are_those_with_enough_training_films(made_films):
    films = read_films(made_films)
    assert genre_names(films, 12) == ["Action", "Drama", "Horror"]
    with pytest.raises(InputError, match="13"):
        genre_names(films, 13)
