"""The films of one folder of a library.

A folder holds one film, or several beside each other, each under a name of its own ("Alien.mkv",
"Alien.nfo", "Alien-poster.jpg"). It holds one where there are no two NFO files beside `movie.nfo`,
and either there is a `movie.nfo` or a disc (`VIDEO_TS`, `BDMV`, `CD1`), or two of these hold: the
name of the folder has a year in brackets; a file's name begins with it; all files have one name.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from gradio_app.catalogue.sources.folders import names
from gradio_app.catalogue.sources.folders.artwork import Pictures
from gradio_app.catalogue.sources.folders.listing import Listing
from gradio_app.catalogue.sources.nfo.reader import Nfo, read_nfo

__all__ = ["FilmFolder", "Place", "Reason", "why_no_film"]


class Reason(StrEnum):
    """Why something that lies in a library is left out."""

    SHOW = "television shows, seasons and episodes"
    MUSIC = "music videos, artists and albums"
    SET = "NFO files of sets of films"
    TEXT = "NFO files without XML beside films"
    SECOND_NFO = "further NFO files of a film"
    SECOND_VIDEO = "videos of another name in the folder of a film"
    EXTRAS = "folders of trailers and other extras"
    PICTURE = "pictures that belong to no film"
    NO_FILE = "NFO files, pictures and videos that are folders, pipes or links to nothing"
    UNREADABLE = "folders that cannot be read"
    LINK = "links to folders that are read elsewhere"


_OTHER_ROOTS = {
    **dict.fromkeys(("tvshow", "season", "episodedetails"), Reason.SHOW),
    **dict.fromkeys(("musicvideo", "artist", "album"), Reason.MUSIC),
    "set": Reason.SET,
}
_MOVIE = "movie"  # movie.nfo is the NFO file of a folder that holds one film


def why_no_film(nfo: Nfo) -> Reason | None:
    """Return what an NFO file is about, if that is known not to be a film."""
    return _OTHER_ROOTS.get(nfo.xml.root)


@dataclass(frozen=True)
class Place:
    """Where a film lies.

    Attributes:
        path: its folder, or, where several films lie in one, its files without suffix.
        nfo: its NFO file, if it has one.
        poster: its poster, if it has one.
    """

    path: Path
    nfo: Path | None
    poster: Path | None


@dataclass
class _Stem:
    """The files of one name, a film unless they belong to that of another."""

    name: str
    nfo: Path | None = None
    video: Path | None = None


class FilmFolder:
    """The films of one folder.

    Attributes:
        of_show: whether it belongs to a television show or an artist; a film in it is then known
            by its NFO file alone.
        holds_one_film: whether the folder is that of one film.
        places: the films that lie in it.
        folders: those in it that may hold films.
        left_out: what lies in it and is no film, and why.
    """

    def __init__(self, listing: Listing, around: "FilmFolder | None" = None):
        """Find the films.

        Args:
            listing: of the folder.
            around: the folder that it lies in; None for the library itself, whose name is no
                film's.
        """
        self._listing = listing
        self._name = listing.path.name
        self._is_top = around is None
        self._is_in_film = around is not None and around.holds_one_film and not around._is_top
        self._pictures = Pictures(listing.pictures)
        self._stems: dict[str, _Stem] = {}
        self.of_show: bool = around is not None and around.of_show
        self.left_out = [(Reason.NO_FILE, path) for path in listing.odd]
        self._group_nfos()
        self._group_videos()
        self._leave_out_other_nfos()
        self.holds_one_film: bool = self._is_of_one_film()
        self.places = self._only_film() if self.holds_one_film else list(self._each_film())
        self.folders = self._without_extras() if self.places else listing.folders
        self._leave_pictures_out()

    def poster_place(self) -> Place | None:
        """Return the film of which the folder holds nothing but a poster, if it may be one.

        It is for the caller to know that no film lies in the folders within.
        """
        # "Alien (1979)/Scans/cover.jpg" is in a film.
        if self._is_top or self._is_in_film or self.of_show or self._stems:
            return None
        poster = self._pictures.poster(self._own_names(), alone=True)
        return Place(self._listing.path, None, poster) if poster else None

    def _leave_out(self, reason: Reason, paths: Iterable[Path]) -> None:
        self.left_out.extend((reason, path) for path in paths)

    # --- which files belong together ----------------------------------------------------------

    def _group_nfos(self) -> None:
        for nfo in self._listing.nfos:
            reason = self._why_of_show(nfo)
            if reason:
                self.of_show = True
                self._leave_out(reason, [nfo])
            elif self._stem(nfo.stem).nfo:  # "Alien.NFO" beside "Alien.nfo"
                self._leave_out(Reason.SECOND_NFO, [nfo])
            else:
                self._stem(nfo.stem).nfo = nfo

    def _why_of_show(self, nfo: Path) -> Reason | None:
        """What an NFO file is about that is not called like any other file."""
        if names.is_show_nfo(nfo.stem):
            read = read_nfo(nfo, root_only=True)
            return None if read.xml.root == "movie" else why_no_film(read) or Reason.SHOW
        return None

    def _group_videos(self) -> None:
        for video in self._listing.videos:
            has_nfo = names.folded(video.stem) in self._stems
            if has_nfo or not (self.of_show or names.is_episode(video.stem)):
                name = video.stem if has_nfo else names.without_part(video.stem)
                self._stem(name).video = video
            else:
                self._leave_out(Reason.SHOW, [video])
        if self._listing.discs:
            stem = self._stem(self._name)
            stem.video = self._listing.discs[0]
            stem.nfo = stem.nfo or self._disc_nfo()

    def _stem(self, name: str) -> _Stem:
        return self._stems.setdefault(names.folded(name), _Stem(name))

    def _disc_nfo(self) -> Path | None:
        files = (self._listing.path / name for name in names.DISC_NFOS)
        return next((file for file in files if os.path.isfile(file)), None)

    def _leave_out_other_nfos(self) -> None:
        """Leave out NFO files that stand alone beside films and are of no film."""
        for key, stem in list(self._stems.items()):
            if len(self._stems) > 1 and stem.nfo and not stem.video:
                nfo = read_nfo(stem.nfo, root_only=True)
                reason = why_no_film(nfo) or (Reason.TEXT if nfo.is_text else None)
                if reason:
                    self._leave_out(reason, [stem.nfo])
                    del self._stems[key]

    # --- one film, or several -----------------------------------------------------------------

    def _is_of_one_film(self) -> bool:
        with_nfo = [key for key, stem in self._stems.items() if stem.nfo and key != _MOVIE]
        if not self._stems or len(with_nfo) > 1:
            return False
        if self._movie_nfo() or self._listing.discs:
            return not self._is_top or len(self._stems) <= 2
        begins = any(map(self._is_called_so, self._stems.values()))
        return not self._is_top and begins + self._has_year() + (len(self._stems) == 1) >= 2

    def _is_called_so(self, stem: _Stem) -> bool:
        return names.begins_with(stem.name, self._name)

    def _has_year(self) -> bool:
        return bool(names.year_of(self._name))

    def _movie_nfo(self) -> Path | None:
        return self._stems[_MOVIE].nfo if _MOVIE in self._stems else None

    def _only_film(self) -> list[Place]:
        """The film of a folder that holds one."""
        stems = sorted(self._stems.values(), key=lambda stem: stem.nfo is None)
        nfo = self._movie_nfo() or stems[0].nfo
        self._leave_out(Reason.SECOND_NFO, [s.nfo for s in stems if s.nfo and s.nfo != nfo])
        self._leave_out(Reason.SECOND_VIDEO, self._other_videos(stems))
        known = [*(stem.name for stem in stems), *self._own_names()]
        return [Place(self._listing.path, nfo, self._pictures.poster(known, alone=True))]

    def _other_videos(self, stems: Sequence[_Stem]) -> list[Path]:
        """All but one, unless they are called like the folder: versions of the film."""
        called_so = [stem for stem in stems if stem.nfo or self._is_called_so(stem)]
        others = [stem for stem in stems if stem not in called_so]
        if not any(stem.video for stem in called_so):
            others = others[1:]
        return [stem.video for stem in others if stem.video]

    def _each_film(self) -> Iterator[Place]:
        """The films of a folder that holds several, or of one that says nothing of its film."""
        for stem in self._stems.values():
            alone = len(self._stems) == 1 or (self._has_year() and self._is_called_so(stem))
            poster = self._pictures.poster([stem.name], alone)
            yield Place(self._listing.path / stem.name, stem.nfo, poster)

    def _own_names(self) -> list[str]:
        return [self._name, names.title_of(self._name)]

    # --- what else there is -------------------------------------------------------------------

    def _without_extras(self) -> list[Path]:
        folders = self._listing.folders
        of_one_film = self.holds_one_film and not self._is_top
        extras = [path for path in folders if names.is_extras_folder(path.name, of_one_film)]
        self._leave_out(Reason.EXTRAS, extras)
        return [path for path in folders if path not in extras]

    def _leave_pictures_out(self) -> None:
        """Leave out pictures that are neither a film's poster nor known artwork."""
        if self.of_show:  # its seasons and episodes have pictures of their own
            return
        known = [stem.name for stem in self._stems.values()]
        used = {place.poster for place in self.places}
        pictures = self._pictures.of_no_film([*known, *self._own_names()])
        self._leave_out(Reason.PICTURE, [path for path in pictures if path not in used])
