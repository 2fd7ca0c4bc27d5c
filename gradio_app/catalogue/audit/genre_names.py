"""What catalogues call the genres that the models know."""

from collections.abc import Sequence

__all__ = ["GenreNames", "plain_name"]

#: Other names of genres, without spaces and punctuation. "Musical" is not among them: lists have
#: it beside Music, which is also of concerts and of bands.
_SYNONYMS = {
    "sciencefiction": "Sci-Fi",  # TMDB, TVDB, Kodi
    "sports": "Sport",  # Kodi
    "biographical": "Biography",
    "biopic": "Biography",
    "historical": "History",
    "animated": "Animation",
    "anime": "Animation",  # TVDB; all of it is drawn
    "cartoon": "Animation",
    "children": "Family",  # TVDB and MovieLens, which call so what others call Family
    "childrens": "Family",
    "kids": "Family",  # TMDB, of series
    "docu": "Documentary",
    "suspense": "Thriller",  # TVDB, Amazon; else each such film would seem to lack Thriller
}


class GenreNames:
    """The names under which the genres of the models are found.

    >>> names = GenreNames(("Music", "Sci-Fi"))
    >>> names.column("SCI FI"), names.column("Science Fiction"), names.column("Musical")
    (1, 1, None)
    """

    def __init__(self, genres: Sequence[str]):
        columns = {plain_name(genre): column for column, genre in enumerate(genres)}
        synonyms = {
            name: columns[plain_name(genre)]
            for name, genre in _SYNONYMS.items()
            if plain_name(genre) in columns
        }
        self._columns = synonyms | columns

    def column(self, name: str) -> int | None:
        """Return which of the genres a name stands for, or None for none of them."""
        return self._columns.get(plain_name(name))


def plain_name(name: str) -> str:
    """Return a name without case, spaces and punctuation, or itself where that leaves nothing."""
    return "".join(filter(str.isalnum, name.casefold())) or name
