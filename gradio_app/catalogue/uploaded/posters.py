"""The posters of a catalogue as small copies, which are kept while the posters are deleted."""

import os
import tempfile
import threading

from PIL import Image

from gradio_app.catalogue.sources.source import Source
from gradio_app.catalogue.thumbnails import thumbnail
from gradio_app.films import Film
from gradio_app.preprocessing import decode_poster

__all__ = ["SmallPosters"]


class SmallPosters:
    """Posters that leave small copies, one after another in a file, as they are found."""

    def __init__(self, source: Source):
        self._source = source
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `close`
        self._places: dict[int, tuple[int, int]] = {}
        self._lock = threading.Lock()

    def find(self, film: Film) -> Image.Image | None:
        """Return the decoded poster of a film, or None; may raise InputError."""
        poster = self._source.find_poster(film)
        if poster is None:
            return None
        image = decode_poster(poster)
        small = thumbnail(image)
        with self._lock:
            begin = self._file.seek(0, os.SEEK_END)
            self._file.write(small)
            self._places[id(film)] = begin, self._file.tell()
        return image

    def of(self, film: Film) -> bytes | None:
        """Return the small copy of a film's poster; None without."""
        if id(film) not in self._places:
            return None
        begin, end = self._places[id(film)]
        with self._lock:
            self._file.seek(begin)
            return self._file.read(end - begin)

    def close(self) -> None:
        """Delete the copies."""
        self._file.close()
