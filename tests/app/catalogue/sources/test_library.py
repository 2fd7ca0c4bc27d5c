"""A library: every film in it is found, everything else is reported, and its NFO files are safe."""

import difflib
import os
import random
import re
import time
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.folders.film_folder import Reason
from gradio_app.catalogue.sources.library import LIBRARY_COLUMNS, Library
from gradio_app.catalogue.sources.nfo.reader import parse_nfo
from gradio_app.catalogue.sources.nfo.writer import GenreChange, Outcome, write_genres
from gradio_app.errors import InputError
from gradio_app.films import Film
from scripts.make_library import make_library

NFO = "<movie><title>{}</title><plot>A ghost.</plot></movie>"


def make(folder: Path, *names: str) -> Library:
    """A library of files; an NFO file is that of a film called like it, a name with / a folder."""
    for name in names:
        path = folder / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(NFO.format(path.stem) if path.suffix.lower() == ".nfo" else "", "utf-8")
    return Library(folder)


def found(library: Library) -> list[tuple[str, str, str]]:
    """The path, the NFO file and the poster of each film."""
    return [
        (film.cells["path"], film.cells["nfo"], film.cells["poster"]) for film in library.films()
    ]


def left_out(library: Library) -> dict[Reason, list[str]]:
    for _ in library.films():
        pass
    return {reason: left.examples for reason, left in library.left_out.items()}


