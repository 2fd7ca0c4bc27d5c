import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from gradio_app.classifier import OverviewClassifier, logit
from gradio_app.errors import InputError
from tests.training.conftest import SPELLING_MEMBERS, WORDS, spell
from training.data.films import read_extra_films, read_films
from training.data.labels import UNKNOWN, label_matrix
from training.metrics import macro_average_precision
from training.teacher.encoder import encode_with_minilm
from training.teacher.teach import _assign_folds, _make_all, _out_of_fold, _splits, teach
from training.teacher.teacher import load_labelling_teacher, load_teacher

GENRES = ["Action", "Drama", "Horror"]


def films_of(data):
    listed = read_films(data)
    return [film for film in listed + read_extra_films(data, listed) if film.overview]


def test_the_teacher_has_read_all_overviews_but_those_of_test_films(teacher, made_films):
    loaded = load_teacher(teacher, GENRES)
    films = films_of(made_films)
    assert {film.split for film in films} == {"train", "validation", "test"}
    read = [film for film in films if film.split != "test"]
    assert len(loaded.rows) == len({film.overview for film in read} | set(loaded.variants))
    only_test = {film.overview for film in films} - {film.overview for film in read}
    assert only_test
    with pytest.raises(InputError, match="has not read"):
        loaded.sentence_vectors(sorted(only_test))
    vectors = loaded.sentence_vectors([film.overview for film in read])
    assert vectors.shape == (len(read), 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_its_labels_are_good_ones(teacher, made_films):
    loaded = load_teacher(teacher, GENRES)
    val_films = [film for film in read_films(made_films) if film.split == "validation"]
    labels = label_matrix(val_films, GENRES)
    overviews = [film.overview for film in val_films]
    probabilities = loaded.soften(np.full_like(labels, UNKNOWN), overviews, weight=0.5)
    assert macro_average_precision(labels, probabilities) > 0.95


def test_a_published_overview_model_labels_the_training_overviews_alone(made_films, monkeypatch):
    monkeypatch.setattr("training.teacher.teacher._BATCH", 16)
    folder = Path(__file__).parents[3] / "onnx_models" / "overview_lstm"
    classifier = OverviewClassifier.from_dir(folder)
    genres = list(classifier.spec.genres)
    films = films_of(made_films)
    overviews = sorted({film.overview for film in films if film.split == "train"})
    train_film = next(film for film in films if film.split == "train")
    wordless = replace(train_film, overview="???")
    loaded = load_labelling_teacher(folder, genres, [wordless, *films])
    assert len(loaded.rows) == len(overviews) > 16
    unknown = np.full((len(overviews), len(genres)), UNKNOWN, np.float32)
    labels = loaded.soften(unknown, overviews, weight=0.5)
    assert labels == pytest.approx(classifier.predict_proba(overviews), abs=1e-5)
    of_test = next(film.overview for film in films if film.split == "test")
    for unread in (of_test, "???"):
        assert (loaded.soften(unknown[:1], [unread], weight=0.5) == UNKNOWN).all()
    with pytest.raises(InputError, match="other genres"):
        load_labelling_teacher(folder, GENRES, films)


def test_a_teacher_that_was_made_labels_as_it_does_elsewhere(teacher, made_films):
    loaded = load_labelling_teacher(teacher, GENRES, films_of(made_films))
    assert np.array_equal(loaded.probabilities, load_teacher(teacher, GENRES).probabilities)


def test_soft_labels_mix_what_is_known_and_fill_what_is_not(teacher, made_films):
    loaded = load_teacher(teacher, GENRES)
    overview = next(film.overview for film in read_films(made_films) if film.split == "train")
    probabilities = loaded.soften(np.full((1, 3), UNKNOWN, np.float32), [overview], weight=0.25)[0]
    labels = np.array([[1, 0, UNKNOWN]], np.float32)
    soft = loaded.soften(labels, [overview], weight=0.25)
    assert np.allclose(
        soft,
        [[0.75 + 0.25 * probabilities[0], 0.25 * probabilities[1], probabilities[2]]],
        atol=1e-6,
    )
    assert labels.tolist() == [[1, 0, UNKNOWN]]
    unread = ["Nobody has read this."]
    assert np.array_equal(loaded.soften(labels, unread, weight=0.25), labels)


def test_no_film_is_labelled_by_a_model_that_was_trained_on_it(made_films):
    films = films_of(made_films)
    folds = _assign_folds(films, np.array([film.split == "train" for film in films]))
    splits = _splits(folds, np.arange(len(films)), ["A variant."])
    train, held_out = splits.pop("variants")
    assert np.array_equal(train, folds >= 0)
    assert held_out == ["A variant."]
    predictions, rows = [], []
    for train, held_out in splits.values():
        assert not train[held_out].any()
        assert all(films[row].split == "train" for row in np.flatnonzero(train))
        assert all(films[row].labelled for row in np.flatnonzero(train))
        rows.extend(held_out)
        predictions.append(np.full((len(held_out), 3), len(rows), float))
    counts = np.bincount(rows, minlength=len(films))
    assert set(counts[folds >= 0]) == {1}
    assert set(counts[folds < 0]) == {4}
    assert {film.split for film, fold in zip(films, folds, strict=True) if fold < 0} == {
        "train",  # without a list
        "validation",
        "test",
    }
    probabilities = _out_of_fold(folds, predictions)
    ends = np.cumsum([(folds < 0).sum() + (folds == fold).sum() for fold in range(4)])
    assert np.allclose(probabilities[folds == 2], ends[2])
    assert np.allclose(probabilities[folds < 0], ends.mean())


def test_variants_of_the_training_overviews_are_labelled(teacher, made_films):
    loaded = load_teacher(teacher, GENRES)
    training = [film for film in films_of(made_films) if film.split == "train"]
    variants = loaded.variants
    assert len(variants) == 4 * len(training)
    words = {word for film in training for word in film.overview.split()}
    assert {word for text in variants for word in text.split()} <= words | set(loaded.words)
    probabilities = loaded.soften(
        np.full((len(variants), 3), UNKNOWN, np.float32), variants, weight=0.5
    )
    assert ((probabilities > 0) & (probabilities < 1)).all()
    of_horror = [
        row
        for row, text in enumerate(variants)
        if set(text.lower().strip(".").split()) & set(WORDS["Horror"])
        and not set(text.lower().split()) & {*WORDS["Action"], *WORDS["Drama"]}
    ]
    assert len(of_horror) > 10
    assert np.mean(probabilities[of_horror].argmax(axis=1) == GENRES.index("Horror")) > 0.9


def test_all_members_label_the_variants(teacher):
    mpnet, minilm, tfidf, together = (
        logit(np.load(teacher / f"{name}.npy"))
        for name in ("mpnet-variants", "minilm-variants", "tfidf-variants", "variant_labels")
    )
    assert np.abs(mpnet - tfidf).max() > 0.5
    assert np.allclose(together, 0.65 * mpnet + 0.2 * minilm + 0.15 * tfidf, atol=1e-3)


def test_a_variant_has_no_sentence_vector_but_an_overview_that_is_one_keeps_its_own(
    teacher, made_films
):
    loaded = load_teacher(teacher, GENRES)
    own = {film.overview for film in films_of(made_films)}
    is_own = np.array([text in own for text in loaded.variants])
    lengths = np.linalg.norm(loaded.sentence_vectors(loaded.variants), axis=1)
    assert is_own.any()
    assert not is_own.all()
    assert np.allclose(lengths, is_own)


def test_an_interruption_costs_what_is_at_work(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    made = []

    def make(number):
        if len(made) == 2:
            raise KeyboardInterrupt
        made.append(number)
        return np.full(3, number)

    work = {("made", str(number)): partial(make, number) for number in range(4)}
    with pytest.raises(KeyboardInterrupt):
        _make_all(tmp_path, work)
    assert made == [0, 1]
    made.insert(0, "the interruption")
    arrays = _make_all(tmp_path, work)
    assert made == ["the interruption", 0, 1, 2, 3]
    assert [array.tolist() for array in arrays.values()] == [[n] * 3 for n in range(4)]


def test_word_vectors_are_reduced_and_unknown_words_are_nothing(teacher):
    loaded = load_teacher(teacher, GENRES)
    words = [*list(loaded.words)[:8], "nowhere-to-be-found"]
    vectors = loaded.word_vectors(words, 4)
    assert vectors.shape == (9, 4)
    assert vectors.dtype == np.float32
    assert not vectors[-1].any()
    assert np.abs(vectors[:-1]).min(axis=1).max() > 0


def test_a_teacher_goes_on_where_it_was(made_films, tmp_path, capsys):
    teach(made_films, tmp_path, 5, encode=spell, members=SPELLING_MEMBERS)
    labels = (tmp_path / "labels.npy").read_bytes()
    (tmp_path / "tfidf-2.npy").unlink()

    def never(*arguments):
        raise AssertionError("the overviews are encoded already")

    untrained = SPELLING_MEMBERS | dict.fromkeys(("mpnet", "minilm"), never)
    measured = teach(made_films, tmp_path, 5, encode=never, members=untrained)
    assert (tmp_path / "labels.npy").read_bytes() == labels
    assert set(measured) == {"tfidf", "minilm", "mpnet", "together"}
    for name in ("overviews.json", "genres.json", "lessons.json"):
        before = (tmp_path / name).read_text()
        (tmp_path / name).write_text(json.dumps(["another"]))
        with pytest.raises(InputError, match="other films or genres"):
            teach(made_films, tmp_path, 5, encode=never)
        (tmp_path / name).write_text(before)


def test_what_is_no_teacher_is_one_sentence(teacher, tmp_path):
    with pytest.raises(InputError, match="python -m training teacher"):
        load_teacher(tmp_path, GENRES)
    with pytest.raises(InputError, match="other genres"):
        load_teacher(teacher, ["Action", "Western"])


def test_without_the_encoder_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r"requirements-teacher\.txt"):
        encode_with_minilm(["A ghost."], np.array([True]))
