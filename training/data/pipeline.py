"""From arrays to `tf.data` pipelines."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

__all__ = ["Transform", "pipeline"]

#: Lengths in words at which the batches of a training on overviews are parted.
_BUCKETS = (16, 24, 32, 40, 48, 60, 80)

#: (inputs, labels) of a batch -> others.
Transform = Callable[[tf.Tensor, tf.Tensor], tuple[tf.Tensor, tf.Tensor]]


def pipeline(
    inputs: np.ndarray,
    labels: np.ndarray | dict[str, np.ndarray],
    batch_size: int,
    shuffle_seed: int | None = None,
    transforms: Sequence[Transform] = (),
    bucketed: bool = False,
) -> tf.data.Dataset:
    """Return batches of (float32 pixels or int32 word ids, float32 labels).

    Args:
        inputs: uint8 pixels or int32 word ids; the first axis counts films.
        labels: of the same films; in a dictionary, for a model of several outputs.
        batch_size: films in a batch.
        shuffle_seed: shuffles anew in every epoch; None keeps the order.
        transforms: change a batch, one after the other, anew in every epoch.
        bucketed: batches overviews of about the same length, without most of the padding.
    """
    dataset = tf.data.Dataset.from_tensor_slices((inputs, labels)).cache()
    if shuffle_seed is not None:
        dataset = dataset.shuffle(len(inputs), seed=shuffle_seed)
    dataset = _bucket(dataset, inputs, batch_size) if bucketed else dataset.batch(batch_size)
    if inputs.dtype == np.uint8:
        dataset = dataset.map(lambda x, y: (tf.cast(x, tf.float32), y), tf.data.AUTOTUNE)
    for transform in transforms:
        dataset = dataset.map(transform, tf.data.AUTOTUNE)
    return dataset.prefetch(tf.data.AUTOTUNE)


def _bucket(dataset: tf.data.Dataset, inputs: np.ndarray, batch_size: int) -> tf.data.Dataset:
    """Batch overviews of about the same length, those of a bucket padded to the same length.

    An LSTM's time grows with the padded length; half of the overviews have 44 words or less. XLA
    compiles each length anew.
    """
    longest = inputs.shape[1]
    ends = [*(end for end in _BUCKETS if end <= longest), longest + 1]
    n_films = np.bincount(np.searchsorted(ends, np.count_nonzero(inputs, axis=1), side="right"))
    batches = -(-n_films // batch_size)
    cut = dataset.map(lambda ids, labels: (ids[: tf.math.count_nonzero(ids)], labels))
    bucketed = cut.bucket_by_sequence_length(
        lambda ids, labels: tf.size(ids),
        bucket_boundaries=ends,
        bucket_batch_sizes=[batch_size] * (len(ends) + 1),
        pad_to_bucket_boundary=True,
    )
    return bucketed.apply(tf.data.experimental.assert_cardinality(int(batches.sum())))