# --- how films are laid out ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("files", "films"),
    [
        (  # Kodi
            ["Alien (1979)/movie.nfo", "Alien (1979)/a.mkv", "Alien (1979)/poster.jpg"],
            [("Alien (1979)", "Alien (1979)/movie.nfo", "Alien (1979)/poster.jpg")],
        ),
        (  # Jellyfin, Emby: named like the folder, versions
            [
                "A (1)/A (1979)/A (1979).nfo",
                "A (1)/A (1979)/A (1979) - 4K.mkv",
                "A (1)/A (1979)/A (1979) - DVD.mkv",
                "A (1)/A (1979)/folder.jpg",
            ],
            [("A (1)/A (1979)", "A (1)/A (1979)/A (1979).nfo", "A (1)/A (1979)/folder.jpg")],
        ),
        (  # tinyMediaManager: named like the video
            [
                "Alien/Alien.1979.1080p.mkv",
                "Alien/Alien.1979.1080p.nfo",
                "Alien/Alien.1979.1080p-poster.jpg",
                "Alien/Alien.1979.1080p-fanart.jpg",
            ],
            [("Alien", "Alien/Alien.1979.1080p.nfo", "Alien/Alien.1979.1080p-poster.jpg")],
        ),
        (  # beside each other
            [
                "Alien.mkv",
                "Alien.nfo",
                "Alien.jpg",
                "Brazil.mkv",
                "Brazil.nfo",
                "poster.jpg",
                "Casino.mkv",
                "Casino-poster.png",
            ],
            [
                ("Alien", "Alien.nfo", "Alien.jpg"),
                ("Brazil", "Brazil.nfo", ""),
                ("Casino", "", "Casino-poster.png"),
            ],
        ),
        (  # several in a folder within
            ["B/Brazil.nfo", "B/Blow-Up.nfo", "B/Blow-Up.jpg", "B/Bound.avi", "B/folder.jpg"],
            [
                ("B/Blow-Up", "B/Blow-Up.nfo", "B/Blow-Up.jpg"),
                ("B/Brazil", "B/Brazil.nfo", ""),
                ("B/Bound", "", ""),
            ],
        ),
        (  # a set
            [
                "Alien Collection/Alien (1979)/movie.nfo",
                "Alien Collection/poster.jpg",
                "Alien Collection/Aliens (1986)/movie.nfo",
            ],
            [
                ("Alien Collection/Alien (1979)", "Alien Collection/Alien (1979)/movie.nfo", ""),
                ("Alien Collection/Aliens (1986)", "Alien Collection/Aliens (1986)/movie.nfo", ""),
            ],
        ),
        (  # a set in one folder, without NFO files
            ["Alien/Alien (1979).mkv", "Alien/Alien 3 (1992).mkv"],
            [("Alien/Alien (1979)", "", ""), ("Alien/Alien 3 (1992)", "", "")],
        ),
        (
            ["A (1979)/movie.nfo", "A (1979)/Scans/cover.jpg"],
            [("A (1979)", "A (1979)/movie.nfo", "")],
        ),
        (["Alien (1979)/a.mkv"], [("Alien (1979)", "", "")]),
        (["Horror/Alien.mkv", "Horror/poster.jpg"], [("Horror/Alien", "", "Horror/poster.jpg")]),
        (["Alien (1979)/Folder.PNG"], [("Alien (1979)", "", "Alien (1979)/Folder.PNG")]),
        (["A/folder.jpg", "A/Alien (1979)/a.mkv"], [("A/Alien (1979)", "", "")]),
        (  # discs
            ["Alien (1979)/VIDEO_TS/VIDEO_TS.nfo", "Alien (1979)/VIDEO_TS/VTS_01_1.VOB"],
            [("Alien (1979)", "Alien (1979)/VIDEO_TS/VIDEO_TS.nfo", "")],
        ),
        (
            ["Alien/BDMV/index.nfo", "Alien/BDMV/STREAM/1.m2ts", "Alien/movie.nfo"],
            [("Alien", "Alien/movie.nfo", "")],
        ),
        (
            ["Alien/CD1/a.avi", "Alien/CD2/a.avi", "Alien/cover.jpg"],
            [("Alien", "", "Alien/cover.jpg")],
        ),
        (["Alien-cd1.avi", "Alien-CD2.avi"], [("Alien", "", "")]),
        (["It Part 1.avi", "It Part 2.avi"], [("It Part 1", "", ""), ("It Part 2", "", "")]),
        # movie.nfo comes before a file called like the video, which is reported.
        (["Alien/movie.nfo", "Alien/Alien.nfo"], [("Alien", "Alien/movie.nfo", "")]),
        # ... but not where there are NFO files of several films.
        (
            ["A/movie.nfo", "A/Alien.nfo", "A/Amour.nfo"],
            [
                ("A/Alien", "A/Alien.nfo", ""),
                ("A/Amour", "A/Amour.nfo", ""),
                ("A/movie", "A/movie.nfo", ""),
            ],
        ),
        # Versions that have an NFO file each have the poster.
        (
            ["A (1979)/A - DVD.nfo", "A (1979)/A - 4K.nfo", "A (1979)/poster.jpg"],
            [
                ("A (1979)/A - 4K", "A (1979)/A - 4K.nfo", "A (1979)/poster.jpg"),
                ("A (1979)/A - DVD", "A (1979)/A - DVD.nfo", "A (1979)/poster.jpg"),
            ],
        ),
        (
            ["Shorts/Alien (1979)/a.mkv", "B.mkv", "C.mkv"],
            [("B", "", ""), ("C", "", ""), ("Shorts/Alien (1979)", "", "")],
        ),
        ([], []),
        (["A/", "B/C/"], []),
        (["tt1.jpg", "tt2.jpg", "more/tt3.jpg"], []),  # a folder of pictures is none
    ],
)
def test_layouts(files: list[str], films: list[tuple[str, str, str]], tmp_path: Path):
    assert found(make(tmp_path, *files)) == films


def test_the_folder_of_a_film_is_a_library_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make(tmp_path, "Alien (1979)/movie.nfo", "Alien (1979)/a.mkv", "Alien (1979)/poster.jpg")
    (film,) = Library(tmp_path / "Alien (1979)").films()
    assert film.id == "Alien (1979)"
    assert film.poster == tmp_path / "Alien (1979)" / "poster.jpg"
    monkeypatch.chdir(tmp_path / "Alien (1979)")
    assert [film.id for film in Library(Path(".")).films()] == ["Alien (1979)"]


