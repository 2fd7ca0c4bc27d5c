import threading

import numpy as np
import pytest

from training.files import cached_array


def test_an_array_is_made_once(tmp_path):
    file = tmp_path / "cache" / "array.npy"
    assert cached_array(file, lambda: np.arange(3)).tolist() == [0, 1, 2]
    assert cached_array(file, lambda: np.arange(5)).tolist() == [0, 1, 2]
    assert [path.name for path in file.parent.iterdir()] == ["array.npy"]


def test_programs_that_make_the_same_array_at_once_all_read_it_whole(tmp_path):
    file, together = tmp_path / "array.npy", threading.Barrier(4, timeout=60)
    array = np.random.default_rng(0).random((500, 2000))
    read = []

    def make() -> np.ndarray:
        together.wait()  # all have found the file missing
        return array

    makers = [
        threading.Thread(target=lambda: read.append(cached_array(file, make))) for _ in range(4)
    ]
    for maker in makers:
        maker.start()
    for maker in makers:
        maker.join()
    assert len(read) == 4
    assert all(np.array_equal(one, array) for one in read)
    assert [path.name for path in tmp_path.iterdir()] == ["array.npy"]


def test_nothing_is_left_of_an_array_that_could_not_be_made(tmp_path):
    def make() -> np.ndarray:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_array(tmp_path / "array.npy", make)
    assert not list(tmp_path.iterdir())
