"""The catalogues of all sessions: as many films as there is room for."""

import secrets
import threading
from dataclasses import dataclass

from gradio_app.catalogue.uploaded.catalogue import Catalogue
from gradio_app.errors import InputError
from gradio_app.limits import MAX_FILMS_HELD

__all__ = ["HeldCatalogues"]


@dataclass
class _Held:
    catalogue: Catalogue
    name: str
    sessions: int = 1


class HeldCatalogues:
    """Catalogues that are read or looked at. For a new one, the oldest that were read make room.

    A page that is loaded again is a new session. It finds its catalogue by a name that nobody can
    guess; the catalogue is closed when the last of its sessions lets it go.
    """

    def __init__(self) -> None:
        self._held: list[_Held] = []
        self._lock = threading.Lock()

    def add(self, catalogue: Catalogue) -> None:
        """Hold a catalogue that was opened, until it is closed.

        Raises:
            InputError: there is no room, for others are being read; it is closed then.
        """
        with self._lock:
            held = [each for each in self._held if not each.catalogue.closed]
            new = _Held(catalogue, secrets.token_urlsafe(24))
            for other in [each for each in held if each.catalogue.ended]:
                if _n_films([*held, new]) <= MAX_FILMS_HELD:
                    break
                other.catalogue.close()
                held.remove(other)
            has_room = _n_films([*held, new]) <= MAX_FILMS_HELD
            self._held = [*held, new] if has_room else held
        if not has_room:
            catalogue.close()
            raise InputError(
                "The server is busy with the catalogues of others; try again in a few minutes."
            )

    def name_of(self, catalogue: Catalogue) -> str:
        """Return the name by which a session finds a catalogue again; "" where it is not held."""
        with self._lock:
            return next((each.name for each in self._held if each.catalogue is catalogue), "")

    def share(self, name: str) -> Catalogue | None:
        """Return the catalogue of a name to one more session; None where there is none to see."""
        with self._lock:
            for each in self._held:
                is_wanted = secrets.compare_digest(each.name.encode(), name.encode())
                if is_wanted and each.catalogue.ended and not each.catalogue.closed:
                    each.sessions += 1
                    return each.catalogue
        return None

    def release(self, catalogue: Catalogue) -> None:
        """Let a session go of a catalogue, which is closed when it was the last."""
        with self._lock:
            found = next((each for each in self._held if each.catalogue is catalogue), None)
            if found is not None:
                found.sessions -= 1
                if found.sessions > 0:
                    return
                self._held.remove(found)
        catalogue.close()


def _n_films(held: list[_Held]) -> int:
    return sum(each.catalogue.total for each in held)
