"""The NFO file of a film: whatever is in it, it is read; and nothing but its genres is changed."""

import contextlib
import os
import random
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.nfo.reader import Nfo, parse_nfo, read_nfo
from gradio_app.catalogue.sources.nfo.writer import (
    GenreChange,
    Outcome,
    _replace,
    add_genres,
    write_genres,
)
from gradio_app.errors import InputError
from gradio_app.limits import MAX_NFO_BYTES

KODI = b"""<?xml version="1.0" encoding="UTF-8" standalone="yes" ?>
<movie>
    <title>Pim &amp; the Whale</title>
    <originaltitle>Pim und der Wal</originaltitle>
    <ratings><rating name="imdb" max="10"><value>7</value></rating></ratings>
    <outline>Short.</outline>
    <plot>Pim is the only child
who can see it.</plot>
    <uniqueid type="tmdb">603</uniqueid>
    <uniqueid type="imdb" default="true">tt0000603</uniqueid>
    <genre>Drama / Romance</genre>
    <genre>Western</genre>
    <premiered>1999-03-31</premiered>
    <actor><name>Ada</name><role>Her <b>sister</b></role></actor>
</movie>
"""
PLAIN = b"<movie>\n  <title>Pim</title>\n  <set/>\n</movie>\n"


def movie(inside: str, **encoding: str) -> bytes:
    return f"<movie>{inside}</movie>".encode(**encoding)


def one_sentence(text: str) -> bool:
    return text.endswith(".") and "\n" not in text and len(text) < 300


# --- reading ------------------------------------------------------------------------------------


def test_an_nfo_of_kodi():
    nfo = parse_nfo(KODI)
    assert nfo.error == ""
    assert nfo.title == "Pim & the Whale"
    assert nfo.overview == "Pim is the only child\nwho can see it."
    assert nfo.year == "1999"
    assert nfo.genres == ("Drama", "Romance", "Western")
    assert nfo.film_id == "tt0000603"
    assert nfo.xml.children[-1].text == " Ada Her  sister"


@pytest.mark.parametrize(
    ("inside", "film_id"),
    [
        ('<uniqueid type="imdb">tt12</uniqueid><uniqueid type="tmdb">7</uniqueid>', "tt12"),
        ('<uniqueid type="tmdb" default="true">7</uniqueid>', "tmdb-7"),
        ('<uniqueid type="IMDB"> tt12 </uniqueid>', "tt12"),
        ('<uniqueid type="unknown" default="true">tt12</uniqueid>', "tt12"),
        ('<uniqueid type="tvdb" default="true">99</uniqueid>', ""),
        (
            '<uniqueid type="imdb">tt1</uniqueid>'
            '<uniqueid default="true" type="imdb">tt2</uniqueid>',
            "tt2",
        ),
        ("<id>tt12</id>", "tt12"),
        ("<id>603</id>", "tmdb-603"),
        ('<id IMDB="tt12" TMDB="603">999</id>', "tt12"),
        ('<id TMDB="603"/>', "tmdb-603"),
        ("<imdbid>tt12</imdbid><tmdbid>7</tmdbid>", "tt12"),
        ("<tmdbid>7</tmdbid>", "tmdb-7"),
        ("<id>tt0000000</id><tmdbid>0</tmdbid>", ""),
        ("<id>-1</id><tmdbid>../../x</tmdbid>", ""),
        ("<actor><tmdbid>5</tmdbid><id>tt5</id></actor>", ""),
    ],
)
def test_the_id_of_a_film(inside: str, film_id: str):
    assert parse_nfo(movie(inside)).film_id == film_id


@pytest.mark.parametrize(
    ("below", "film_id"),
    [
        ("https://www.imdb.com/title/tt0133093/?ref=a&b=c", "tt0133093"),
        ("https://www.imdb.com/de/title/tt0133093", "tt0133093"),
        ("https://www.themoviedb.org/movie/603-the-matrix", "tmdb-603"),
        ("Nothing to see. <<<>>> &&&", ""),
    ],
)
def test_an_address_below_the_xml_or_instead_of_it(below: str, film_id: str):
    both = parse_nfo(movie("<plot>A ghost.</plot>") + f"\n{below}\n".encode())
    assert (both.error, both.overview, both.film_id) == ("", "A ghost.", film_id)
    alone = parse_nfo(below.encode(), "movie.nfo")
    assert alone.is_text
    assert alone.error == "movie.nfo holds no text about the film; fill it."
    assert alone.film_id == film_id


