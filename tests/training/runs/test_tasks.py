import dataclasses

import numpy as np
import pytest

from gradio_app.errors import InputError
from tests.training.conftest import tiny
from training.data.films import read_extra_films, read_films
from training.data.labels import UNKNOWN, label_matrix
from training.files import write_json
from training.models.outputs import OUTPUT_NAME, SENTENCE_NAME
from training.runs.overview_task import OverviewTask
from training.runs.poster_task import PosterTask
from training.teacher.teacher import load_teacher

GENRES = ["Action", "Drama", "Horror"]


@pytest.fixture
def films(made_films):
    listed = read_films(made_films)
    return listed + read_extra_films(made_films, listed)


@pytest.fixture
def overview_task(teacher, films, tmp_path):
    """The task of a distilled overview LSTM, with what it leaves in its folder."""
    task = OverviewTask(
        tiny("overview", "distilled"), GENRES, tmp_path, load_teacher(teacher, GENRES)
    )
    for name, value in task.files(task.choose(films, "train")).items():
        write_json(tmp_path / name, value)
    return task


def poster_task(folder, teacher=None):
    return PosterTask(
        tiny("poster", "distilled"), GENRES, folder, teacher, cache=folder, backbone=None
    )


def test_each_reader_chooses_the_films_that_it_can_read(overview_task, films, tmp_path):
    listed = {film.id for film in films if film.split == "train"} - {"", "tt901", "tt902"}
    chosen = [film.id for film in poster_task(tmp_path).choose(films, "train")]
    assert set(chosen) == listed | {"tt902"}  # the extra poster
    chosen = [film.id for film in overview_task.choose(films, "train")]
    assert set(chosen) == listed | {"", "tt901"}  # the extra overviews


def test_films_without_a_list_serve_with_a_teacher_alone(overview_task, films):
    alone = dataclasses.replace(overview_task, teacher=None)
    left_out = {film.id for film in overview_task.choose(films, "train")}
    left_out -= {film.id for film in alone.choose(films, "train")}
    assert left_out == {"tt901"}


def test_a_split_without_anything_to_read_is_one_sentence(films, tmp_path):
    unseen = [dataclasses.replace(film, poster=None) for film in films]
    with pytest.raises(InputError, match=r"split validation has a poster; .*\.$"):
        poster_task(tmp_path).choose(unseen, "validation")


def with_settings(task, **settings):
    return dataclasses.replace(task, config=dataclasses.replace(task.config, **settings))


def test_the_teacher_alone_labels_variants(overview_task, films):
    train_films = overview_task.choose(films, "train")
    task = with_settings(overview_task, made_overviews=0)
    inputs, targets = task.training_data(train_films)
    variants = task.teacher.variants
    assert len(inputs) == len(train_films) + len(variants)
    unlabelled = np.full((len(variants), 3), UNKNOWN, np.float32)
    expected = task.teacher.soften(unlabelled, variants, weight=0.1)
    assert np.array_equal(targets["genres"][len(train_films) :], expected)
    assert (targets["genres"] >= 0).all()
    inputs, _ = with_settings(task, teacher_variants=False).training_data(train_films)
    assert len(inputs) == len(train_films)


def test_validation_labels_are_as_listed(overview_task, films, teacher, tmp_path):
    of_posters = poster_task(tmp_path, load_teacher(teacher, GENRES))
    for task in (overview_task, of_posters):
        val_films = task.choose(films, "validation")
        inputs, targets = task.validation_data(val_films)
        labels = targets["genres"] if task is overview_task else targets
        assert len(inputs) == len(val_films) == 12
        assert np.array_equal(labels, label_matrix(val_films, GENRES))


def test_words_begin_with_the_teachers_vectors(overview_task, films):
    model = overview_task.build()
    train_films = overview_task.choose(films, "train")
    overview_task.warm_start(model, train_films, np.zeros((0, 12), np.int32))
    (table,) = model.get_layer("words").get_weights()
    assert not table[:2].any()  # padding and the unknown word
    assert table[2:8].any(axis=1).all()


def test_other_artwork_is_another_view_of_a_training_film(films, made_films, teacher, tmp_path):
    other = made_films / "posters" / "tt902.png"
    films = [dataclasses.replace(film, other_posters=(other,)) for film in films]
    task = with_settings(poster_task(tmp_path, load_teacher(teacher, GENRES)), made_pictures=0)
    train_films, val_films = (task.choose(films, split) for split in ("train", "validation"))
    pixels, labels = task.training_data(train_films)
    assert len(pixels) == len(labels) == 2 * len(train_films)
    assert np.array_equal(labels[: len(train_films)], labels[len(train_films) :])
    assert not pixels[len(train_films) :].any()  # it is black
    assert len(task.validation_data(val_films)[0]) == len(val_films)


def test_made_pictures_have_genres_as_often_as_films(films, teacher, tmp_path):
    task = poster_task(tmp_path, load_teacher(teacher, GENRES))
    task = with_settings(task, made_pictures=0.5)
    train_films = task.choose(films, "train")
    pixels, labels = task.training_data(train_films)
    count = round(0.5 * len(train_films))
    assert len(pixels) == len(labels) == len(train_films) + count > len(train_films)
    frequency = labels[: len(train_films)].mean(axis=0)
    assert labels[len(train_films) :] == pytest.approx(np.tile(frequency, (count, 1)), abs=1e-6)


def test_made_overviews_have_genres_as_often_as_films(overview_task, films):
    task = with_settings(overview_task, made_overviews=0.5, teacher_variants=False)
    train_films = task.choose(films, "train")
    ids, targets = task.training_data(train_films)
    count = round(0.5 * len(train_films))
    assert len(ids) == len(train_films) + count > len(train_films)
    listed = label_matrix(train_films, GENRES)
    frequency = np.nanmean(np.where(listed == UNKNOWN, np.nan, listed), axis=0)
    of_made = targets[OUTPUT_NAME][len(train_films) :]
    assert of_made == pytest.approx(np.tile(frequency, (count, 1)), abs=1e-6)
    assert not targets[SENTENCE_NAME][len(train_films) :].any()
    assert targets[SENTENCE_NAME][: len(train_films)].any(axis=1).all()
