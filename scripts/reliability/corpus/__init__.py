"""A corpus of awful input: files made by code, each with the outcome that is right for it."""

import importlib
import importlib.util

from scripts.reliability.corpus.case import Case

__all__ = ["KINDS", "corpus"]

#: Kind of input -> the module that makes it, and the function that lists its cases.
KINDS = {
    "overviews": ("overviews", "cases"),
    "posters": ("posters", "cases"),
    "tables": ("tables", "cases"),
    "large tables": ("tables", "large_cases"),
    "ZIP files": ("archives", "zip_cases"),
    "NFO files": ("archives", "nfo_cases"),
    "models": ("models", "cases"),
}


def corpus() -> dict[str, list[Case]]:
    """Return the cases of each kind."""
    return {
        kind: getattr(importlib.import_module(f"{__name__}.{module}"), function)()
        for kind, (module, function) in KINDS.items()
        if importlib.util.find_spec(f"{__name__}.{module}")
    }