def test_the_own_id_comes_before_the_address():
    assert parse_nfo(movie("<id>tt12</id>") + b" imdb.com/title/tt99").film_id == "tt12"


def test_drawings_of_letters_are_text():
    nfo = parse_nfo(b"\xdb\xdb\xb2 GROUP \xb2\xdb\xdb\r\n imdb.com/title/tt77/ \xb0\xb0")
    assert nfo.is_text
    assert nfo.film_id == "tt77"
    assert nfo.error


@pytest.mark.parametrize(
    ("inside", "overview"),
    [
        ("<plot>A.</plot><outline>B.</outline>", "A."),
        ("<outline>B.</outline><plot> \n </plot>", "B."),
        ("<plot/><plot>A.</plot>", "A."),
        ("<plot><![CDATA[A <i>ghost</i>]]></plot>", "A <i>ghost</i>"),
        ("<plot>A<br/>ghost</plot>", "A ghost"),
        ("<plot>&quot;Caf&eacute;&quot;&nbsp;&#8212;&#x2014;</plot>", '"Café"\N{NO-BREAK SPACE}——'),
        ("<plot>it&amp;#39;s &amp;quot;it&amp;quot;</plot>", 'it\'s "it"'),
        ("<plot>&nosuchthing; stays</plot>", "&nosuchthing; stays"),
        ("<set><overview>No.</overview><plot>No.</plot></set>", ""),
        ("", ""),
    ],
)
def test_the_overview(inside: str, overview: str):
    nfo = parse_nfo(movie(inside))
    assert (nfo.overview, nfo.error) == (overview, "")


def test_html_entities_in_a_standalone_document():
    assert parse_nfo(KODI.replace(b"only", b"on&shy;ly")).overview[11:16] == "on\xadly"


@pytest.mark.parametrize(
    ("inside", "genres"),
    [
        ("", ()),
        ("<genre/><genre> </genre>", ()),
        ("<genre>Sci-Fi &amp; Fantasy</genre>", ("Sci-Fi & Fantasy",)),
        ("<genre>A / B</genre><genre>b</genre><genre>A</genre>", ("A", "B", "b")),
        ("<genre clear='true'>A</genre>", ("A",)),
        ("<set><genre>A</genre></set>", ()),
        ("<!-- <genre>A</genre> -->", ()),
    ],
)
def test_the_genres(inside: str, genres: tuple[str, ...]):
    assert parse_nfo(movie(inside)).genres == genres


@pytest.mark.parametrize(
    ("inside", "year"),
    [
        ("<year>1979</year>", "1979"),
        ("<year>0</year><premiered>1979-05-25</premiered>", "1979"),
        ("<releasedate>1979-05-25</releasedate>", "1979"),
        ("<year>MCMLXXIX</year>", ""),
        ("<year>٢٠١٩</year>", ""),
    ],
)
def test_the_year(inside: str, year: str):
    assert parse_nfo(movie(inside)).year == year


# --- encodings ----------------------------------------------------------------------------------

TITLE = "Żółć 映画 Ödland"
DECLARED = '<?xml version="1.0" encoding="{}"?>\n<movie>\n  <title>{}</title>\n</movie>\n'


@pytest.mark.parametrize(
    ("declared", "encoding", "title"),
    [
        ("UTF-8", "utf-8", TITLE),
        ("UTF-8", "utf-8-sig", TITLE),
        ("ISO-8859-1", "utf-8-sig", TITLE),  # the mark is right, the declaration wrong
        ("UTF-16", "utf-16", TITLE),
        ("utf-16", "utf-8", TITLE),  # what .NET programs make
        ("UTF-16LE", "utf-16-le", TITLE),
        ("UTF-16BE", "utf-16-be", TITLE),
        ("UTF-32", "utf-32", TITLE),
        ("ISO-8859-1", "latin-1", "Ödland"),
        ("ISO-8859-2", "iso8859-2", "Żółć"),
        ("windows-1251", "cp1251", "Привет"),
        ("KOI8-R", "koi8-r", "Привет"),
        ("cp866", "cp866", "Привет"),
        ("Shift_JIS", "shift_jis", "映画"),
        ("GB18030", "gb18030", "電影"),
        ("EUC-KR", "euc-kr", "영화"),
        ("Big5", "big5", "電影"),
        ("no-such-thing", "utf-8", TITLE),
        ("hex", "utf-8", TITLE),
        ("punycode", "utf-8", TITLE),
    ],
)
def test_encodings(declared: str, encoding: str, title: str):
    content = DECLARED.format(declared, title).encode(encoding)
    nfo = parse_nfo(content)
    assert (nfo.title, nfo.error) == (title, "")
    written = add_genres(content, ["Drama"])
    assert parse_nfo(written).genres == ("Drama",)
    assert written.decode(encoding).replace("  <genre>Drama</genre>\n", "") == content.decode(
        encoding
    )
    assert_only_inserted(content, written)


