"""What the browser shows by itself where a server does not answer, and so cannot say so."""

import json
from collections.abc import Sequence

__all__ = ["NO_ANSWER", "returning"]

NO_ANSWER = "The server did not answer"


def returning(values: Sequence[str]) -> str:
    """Return a function in JavaScript that returns these values, one for each output.

    >>> returning(["a", ""])
    '() => ["a", ""]'
    """
    return f"() => {json.dumps(values)}"
