import numpy as np
import pytest

from training.teacher.variants import make_variants, near_words

OVERVIEWS = [
    "A ghost walks at night. Nobody sees it. The family sleeps.",
    "An agent plants a bomb. A chase begins!",
    "One letter.",
]


def test_every_overview_gets_its_variants_in_order():
    variants = make_variants(OVERVIEWS, {}, copies=30)
    assert len(variants) == 90
    for row, own in enumerate(OVERVIEWS):
        sentences = {sentence for text in OVERVIEWS for sentence in split(text)}
        for variant in variants[row::3]:
            assert set(split(variant)) <= sentences
            assert set(split(variant)) & set(split(own))
    assert len(set(variants[0::3])) > 10


def test_about_half_of_them_mix_two_overviews():
    variants = make_variants(OVERVIEWS * 100, {}, copies=2)
    mixed = [
        sum(any(s in split(text) for s in split(v)) for text in OVERVIEWS) > 1 for v in variants
    ]
    assert 0.2 < np.mean(mixed) < 0.5  # a third of the partners is the same overview


def test_words_are_replaced_by_near_ones_alone():
    near = {"ghost": ["spirit", "phantom"], "night": ["evening"]}
    text = " ".join(make_variants(OVERVIEWS * 50, near, copies=2))
    assert "spirit walks" in text
    assert "phantom walks" in text
    assert "at evening." in text
    assert text.count("ghost") > text.count("spirit") + text.count("phantom")
    assert not set(text.replace(".", "").split()) - set(
        " ".join([*OVERVIEWS, "spirit phantom evening"]).replace(".", "").split()
    )


def test_variants_are_the_same_for_the_same_seed():
    assert make_variants(OVERVIEWS, {}, 3, seed=2) == make_variants(OVERVIEWS, {}, 3, seed=2)
    assert make_variants(OVERVIEWS, {}, 3, seed=2) != make_variants(OVERVIEWS, {}, 3, seed=3)


@pytest.mark.parametrize("overview", ["", "no end", "...", "“Quoted.” Said he."])
def test_odd_overviews_give_odd_variants(overview):
    assert len(make_variants([overview], {}, copies=5)) == 5


def test_near_words_are_the_nearest_rare_words():
    frequent = [f"word{number}" for number in range(200)]
    words = [*frequent, "ghost", "spirit", "tax", "ghost…"]
    vectors = np.zeros((204, 3), np.float32)
    vectors[:200, 2] = 1
    vectors[200:] = [[1, 0, 0], [0.9, 0.1, 0], [0, 1, 0], [1, 0.01, 0]]
    assert near_words(words, vectors) == {
        "ghost": ["spirit"],
        "spirit": ["ghost"],
        "ghost…": ["ghost", "spirit"],
    }


def split(text):
    return text.replace("! ", "!|").replace(". ", ".|").split("|")
