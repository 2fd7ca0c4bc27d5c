import shutil

import numpy as np
import pytest
import tensorflow as tf

from gradio_app.classifier import PosterClassifier
from gradio_app.preprocessing import encode_overviews
from training.data.films import UNKNOWN, read_films
from training.data.pipeline import (
    img_process,
    load_pixels,
    mix_pairs,
    overview_tokenizer,
    parse_image,
    pipeline,
    poster_augmentation,
    standardise_words,
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


HOSTILE = [
    "É é İ ı ß ẞ ǅ",  # noqa: RUF001
    "Привет МИР мир",
    "中文 映画，映画",  # noqa: RUF001
    "😀 film 😀",
    "a\u00a0film the\u2003film a\u0085film the\u2028film",
    "the\tfilm\nthe\x0bfilm\x0cthe\rfilm",
    "the\x1cfilm the\x00film",
    "!!! --- ... ?!?!",
    "",
    "   ",
    "[UNK] [PAD] unk pad",
    "don't it’s well-known e\u0301t\u00e9",  # noqa: RUF001
    "“a” «film»\u2014the\u2013film\u2026 the/film -film- --",
    "THE FILM \u212a \u212b",
    "word " * 50,
]


def test_the_tokenizer_gives_the_ids_of_text_vectorization():
    overviews = ["The film of a ghost", "a film", "unk pad don't dont É é мир 映画 😀"]
    tokenizer = overview_tokenizer([*overviews, *HOSTILE], 60, 12)
    words = [word for word, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    keras_layer = tf.keras.layers.TextVectorization(
        standardize=standardise_words, output_sequence_length=12, vocabulary=words[2:]
    )
    ours = encode_overviews(tokenizer, HOSTILE, 12)
    assert np.array_equal(ours, keras_layer(HOSTILE).numpy())
    assert (ours > 1).sum() > 40  # words were known, so there was something to compare


def test_the_vocabulary_is_of_the_training_overviews_alone(runs, made_films):
    from training.runs.run import load_run

    vocabulary = load_run(runs["overview", "coursework"]).tokenizer.get_vocab()
    assert "bomb" in vocabulary
    assert "quiet" not in vocabulary


def test_a_pipeline_shuffles_but_loses_no_film():
    inputs = np.arange(20, dtype=np.int32)[:, None]
    labels = inputs.astype(np.float32)
    epochs = pipeline(inputs, labels, batch_size=6, shuffle_seed=1)
    first, second = ([int(x) for batch, _ in epochs for x in batch[:, 0]] for _ in range(2))
    assert first != second
    assert sorted(first) == sorted(second) == list(range(20))
    in_order = [int(x) for batch, _ in pipeline(inputs, labels, 6) for x in batch[:, 0]]
    assert in_order == list(range(20))
    for batch, label in epochs:
        assert np.array_equal(batch.numpy(), label.numpy())


def test_buckets_lose_no_film_and_cut_the_padding():
    chance = np.random.default_rng(0)
    lengths = chance.integers(1, 101, 300)
    inputs = np.zeros((300, 100), np.int32)
    for row, length in zip(inputs, lengths, strict=True):
        row[:length] = chance.integers(1, 9, length)
    labels = {"number": np.arange(300, dtype=np.float32)}
    batches = list(pipeline(inputs, labels, 16, shuffle_seed=1, bucketed=True))
    assert len(batches) == pipeline(inputs, labels, 16, bucketed=True).cardinality()
    seen = np.concatenate([batch["number"] for _, batch in batches]).astype(int)
    assert sorted(seen) == list(range(300))
    for ids, batch in batches:
        films = batch["number"].numpy().astype(int)
        assert len(films) <= 16
        end = min(end for end in (16, 24, 32, 40, 48, 60, 80, 101) if end > lengths[films].max())
        assert ids.shape[1] == end - 1
        assert lengths[films].min() >= max(e for e in (0, 16, 24, 32, 40, 48, 60, 80) if e < end)
        assert np.array_equal(ids, inputs[films, : ids.shape[1]])
    padded = sum(ids.shape[0] * ids.shape[1] for ids, _ in batches)
    assert padded < 1.35 * lengths.sum()  # about 2 without buckets


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
