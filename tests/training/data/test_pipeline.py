import numpy as np

from training.data.pipeline import pipeline


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
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 101, 300)
    inputs = np.zeros((300, 100), np.int32)
    for row, length in zip(inputs, lengths, strict=True):
        row[:length] = rng.integers(1, 9, length)
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