def test_what_a_film_has(tmp_path: Path):
    library = make(tmp_path, "A/Alien (1979)/a.mkv", "A/Alien (1979)/folder.jpg")
    nfo = tmp_path / "A" / "Alien (1979)" / "movie.nfo"
    nfo.write_text(
        "<movie><title>Alien!</title><year>1980</year><outline>A crew.</outline>"
        "<genre>Horror</genre><tmdbid>348</tmdbid></movie>"
    )
    (film,) = library.films()
    poster = tmp_path / "A" / "Alien (1979)" / "folder.jpg"
    assert film == Film(
        id="tmdb-348",
        overview="A crew.",
        poster=poster,
        title="Alien!",
        genres=("Horror",),
        nfo=nfo,
        cells={
            "title": "Alien!",
            "year": "1980",
            "path": "A/Alien (1979)",
            "nfo": "A/Alien (1979)/movie.nfo",
            "poster": "A/Alien (1979)/folder.jpg",
        },
    )
    assert tuple(film.cells) == LIBRARY_COLUMNS
    assert library.find(film) == poster
    nfo.unlink()
    (film,) = library.films()
    assert (film.id, film.title, film.genres, film.nfo) == ("A/Alien (1979)", "Alien", None, None)
    assert film.cells["year"] == "1979"
    poster.unlink()
    (film,) = library.films()
    assert film.poster == ""
    assert library.find(film) is None


@pytest.mark.parametrize(
    ("folder", "title"),
    [
        ("Alien (1979) {tmdb-348}", "Alien"),
        ("Alien [1979] [imdbid-tt0078748]", "Alien"),
        ("[REC] (2007)", "[REC]"),
        ("(500) Days of Summer (2009)", "(500) Days of Summer"),
        ("2001 (1968)", "2001"),
        ("(1984)", "(1984)"),
    ],
)
def test_the_title_of_a_folder(folder: str, title: str, tmp_path: Path):
    (film,) = make(tmp_path, f"{folder}/a.mkv").films()
    assert film.title == title


# --- posters ------------------------------------------------------------------------------------

IN_ORDER = [
    *("Pim.2019-Poster.jpg", "Pim.2019-poster.png", "Pim (2019)-poster.jpg", "Poster.JPG"),
    *("poster.jpeg", "poster.jpe", "poster.jfif", "poster.png", "poster.webp", "poster.avif"),
    *("poster.gif", "poster.bmp", "poster.tif", "poster.TIFF", "folder.jpg", "cover.jpg"),
    *("Pim.2019.jpg", "Pim.2019.avif", "Pim (2019).jpg", "Pim.jpg", "movie.jpg"),
    "Der kleine Pim-poster.jpg",
]


def test_posters_are_preferred_in_this_order(tmp_path: Path):
    for seed in range(60):
        folder = tmp_path / str(seed)
        given = sorted(random.Random(seed).sample(range(len(IN_ORDER)), 3))
        files = [f"Pim (2019)/{IN_ORDER[number]}" for number in given]
        library = make(folder, *files, "Pim (2019)/Pim.2019.mkv", "Pim (2019)/fanart.jpg")
        ((_, _, poster),) = found(library)
        assert poster == files[0], files


@pytest.mark.parametrize(
    "name",
    [
        *("fanart.jpg", "banner.jpg", "landscape.jpg", "thumb.jpg", "clearlogo.png", "discart.png"),
        *("Pim-fanart.jpg", "Pim-thumb.jpg", "Pim-clearart.png", "fanart3.jpg", "backdrop.jpg"),
        *("logo.png", "movieset-poster.txt", "Pim.srt", "Pim-trailer.mp4", "._poster.jpg"),
    ],
)
def test_other_artwork_is_neither_a_poster_nor_reported(name: str, tmp_path: Path):
    library = make(tmp_path, "Pim/Pim.nfo", f"Pim/{name}")
    assert found(library) == [("Pim", "Pim/Pim.nfo", "")]
    assert library.left_out == {}


