"""A log that an attacker cannot fill."""

import logging
import time
from collections import defaultdict

from gradio_app.limits import MAX_LOG_LINES

__all__ = ["BoundedLog", "bound_logs"]

_LOGGERS = ("asyncio", "uvicorn", "uvicorn.error", "gradio_app")


class BoundedLog(logging.Filter):
    """Lets `MAX_LOG_LINES` records of one kind through in a minute.

    >>> log = BoundedLog()
    >>> record = logging.makeLogRecord({"msg": "Invalid HTTP request received."})
    >>> sum(log.filter(record) for _ in range(1_000)) == MAX_LOG_LINES
    True
    """

    def __init__(self) -> None:
        super().__init__()
        self._begin = time.monotonic()
        self._n_records: dict[str, int] = defaultdict(int)

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is written."""
        now = time.monotonic()
        if now - self._begin > 60:
            self._begin = now
            self._n_records.clear()
        kind = str(record.msg)[:100]
        self._n_records[kind] += 1
        return self._n_records[kind] <= MAX_LOG_LINES and len(self._n_records) <= 100


def bound_logs() -> None:
    """Bound the logs of the server."""
    log = BoundedLog()
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if not any(isinstance(each, BoundedLog) for each in logger.filters):
            logger.addFilter(log)
