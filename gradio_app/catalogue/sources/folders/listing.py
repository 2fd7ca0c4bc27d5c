"""What lies in a folder, by kind."""

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from gradio_app.catalogue.sources.folders import names
from gradio_app.catalogue.sources.posters import PICTURE_SUFFIXES

__all__ = ["Listing", "list_folder"]


@dataclass(frozen=True)
class Listing:
    """The files and folders in a folder, each kind in the order of the names.

    Attributes:
        path: of the folder.
        nfos: NFO files.
        videos: without trailers and such.
        pictures: all of them.
        discs: folders that are a disc of a film.
        folders: the others.
        odd: what is called like one of the above files and is a folder, a pipe, or a link to
            nothing.
    """

    path: Path
    nfos: list[Path] = field(default_factory=list)
    videos: list[Path] = field(default_factory=list)
    pictures: list[Path] = field(default_factory=list)
    discs: list[Path] = field(default_factory=list)
    folders: list[Path] = field(default_factory=list)
    odd: list[Path] = field(default_factory=list)


def list_folder(path: Path) -> Listing:
    """List a folder, without what is hidden or belongs to the system.

    Raises:
        OSError: the folder cannot be read.
    """
    listing = Listing(path)
    with os.scandir(path) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if not names.is_system_name(entry.name):
                _add(listing, entry)
    return listing


def _add(listing: Listing, entry: os.DirEntry[str]) -> None:
    path = Path(entry.path)
    kind = _kind_of_file(listing, path)
    if _is(entry.is_file):
        if kind is not None:
            kind.append(path)
    elif _is(entry.is_dir) and (kind is None or kind is listing.videos):  # "Alien.1979.avi/"
        (listing.discs if names.is_disc(entry.name) else listing.folders).append(path)
    elif kind is not None:
        listing.odd.append(path)


def _kind_of_file(listing: Listing, path: Path) -> list[Path] | None:
    suffix = path.suffix.lower()
    if suffix == ".nfo":
        return listing.nfos
    if suffix in PICTURE_SUFFIXES:
        return listing.pictures
    if suffix in names.VIDEO_SUFFIXES and not names.is_extra_video(path.stem):
        return listing.videos
    return None


def _is(kind: Callable[[], bool]) -> bool:
    """Whether an entry is of a kind; not so where a link leads in a circle."""
    try:
        return kind()
    except OSError:
        return False
