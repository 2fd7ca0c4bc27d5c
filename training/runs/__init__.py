"""Training: from a config and a folder of films to a run folder."""