@pytest.mark.parametrize("declared", ["UTF-8", "ascii", "utf_8"])
def test_a_wrong_encoding_is_reported(declared: str):
    content = DECLARED.format(declared, "Ödland").encode("latin-1")
    error = parse_nfo(content, "movie.nfo").error
    assert re.fullmatch(r"movie.nfo is not (utf-8|ascii) text; save it as UTF-8\.", error)


def test_half_a_character_of_utf_16():
    assert (
        "is not utf-16-le text"
        in parse_nfo(DECLARED.format("utf-16", "A").encode("utf-16")[:-1]).error
    )


def test_blanks_and_lines_before_the_declaration():
    content = b"\n \xef\xbb\xbf " + KODI
    assert parse_nfo(content).error == ""
    assert_only_inserted(
        content.replace(b"genre", b"tag"), add_genres(content.replace(b"genre", b"tag"), ["A"])
    )


# --- what is wrong with it ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "holds no text about the film; fill it"),
        (b" \n", "holds no text about the film; fill it"),
        (
            b"<movie>\n<title>Tom & Jerry</title></movie>",
            "is not readable XML from line 2 on; mend it",
        ),
        (b"\n\n<movie><title>Pim</title>", "is not readable XML from line 3 on; mend it"),
        (b"<movie><title>\0</title></movie>", "is not readable XML from line 1 on; mend it"),
        (b"<movie/><movie/>", "holds more than one film; make a file for each"),
        (b"<movie></movie>\n<movie >", "holds more than one film; make a file for each"),
        (
            b"<movie>" + b"<a>" * 100 + b"</a>" * 100 + b"</movie>",
            "has elements more than 100 deep; make it anew",
        ),
    ],
)
def test_faults_are_reported_in_one_sentence(content: bytes, error: str):
    assert parse_nfo(content, "movie.nfo").error == f"movie.nfo {error}."


