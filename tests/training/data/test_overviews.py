import numpy as np
import tensorflow as tf

from gradio_app.preprocessing import encode_overviews
from training.data.overviews import overview_tokenizer, standardise_words
from training.runs.run import load_run

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
    vocabulary = load_run(runs["overview", "coursework"]).tokenizer.get_vocab()
    assert "bomb" in vocabulary
    assert "quiet" not in vocabulary
