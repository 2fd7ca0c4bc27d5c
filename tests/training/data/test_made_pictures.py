"""Pictures of nothing, for a poster CNN to know nothing by."""

import numpy as np

from training.data.made_pictures import made_pictures


def test_they_differ_and_are_the_same_again():
    pictures = made_pictures(20, height=24, width=16)
    assert pictures.shape == (20, 24, 16, 3)
    assert pictures.dtype == np.uint8
    assert len({picture.tobytes() for picture in pictures}) == 20
    assert np.array_equal(pictures, made_pictures(20, height=24, width=16))
    assert not np.array_equal(pictures, made_pictures(20, height=24, width=16, seed=2))


def test_each_size_can_be_made():
    for height, width in ((240, 160), (7, 5), (64, 64)):
        assert made_pictures(10, height, width).shape == (10, height, width, 3)


def test_none_are_none():
    assert made_pictures(0, height=4, width=4).shape == (0, 4, 4, 3)
