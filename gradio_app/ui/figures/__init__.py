"""The tab "How good is it?": the figures of the models."""
