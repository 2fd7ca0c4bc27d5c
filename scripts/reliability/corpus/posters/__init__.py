"""Posters as strangers send them: whole, broken, enormous, in any colours and any container."""

from scripts.reliability.corpus.case import Case
from scripts.reliability.corpus.posters import answers, attacks

__all__ = ["cases"]


def cases() -> list[Case]:
    """Return all cases; their files take 5 seconds and 40 MB."""
    return [*answers.cases(), *attacks.cases()]
