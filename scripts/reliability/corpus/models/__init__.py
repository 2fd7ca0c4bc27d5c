"""Folders of models of which one is damaged, forged or hostile.

Forged ones have a spec that knows the change: its digest and those of the files are right.
"""

from scripts.reliability.corpus.case import Answer, Case
from scripts.reliability.corpus.models import files, graphs, specs
from scripts.reliability.corpus.models.changes import made

__all__ = ["cases"]


def cases() -> list[Case]:
    """Return the cases; each makes a folder like `onnx_models`."""
    return [
        Case("models as they are", made(lambda models: None), Answer()),
        *files.cases(),
        *specs.cases(),
        *graphs.cases(),
    ]