@pytest.mark.parametrize("files", ["NFC", "NFD"])
@pytest.mark.parametrize("posters", ["NFC", "NFD"])
def test_accents_in_either_form(files: str, posters: str, tmp_path: Path):
    nfo = unicodedata.normalize(files, "Ödland.nfo")
    poster = unicodedata.normalize(posters, "ödland-POSTER.Jpg")
    other = "Äther.nfo"
    library = make(tmp_path, nfo, poster, other)
    assert (nfo.removesuffix(".nfo"), nfo, poster) in found(library)


# --- what is no film ----------------------------------------------------------------------------


def write(file: Path, root: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"<{root}><title>No</title></{root}>")


def test_shows_are_reported(tmp_path: Path):
    library = make(tmp_path, "Show/poster.jpg", "Show/Season 1/A.mkv", "Show/Season 1/folder.jpg")
    write(tmp_path / "Show" / "tvshow.nfo", "tvshow")
    write(tmp_path / "Show" / "season01.nfo", "season")
    write(tmp_path / "Show" / "Season 1" / "A S01E01.nfo", "episodedetails")
    make(tmp_path, "Show/Specials/The Film (2001)/movie.nfo", "Other/Other S01E01.mkv")
    make(tmp_path, "Other/Other - s01e02.mkv", "Other/Other s1.e3.avi")
    assert found(library) == [
        (
            "Show/Specials/The Film (2001)",
            "Show/Specials/The Film (2001)/movie.nfo",
            "",
        )
    ]
    assert library.left_out[Reason.SHOW].count == 7
    assert list(library.left_out) == [Reason.SHOW]


@pytest.mark.parametrize(
    ("root", "reason"),
    [
        ("tvshow", Reason.SHOW),
        ("episodedetails", Reason.SHOW),
        ("musicvideo", Reason.MUSIC),
        ("artist", Reason.MUSIC),
        ("album", Reason.MUSIC),
        ("set", Reason.SET),
    ],
)
def test_nfo_files_of_other_things_are_reported(root: str, reason: Reason, tmp_path: Path):
    library = make(tmp_path, "One/One.mkv", "Two/poster.jpg", "Films/Pim.mkv", "Films/Pim.nfo")
    for name in ("One/One.nfo", f"Two/{root}.nfo", f"Films/{root}.nfo", "Three (1999)/a.nfo"):
        write(tmp_path / name, root)
    assert ("Films/Pim", "Films/Pim.nfo", "") in found(library)
    assert library.left_out[reason].count == 4
    paths = [path for path, _, _ in found(library)]
    assert paths in (["Films/Pim"], ["Films/Pim", "Two"]), paths


def test_a_film_may_be_called_like_that(tmp_path: Path):
    library = make(tmp_path, "Artist.nfo", "Season.nfo", "Season of the Witch.nfo", "Album.nfo")
    assert len(found(library)) == 4
    assert library.left_out == {}


def test_an_nfo_of_another_root_is_an_error(tmp_path: Path):
    library = make(tmp_path, "Pim/Pim.mkv")
    write(tmp_path / "Pim" / "movie.nfo", "html")
    (film,) = library.films()
    assert film.errors == ("movie.nfo begins with <html>, not with <movie>; mend it.",)
    assert film.genres is None


@pytest.mark.parametrize(
    ("content", "errors"),
    [
        (b"https://www.imdb.com/title/tt7/", ("Pim.nfo holds no text about the film; fill it.",)),
        (b"", ("Pim.nfo holds no text about the film; fill it.",)),
        (b"<movie>\n<plot>&</plot>", ("Pim.nfo is not readable XML from line 2 on; mend it.",)),
        (b"\xff\xfe<", ("Pim.nfo is not utf-16-le text; save it as UTF-8.",)),
        (b"<movie></movie>", ()),
    ],
)
def test_a_film_whose_nfo_says_nothing(content: bytes, errors: tuple[str, ...], tmp_path: Path):
    library = make(tmp_path, "Pim (2019)/Pim.nfo", "Pim (2019)/poster.jpg")
    (tmp_path / "Pim (2019)" / "Pim.nfo").write_bytes(content)
    (film,) = library.films()
    assert (film.title, film.overview, film.errors) == ("Pim", "", errors)
    assert film.genres == (None if errors else ())
    assert film.poster
    assert film.id == ("tt7" if b"tt7" in content else "Pim (2019)")


