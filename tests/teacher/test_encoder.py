"""The real sentence encoder; it needs requirements-teacher.txt, so it has a folder of its own."""

from dataclasses import replace

import numpy as np
import pytest

from training.data.labels import UNKNOWN
from training.teacher.encoder import encode_with_minilm
from training.teacher.finetuning import FINETUNINGS, finetune

OVERVIEWS = [
    "A ghost haunts an old house, and the family that moved in hears it at night.",
    "Spirits terrorise the new owners of a manor after dark.",
    "A striker leads her football team to the final.",
    "Goalkeeper, GOALKEEPER: the world's best (and re-elected)!",
]


def test_overviews_of_one_meaning_are_near_each_other():
    encoded = encode_with_minilm(OVERVIEWS, np.ones(4, bool))
    assert encoded.sentences.shape == (4, 384)
    assert np.allclose(np.linalg.norm(encoded.sentences, axis=1), 1, atol=1e-5)
    near = encoded.sentences @ encoded.sentences.T
    assert near[0, 1] > 0.5 > near[0, 2]
    assert near[2, 3] > near[0, 3]


def test_the_order_of_the_overviews_does_not_matter():
    is_train = np.ones(4, bool)
    forward, backward = (
        encode_with_minilm(texts, is_train) for texts in (OVERVIEWS, OVERVIEWS[::-1])
    )
    assert np.allclose(forward.sentences, backward.sentences[::-1], atol=1e-5)


def test_words_are_spelled_as_the_app_spells_them_and_known_from_training_alone():
    encoded = encode_with_minilm(OVERVIEWS, np.array([True, False, True, True]))
    assert encoded.word_vectors.shape == (len(encoded.words), 384)
    assert encoded.words[0] in ("a", "the")  # the most frequent first
    assert {"goalkeeper", "worlds", "re", "elected", "ghost"} <= set(encoded.words)
    assert "manor" not in encoded.words

    def near(one: str, other: str) -> float:
        a, b = (encoded.word_vectors[encoded.words.index(word)] for word in (one, other))
        return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))

    assert near("goalkeeper", "striker") > near("goalkeeper", "ghost")


@pytest.mark.parametrize(("name", "frozen_layers"), [("minilm", 3), ("mpnet", 10)])
def test_a_fine_tuned_encoder_predicts_genres_of_texts_it_has_not_seen(
    name, frozen_layers, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)  # where it is unpacked
    overviews = [
        f"{who} {what} in {where}."
        for where in ("Rome", "a small town", "the north", "our street", "Lagos")
        for who, what in (
            ("A ghost", "haunts a house"),
            ("A demon", "terrifies a family"),
            ("A striker", "wins the football cup"),
            ("A boxer", "fights for the title"),
        )
    ]
    horror = np.array([number % 4 < 2 for number in range(20)])
    labels = np.stack([horror, ~horror], axis=1).astype(np.float32)
    labels[3, 0] = UNKNOWN
    known = np.repeat(np.arange(20), 32)  # enough steps for a head that begins at nothing
    eval_overviews = ["The runner takes the gold.", "A vampire bites the priest.", overviews[0]]
    known_overviews = [overviews[row] for row in known]
    how = replace(FINETUNINGS[name], frozen_layers=frozen_layers)
    probabilities = finetune(how, known_overviews, labels[known], eval_overviews)
    assert probabilities.shape == (3, 2)
    assert probabilities[1, 0] > 0.6
    assert probabilities[0, 0] < 0.4
    assert probabilities[2, 0] > 0.8