HOSTILE = {
    "internal": b'<!DOCTYPE movie [<!ENTITY a "ha">]><movie><plot>&a;</plot></movie>',
    "file": b'<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]><movie><plot>&a;</plot></movie>',
    "address": b'<!DOCTYPE movie SYSTEM "http://127.0.0.1:9/a.dtd"><movie><plot>&a;</plot></movie>',
    "parameter": b'<!DOCTYPE m [<!ENTITY % a SYSTEM "http://127.0.0.1:9/">%a;]><movie/>',
    "laughs": b"<!DOCTYPE m ["
    + b"".join(b'<!ENTITY a%d "%b">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    + b"]><movie><plot>&a9;</plot></movie>",
    "empty": b"<!DOCTYPE movie><movie><plot>A.</plot></movie>",
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE)
def test_no_document_type_is_read(content: bytes):
    nfo = parse_nfo(content, "movie.nfo")
    expected = "movie.nfo declares a document type, which is not read; remove the DOCTYPE."
    assert (nfo.error, nfo.overview) == (expected, "")
    with pytest.raises(InputError, match="document type"):
        add_genres(content, ["Drama"])


def test_what_stands_before_a_fault_is_read():
    nfo = parse_nfo(KODI.replace(b"Her <b>", b"Her & <b>"), "movie.nfo")
    assert nfo.error == "movie.nfo is not readable XML from line 14 on; mend it."
    assert nfo.title == "Pim & the Whale"
    assert nfo.overview


@pytest.mark.parametrize(
    "content",
    [
        b"<movie>" + b"<a/>" * 249_000 + b"</movie>",
        b"<movie><a " + b" ".join(b"a%d='>'" % n for n in range(90_000)) + b"/></movie>",
        b"<movie><a b='" + b">" * 900_000 + b"'/></movie>",
        b"<movie " + b" " * 900_000,
        b"<?xml " + b"encoding " * 100_000,
        b"<" * 900_000,
        b"<movie><plot>" + b"&nbsp;" * 150_000 + b"</plot></movie>",
        b"<movie>" + b"<!---->\n" * 120_000 + b"<a/>" + b"<!---->" * 1000 + b"</movie>",
        b"<movie>" + b"<genre>a</genre>\n" * 55_000 + b"</movie>",
        b"\xef\xbb\xbf" * 300_000,
    ],
    ids=lambda content: repr(content[:20]),
)
def test_no_file_takes_long(content: bytes):
    begin = time.process_time()
    assert isinstance(parse_nfo(content), Nfo)
    with contextlib.suppress(InputError):
        add_genres(content, ["Drama"], replace=True)
    assert time.process_time() - begin < 10


def test_a_file_that_is_too_large_or_none(tmp_path: Path):
    nfo = tmp_path / "movie.nfo"
    nfo.write_bytes(b"<movie></movie>".ljust(MAX_NFO_BYTES))
    assert read_nfo(nfo).error == ""
    nfo.write_bytes(b"<movie></movie>".ljust(MAX_NFO_BYTES + 1))
    assert read_nfo(nfo).error == "movie.nfo has more than 1 MB; make it smaller."
    nfo.unlink()
    assert read_nfo(nfo).error == "movie.nfo cannot be read (No such file or directory)."
    os.mkfifo(nfo)
    assert read_nfo(nfo).error == "movie.nfo is not a file; remove it."
    assert write_genres(nfo, ["Drama"], apply=True).outcome == Outcome.REFUSED


def test_a_name_that_is_no_text(tmp_path: Path):
    nfo = tmp_path / os.fsdecode(b"caf\xe9\n.nfo")
    assert read_nfo(nfo).error.startswith(r"caf\xe9 .nfo cannot be read")


# --- any bytes ----------------------------------------------------------------------------------

SEEDS = [
    KODI,
    PLAIN,
    KODI.decode().encode("utf-16"),
    b"\xef\xbb\xbf" + KODI.replace(b"\n", b"\r\n"),
    KODI + b"https://www.imdb.com/title/tt0133093/",
    DECLARED.format("shift_jis", "映画").encode("shift_jis"),
    movie("<!-- a --><genre/>\r<a b='>'/><plot><![CDATA[&<]]></plot><?pi ?>&nbsp;"),
    HOSTILE["laughs"],
]
PIECES = [
    *(b"<movie>", b"</movie>", b"<genre>", b"</genre>", b"<!--", b"-->", b"<![CDATA[", b"]]>"),
    *(b"&#0;", b"\0", b"<", b">", b"/>", b'"', b"<?xml", b"?>", b"encoding='utf-16'", b"\xff\xfe"),
    *(b"\xef\xbb\xbf", b"\xc3", b"<!DOCTYPE x>"),
]
WHOLE_PIECES = [
    *(b"<genre>War / Noir</genre>", b"<genre/>", b"\n  <genre></genre>\n", b"<!-- > -->", b"<?a?>"),
    *(
        b"<![CDATA[<a>\n]]>",
        b"<a b='>'/>",
        b"<plot>a\r\n</plot>",
        b"\r\n",
        b"\r",
        b"\n",
        b"\t",
        b" ",
    ),
    *(b"&amp;", b"&nbsp;", b"<!--\n<genre>A</genre>\n-->", b"<title>\xc3\xa9</title>"),
]


def spoilt(rng: random.Random) -> bytes:
    """One of the seeds with pieces put in, taken out or repeated, some between its tags."""
    content = rng.choice(SEEDS)
    for _ in range(rng.randint(1, 4)):
        if rng.random() < 0.7:
            gaps = [match.start() for match in re.finditer(rb"(?=<)|(?<=>)", content)]
            begin = end = rng.choice(gaps or [0])
            piece = rng.choice(WHOLE_PIECES)
        else:
            begin = rng.randint(0, len(content))
            end = min(len(content), begin + rng.choice([0, 0, 1, 2, 10, 50]))
            piece = rng.choice([*PIECES, b"", content[begin:end] * 2, rng.randbytes(2)])
        content = content[:begin] + piece + content[end:]
    return content


@pytest.mark.parametrize("seed", range(10))
def test_any_bytes_are_read_or_refused(seed: int):
    rng = random.Random(seed)
    n_changed = 0
    for _ in range(400):
        content = spoilt(rng)
        nfo = parse_nfo(content, "movie.nfo")
        assert not nfo.error or one_sentence(nfo.error)
        for text in (nfo.title, nfo.overview, nfo.year, nfo.film_id, *nfo.genres):
            text.encode()
        if nfo.error or nfo.xml.root != "movie" or nfo.xml.inside is None:
            assert one_sentence(refusal(content))
            continue
        written = add_genres(content, ["Drama", "Sci-Fi & more"], "movie.nfo", replace=True)
        n_changed += 1
        again = parse_nfo(written)
        assert again.error == ""
        assert again.genres == ("Drama", "Sci-Fi & more")
        assert without_genres(again) == without_genres(nfo)
        assert add_genres(written, ["Drama", "Sci-Fi & more"], replace=True) == written
        if "genre" not in [child.name for child in nfo.xml.children]:
            assert_only_inserted(content, written)
    assert n_changed > 40


def refusal(content: bytes) -> str:
    with pytest.raises(InputError) as caught:
        add_genres(content, ["Drama"], "movie.nfo")
    return str(caught.value)


def without_genres(nfo: Nfo) -> list[tuple[str, dict[str, str], str]]:
    return [
        (child.name, dict(child.attributes), child.text)
        for child in nfo.xml.children
        if child.name != "genre"
    ]


def assert_only_inserted(before: bytes, after: bytes):
    """Assert that `after` is `before` with something put in at one place."""
    assert len(after) > len(before)
    same = next((n for n, byte in enumerate(before) if byte != after[n]), len(before))
    assert after.endswith(before[same:])


# --- writing ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("template", "line"),
    [
        ("<movie>\n  <title>Pim</title>\n§  <set/>\n</movie>\n", "  {}\n"),
        ("<movie>\r\n\t<plot/>\r\n§\t<set/>\r\n</movie>", "\t{}\r\n"),
        ("<movie>\r\t<plot/>\r§\t<set/>\r</movie>", "\t{}\r"),
        ("<movie>\n  <set/><!-- a -->\n§</movie>", "  {}\n"),
        ("<movie>\n  <plot>a\n b</plot>\n§  <set/></movie>", "  {}\n"),
        ("<movie><set/>\n§</movie>", "{}\n"),
        (" <movie a='>'>\n§ </movie>", "   {}\n"),
        ("<movie><set/>§</movie>", "{}"),
        ("<movie>§</movie>", "{}"),
        ("<movie>\n  <set/>§<!-- a\n -->\n</movie>", "{}"),
        ("<movie>\n  <plot>a\n  b</plot>§ <x/>\n</movie>", "{}"),
        ("<movie>\n  <set/>§<![CDATA[\n]]></movie>", "{}"),
        ("<movie>\n  <set/>§<?a\n?></movie>", "{}"),
    ],
)
def test_where_genres_are_put(template: str, line: str):
    before = template.replace("§", "").encode()
    genres = "".join(line.format(f"<genre>{genre}</genre>") for genre in ("A", "B &amp; C"))
    assert add_genres(before, ["A", "B & C"]) == template.replace("§", genres).encode()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("\n  <genre/>\n  <a/>\n", "\n  <genre>A</genre>\n  <genre>B</genre>\n  <a/>\n"),
        ("<genre> </genre><genre/><genre/>", "<genre>A</genre><genre>B</genre>"),
        ("\n <genre/>\n <genre/>\n <genre/>\n", "\n <genre>A</genre>\n <genre>B</genre>\n"),
    ],
)
def test_empty_genres_are_filled(before: str, after: str):
    assert add_genres(movie(before), ["A", "B"]) == movie(after)


