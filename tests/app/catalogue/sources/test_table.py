"""Tables as people save them."""

import contextlib
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.table import read_table
from gradio_app.errors import InputError
from gradio_app.films import Film


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return tmp_path / "films.csv"


def refusal(table: Path) -> str:
    """The sentence with which a table is refused."""
    with pytest.raises(InputError) as caught:
        list(read_table(table))
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("id,overview\ntt1,A ghost.\n", [("tt1", "A ghost.")]),
        ("id,overview\ntt1,A ghost.", [("tt1", "A ghost.")]),
        ("id,overview\r\ntt1,A ghost.\r\ntt2,B\r\n", [("tt1", "A ghost."), ("tt2", "B")]),
        ("id,overview\rtt1,A ghost.\r", [("tt1", "A ghost.")]),
        ("\ufeffid,overview\ntt1,A ghost.\n", [("tt1", "A ghost.")]),
        (" id , overview \ntt1, A ghost.\n", [("tt1", "A ghost.")]),
        ("overview,id\nA ghost.,tt1\n", [("tt1", "A ghost.")]),
        ('id,overview\ntt1,"Two\nlines, ""quoted"""\n', [("tt1", 'Two\nlines, "quoted"')]),
        ("id,overview\ntt1\n", [("tt1", "")]),
        ("id,overview\ntt1,A ghost., ,\n", [("tt1", "A ghost.")]),
        ("ID,Overview\ntt1,A ghost.\n", [("tt1", "A ghost.")]),
        ("sep=;\nid;overview\ntt1;A ghost; \n", [("tt1", "A ghost")]),
        ('"sep=\t"\r\nid\toverview\r\ntt1\tA, b\r\n', [("tt1", "A, b")]),
        ("id,overview\n\ntt1,A\n\n\ntt2,B\n\n", [("tt1", "A"), ("tt2", "B")]),
        ("id,overview\ntt1,A\ntt1,B\n", [("tt1", "A"), ("tt1", "B")]),
        ("id,overview\n,A\n  ,B\n", [("", "A"), ("", "B")]),
        ("id,overview\n tt1 ,A\n", [("tt1", "A")]),
        ("id,overview\ntt1,電影 É\n", [("tt1", "電影 É")]),
        ("id,overview\ntt1,a\0b\n", [("tt1", "a\0b")]),
        ("id;overview\ntt1;A ghost, again.\n", [("tt1", "A ghost, again.")]),
        ('\ufeff"id";"overview"\r\ntt1;"A ghost; again."\r\n', [("tt1", "A ghost; again.")]),
        ("overview\tid\nA ghost, again.\ttt1\n", [("tt1", "A ghost, again.")]),
        ("id,a;b;overview,overview\ntt1,x,y\n", [("tt1", "y")]),
        ("id,overview\n", []),
        ("id,overview", []),
    ],
)
def test_rows(text: str, rows: list[tuple[str, str]], table: Path):
    table.write_text(text, "utf-8", newline="")
    assert [(film.id, film.overview) for film in read_table(table)] == rows


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_table_in_the_encoding_that_its_mark_names(encoding: str, table: Path):
    """Excel saves "Unicode text" as UTF-16 with tabs."""
    table.write_bytes("id\toverview\r\ntt1\tÉ, 電影\r\n".encode(encoding))
    assert [(film.id, film.overview) for film in read_table(table)] == [("tt1", "É, 電影")]


def test_imdb_id_is_preferred_to_id(table: Path):
    table.write_text("id,imdb_id,overview\n862,tt0114709,Toys.\n")
    assert [film.id for film in read_table(table)] == ["tt0114709"]


def test_a_row_without_imdb_id_has_its_id(table: Path):
    table.write_text("id,imdb_id,overview\n862, ,Toys.\n,,Bugs.\n")
    assert [film.id for film in read_table(table)] == ["862", ""]


def test_a_column_twice_is_refused_but_columns_without_a_name_are_not(table: Path):
    table.write_text("id,overview,overview\n1,Toys.,\n")
    assert "two columns 'overview'" in refusal(table)
    table.write_text("id,overview,,,\n1,Toys.,,,\n")
    assert [film.overview for film in read_table(table)] == ["Toys."]


def test_other_columns_are_kept(table: Path):
    table.write_text("id,title,overview\n1,Toys,Alive.\n")
    cells = {"id": "1", "title": "Toys", "overview": "Alive."}
    assert list(read_table(table)) == [Film("1", "Alive.", title="Toys", cells=cells)]


def test_a_cell_that_is_nested_however_deeply_is_kept_or_refused(table: Path):
    """Whatever other error came out would fail this."""
    kept = []
    for depth in range(500, 1_000, 5):
        table.write_text('{"id": 1, "x": ' + "[" * depth + "]" * depth + "}\n")
        with contextlib.suppress(InputError):
            kept += [(len(film.cells["x"]), 2 * depth) for film in read_table(table)]
    assert kept
    assert all(length == expected for length, expected in kept)


def test_a_table_without_overviews(table: Path):
    table.write_text("id\n1\n")
    assert list(read_table(table)) == [Film("1", cells={"id": "1"})]


@pytest.mark.parametrize("length", [131_071, 131_072, 131_073, 1_000_000])
def test_long_cells(length: int, table: Path):
    table.write_text(f"id,overview\n1,{'a' * length}\n2,b\n")
    assert [len(film.overview) for film in read_table(table)] == [length, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no column imdb_id or id (it has: none)"),
        (b"\xef\xbb\xbf", "no column"),
        (b"\n\n", "no column"),
        (b"title,overview\nA,B\n", "it has: 'title, overview'"),
        (b"tt1,A ghost.\n", "it has: 'tt1, A ghost.'"),
        (b"id|overview\ntt1|A ghost.\n", "separated by commas"),
        (b'"a\nb",c\n1,2\n', "no column"),
        (b"x" * 10_000, "no column"),
        ("id,overview\ntt1,Café\n".encode("latin-1"), "not UTF-8"),
        ("id,overview\ntt1,A\n".encode("utf-16")[:-1], "not UTF-16"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "not UTF-8"),
        (b"\0\x01\x02\0\0", "no column"),
        (b"id,overview\n" + b"tt1,A\n" * 5_000 + b"tt2,\xff\n", "not UTF-8"),
    ],
)
def test_what_is_no_table(content: bytes, reason: str, table: Path):
    table.write_bytes(content)
    message = refusal(table)
    assert message.startswith("films.csv ")
    assert reason in message
    assert len(message) < 500


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ('1,A\n2,"B\n3,C\n4,D\n', 3),
        ('1,"A\n2,B', 2),
        ('1,A\n\n2,"B\n3,"C"\n', 4),
        ('1,"Two\nlines"\n2,"B\n3,C\n', 4),
        ('1,"A" B\n', 2),
    ],
)
def test_a_quotation_mark_that_is_not_closed_swallows_no_row(rows: str, line: int, table: Path):
    table.write_text(f"id,overview\n{rows}")
    assert f"films.csv cannot be read from line {line} on" in refusal(table)


def test_a_missing_table(table: Path):
    assert refusal(table) == f"There is no table {table}."


def test_a_folder_in_place_of_a_table(tmp_path: Path):
    assert "cannot be read" in refusal(tmp_path)
