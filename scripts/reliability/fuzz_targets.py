"""What is fuzzed: each reader of a stranger's bytes, and inputs to begin with."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import get_args

from PIL import Image, features

from gradio_app.artifact import load_artifact
from gradio_app.catalogue.sources.nfo.reader import parse_nfo
from gradio_app.catalogue.sources.nfo.writer import add_genres
from gradio_app.catalogue.sources.opening import open_source
from gradio_app.classifier import OverviewClassifier
from gradio_app.errors import GenreAppError
from gradio_app.preprocessing import clean_overview, decode_poster, poster_to_pixels
from gradio_app.readers import Kind

__all__ = ["TARGETS", "Target"]

_MODELS = Path(__file__).parents[2] / "onnx_models"
_TABLE = 'id,overview,poster\n1,A ghost haunts a house.,1.jpg\n2,"A ""nun""\nhunts it.",\n'
_NFO = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<movie>\n  <title>Alien &amp; co</title>\n'
    '  <plot>A ghost haunts a ship.</plot>\n  <uniqueid type="imdb" default="true">tt0078748'
    "</uniqueid>\n  <genre>Horror / Sci-Fi</genre>\n  <genre/>\n</movie>\nhttps://film.example/1\n"
)


@dataclass(frozen=True)
class Target:
    """A reader.

    Attributes:
        name: of the file that it reads.
        seeds: inputs to begin with.
        read: reads one file. `GenreAppError` is its right to refuse; anything else is a find.
    """

    name: str
    seeds: Callable[[], Iterator[bytes]]
    read: Callable[[Path], object]


def _poster(file: Path) -> None:
    # Of fewer pixels than the app accepts, or most of the time would go into large pictures.
    poster_to_pixels(decode_poster(file.read_bytes(), max_pixels=2_000_000), 24, 16, "pad")


def _poster_seeds() -> Iterator[bytes]:
    picture = Image.linear_gradient("L").resize((9, 13))
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "YCbCr"):
        for suffix in ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF"):
            if suffix == "AVIF" and not features.check("avif"):
                continue
            try:
                yield _encoded(_in_mode(picture, mode), suffix)
            except (OSError, ValueError):  # this format lacks the mode
                continue
    yield _encoded(picture, "JPEG", progressive=True)
    yield _encoded(
        picture, "JPEG", exif=b"Exif\0\0II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    )
    frames = [picture.rotate(90 * turn) for turn in range(3)]
    for suffix in ("GIF", "PNG", "WEBP", "TIFF"):
        yield _encoded(picture, suffix, save_all=True, append_images=frames)
    for compression in ("tiff_lzw", "group4", "packbits", "jpeg"):
        image = picture.convert("1") if compression == "group4" else picture
        yield _encoded(image, "TIFF", compression=compression)


def _in_mode(picture: Image.Image, mode: str) -> Image.Image:
    return picture.convert("I").convert(mode) if mode == "I;16" else picture.convert(mode)


def _encoded(picture: Image.Image, suffix: str, **options: object) -> bytes:
    file = io.BytesIO()
    picture.save(file, suffix, **options)
    return file.getvalue()


@cache
def _overview_reader() -> OverviewClassifier:
    return OverviewClassifier.from_dir(_MODELS / "overview_lstm")


def _overview(file: Path) -> None:
    text = file.read_bytes().decode("utf-8", "surrogateescape")
    encoded = _overview_reader().encode(text)
    assert all(note.isprintable() for note in encoded.notes), encoded.notes
    if encoded.words is not None:
        words = _overview_reader().words(clean_overview(text))
        assert len(words) == encoded.words.words
        assert all(word.start < word.end <= len(text) for word in words)


def _overview_seeds() -> Iterator[bytes]:
    yield from (
        b"A ghost haunts a house.",
        b"N/A",
        b"No overview found.",
        b"Sci-fi / caf\xc3\xa9 \xff",
    )
    yield "\u201cUn fant\u00f4me\u201d \u2014 \u9b3c \U0001f47b\u200d\u202e".encode()


def _films(file: Path) -> None:
    with open_source(file, None) as source:
        for film in source.films:
            with suppress(GenreAppError):  # the next one may be whole
                source.find_poster(film)
        source.account(0)


def _table_seeds() -> Iterator[bytes]:
    yield _TABLE.encode()
    yield _TABLE.replace(",", ";").replace("\n", "\r\n").encode("utf-8-sig")
    yield _TABLE.replace(",", "\t").encode()
    yield _TABLE.encode("utf-16")
    yield b'{"id": 1, "overview": "A ghost."}\n{"imdb_id": "tt2", "overview": null, "a": [1]}\n'
    yield b"PAR1\x15\x00PAR1"


def _zip_seeds() -> Iterator[bytes]:
    poster = _encoded(Image.new("RGB", (4, 6), "red"), "PNG")
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", method) as archive:
            archive.writestr("posters/tt1.png", poster)
            archive.writestr("caf\u00e9.jpg", b"no picture")
            archive.writestr("../up.png", poster)
        yield file.getvalue()


def _nfo(file: Path) -> None:
    content = file.read_bytes()
    nfo = parse_nfo(content)
    assert nfo.error.isprintable()
    _ = (nfo.title, nfo.year, nfo.overview, nfo.genres, nfo.film_id)
    add_genres(content, ["Horror"])


def _nfo_seeds() -> Iterator[bytes]:
    yield _NFO.encode()
    yield _NFO.encode("utf-16")
    yield _NFO.replace("UTF-8", "windows-1252").encode("cp1252")
    yield b"<movie/>"
    yield b'<!DOCTYPE a [<!ENTITY b "c">]><movie><plot>&b;&nbsp;</plot></movie>'
    yield b"https://www.imdb.com/title/tt0078748/"


def _spec(file: Path) -> None:
    for kind in get_args(Kind):
        try:
            load_artifact(file.parent, kind)
        except GenreAppError as error:
            sentence = str(error)
            assert sentence.isprintable(), sentence


def _spec_seeds() -> Iterator[bytes]:
    for file in sorted(_MODELS.glob("*/spec.json")):
        document = json.loads(file.read_text("utf-8"))
        kept = (
            "format_version",
            "kind",
            "genres",
            "thresholds",
            "input",
            "output",
            "files",
            "weights",
        )
        yield json.dumps({key: document[key] for key in kept if key in document}).encode()


TARGETS = {
    "poster": Target("poster.img", _poster_seeds, _poster),
    "overview": Target("overview.txt", _overview_seeds, _overview),
    "table": Target("films.csv", _table_seeds, _films),
    "zip": Target("posters.zip", _zip_seeds, _films),
    "nfo": Target("movie.nfo", _nfo_seeds, _nfo),
    "spec": Target("spec.json", _spec_seeds, _spec),
}
