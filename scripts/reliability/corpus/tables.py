"""Tables that are damaged, odd, enormous or made to exhaust whoever reads them."""

import gzip
import json
import os
import random
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from scripts.reliability.corpus.case import Answer, Case, Refusal

__all__ = ["cases", "large_cases"]

_HEAD = b"id,overview\n"
_FILM = b"1,A ghost haunts a house.\n"
_LONG_FILM = b"1," + b"A ghost haunts a house. " * 80 + b"\n"
_MB = 1_000_000


def cases() -> list[Case]:
    """Return tables that are read, or refused, whoever reads them.

    Those that are read have one film with the id 1.
    """
    return [*_texts(), *_json_lines(), *_odd_but_good(), *_bombs(), *_parquet()]


def large_cases() -> list[Case]:
    """Return tables that are too much for the page, and long runs in a terminal."""

    def letters(file: Path) -> None:
        with file.open("wb") as out:
            out.write(_HEAD)
            for _ in range(20):
                out.write(b"a\n" * _MB)

    return [
        Case("20 million rows of one letter.csv", letters, Refusal("more than the 20,000")),
        Case(
            "300,000 rows.csv.gz",
            _packed([_HEAD, *(b"%d,\n" % number for number in range(300_000))]),
            Refusal("more than the 20,000"),
        ),
        Case(
            "2,000 columns and 20,001 rows.csv.gz",
            _packed(lambda: _wide(2_000, 20_001)),
            Refusal("more than 200 times its size"),
        ),
        Case(
            "blank lines.csv",
            _bytes([_HEAD, b"\n" * 30 * _MB]),
            Refusal("more than 1,000,000 blank lines"),
        ),
        Case(
            "lines in a cell.csv",
            _bytes([_HEAD, *([b'1,"' + b"\n" * 4 * _MB + b'"\n'] * 5)]),
            Refusal("more than the 2,000,000 lines"),
        ),
        Case(
            "texts.jsonl",
            _bytes(
                b'{"id": 1, "overview": "\xf0\x9f\x98\x80%s"}\n' % (b"a" * _MB) for _ in range(60)
            ),
            Refusal("texts of the films have more than 30 MB"),
        ),
    ]


def _bytes(parts: Iterable[bytes] | Callable[[], Iterable[bytes]]) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        with file.open("wb") as out:
            out.writelines(parts() if callable(parts) else parts)

    return make


def _packed(parts: Iterable[bytes] | Callable[[], Iterable[bytes]]) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        with gzip.open(file, "wb", 6) as out:
            out.writelines(parts() if callable(parts) else parts)

    return make


def _refused(name: str, content: bytes, sentence: str) -> Case:
    return Case(name, _bytes([content]), Refusal(sentence))


def _read(name: str, content: bytes) -> Case:
    return Case(name, _bytes([content]), Answer())