@pytest.mark.parametrize(
    ("inside", "genres", "after"),
    [
        ("<genre>A</genre>", ["B"], "<genre>B</genre>"),
        ("<genre x=''>A</genre><genre>B</genre><!---->", ["A"], "<genre x=''>A</genre><!---->"),
        ("\n <genre>A</genre>\n <genre>C</genre>\n <a/>\n", ["D"], "\n <genre>D</genre>\n <a/>\n"),
        ("\n <genre>A</genre>\n", ["D", "E"], "\n <genre>D</genre>\n <genre>E</genre>\n"),
        ("\n <genre>A / B</genre>\n", ["A", "B"], "\n <genre>A / B</genre>\n"),
        ("\n <genre>A</genre>\n", [], "\n <genre>A</genre>\n"),
        ("\n <genre>A</genre>\n", [" ", ""], "\n <genre>A</genre>\n"),
        ("\n <genre>A</genre>\n", ["B", " B "], "\n <genre>B</genre>\n"),
    ],
)
def test_genres_are_replaced_where_that_is_wanted(inside: str, genres: list[str], after: str):
    assert add_genres(movie(inside), genres, replace=True) == movie(after)
    assert add_genres(movie(inside), genres) == movie(inside)


@pytest.mark.parametrize(
    "content",
    [
        b"<movie/>",
        b"<movie><title>Pim</title>",
        b"<movie><title>Pim</movie>",
        b"<tvshow></tvshow>",
        b"https://www.imdb.com/title/tt1/",
        b"",
        b"<movie></movie><movie></movie>",
        DECLARED.format("utf-8", "Ödland").encode("latin-1"),
        # A second way to write a character, which would be lost.
        b"<?xml version='1.0' encoding='cp932'?><movie><title>\x87\x90</title></movie>",
    ],
)
def test_a_file_that_is_not_whole_is_refused(content: bytes, tmp_path: Path):
    nfo = tmp_path / "movie.nfo"
    nfo.write_bytes(content)
    change = write_genres(nfo, ["Drama"], apply=True)
    assert change.outcome == Outcome.REFUSED
    assert change.reason.startswith("movie.nfo ")
    assert one_sentence(change.reason)
    assert nfo.read_bytes() == content
    assert os.listdir(tmp_path) == ["movie.nfo"]


