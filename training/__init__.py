"""From a folder of films to trained Keras models and their figures."""
