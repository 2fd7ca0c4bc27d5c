"""Sentences that people read, made of names."""

from collections.abc import Sequence

__all__ = ["listed"]


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    Args:
        names: one at least.

    >>> listed(["Crime"]), listed(["Crime", "Drama"]), listed(["Crime", "Drama", "War"])
    ('Crime', 'Crime and Drama', 'Crime, Drama and War')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