@pytest.mark.parametrize("genre", ["a\nb", "a\0", "\ud800", "\ufffe"])
def test_what_xml_cannot_hold_is_refused(genre: str):
    with pytest.raises(InputError, match="holds characters that XML cannot"):
        add_genres(PLAIN, [genre])


def test_what_the_encoding_cannot_hold_is_refused():
    content = DECLARED.format("ISO-8859-1", "Ödland").encode("latin-1")
    assert add_genres(content, ["Komödie"]).count("Komödie".encode("latin-1")) == 1
    with pytest.raises(InputError) as caught:
        add_genres(content, ["Drama", "映画"], "movie.nfo")
    expected = "movie.nfo cannot hold '映画' in its encoding iso8859-1; save it as UTF-8."
    assert str(caught.value) == expected


@pytest.fixture
def nfo(tmp_path: Path) -> Path:
    file = tmp_path / "Pim.nfo"
    file.write_bytes(PLAIN)
    return file


def content_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_a_dry_run_writes_nothing(nfo: Path):
    change = write_genres(nfo, ["Drama"])
    expected = (
        *(f"--- {nfo}", f"+++ {nfo}", "@@ -1,4 +1,5 @@", " <movie>", "   <title>Pim</title>"),
        *("+  <genre>Drama</genre>", "   <set/>", " </movie>"),
    )
    assert change == GenreChange(Outcome.PLANNED, "", expected)
    assert content_of(nfo.parent) == {"Pim.nfo": PLAIN}


def test_the_first_backup_is_kept(nfo: Path):
    assert write_genres(nfo, ["Drama"], apply=True).outcome == Outcome.WRITTEN
    first = nfo.read_bytes()
    assert content_of(nfo.parent) == {"Pim.nfo": first, "Pim.nfo.bak": PLAIN}
    assert write_genres(nfo, ["Horror"], replace=True, apply=True).outcome == Outcome.WRITTEN
    second = first.replace(b"Drama", b"Horror")
    assert content_of(nfo.parent) == {"Pim.nfo": second, "Pim.nfo.bak": PLAIN}


