"""The review of a catalogue: what a person decides on the films that the models have read."""