def test_notes_of_release_groups_are_reported(tmp_path: Path):
    library = make(tmp_path, "Pim (2019)/Pim.nfo", "Pim (2019)/Pim.mkv", "Pim (2019)/poster.jpg")
    (tmp_path / "Pim (2019)" / "grp.nfo").write_bytes(b"\xdb\xdb GROUP \xdb\xdb")
    assert found(library) == [("Pim (2019)", "Pim (2019)/Pim.nfo", "Pim (2019)/poster.jpg")]
    assert left_out(library) == {Reason.TEXT: ["Pim (2019)/grp.nfo"]}


def test_what_else_is_reported(tmp_path: Path):
    library = make(
        tmp_path,
        *("A/movie.nfo", "A/A.nfo", "A/A.NFO", "A/A.mkv", "A/Making of.mkv", "A/IMG_1.jpg"),
        *("A/Extras/x.mkv", "A/trailers/x.mkv", "A/Featurettes/x.mkv", "A/A-trailer.mkv"),
        *("A/.actors/a.jpg", "A/extrafanart/a.jpg", "A/@eaDir/a.mkv", ".deletedByTMM/B/b.mkv"),
        *("B.mkv", "C.mkv", "Nothing-poster.jpg", "Nothing.png", "#recycle/c.mkv", "A/poster.jpg"),
    )
    assert [path for path, _, _ in found(library)] == ["B", "C", "A"]
    assert left_out(library) == {
        Reason.PICTURE: ["Nothing-poster.jpg", "Nothing.png", "A/IMG_1.jpg"],
        Reason.SECOND_NFO: ["A/A.nfo", "A/A.NFO"],
        Reason.SECOND_VIDEO: ["A/Making of.mkv"],
        Reason.EXTRAS: ["A/Extras", "A/Featurettes", "A/trailers"],
    }


def test_the_notes_are_sentences(tmp_path: Path):
    library = make(tmp_path, *(f"{n}.jpg" for n in range(1234)), "A/A.mkv", "A/extras/")
    left_out(library)
    assert library.notes() == [
        "Left out, pictures that belong to no film: 1,234 (0.jpg, 1.jpg, 10.jpg, …).",
        "Left out, folders of trailers and other extras: 1 (A/extras).",
    ]


# --- folders that cannot be read, and odd names -------------------------------------------------


def test_a_library_that_is_not_there(tmp_path: Path):
    for folder in (tmp_path / "none", tmp_path / ("x" * 300)):
        with pytest.raises(InputError, match=r"There is no folder .*\."):
            Library(folder)
    tmp_path.joinpath("gone").mkdir()
    library = Library(tmp_path / "gone")
    tmp_path.joinpath("gone").rmdir()
    with pytest.raises(InputError, match=r"gone cannot be read \(No such file or directory\)"):
        next(library.films())