def test_writing_again_changes_nothing(nfo: Path):
    write_genres(nfo, ["Drama", "War"], apply=True)
    before = os.stat(nfo)
    for replace, reason in [
        (False, "Pim.nfo lists genres already."),
        (True, "Pim.nfo lists these genres already."),
    ]:
        change = write_genres(nfo, ["Drama", "War"], replace=replace, apply=True)
        assert change == GenreChange(Outcome.UNCHANGED, reason)
    assert os.stat(nfo) == before
    assert write_genres(nfo, [], apply=True).reason == "There is no genre to write."


def test_a_film_without_nfo():
    change = write_genres(None, ["Drama"], apply=True)
    assert change == GenreChange(Outcome.UNCHANGED, "The film has no NFO file.")


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o664, 0o640])
def test_mode_and_owner_stay(nfo: Path, mode: int):
    nfo.chmod(mode)
    if os.geteuid() == 0:
        os.chown(nfo, 1234, 2345)
    before = nfo.stat()
    write_genres(nfo, ["Drama"], apply=True)
    for file in (nfo, nfo.with_name("Pim.nfo.bak")):
        after = file.stat()
        assert (after.st_mode, after.st_uid, after.st_gid) == (
            *(before.st_mode, before.st_uid, before.st_gid),
        )


def test_a_write_protected_file_is_respected(nfo: Path):
    nfo.chmod(0o444)
    change = write_genres(nfo, ["Drama"], apply=True)
    assert change == GenreChange(Outcome.REFUSED, "Pim.nfo is write-protected.")
    assert content_of(nfo.parent) == {"Pim.nfo": PLAIN}


def test_a_link_stays_a_link(nfo: Path, tmp_path: Path):
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "movie.nfo"
    link.symlink_to(nfo)
    assert write_genres(link, ["Drama"], apply=True).outcome == Outcome.WRITTEN
    assert link.is_symlink()
    assert parse_nfo(nfo.read_bytes()).genres == ("Drama",)
    assert os.listdir(folder) == ["movie.nfo"]
    assert nfo.with_name("Pim.nfo.bak").read_bytes() == PLAIN


def test_what_others_wrote_meanwhile_is_not_lost(nfo: Path):
    theirs = PLAIN.replace(b"Pim", b"Pim and the Whale")
    nfo.write_bytes(theirs)
    with pytest.raises(InputError, match=r"Pim\.nfo was changed meanwhile; start again\."):
        _replace(nfo, PLAIN, add_genres(PLAIN, ["Drama"]))
    assert content_of(nfo.parent) == {"Pim.nfo": theirs}


@contextlib.contextmanager
def full_disk(n_bytes: int) -> Iterator[None]:
    """No file can grow beyond some bytes."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.mark.parametrize("n_bytes", [10, len(PLAIN) + 5])
def test_a_full_disk_loses_nothing(nfo: Path, n_bytes: int):
    with full_disk(n_bytes):
        change = write_genres(nfo, ["Drama"], apply=True)
    assert change.outcome == Outcome.REFUSED
    assert change.reason == "Pim.nfo cannot be written (File too large)."
    assert content_of(nfo.parent) == {"Pim.nfo": PLAIN}


def test_a_name_too_long_for_a_backup(tmp_path: Path):
    nfo = tmp_path / ("P" * 250 + ".nfo")
    nfo.write_bytes(PLAIN)
    change = write_genres(nfo, ["Drama"], apply=True)
    assert change.outcome == Outcome.REFUSED
    assert "File name too long" in change.reason
    assert content_of(tmp_path) == {nfo.name: PLAIN}


def test_a_kill_at_any_moment_leaves_a_whole_file(nfo: Path):
    code = (
        "import sys; from itertools import cycle; from pathlib import Path\n"
        "from gradio_app.catalogue.sources.nfo.writer import write_genres\n"
        "for genre in cycle(['Drama', 'Horror']):\n"
        "    change = write_genres(Path(sys.argv[1]), [genre], replace=True, apply=True)\n"
        "    print(change.outcome, flush=True)\n"
    )
    whole = {add_genres(PLAIN, [genre]) for genre in ("Drama", "Horror")}
    rng = random.Random(1)
    for _ in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", code, nfo], stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout
            assert process.stdout.readline()
            time.sleep(rng.random() / 20)
            process.send_signal(signal.SIGKILL)
        assert nfo.read_bytes() in whole
        assert nfo.with_name("Pim.nfo.bak").read_bytes() == PLAIN
