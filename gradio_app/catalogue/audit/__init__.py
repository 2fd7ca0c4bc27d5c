"""The audit of a catalogue: which listed genres are likely wrong, and which are missing."""
