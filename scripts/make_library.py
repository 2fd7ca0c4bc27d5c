"""`python -m scripts.make_library FOLDER`: a library of invented films, to try things on.

It has 50 film folders as Kodi, Jellyfin, Emby and tinyMediaManager keep them, twelve of them odd
in one way each: other encodings, addresses, broken and hostile XML, and what is no film at all.
It is the same whenever it is made.
"""

import argparse
import json
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

EXAMPLES = Path(__file__).parents[1] / "gradio_app" / "examples"

_PLOTS = {
    "The Last Ferry to": "A detective boards the last ferry of the year to {place} and finds the "
    "captain murdered; by morning one of nine passengers must hang for it.",
    "Letters from": "Two strangers fall in love through letters that reach {place} by mistake, and "
    "meet at a wedding where each pretends to be somebody else.",
    "A Winter in": "Snowed in at {place}, a soldier and the widow of the man he shot in the war "
    "get along with one stove, one goat and one secret.",
    "The Ghosts of": "A family inherits a house in {place} whose cellar door opens only at night, "
    "and something behind it knows their names.",
    "Nobody Leaves": "In {place} the androids have locked the harbour. A smuggler and a robot "
    "child race through the burning city to the last starship.",
    "Midsummer in": "Animals of the farm at {place} open a circus to save their barn, and a timid "
    "duck finds out that she can fly after all.",
}
_PLACES = ("Harrowick", "Port Ansel", "Lower Quill", "Saint Orwen", "Vessa")


@dataclass(frozen=True)
class _Invented:
    """A film that does not exist; `number` tells it from the others."""

    number: int
    title: str
    plot: str

    @property
    def name(self) -> str:
        """What its folder is called."""
        return f"{self.title} ({1960 + self.number})"


def make_library(folder: Path) -> None:
    """Make the library in a folder that is empty or not there.

    Raises:
        FileExistsError: a part of it is there already.
    """
    films = list(_films())
    for film in films[:-12]:
        layout = _LAYOUTS[film.number % len(_LAYOUTS)]
        layout(folder, film)
    for film, odd in zip(films[-12:], _ODD, strict=True):
        odd(_film_folder(folder / "Odd ones" / film.name), film)


def _films() -> Iterator[_Invented]:
    examples = json.loads((EXAMPLES / "films.json").read_text("utf-8"))
    titles = [(film["title"], film["overview"]) for film in examples]
    titles += [
        (f"{begin} {place}", plot.format(place=place))
        for place, (begin, plot) in product(_PLACES, _PLOTS.items())
    ]
    titles += [(f"Oddity {number}", f"Clown number {number} robs a bank.") for number in range(12)]
    for number, (title, plot) in enumerate(titles):
        yield _Invented(number, title.replace(":", ""), plot)


# --- what the programs write --------------------------------------------------------------------


def _kodi(film: _Invented) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
    <title>{film.title}</title>
    <originaltitle>{film.title}</originaltitle>
    <userrating>0</userrating>
    <outline></outline>
    <plot>{film.plot}</plot>
    <runtime>97</runtime>
    <thumb aspect="poster" preview="">poster.jpg</thumb>
    <uniqueid type="tmdb">{9_900_000 + film.number}</uniqueid>
    <uniqueid type="imdb" default="true">tt99{film.number:05}</uniqueid>
    <premiered>{1960 + film.number}-04-01</premiered>
    <fileinfo>
        <streamdetails>
            <video><codec>h264</codec><aspect>1.78</aspect></video>
        </streamdetails>
    </fileinfo>
    <actor>
        <name>Ada Invented</name>
        <role>Herself &amp; her sister</role>
    </actor>
</movie>
"""


def _tiny_media_manager(film: _Invented) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<!-- created by hand, in the manner of tinyMediaManager -->
<movie>
  <title>{film.title}</title>
  <year>{1960 + film.number}</year>
  <set/>
  <plot>{film.plot}</plot> <!-- from the back of the box -->
  <id>tt99{film.number:05}</id>
  <tmdbid>{9_900_000 + film.number}</tmdbid>
  <country>Nowhere</country>
  <watched>false</watched>
</movie>
"""


def _jellyfin(film: _Invented) -> str:
    return f"""\ufeff<?xml version="1.0" encoding="utf-8" standalone="yes"?>
<movie>
  <plot><![CDATA[{film.plot}]]></plot>
  <outline />
  <lockdata>false</lockdata>
  <title>{film.title}</title>
  <year>{1960 + film.number}</year>
  <tmdbid>{9_900_000 + film.number}</tmdbid>
</movie>"""


# --- how the programs lay folders out -----------------------------------------------------------


