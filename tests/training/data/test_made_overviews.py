"""Overviews of nothing, for an overview LSTM to know nothing by."""

from training.data.made_overviews import made_overviews

WORDS = ["ghost", "train", "river", "sister"]


def test_they_are_the_same_again_and_others_by_another_seed():
    texts = made_overviews(40, WORDS)
    assert texts == made_overviews(40, WORDS)
    assert texts != made_overviews(40, WORDS, seed=2)
    assert len(set(texts)) > 30


def test_every_sentence_is_filled_in():
    texts = made_overviews(400, WORDS)
    assert all(text and not set(text) & set("{}[]") for text in texts)
    assert all(set(text.split()) <= set(WORDS) for text in texts[1::2])
    assert len({len(text.split()) for text in texts[1::2]}) > 40


def test_none_are_none():
    assert made_overviews(0, WORDS) == []
