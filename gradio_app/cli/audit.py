"""`batch --audit`: a report on the genres that films list."""

import os
from contextlib import suppress
from pathlib import Path

from gradio_app.catalogue.audit.audit import Audit
from gradio_app.catalogue.audit.page import report_format, write_report
from gradio_app.catalogue.sources.source import Source
from gradio_app.catalogue.thumbnails import thumbnail
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.prediction import Prediction

__all__ = ["ReportedAudit"]


class ReportedAudit:
    """The audit of a run, and the file that its report is written to."""

    def __init__(self, genres: tuple[str, ...], file: Path):
        """Audit these genres.

        Raises:
            InputError: the file's name says no format for an audit.
        """
        self._format = report_format(file)
        self._audit = Audit(genres)
        self._file = file

    def observe(self, film: Film, prediction: Prediction | None) -> None:
        """Take in a film and its prediction."""
        self._audit.add(film, prediction)

    def finish(self, source: Source) -> list[str]:
        """Write the report; return what it found, in sentences.

        Raises:
            InputError: the file cannot be written.
        """

        def small_poster(film: Film) -> bytes | None:
            try:
                poster = source.find_poster(film)
                return None if poster is None else thumbnail(poster)
            except InputError:
                return None

        report = self._audit.finish()
        file = Path(os.path.realpath(self._file))  # a link stays
        # A pipe or a device is written to as it is.
        new = file if file.exists() and not file.is_file() else file.with_name(file.name + ".new")
        try:
            write_report(report, new, self._format, small_poster)
            new.replace(file)
        except OSError as error:
            if new != file:
                with suppress(OSError):
                    new.unlink(missing_ok=True)
            raise InputError(f"{self._file} cannot be written ({error.strerror}).") from error
        return [f"{report.summary()} The report is {self._file}."]