def _film_folder(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def _write(file: Path, text: str, encoding: str = "utf-8") -> None:
    file.write_bytes(text.encode(encoding))


def _picture(film: _Invented, file: Path) -> None:
    pictures = sorted(EXAMPLES.glob("*.jpg"))
    shutil.copyfile(pictures[film.number % len(pictures)], file)


def _kodi_layout(library: Path, film: _Invented) -> None:
    folder = _film_folder(library / film.name)
    _write(folder / "movie.nfo", _kodi(film))
    _picture(film, folder / "poster.jpg")
    (folder / f"{film.name}.mkv").touch()
    (folder / ".actors").mkdir()


def _tiny_media_manager_layout(library: Path, film: _Invented) -> None:
    folder = _film_folder(library / film.title[0] / film.name)
    _write(folder / f"{film.name}.nfo", _tiny_media_manager(film).replace("\n", "\r\n"))
    _picture(film, folder / f"{film.name}-poster.jpg")
    _picture(film, folder / f"{film.name}-fanart.jpg")
    (folder / f"{film.name}-cd1.avi").touch()
    (folder / f"{film.name}-cd2.avi").touch()


def _jellyfin_layout(library: Path, film: _Invented) -> None:
    folder = _film_folder(library / "Collections" / film.title.rpartition(" ")[0] / film.name)
    _write(folder / f"{film.name}.nfo", _jellyfin(film))
    _picture(film, folder / "folder.JPG")
    (folder / f"{film.name}.mp4").touch()
    _film_folder(folder / "trailers" / ".keep")


def _flat_layout(library: Path, film: _Invented) -> None:
    folder = library / "All in one folder"
    folder.mkdir(exist_ok=True)
    _write(folder / f"{film.title}.nfo", _kodi(film))
    _picture(film, folder / f"{film.title}.jpeg")
    (folder / f"{film.title}.avi").touch()


_LAYOUTS: tuple[Callable[[Path, _Invented], None], ...] = (
    *(_kodi_layout, _tiny_media_manager_layout),
    *(_jellyfin_layout, _flat_layout),
)


# --- and what is odd ----------------------------------------------------------------------------


def _latin(folder: Path, film: _Invented) -> None:
    text = _kodi(film).replace('"UTF-8"', '"ISO-8859-1"').replace("robs", "robs Café Zoë,")
    _write(folder / "movie.nfo", text, "latin-1")


def _utf_16(folder: Path, film: _Invented) -> None:
    _write(folder / "movie.nfo", _kodi(film).replace('"UTF-8"', '"UTF-16"'), "utf-16")


def _address_only(folder: Path, film: _Invented) -> None:
    _write(folder / "movie.nfo", f"https://www.imdb.com/title/tt99{film.number:05}/\n")
    _picture(film, folder / "poster.jpg")


def _address_below(folder: Path, film: _Invented) -> None:
    _write(folder / "movie.nfo", f"{_kodi(film)}https://example.org/title?a=1&b=2\n")


def _broken(folder: Path, film: _Invented) -> None:
    _write(folder / "movie.nfo", _kodi(film).replace("Herself &amp;", "Herself &"))


def _hostile(folder: Path, film: _Invented) -> None:
    entities = '<!ENTITY a "ha"><!ENTITY b SYSTEM "file:///etc/passwd">'
    _write(folder / "movie.nfo", f"<!DOCTYPE movie [{entities}]><movie><plot>&b;</plot></movie>")


def _no_nfo(folder: Path, film: _Invented) -> None:
    _picture(film, folder / "poster.jpg")


def _no_film(folder: Path, film: _Invented) -> None:
    _write(folder / "tvshow.nfo", f"<tvshow><title>{film.title}</title></tvshow>")
    _write(folder / "season01.nfo", "<season><seasonnumber>1</seasonnumber></season>")
    season = _film_folder(folder / "Season 1")
    _write(season / "S01E01.nfo", "<episodedetails><plot>A clown.</plot></episodedetails>")
    (season / "S01E01.mkv").touch()
    (season / "S01E02.mkv").touch()


def _has_genres(folder: Path, film: _Invented) -> None:
    genres = "    <genre>Drama / Romance</genre>\n    <genre>Western</genre>\n"
    _write(folder / "movie.nfo", _kodi(film).replace("    <premiered>", f"{genres}    <premiered>"))


def _one_line(folder: Path, film: _Invented) -> None:
    _write(
        folder / "movie.nfo", f"<movie><title>{film.title}</title><plot>{film.plot}</plot></movie>"
    )


def _entities(folder: Path, film: _Invented) -> None:
    outline = f"{film.plot} &amp;quot;Caf&eacute;&quot;&nbsp;&#8212; it&amp;#39;s &lt;true&gt;."
    text = _kodi(film).replace("<outline></outline>", f"<outline>{outline}</outline>")
    _write(folder / "movie.nfo", text.replace(f"<plot>{film.plot}</plot>", "<plot> </plot>"))


def _decomposed(folder: Path, film: _Invented) -> None:
    name = f"Ödland {film.number}"
    _write(folder / f"{name}.nfo", _kodi(film).replace("<outline></outline>", "<genre/>"))
    _picture(film, folder / f"{unicodedata.normalize('NFD', name)}-Poster.JPG")


_ODD: tuple[Callable[[Path, _Invented], None], ...] = (
    *(_latin, _utf_16, _address_only, _address_below, _broken, _hostile),
    *(_no_nfo, _no_film, _has_genres, _one_line, _entities, _decomposed),
)


def main() -> None:
    """Make the library in the folder that the command line names."""
    parser = argparse.ArgumentParser("python -m scripts.make_library", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to; made if it is not there")
    make_library(parser.parse_args().folder)


if __name__ == "__main__":
    main()
