"""A folder of films, as arrays and `tf.data` pipelines."""
