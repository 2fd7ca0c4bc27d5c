"""Results in order from several threads, within bounds; and how many cores there are."""

import os
import threading
import time
from pathlib import Path

import pytest

from gradio_app import workers
from gradio_app.workers import Turns, map_in_order, usable_cores


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 100])
@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_are_in_order(count: int, threads: int):
    def slow_for_even(number: int) -> int:
        time.sleep(0.002 * (number % 2 == 0))
        return -number

    assert list(map_in_order(slow_for_even, range(count), threads)) == [
        -number for number in range(count)
    ]


@pytest.mark.parametrize("threads", [1, 3])
def test_only_a_few_items_are_taken_ahead(threads: int):
    taken = []

    def items():
        for number in range(1_000):
            taken.append(number)
            yield number

    results = map_in_order(str, items(), threads)
    for _ in range(10):
        next(results)
    assert len(taken) <= 10 + 4 * threads + 1
    results.close()
    assert len(taken) <= 10 + 4 * threads + 1


def test_several_threads_work_at_once():
    barrier = threading.Barrier(3, timeout=20)
    list(map_in_order(lambda _: barrier.wait(), range(3), 3))


def test_leaving_ends_the_work():
    done = []
    results = map_in_order(done.append, range(1_000), 2)
    next(results)
    results.close()
    before = len(done)
    time.sleep(0.05)
    assert len(done) == before < 20
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("film")]


def test_an_error_ends_the_iteration():
    results = map_in_order(lambda number: 1 / number, [1, 2, 0, 4], 2)
    assert next(results) == 1
    assert next(results) == 0.5
    with pytest.raises(ZeroDivisionError):
        next(results)


@pytest.mark.parametrize(
    ("files", "cores"),
    [
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "50000 100000\n"}, 1),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "9900000 100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu.max": "nonsense"}, 8),
        ({"cpu.max": "1 0"}, 8),
        ({}, 8),
    ],
)
def test_cores_within_the_quota_of_a_container(
    files: dict[str, str], cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(workers, "_CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    assert usable_cores() == cores


def test_cores_by_affinity(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(workers, "_CGROUP", tmp_path)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert usable_cores() == 1


def test_films_of_catalogues_are_read_one_at_a_time_and_in_turn():
    turns, read = Turns(), []
    reading = threading.Lock()
    left = dict.fromkeys("abc", 20)

    def all_have_come() -> bool:
        return len(turns._line) == sum(films > 0 for films in left.values())

    def read_catalogue(name: str) -> None:
        while left[name]:
            with turns.one_of_many():
                assert reading.acquire(blocking=False)
                while not all_have_come():
                    time.sleep(0.001)
                read.append(name)
                left[name] -= 1
                reading.release()

    catalogues = [
        threading.Thread(target=read_catalogue, args=[name], daemon=True) for name in "abc"
    ]
    for catalogue in catalogues:
        catalogue.start()
    for catalogue in catalogues:
        catalogue.join(30)
    assert len(read) == 60
    assert all(set(read[first : first + 3]) == set("abc") for first in range(0, 60, 3))


def test_a_single_film_goes_first_but_not_for_ever():
    turns = Turns()
    with turns.single():
        begin = time.monotonic()
        with turns.one_of_many():
            waited = time.monotonic() - begin
    assert 0.3 < waited < 5


def test_a_film_of_a_catalogue_does_not_wait_where_nobody_does(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "_POLITENESS", 60)
    turns = Turns()
    with turns.single():
        pass
    begin = time.monotonic()
    with turns.one_of_many():
        assert time.monotonic() - begin < 30


def test_an_error_gives_the_turn_back(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(workers, "_POLITENESS", 60)
    turns = Turns()
    with pytest.raises(ValueError, match="a film"), turns.one_of_many():
        raise ValueError("a film")
    with pytest.raises(ValueError, match="a film"), turns.single():
        raise ValueError("a film")
    begin = time.monotonic()
    with turns.one_of_many():
        assert time.monotonic() - begin < 30
