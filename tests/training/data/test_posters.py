import shutil

import numpy as np
import pytest
import tensorflow as tf

from gradio_app.classifier import PosterClassifier
from training.data.films import read_films
from training.data.labels import UNKNOWN
from training.data.posters import (
    img_process,
    load_pixels,
    mix_pairs,
    parse_image,
    poster_augmentation,
)


@pytest.mark.parametrize("fit", ["stretch", "pad"])
def test_training_reads_the_very_pixels_that_the_app_reads(made_films, tmp_path, runs, fit):
    posters = [film.poster for film in read_films(made_films)[:5]]
    shutil.copy(posters[0], tmp_path / "wide.jpg")
    pixels = load_pixels(posters, 50, 40, fit, tmp_path / "cache")
    assert pixels.dtype == np.uint8
    for row, poster in zip(pixels, posters, strict=True):
        assert np.array_equal(row, img_process(parse_image(poster), 50, 40, fit))


def test_the_exported_reader_sees_what_its_training_saw(made_films, tmp_path, runs):
    from export.publish import export

    folder = export(runs["poster", "distilled"], tmp_path)
    reader = PosterClassifier.from_dir(folder)
    size = reader.spec.document["input"]
    posters = [film.poster for film in read_films(made_films)[:5]]
    trained = load_pixels(posters, size["height"], size["width"], size["fit"], tmp_path / "cache")
    served = np.stack([reader.pixels(poster) for poster in posters])
    assert np.array_equal(trained, served)


def test_posters_are_decoded_once(made_films, tmp_path):
    posters = [film.poster for film in read_films(made_films)[:3]]
    first = load_pixels(posters, 8, 8, "stretch", tmp_path)
    (file,) = tmp_path.iterdir()
    np.save(file, first // 2)  # what is read again is this file, not the posters
    assert np.array_equal(load_pixels(posters, 8, 8, "stretch", tmp_path), first // 2)


def test_augmentation_changes_pixels_within_their_range():
    pixels = np.random.default_rng(0).integers(0, 256, (4, 24, 16, 3)).astype(np.float32)
    changed = poster_augmentation(24, 16)(tf.constant(pixels)).numpy()
    assert changed.shape == pixels.shape
    assert not np.allclose(changed, pixels)
    assert changed.min() >= 0
    assert changed.max() <= 255


def test_mixed_posters_have_mixed_labels():
    pixels = np.repeat(np.arange(6, dtype=np.float32), 4 * 3 * 3).reshape(6, 4, 3, 3)
    labels = np.arange(6, dtype=np.float32)[:, None] / 10
    tf.random.set_seed(1)
    mixed, soft = (values.numpy() for values in mix_pairs(pixels, labels, 0.3))
    assert np.allclose(mixed[:, 0, 0, 0] / 10, soft[:, 0], atol=1e-6)
    assert not np.allclose(soft, labels)
    assert np.abs(mixed[:, 0, 0, 0] - np.arange(6)).max() <= 2.5  # the larger part is its own

    unknown = np.array([[0.2, UNKNOWN], [0.4, 1], [0.6, 1], [0.8, UNKNOWN]], np.float32)
    _, soft = mix_pairs(pixels[:4], unknown, 0.3)
    assert (soft.numpy()[[0, 3], 1] == UNKNOWN).all()
    assert ((soft.numpy() >= 0) | (soft.numpy() == UNKNOWN)).all()
