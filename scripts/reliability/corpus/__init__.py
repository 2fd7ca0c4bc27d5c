"""A corpus of awful input: files made by code, each with the outcome that is right for it."""

import importlib
import importlib.util

from scripts.reliability.corpus.case import Case

__all__ = ["KINDS", "corpus"]

#: The kinds of input, each a module with `cases()`.
KINDS = ("overviews", "posters", "tables", "archives", "models")


def corpus() -> dict[str, list[Case]]:
    """Return the cases of each kind."""
    names = {kind: f"{__name__}.{kind}" for kind in KINDS}
    return {
        kind: importlib.import_module(name).cases()
        for kind, name in names.items()
        if importlib.util.find_spec(name)
    }
