"""Which of the pictures in a folder is the poster of a film, and which are other artwork."""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from gradio_app.catalogue.sources.folders.names import folded
from gradio_app.catalogue.sources.posters import PICTURE_SUFFIXES

__all__ = ["Pictures"]

#: What a poster is called in a folder that holds one film, the preferred name first.
_POSTER_NAMES = ("poster", "folder", "cover")
#: "fanart" is artwork of the whole folder, "Alien-fanart1" that of "Alien".
_ARTWORK = re.compile(
    r"(?:(.*)[-.])?(?:poster|folder|cover|movie|movieset|fanart|backdrop|background|banner"
    r"|landscape|thumb|clearlogo|logo|clearart|art|discart|disc|cdart|keyart|characterart|box"
    r"|default)\d*"
)


class Pictures:
    """The pictures of a folder, found by name.

    Case does not matter in names, nor whether accents are characters of their own. Of two
    pictures of one name, the one that comes first in `PICTURE_SUFFIXES` is meant.

    >>> pictures = Pictures(map(Path, ["Alien-Poster.JPG", "fanart.jpg", "folder.png", "x.jpg"]))
    >>> pictures.poster(["alien"], alone=True).name
    'Alien-Poster.JPG'
    >>> [picture.name for picture in pictures.of_no_film(["alien"])]
    ['x.jpg']
    """

    def __init__(self, files: Iterable[Path]):
        """Take the pictures among files of any kind."""
        pictures = [file for file in files if file.suffix.lower() in PICTURE_SUFFIXES]
        pictures.sort(key=lambda file: PICTURE_SUFFIXES.index(file.suffix.lower()))
        self._by_stem: dict[str, list[Path]] = {}
        for file in pictures:
            self._by_stem.setdefault(folded(file.stem), []).append(file)

    def poster(self, stems: Sequence[str], alone: bool) -> Path | None:
        """Find the poster of a film.

        It is the first of "STEM-poster", then, in a folder that holds one film, "poster",
        "folder" and "cover", then "STEM", and at last, there again, "movie" and whatever ends
        with "-poster".

        Args:
            stems: what the film and its files are called, without suffix.
            alone: whether the folder holds this film alone.
        """
        candidates = self._candidates([folded(stem) for stem in stems], alone)
        return next((self._by_stem[stem][0] for stem in candidates if stem in self._by_stem), None)

    def of_no_film(self, stems: Collection[str]) -> list[Path]:
        """Return the pictures that are neither called like a film nor artwork.

        Args:
            stems: what the films and their files are called, without suffix.
        """
        known = {folded(stem) for stem in stems} | {""}
        return [
            picture
            for stem, pictures in self._by_stem.items()
            if stem not in known and _artwork_of(stem) not in known
            for picture in pictures
        ]

    def _candidates(self, stems: Sequence[str], alone: bool) -> Iterator[str]:
        yield from (f"{stem}-poster" for stem in stems)
        if alone:
            yield from _POSTER_NAMES
        yield from stems
        if alone:
            yield "movie"
            yield from (stem for stem in self._by_stem if stem.endswith("-poster"))


def _artwork_of(stem: str) -> str | None:
    """Which film a picture is artwork of: "" for the whole folder, None where it is none."""
    match = _ARTWORK.fullmatch(stem)
    return (match[1] or "") if match else None
