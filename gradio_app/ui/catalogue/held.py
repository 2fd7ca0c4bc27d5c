"""The catalogues of all sessions: as many films as there is room for."""

import threading

from gradio_app.catalogue.uploaded import Catalogue
from gradio_app.errors import InputError
from gradio_app.limits import MAX_FILMS_HELD

__all__ = ["HeldCatalogues"]


class HeldCatalogues:
    """Catalogues that are read or looked at. For a new one, the oldest that were read make room."""

    def __init__(self) -> None:
        self._catalogues: list[Catalogue] = []
        self._lock = threading.Lock()

    def add(self, catalogue: Catalogue) -> None:
        """Hold a catalogue that was opened, until it is closed.

        Raises:
            InputError: there is no room, for others are being read; it is closed then.
        """
        with self._lock:
            held = [each for each in self._catalogues if not each.closed]
            for other in [each for each in held if each.ended]:
                if _n_films([*held, catalogue]) <= MAX_FILMS_HELD:
                    break
                other.close()
                held.remove(other)
            has_room = _n_films([*held, catalogue]) <= MAX_FILMS_HELD
            self._catalogues = [*held, catalogue] if has_room else held
        if not has_room:
            catalogue.close()
            raise InputError(
                "The server is busy with the catalogues of others; try again in a few minutes."
            )


def _n_films(catalogues: list[Catalogue]) -> int:
    return sum(each.total for each in catalogues)
