"""The Keras models, and the smaller ones beside them: probes, stackings."""
