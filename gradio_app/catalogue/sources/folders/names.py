"""What the files and folders of a library are, by their names.

The rules are those that Kodi, Jellyfin, Emby and tinyMediaManager have in common.
"""

import re
import unicodedata

__all__ = [
    "DISC_NFOS",
    "VIDEO_SUFFIXES",
    "begins_with",
    "folded",
    "is_disc",
    "is_episode",
    "is_extra_video",
    "is_extras_folder",
    "is_show_nfo",
    "is_system_name",
    "title_of",
    "without_part",
    "year_of",
]

VIDEO_SUFFIXES = (
    *(".mkv", ".mp4", ".m4v", ".avi", ".mov", ".wmv", ".webm", ".ts", ".m2ts", ".mts", ".mpg"),
    *(".mpeg", ".vob", ".ogm", ".ogv", ".flv", ".divx", ".rmvb", ".3gp", ".asf", ".iso", ".img"),
    *(".strm", ".disc"),
)
#: Where a disc, copied as a folder, has the NFO file of its film.
DISC_NFOS = ("VIDEO_TS/VIDEO_TS.nfo", "BDMV/index.nfo")

_SYSTEM_FOLDERS = {
    *("@eadir", "#recycle", "$recycle.bin", "system volume information", "lost+found"),
    *("extrafanart", "extrathumbs", "backdrops", "theme-music"),
}
_EXTRAS_FOLDERS = {
    *("extras", "featurettes", "trailers", "trailer", "samples", "sample"),
    *("behind the scenes", "deleted scenes", "interviews"),
}
#: Where there are several films, such a folder may well hold films.
_EXTRAS_FOLDERS_OF_ONE_FILM = {"extra", "scenes", "shorts", "clips", "other", "others"}
_EXTRA_VIDEO = re.compile(
    r"(?:.*-)?(?:trailer|sample|behindthescenes|deleted|featurette|interview|scene|short|clip"
    r"|extra|other)s?\d*"
)
_EPISODE = re.compile(r"(?:^|[^a-z0-9])s\d{1,3}[ ._-]?e\d{1,4}(?!\d)")
_SHOW_NFO = re.compile(r"tvshow|season|season[ ._-]?\d+|artist|album")
_DISC = re.compile(r"video_ts|audio_ts|bdmv|certificate|hvdvd_ts|(?:cd|dvd|dis[ck]|pt)[ ._-]?\d")
_PART = re.compile(r"[ ._-]+(?:cd|dvd|dis[ck]|pt)[ ._-]?\d$", re.IGNORECASE)
_YEAR = re.compile(r"[(\[{]([12][0-9]{3})[)\]}]")
_TAG = re.compile(
    r"\s*[(\[{](?:[12][0-9]{3}|(?:imdb|tmdb|tvdb)(?:id)?[-=]\w+)[)\]}]", re.IGNORECASE
)
_WORD = re.compile(r"[^\W_]+")


def folded(name: str) -> str:
    """Return a name as it is compared: without case, accents as parts of their letters."""
    return unicodedata.normalize("NFC", name).casefold()


def title_of(name: str) -> str:
    """Return the title in the name of a folder or file, without year and ids in brackets.

    >>> title_of("Alien (1979) [imdbid-tt0078748]"), title_of("[REC] (2007)"), title_of("(1984)")
    ('Alien', '[REC]', '(1984)')
    """
    return _TAG.sub("", name).strip() or name


def year_of(name: str) -> str:
    """Return the year that stands in brackets in a name, or "".

    >>> year_of("Blade Runner 2049 (2017)"), year_of("1917")
    ('2017', '')
    """
    years = _YEAR.findall(name)
    return years[-1] if years else ""


def begins_with(name: str, folder: str) -> bool:
    """Tell whether a file's name begins with the title that its folder is called by.

    >>> begins_with("Die.Hard.1988.1080p", "Die Hard (1988)"), begins_with("Alien", "A")
    (True, False)
    """
    title = _WORD.findall(folded(title_of(folder)))
    return bool(title) and _WORD.findall(folded(name))[: len(title)] == title


def without_part(stem: str) -> str:
    """Return the name of a video without the number of its disc.

    >>> without_part("Das Boot-cd2")
    'Das Boot'
    """
    return _PART.sub("", stem)


def is_extra_video(stem: str) -> bool:
    """Tell whether a video is a trailer or such of a film beside it."""
    return _EXTRA_VIDEO.fullmatch(folded(stem)) is not None


def is_episode(stem: str) -> bool:
    """Tell whether a video is an episode of a television show, "S01E02"."""
    return _EPISODE.search(folded(stem)) is not None


def is_disc(folder: str) -> bool:
    """Tell whether a folder is a disc, or one of several, of the film around it."""
    return _DISC.fullmatch(folded(folder)) is not None


def is_extras_folder(folder: str, of_one_film: bool) -> bool:
    """Tell whether a folder holds trailers or such of the film, or the films, around it."""
    name = folded(folder)
    return name in _EXTRAS_FOLDERS or (of_one_film and name in _EXTRAS_FOLDERS_OF_ONE_FILM)


def is_system_name(name: str) -> bool:
    """Tell whether an operating system or a media server made a file or folder for itself."""
    return name.startswith(".") or folded(name) in _SYSTEM_FOLDERS


def is_show_nfo(stem: str) -> bool:
    """Tell whether an NFO file is called as that of a show, a season, an artist or an album is."""
    return _SHOW_NFO.fullmatch(folded(stem)) is not None