def _texts() -> list[Case]:
    rng = random.Random(1)
    letters = b"abcdefghijklmnopqrstuvwxyz0123456789 ,;\n\"'"
    garbage = bytes(letters[byte % len(letters)] for byte in rng.randbytes(_MB))
    columns = b",".join(b"c%d" % number for number in range(200_000))
    not_utf8, not_closed = "is not UTF-8 text", "quotation mark is not closed"
    too_long = "more than 5,000,000 characters in the row"
    return [
        Case("garbage.csv", _bytes([rng.randbytes(_MB)] * 100), Refusal(not_utf8)),
        Case("garbage of letters.csv", _bytes([garbage] * 100), Refusal("no column imdb_id|mark")),
        Case("garbage.csv.gz", _packed([_HEAD, rng.randbytes(_MB)]), Refusal(not_utf8)),
        Case("garbage below a head.csv", _bytes([_HEAD, garbage]), Refusal("from line|in line")),
        _refused("nothing.csv", b"", "no column imdb_id or id"),
        _refused("zeros.csv", bytes(_MB), "no column imdb_id|name has more than"),
        _refused("a picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(99), not_utf8),
        _refused("latin-1.csv", "id,overview\n1,Café\n".encode("latin-1"), not_utf8),
        _refused("UTF-16 without mark.csv", "id,overview\n1,A\n".encode("utf-16-le"), "no column"),
        _refused("half UTF-16.csv", "id,overview\n1,A\n".encode("utf-16")[:-1], "not UTF-16"),
        _refused("HTML.csv", b"<!DOCTYPE html><html><body>id</body></html>", "no column imdb_id"),
        _refused("200,000 columns.csv", b"id," + columns + b"\n", "200,001 columns, more than"),
        _refused("200,000 columns and rows.csv", columns + b"\n1\n", "200,000 columns, more than"),
        _refused("200,000 blank columns.csv", b"id," + b"," * 200_000 + b"\n1\n", "columns, more"),
        _refused("6,000 columns.csv", _bytes_of(_wide(6_000, 100)), "6,000 columns, more than"),
        _refused("a name of 1 MB.csv", b"id," + b"a" * _MB + b"\n1,2\n", "name has more than"),
        _refused("one name twice.csv", b"id,a,a\n" + _FILM, "two columns 'a'"),
        _refused("ids twice.csv", b"id,ID,overview\n1,2,A\n", "two columns 'id'"),
        _refused("a quotation mark.csv", _HEAD + b'1,"A\n' + b"2,B\n" * 9, not_closed),
        _refused("quotation marks.csv", b'"' * _MB, "no column|not closed|name has more"),
        _refused("more cells.csv", _HEAD + b"1,A,B,C\n", "more cells than columns in line 2"),
        _refused("a million cells.csv", _HEAD + b"1," * _MB, "more cells than columns in line 2"),
        Case("a line of 1 GB.csv", _sparse(_HEAD + b"1,"), Refusal(too_long)),
        Case("a head of 1 GB.csv", _sparse(b"id,"), Refusal(too_long)),
        _refused("a row of 6 MB.csv", _HEAD + b'1,"' + b"a\n" * 3 * _MB + b'"', too_long),
    ]


def _sparse(begin: bytes) -> Callable[[Path], None]:
    def make(file: Path) -> None:
        file.write_bytes(begin)
        os.truncate(file, 1_000 * _MB)

    return make


def _wide(n_columns: int, n_rows: int) -> Iterable[bytes]:
    names = (b"c%d" % number for number in range(n_columns - 2))
    yield b"id,overview," + b",".join(names) + b"\n"
    for _ in range(n_rows):
        yield b"a,A ghost," + b"xy," * (n_columns - 3) + b"xy\n"


def _bytes_of(parts: Iterable[bytes]) -> bytes:
    return b"".join(parts)


def _json_lines() -> list[Case]:
    film = b'{"id": 1, "overview": "A ghost haunts a house."'
    many = json.dumps({"id": 1} | {f"c{number}": 1 for number in range(200_000)}).encode()
    growing = (
        json.dumps({"id": 1} | {f"{line} {number}": 1 for number in range(50)}).encode() + b"\n"
        for line in range(1_000)
    )
    no_json, no_object = "is not JSON Lines in line", "holds no JSON object in line"
    return [
        _refused("deep.jsonl", film + b', "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", no_json),
        _refused("deep objects.jsonl", b'{"id":' * 100_000 + b"1" + b"}" * 100_000, no_json),
        _refused("5,000 digits.jsonl", b'{"id": ' + b"9" * 5_000 + b"}\n", no_json),
        _refused("a name twice.jsonl", film + b', "id": 2}\n', "a name twice in line 1"),
        _refused("200,000 names.jsonl", many, "columns, more than the 2,000"),
        Case(
            "other names in each line.jsonl", _bytes(list(growing)), Refusal("columns, more than")
        ),
        _refused("an array.jsonl", film + b"}\n[1, 2]\n", f"{no_object} 2"),
        _refused("it breaks off.jsonl", film + b"}\n" + film, f"{no_json} 2"),
        _refused("a line of 6 MB.jsonl", film + b', "x": [' + b"{}," * 2 * _MB, "row that begins"),
        _refused("no id.jsonl", b'{"overview": "A ghost."}\n', "no column imdb_id or id"),
        _read("NaN.jsonl", film + b', "x": NaN, "y": Infinity, "title": NaN}\n'),
        _read("1e999.jsonl", film + b', "x": 1e999, "y": -1e999}\n'),
        _read("half characters.jsonl", film + b', "title": "\\ud800", "\\udfff": 1}\n'),
        _read("a name twice within.jsonl", film + b', "x": {"a": 1, "a": 2}}\n'),
        _read("blank lines.jsonl", film + b"}\n" + b"\n \n" * 1_000),
    ]


def _odd_but_good() -> list[Case]:
    text = (_HEAD + _FILM).decode()
    tabs = "id\toverview\r\n1\tA ghost haunts a house.\r\n"
    return [
        _read("UTF-8 with mark.csv", text.encode("utf-8-sig")),
        _read("UTF-16.csv", tabs.encode("utf-16")),
        _read("UTF-16, the other order.csv", b"\xfe\xff" + tabs.encode("utf-16-be")),
        _read("UTF-32.csv", tabs.encode("utf-32")),
        _read("carriage returns.csv", text.replace("\n", "\r").encode()),
        _read("no end of line.csv", text.rstrip().encode()),
        _read("NUL in a cell.csv", _HEAD + b"1,A ghost\0 haunts a house.\n"),
        _read("NUL in a name.csv", b"id,overview,a\0b\n1,A ghost haunts a house.,\n"),
        _read("blank cells.csv", _HEAD + _FILM.rstrip() + b"," * 1_000 + b"\n"),
        _read("called like a picture.jpg", text.encode()),
        Case("packed.csv", _packed([_HEAD, _FILM]), Answer()),
        Case("packed in two.csv.gz", _members(_HEAD, _FILM), Answer()),
        Case("2,000 columns.csv", _bytes(lambda: _one_of(_wide(2_000, 1))), Answer()),
        _read("no films.csv", _HEAD),
    ]


def _one_of(rows: Iterable[bytes]) -> Iterable[bytes]:
    return (row.replace(b"a,A ghost", b"1,A ghost") for row in rows)


def _members(*parts: bytes) -> Callable[[Path], None]:
    return lambda file: _write(file, b"".join(map(gzip.compress, parts)))


def _write(file: Path, content: bytes) -> None:
    file.write_bytes(content)


def _bombs() -> list[Case]:
    long, suspicious = "characters in the row", "unpacks to more than 200 times its size"
    damaged = "is a damaged gzip file"
    whole = gzip.compress((_HEAD + _FILM) * 100)
    return [
        Case("1 GB of zeros.csv.gz", _packed(lambda: [bytes(_MB)] * 1_000), Refusal(long)),
        Case(
            "blank lines without end.csv.gz",
            _packed(lambda: [_HEAD, *([b"\n" * _MB] * 300)]),
            Refusal(f"{suspicious}|blank lines"),
        ),
        Case(
            "copies of one row.csv.gz",
            _packed(lambda: [_HEAD, *([_LONG_FILM * 550] * 60)]),
            Refusal(suspicious),
        ),
        Case(
            "a bomb in a bomb.csv.gz",
            lambda file: _write(file, gzip.compress(gzip.compress(bytes(100 * _MB)))),
            Refusal("not UTF-8|no column"),
        ),
        _refused("it breaks off.csv.gz", whole[:-20], damaged),
        _refused("another checksum.csv.gz", whole[:-8] + bytes(8), damaged),
        _refused("gzip of nothing.csv.gz", b"\x1f\x8b", damaged),
        _refused("gzip and more.csv.gz", whole + b"more", damaged),
    ]


def _parquet() -> list[Case]:
    damaged, memory = "not a readable Parquet file", "takes too much memory"
    forged: dict[str, tuple[Callable[[Any], object], str]] = {
        "a billion rows": (_edit("num_rows", 10**9), f"{memory}|{damaged}"),
        "very many rows": (_edit("num_rows", 2**62), f"{memory}|{damaged}"),
        "rows below nothing": (_edit("num_rows", -5), damaged),
        "other files": (_edit_column("file_path", "/etc/passwd"), "keeps columns in other files"),
        "an address": (_edit_column("file_path", "http://127.0.0.1/a"), "columns in other files"),
        "an unknown packing": (_edit_meta("codec", 99), damaged),
        "another packing": (_edit_meta("codec", 6), damaged),
        "pages beyond the end": (_edit_meta("data_page_offset", 10**9), damaged),
        "pages before the begin": (_edit_meta("data_page_offset", -9), damaged),
        "another type": (_edit_meta("type", 1), damaged),
    }
    return [
        Case("as it should be.parquet", lambda file: _forge(file, lambda metadata: None), Answer()),
        _refused("PAR1.parquet", b"PAR1", damaged),
        _refused("PAR1 twice.parquet", b"PAR1" + bytes(100) + b"PAR1", damaged),
        _refused("a foot of 4 GB.parquet", b"PAR1" + b"\xff" * 100 + b"PAR1", damaged),
        _refused("random.parquet", b"PAR1" + random.Random(2).randbytes(9_999) + b"PAR1", damaged),
        *(
            Case(f"{name}.parquet", partial(_forge, edit=edit), Refusal(sentence))
            for name, (edit, sentence) in forged.items()
        ),
    ]


def _forge(file: Path, edit: Callable[[Any], object]) -> None:
    """Write a Parquet file of one film whose metadata are then changed."""
    import fastparquet
    import pandas as pd

    films = pd.DataFrame({"id": ["1"], "overview": ["A ghost haunts a house."]})
    fastparquet.write(str(file), films, compression="GZIP")
    content = file.read_bytes()
    size = int.from_bytes(content[-8:-4], "little")
    metadata = fastparquet.ParquetFile(str(file)).fmd
    edit(metadata)
    foot = metadata.to_bytes()
    body = content[: -8 - size]
    file.write_bytes(body + foot + len(foot).to_bytes(4, "little") + b"PAR1")


def _edit(field: str, value: int) -> Callable[[Any], object]:
    def edit(metadata: Any) -> None:
        setattr(metadata, field, value)
        setattr(metadata.row_groups[0], field, value)

    return edit


def _edit_column(field: str, value: object) -> Callable[[Any], object]:
    return lambda metadata: setattr(metadata.row_groups[0].columns[1], field, value)


def _edit_meta(field: str, value: int) -> Callable[[Any], object]:
    return lambda metadata: setattr(metadata.row_groups[0].columns[1].meta_data, field, value)