def test_what_is_no_file_is_reported(tmp_path: Path):
    library = make(tmp_path, "A (1999)/A.mkv", "A (1999)/movie.nfo/", "A (1999)/poster.jpg/")
    os.mkfifo(tmp_path / "A (1999)" / "A.nfo")
    (tmp_path / "A (1999)" / "cover.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "A (1999)" / "circle.nfo").symlink_to("circle.nfo")
    (tmp_path / "A (1999)" / "B.mkv").symlink_to("nowhere.mkv")
    (tmp_path / "A (1999)" / "B.txt").symlink_to("nowhere.txt")
    assert found(library) == [("A (1999)", "", "")]
    assert library.left_out[Reason.NO_FILE].count == 6
    assert list(library.left_out) == [Reason.NO_FILE]


def test_a_folder_may_be_called_like_a_video(tmp_path: Path):
    library = make(tmp_path, "Alien.1979.avi/Alien.1979.avi")
    assert found(library) == [("Alien.1979.avi/Alien.1979", "", "")]


def test_links_in_a_circle_end(tmp_path: Path):
    library = make(tmp_path, "A/Pim/Pim.nfo", "B/Tom/Tom.nfo")
    (tmp_path / "A" / "up").symlink_to("..")
    (tmp_path / "A" / "self").symlink_to("self")
    (tmp_path / "A" / "b").symlink_to("../B")
    (tmp_path / "B" / "a").symlink_to("../A")
    (tmp_path / "top").symlink_to(tmp_path.parent)
    assert [path for path, _, _ in found(library)][:2] == ["A/Pim", "B/Tom"]
    assert {"A/up", "A/b", "B/a"} <= set(left_out_links(library))


def left_out_links(library: Library) -> list[str]:
    return library.left_out[Reason.LINK].examples


def test_links_to_films_elsewhere_are_followed_once(tmp_path: Path):
    make(tmp_path / "disk", "Pim (2019)/movie.nfo", "Tom (2020)/movie.nfo")
    library = make(tmp_path / "library", "A/")
    (tmp_path / "library" / "A" / "Pim").symlink_to(tmp_path / "disk" / "Pim (2019)")
    (tmp_path / "library" / "B").symlink_to(tmp_path / "disk" / "Pim (2019)")
    (tmp_path / "library" / "C.nfo").symlink_to(tmp_path / "disk" / "Tom (2020)" / "movie.nfo")
    assert [path for path, _, _ in found(library)] == ["C", "A/Pim"]
    assert left_out(library) == {Reason.LINK: ["B"]}


def test_a_path_that_is_too_long_for_the_system(tmp_path: Path):
    library = make(tmp_path, "Z/Z.mkv")
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for _ in range(20):  # 20 times 250 are more than the 4,096 bytes of a path
            os.mkdir("x" * 250)
            os.chdir("x" * 250)
    finally:
        os.chdir(here)
    assert found(library) == [("Z", "", "")]
    assert library.left_out[Reason.UNREADABLE].count == 1
    assert all(len(note) < 500 for note in library.notes())


def test_folders_too_deep_are_reported(tmp_path: Path):
    library = make(tmp_path, "a/" * 41 + "Pim/Pim.mkv", "b/" * 39 + "Pim/Pim.mkv")
    assert [film.title for film in library.films()] == ["Pim"]
    assert library.left_out[Reason.UNREADABLE].count == 1


@pytest.mark.parametrize(
    "name",
    [
        *("caf\udce9", "a\nb", "  ", "a\\b", "<b>", "=1+1", "Z͑ͫ̓a̴l", "🎬🎬", "\u202eabc", "x" * 250),
        *("CON", "a:b", "%s%n", "'; --", "...", "-rf"),
    ],
)
def test_odd_names(name: str, tmp_path: Path):
    library = make(tmp_path)
    folder = tmp_path / name
    folder.mkdir()
    (folder / "movie.nfo").write_text("<movie><plot>A ghost.</plot></movie>")
    (folder / "poster.jpg").touch()
    films = list(library.films())
    if name.startswith("."):
        assert films == []
        return
    (film,) = films
    assert film.overview == "A ghost."
    assert film.poster == folder / "poster.jpg"
    for text in (film.id, film.title, *film.cells.values(), *library.notes()):
        text.encode()
    assert write_genres(film.nfo, ["Drama"], apply=True).outcome == Outcome.WRITTEN


def test_the_order_is_always_the_same(tmp_path: Path):
    names = [f"{chr(65 + n % 7)}/Film {n} (20{n % 90:02})/movie.nfo" for n in range(60)]
    shuffled = random.Random(3).sample(names, len(names))
    make(tmp_path / "one", *names)
    make(tmp_path / "two", *shuffled)
    first = found(Library(tmp_path / "one"))
    assert first == found(Library(tmp_path / "two"))
    assert [nfo for _, nfo, _ in first] == sorted(names)


class Recorded(Library):
    """Remembers everything that is left out, not the first of it alone."""

    def __init__(self, folder: Path):
        super().__init__(folder)
        self.paths: list[Path] = []

    def _leave_out(self, reason: Reason, path: Path) -> None:
        super()._leave_out(reason, path)
        self.paths.append(path)


FOLDERS = ["", "A", "A/Alien (1979)", "A/Alien (1979)/Season 1", "Shorts", "Shorts/Extras", "CD1"]
FILES = [
    *("movie.nfo", "Alien.nfo", "alien.NFO", "Alien (1979).nfo", "Brazil.nfo", "tvshow.nfo"),
    *("season01.nfo", "set.nfo", "grp.nfo", "Alien.mkv", "Alien-cd1.avi", "Alien S01E01.mkv"),
    *("Brazil.mp4", "poster.jpg", "Alien-poster.png", "x.jpg", "Alien.jpg", "folder.jpg"),
    *("Alien-trailer.mkv", "VIDEO_TS/VIDEO_TS.nfo", "VIDEO_TS/VIDEO_TS.IFO"),
]
CONTENTS = [
    *(NFO, NFO, NFO, "<tvshow/>", "<episodedetails/>", "<set/>", "<musicvideo/>", "<movie>", "&"),
]


@pytest.mark.parametrize("seed", range(150))
def test_every_nfo_and_video_is_accounted_for(seed: int, tmp_path: Path):
    rng = random.Random(seed)
    for _ in range(rng.randint(1, 14)):
        file = tmp_path / rng.choice(FOLDERS) / rng.choice(FILES)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(rng.choice(CONTENTS))
    library = Recorded(tmp_path)
    films = list(library.films())
    nfos = [film.nfo for film in films if film.nfo]
    seen = [*nfos, *library.paths]
    assert len(set(seen)) == len(seen)
    places = {folded(tmp_path / film.cells["path"]) for film in films} | {folded(tmp_path)}
    reported = {path.parent for path in library.paths if path.suffix.lower() == ".nfo"}
    reported |= {path.parent for path in reported if path.name == "VIDEO_TS"}
    for file in tmp_path.rglob("*.*"):
        is_extra = set(file.parents) & set(library.paths) or "trailer" in file.name
        is_in_disc = {"VIDEO_TS", "CD1"} & set(file.relative_to(tmp_path).parts)
        if is_extra or is_in_disc or file in seen:
            continue
        assert file.suffix.lower() != ".nfo"
        if file.suffix in (".mkv", ".avi", ".mp4") and file.parent not in reported:
            assert places & {folded(file.parent), folded(file.with_suffix(""))}


def folded(path: Path) -> str:
    return str(path).casefold().removesuffix("-cd1")


def test_films_come_while_the_library_is_read(tmp_path: Path):
    library = make(tmp_path, "A/A.mkv", "B/B.mkv")
    films = library.films()
    assert next(films).id == "A"
    make(tmp_path, "B/poster.jpg")
    assert next(films).poster == tmp_path / "B" / "poster.jpg"


def test_a_thousand_films_are_found_in_no_time(tmp_path: Path):
    library = make(tmp_path, *(f"Film {n} (1999)/movie.nfo" for n in range(1000)))
    begin = time.process_time()
    assert len(list(library.films())) == 1000
    assert time.process_time() - begin < 5


# --- the made library, and genres written into it -----------------------------------------------

GENRES = ["Drama", "Sci-Fi & Fantasy"]


@pytest.fixture
def made(tmp_path: Path) -> Path:
    make_library(tmp_path / "library")
    return tmp_path / "library"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def write_all(folder: Path, replace: bool = False, apply: bool = False) -> list[GenreChange]:
    films = list(Library(folder).films())
    return [write_genres(film.nfo, GENRES, replace=replace, apply=apply) for film in films]


def test_the_made_library_is_always_the_same(made: Path, tmp_path: Path):
    make_library(tmp_path / "again")
    assert contents(made) == contents(tmp_path / "again")
    with pytest.raises(FileExistsError):
        make_library(made)


def test_the_films_of_the_made_library(made: Path):
    library = Library(made)
    films = {film.title: film for film in library.films()}
    assert len(films) == 49  # and a show
    assert library.left_out[Reason.SHOW].count == 4
    assert set(library.left_out) == {Reason.SHOW, Reason.EXTRAS}
    plain = [film for title, film in films.items() if not title.startswith("Oddity")]
    assert len(plain) == 38
    for film in plain:
        assert film.poster
        assert film.genres == ()
        assert not film.errors
        assert bool(film.overview) == (film.title != "Marrow Hill")
    odd = [films[f"Oddity {number}"] for number in range(12) if number != 7]
    assert [bool(film.errors) for film in odd] == [number in (2, 4, 5) for number in range(11)]
    assert "Café Zoë" in odd[0].overview
    assert odd[9].overview.endswith(' "Café"\N{NO-BREAK SPACE}— it\'s <true>.')
    assert odd[7].genres == ("Drama", "Romance", "Western")
    assert odd[10].poster


def test_a_dry_run_of_the_made_library_changes_nothing(made: Path):
    before = contents(made)
    outcomes = Counter(change.outcome for change in write_all(made))
    assert outcomes == {Outcome.PLANNED: 44, Outcome.UNCHANGED: 2, Outcome.REFUSED: 3}
    assert contents(made) == before


def test_genres_written_into_the_made_library(made: Path):
    before = contents(made)
    planned = write_all(made)
    written = write_all(made, apply=True)
    assert [change.diff for change in written] == [change.diff for change in planned]
    outcomes = Counter(change.outcome for change in written)
    assert outcomes == {Outcome.WRITTEN: 44, Outcome.UNCHANGED: 2, Outcome.REFUSED: 3}
    after = contents(made)
    assert sum(assert_only_genres(before[name], after[name]) for name in before) == 44
    new = after.keys() - before.keys()
    assert len(new) == 44
    for name in new:
        assert name.endswith(".nfo.bak")
        assert after[name] == before[name.removesuffix(".bak")]


def test_writing_into_the_made_library_again_changes_nothing(made: Path):
    write_all(made, apply=True)
    files = [file for file in made.rglob("*") if file.is_file()]
    before = contents(made), [file.stat().st_mtime_ns for file in files]
    for replace in (False, True):
        outcomes = Counter(change.outcome for change in write_all(made, replace=replace))
        assert outcomes[Outcome.PLANNED] == int(replace)  # the film that had genres
    write_all(made, apply=True)
    assert (contents(made), [file.stat().st_mtime_ns for file in files]) == before


def test_genres_replaced_in_the_made_library(made: Path):
    before = contents(made)
    outcomes = Counter(change.outcome for change in write_all(made, replace=True, apply=True))
    assert outcomes == {Outcome.WRITTEN: 45, Outcome.UNCHANGED: 1, Outcome.REFUSED: 3}
    after = contents(made)
    assert sum(assert_only_genres(before[name], after[name]) for name in before) == 45
    genres = [film.genres for film in Library(made).films() if film.nfo and not film.errors]
    assert genres == [tuple(GENRES)] * 45


def assert_only_genres(before: bytes, after: bytes) -> bool:
    """Assert that lines differ in `<genre>` elements alone; tell whether they do."""
    if before == after:
        return False
    old, new = (parse_nfo(content).source.decode() for content in (before, after))
    lines = difflib.ndiff(old.splitlines(keepends=True), new.splitlines(keepends=True))
    changed = [line for line in lines if line[0] in "+-"]
    if old.count("\n") > 1:
        line_of_genre = re.compile(r"[+-] \s*<genre(/>|>[^<]*</genre>)\r?\n")
        assert all(line_of_genre.fullmatch(line) for line in changed)
    else:  # the whole file is one line
        assert re.sub("<genre>[^<]*</genre>", "", new) == old
    return True
