"""Comparisons that led to decisions: `python -m scripts.compare.labels`, and so on."""
