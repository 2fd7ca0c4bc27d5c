"""Sentences that people read, made of names."""

from collections.abc import Sequence

__all__ = ["in_one_line", "listed"]


def listed(names: Sequence[str]) -> str:
    """Return names as a sentence lists them.

    Args:
        names: one at least.

    >>> listed(["Crime"]), listed(["Crime", "Drama"]), listed(["Crime", "Drama", "War"])
    ('Crime', 'Crime and Drama', 'Crime, Drama and War')
    """
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def in_one_line(text: str) -> str:
    r"""Return a user's text as a sentence can quote it: no line ends, codes or hidden characters.

    >>> in_one_line("No\n\toverview \x1b[2J")
    'No overview [2J'
    """
    printable = (character if character.isprintable() else " " for character in text)
    return " ".join("".join(printable).split())
