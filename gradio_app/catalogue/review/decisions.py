"""What a person decided on each film: its genres, and whether it was accepted."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gradio_app.catalogue.audit.genre_names import GenreNames, plain_name
from gradio_app.errors import InputError
from gradio_app.limits import MAX_DECIDED_GENRES, MAX_GENRE_CHARACTERS

__all__ = ["Decision", "GenreNamer"]


@dataclass(frozen=True)
class Decision:
    """The genres of one film, as far as a person has said.

    Attributes:
        start: the genres that it had before anybody decided: the suggested ones, or the listed
            ones where a finding of the audit was the first decision.
        genres: those that it has now.
        accepted: whether somebody has looked at the film and said so.
        turn: counts the decisions on the film, so that one that comes late is known as such.
    """

    start: tuple[str, ...]
    genres: tuple[str, ...]
    accepted: bool = False
    turn: int = 0

    @property
    def decides(self) -> bool:
        """Whether anything was decided: the film was accepted, or its genres were changed.

        >>> Decision(("War",), ("War",)).decides, Decision(("War",), ()).decides
        (False, True)
        """
        return self.accepted or set(self.genres) != set(self.start)

    def changed(self, genre: str, has_it: bool) -> "Decision":
        """Return the decision with one genre more, or one less."""
        others = tuple(each for each in self.genres if each != genre)
        if has_it and len(others) < len(self.genres):
            return self
        return replace(self, genres=(*others, genre) if has_it else others)


class GenreNamer:
    """Names of genres as a person types them, or as a catalogue lists them, in one spelling each.

    >>> GenreNamer(("Sci-Fi", "War")).named([" science fiction", "war", "Space  Opera", "WAR"])
    ('Sci-Fi', 'War', 'Space Opera')
    """

    def __init__(self, genres: Sequence[str]):
        """Know the genres of the models; any other name is taken as it is."""
        self._genres = tuple(genres)
        self._names = GenreNames(genres)

    def named(self, given: Sequence[str]) -> tuple[str, ...]:
        """Return names of genres, each once, as the models spell them where they know them.

        Raises:
            InputError: a name is too long, or holds a sign that parts genres; or there are too
                many.
        """
        names: dict[str, str] = {}
        for each in given:
            name = self._name(each)
            if name:
                names.setdefault(plain_name(name), name)
        if len(names) > MAX_DECIDED_GENRES:
            raise InputError(f"A film may have {MAX_DECIDED_GENRES} genres; take some away.")
        return tuple(names.values())

    def _name(self, given: str) -> str:
        column = self._names.column(given)
        if column is not None:
            return self._genres[column]
        name = " ".join(given.split())
        if len(name) > MAX_GENRE_CHARACTERS:
            raise InputError(f"A genre may have {MAX_GENRE_CHARACTERS} letters; make it shorter.")
        if "|" in name or not name.isprintable():
            raise InputError("The name of a genre has no '|' and no control characters.")
        return name
