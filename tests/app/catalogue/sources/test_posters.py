"""Posters in a folder, in a ZIP file and uploaded: found by name, and never outside."""

import contextlib
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from gradio_app.catalogue.sources.archive import _MAX_READ_BYTES, open_posters
from gradio_app.catalogue.sources.posters import (
    PICTURE_SUFFIXES,
    Posters,
    posters_in_folder,
    uploaded_posters,
)
from gradio_app.errors import InputError
from gradio_app.films import Film
from gradio_app.limits import MAX_POSTER_BYTES, MAX_ZIP_ENTRIES
from gradio_app.preprocessing import decode_poster


def film(film_id: str = "", poster: str = "") -> Film:
    return Film(film_id, poster=poster)


def named(*paths: str) -> Posters:
    """Posters whose content is their path."""
    return Posters(paths, lambda path: path.encode())


@pytest.fixture
def archive(tmp_path: Path) -> Callable[..., Path]:
    """Makes a ZIP file of names with their contents."""

    def make(contents: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> Path:
        file = tmp_path / "posters.zip"
        with zipfile.ZipFile(file, "w", compression) as written:
            for name, content in contents.items():
                written.writestr(name, content)
        return file

    return make


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught, open_posters(path):
        pass
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


# --- names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("tt1.jpg", film("tt1")),
        ("tt1.WEBP", film("tt1")),
        ("TT1.jpg", film("tt1")),
        ("posters/tt1.jpg", film("tt1")),
        ("a/b/c/tt1.jpg", film("tt1")),
        ("a.gif", film("tt1", "a.gif")),
        ("a/b.png", film("tt1", "a/b.png")),
        ("a/b.png", film("tt1", " A\\B.PNG ")),
        ("top/a/b.png", film("tt1", "a/b.png")),
        ("top/a/b.png", film("tt1", "b.png")),
        ("a.png", film("", "./a.png")),
        ("e\u0301.jpg", film("\u00e9")),  # as macOS writes it
    ],
)
def test_a_poster_is_found(path: str, wanted: Film):
    assert named("other.jpg", path).find(wanted) == path.encode()


@pytest.mark.parametrize("path", ["tt11.jpg", "tt1.jpg/x.jpg", "tt1x", "x-tt1.jpg"])
def test_a_film_without_poster(path: str):
    assert named(path).find(film("tt1")) is None


def test_the_whole_path_wins():
    posters = named("small/tt1.jpg", "tt1.jpg", "large/tt1.jpg")
    assert posters.find(film("tt1")) == b"tt1.jpg"
    assert posters.find(film("x", "large/tt1.jpg")) == b"large/tt1.jpg"


def test_two_posters_of_one_name():
    with pytest.raises(InputError, match=r"There are 2 posters called 'tt1\.jpg'"):
        named("a/tt1.jpg", "b/tt1.jpg").find(film("tt1"))


@pytest.mark.parametrize(
    ("poster", "reason"),
    [
        ("nowhere.jpg", "There is no poster 'nowhere.jpg'."),
        ("b" * 5_000, "There is no poster 'bbb"),
        ("http://example.org/tt1.jpg", "is an address"),
        ("data:image/png;base64,AAAA", "is an address"),
        ("/tt1.jpg", "is not a path within the posters"),
        ("C:\\tt1.jpg", "is not a path within the posters"),
        ("\\\\host\\tt1.jpg", "is not a path within the posters"),
        ("../tt1.jpg", "is not a path within the posters"),
        ("a/../../tt1.jpg", "is not a path within the posters"),
        ("..\\tt1.jpg", "is not a path within the posters"),
        ("tt1.jpg\0", "is not a path within the posters"),
    ],
)
@pytest.mark.parametrize("kind", ["folder", "names"])
def test_a_name_that_leads_nowhere(poster: str, reason: str, kind: str, tmp_path: Path):
    (tmp_path / "tt1.jpg").touch()
    folder = tmp_path / "a"
    folder.mkdir()
    with contextlib.ExitStack() as opened:
        source = named("a/tt1.jpg")
        if kind == "folder":
            source = opened.enter_context(posters_in_folder(folder))
        with pytest.raises(InputError) as caught:
            source.find(film("tt1", poster))
    assert reason in str(caught.value)
    assert len(str(caught.value)) < 300


def test_a_folder_has_posters_in_its_folders(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b.gif").touch()
    with posters_in_folder(tmp_path) as posters:
        assert posters.find(film("x", "a\\b.gif")) == tmp_path / "a" / "b.gif"
        assert posters.find(film("x")) is None


# --- one film a picture -------------------------------------------------------------------------


def test_pictures_alone_are_films():
    posters = named("a.jpg", "b.PNG", "notes.txt", "x/c.jpg")
    assert posters.films() == [film("a", "a.jpg"), film("b", "b.PNG"), film("c", "x/c.jpg")]


def test_films_of_one_name_are_told_apart():
    paths = ["a.jpg", "x/a.jpg", "y/a.jpg", "y/a.png", "b.jpg"]
    films = named(*paths).films()
    assert [film.id for film in films] == ["a", "x/a", "y/a.jpg", "y/a.png", "b"]
    assert [named(*paths).find(film) for film in films] == [path.encode() for path in paths]


def test_uploads_of_one_name_are_told_apart(tmp_path: Path):
    files = [
        (name, tmp_path / str(number)) for number, name in enumerate(["a.jpg"] * 3 + ["b.jpg"])
    ]
    for _, file in files:
        file.touch()
    posters = uploaded_posters(files)
    assert [film.id for film in posters.films()] == ["a", "a (2)", "a (3)", "b"]
    assert [posters.find(film) for film in posters.films()] == [file for _, file in files]


@pytest.mark.parametrize(("size", "accepted"), [(0, True), (1, False)])
def test_an_upload_that_is_too_large(tmp_path: Path, size: int, accepted: bool):
    file = tmp_path / "a.jpg"
    with file.open("wb") as output:
        output.truncate(MAX_POSTER_BYTES + size)
    posters = uploaded_posters([("a.jpg", file)])
    if accepted:
        assert posters.find(film("a")) == file
    else:
        with pytest.raises(InputError, match="more than 30 MB"):
            posters.find(film("a"))


# --- ZIP files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("compression", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_zip(archive, compression: int):
    content = bytes(range(256)) * 20_000  # more than one piece
    with open_posters(archive({"mine/tt1.jpg": content}, compression)) as posters:
        assert posters.find(film("tt1")) == content
        assert posters.find(film("tt2")) is None


def test_a_broken_picture_in_a_zip_is_called_by_its_name(archive):
    with open_posters(archive({"mine/tt1.jpg": b"no picture"})) as posters:
        found = posters.find(film("tt1"))
        assert found == b"no picture"
        with pytest.raises(InputError, match=r"^The poster tt1\.jpg is not a readable picture"):
            decode_poster(found)


def test_what_systems_add_is_no_poster(archive):
    names = ["__MACOSX/._a.jpg", "x/._a.jpg", ".DS_Store", "Thumbs.db", "a.jpg/", "x\\b.jpg"]
    with open_posters(archive(dict.fromkeys(names, b""))) as posters:
        assert posters.films() == [film("b", "x/b.jpg")]


def test_a_link_is_no_poster(tmp_path: Path):
    file = tmp_path / "posters.zip"
    link = zipfile.ZipInfo("a.jpg")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "w") as written:
        written.writestr(link, "/etc/passwd")
    with open_posters(file) as posters:
        assert posters.films() == []
        assert posters.find(film("a")) is None


@pytest.mark.parametrize("name", ["../../a.jpg", "/a.jpg", "C:/a.jpg", "x/../a.jpg"])
def test_names_of_a_zip_lead_nowhere(archive, tmp_path: Path, name: str):
    with open_posters(archive({name: b"x"})) as posters:
        (only,) = posters.films()
        with pytest.raises(InputError):
            posters.find(only)
    assert [file.name for file in tmp_path.iterdir()] == ["posters.zip"]


def with_bytes(file: Path, at: dict[int, bytes]) -> Path:
    """Overwrite bytes of the first entry of the list at the end of a ZIP file."""
    content = bytearray(file.read_bytes())
    begin = content.index(b"PK\1\2")
    for offset, value in at.items():
        content[begin + offset : begin + offset + len(value)] = value
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ({8: b"\1\0"}, "is encrypted"),
        ({10: b"\x0e\0"}, "cannot be unpacked"),  # LZMA
        ({16: b"\0\0\0\0"}, "cannot be unpacked"),  # checksum
        ({42: b"\x10\0\0\0"}, "cannot be unpacked"),  # where the entry begins
        ({24: struct.pack("<L", MAX_POSTER_BYTES + 1)}, "more than 30 MB"),
    ],
)
def test_a_bad_entry_costs_one_film(archive, at: dict[int, bytes], reason: str):
    file = with_bytes(archive({"a.jpg": b"not empty", "b.jpg": b"good"}), at)
    with open_posters(file) as posters:
        with pytest.raises(InputError) as caught:
            posters.find(film("a"))
        assert reason in str(caught.value)
        assert posters.find(film("b")) == b"good"


def test_a_bomb_gives_no_more_than_it_says(archive):
    """An entry of 100 MB that says it has 100 bytes."""
    file = archive({"a.jpg": b"\0" * 10**8}, zipfile.ZIP_DEFLATED)
    with_bytes(file, {24: struct.pack("<L", 100)})
    with open_posters(file) as posters, pytest.raises(InputError, match="cannot be unpacked"):
        posters.find(film("a"))


def test_too_many_entries(archive):
    names = [f"{number}.jpg" for number in range(MAX_ZIP_ENTRIES + 1)]
    assert "20,001 files, more than the 20,000" in refusal(archive(dict.fromkeys(names, b"")))
    with open_posters(archive(dict.fromkeys(names[1:], b""))) as posters:
        assert len(posters.films()) == MAX_ZIP_ENTRIES


def test_a_list_of_entries_too_long_to_read(tmp_path: Path):
    size = _MAX_READ_BYTES + 46
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 1, 1, size, 0, 0)
    file = tmp_path / "posters.zip"
    file.write_bytes(b"PK\1\2" + b"\0" * (size - 4) + end)
    assert "not a whole ZIP file" in refusal(file)


def test_too_much_altogether(archive, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("gradio_app.catalogue.sources.archive.MAX_ZIP_BYTES", 9)
    assert "unpacks to more than" in refusal(archive({"a.jpg": b"12345", "b.jpg": b"12345"}))
    with open_posters(archive({"a.jpg": b"12345", "b.jpg": b"1234"})):
        pass


@pytest.mark.parametrize("content", [b"", b"PK\3\4", b"id,overview\n1,A\n"])
def test_what_is_no_zip(tmp_path: Path, content: bytes):
    file = tmp_path / "posters.zip"
    file.write_bytes(content)
    assert refusal(file) == "posters.zip is not a whole ZIP file; make it again."


def test_every_half_of_a_zip_is_refused_or_read(archive):
    whole = archive({"a.jpg": b"a" * 50, "b.jpg": b"b" * 50}).read_bytes()
    file = archive({})
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        assert "not a whole ZIP file" in refusal(file)


def test_any_damaged_byte_ends_in_an_input_error_at_most(archive):
    whole = archive({"a.jpg": b"a" * 50, "b.jpg": b"b" * 50}, zipfile.ZIP_DEFLATED).read_bytes()
    file = archive({})
    for position in range(len(whole)):
        file.write_bytes(whole[:position] + bytes([whole[position] ^ 0xFF]) + whole[position + 1 :])
        with contextlib.suppress(InputError), open_posters(file) as posters:
            for one in posters.films():
                posters.find(one)


@pytest.mark.parametrize("name", ["nowhere", "nowhere.zip", "table.csv"])
def test_neither_folder_nor_zip(tmp_path: Path, name: str):
    (tmp_path / "table.csv").write_text("id\n")
    assert "no folder and no ZIP file of posters" in refusal(tmp_path / name)


# --- a folder -----------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", PICTURE_SUFFIXES)
@pytest.mark.parametrize("spelling", [str, str.upper])
def test_a_poster_of_a_folder(suffix: str, spelling: Callable[[str], str], tmp_path: Path):
    file = tmp_path / f"tt1{spelling(suffix)}"
    file.touch()
    (tmp_path / f"tt11{suffix}").touch()
    with posters_in_folder(tmp_path) as posters:
        assert posters.find(film("tt1")) == file


def test_the_first_suffix_wins(tmp_path: Path):
    for suffix in reversed(PICTURE_SUFFIXES):
        (tmp_path / f"tt1{suffix}").touch()
        with posters_in_folder(tmp_path) as posters:
            assert posters.find(film("tt1")) == tmp_path / f"tt1{suffix}"


@pytest.mark.parametrize(
    "film_id", ["tt1", "1", "film one", "É", "..", "a" * 300, "a" * 5_000, "*", "?"]
)
def test_a_film_without_poster_in_a_folder(film_id: str, tmp_path: Path):
    (tmp_path / "x.jpg").touch()
    (tmp_path / "tt1.jpg").mkdir()
    with posters_in_folder(tmp_path) as posters:
        assert posters.find(film(film_id)) is None


@pytest.mark.parametrize(
    "film_id", ["", ".", "../x", "a/b", "a/", "/x", "a\\b", "..\\x", "a/../../x", "x\0"]
)
def test_an_id_that_could_lead_out_of_the_folder(film_id: str, tmp_path: Path):
    folder = tmp_path / "posters"
    (folder / "a").mkdir(parents=True)
    for file in (tmp_path / "x.jpg", folder / "a" / "b.jpg", folder / ".jpg"):
        file.touch()
    with (
        posters_in_folder(folder) as posters,
        pytest.raises(InputError, match=r"^The id .* is not a plain file name\.$"),
    ):
        posters.find(film(film_id))


def test_folders_that_lead_in_a_circle_are_walked_once(tmp_path: Path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "tt1.jpg").touch()
    (tmp_path / "a" / "again").symlink_to(tmp_path, target_is_directory=True)
    with posters_in_folder(tmp_path) as posters:
        assert posters.find(film("tt1")) == tmp_path / "a" / "tt1.jpg"
        assert len(posters.films()) == 1


# --- what was used ------------------------------------------------------------------------------


def test_each_id_is_tried():
    posters = named("603.jpg", "tt2.png")
    assert posters.find(Film("tt0133093", other_ids=("603",))) == b"603.jpg"
    assert posters.find(Film("tt9", other_ids=("603.0",))) == b"603.jpg"
    assert posters.find(Film("603.0")) == b"603.jpg"
    assert posters.find(Film("tt2", other_ids=("603",))) == b"tt2.png"  # the first id wins


def test_what_no_film_has_had_and_what_is_no_picture_is_known():
    posters = named("a.jpg", "b/c.JFIF", "d.gif", "notes.txt", "e.heic")
    posters.find(film("a"))
    posters.find(film("x", "c.jfif"))
    assert posters.unused() == ["d.gif"]
    assert posters.no_pictures() == ["notes.txt", "e.heic"]


def test_a_poster_of_another_format_is_named():
    with pytest.raises(InputError, match=r"^The poster 'b/TT1\.heic' is none that can be read"):
        named("b/TT1.heic").find(film("tt1"))


# --- ZIP files from older programs --------------------------------------------------------------


def written_as(encoding: str, names: list[str], file: Path) -> Path:
    """A ZIP file whose names do not say how they are written."""
    content = bytearray()  # by hand, for zipfile itself marks such names as UTF-8
    entries = []
    for name in names:
        raw = name.encode(encoding)
        entries.append((raw, len(content)))
        content += struct.pack(
            "<4s5H3L2H",
            b"PK\3\4",
            20,
            0,
            0,
            0,
            33,
            zlib.crc32(raw),
            len(raw),
            len(raw),
            len(raw),
            0,
        )
        content += raw + raw
    begin = len(content)
    for raw, offset in entries:
        content += struct.pack(
            "<4s6H3L5H2L",
            b"PK\1\2",
            20,
            20,
            0,
            0,
            0,
            33,
            zlib.crc32(raw),
            len(raw),
            len(raw),
            len(raw),
            0,
            0,
            0,
            0,
            0,
            offset,
        )
        content += raw
    size = len(content) - begin
    content += struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, len(names), len(names), size, begin, 0)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("cp866", "Ирония"),
        ("cp932", "七人の侍"),
        ("cp437", "Amélie"),
        ("cp850", "Ænima"),
        ("cp1252", "Œuvre"),
        ("cp936", "卧虎藏龙"),
        ("cp949", "기생충"),
        ("cp1250", "Vlčí"),
        ("utf-8", "Amélie"),
    ],
)
def test_the_films_tell_how_names_are_written(encoding: str, title: str, tmp_path: Path):
    name = f"{title}.jpg"
    file = written_as(encoding, [name, "plain.jpg"], tmp_path / "posters.zip")
    with open_posters(file, [Film("plain"), Film(title)]) as posters:
        assert posters.find(Film(title)) == name.encode(encoding)
        assert posters.find(Film("plain")) == b"plain.jpg"
        assert posters.warnings == ()


def test_names_that_nothing_tells_how_to_read_are_remarked(tmp_path: Path):
    file = written_as("cp866", ["Ирония.jpg"], tmp_path / "posters.zip")
    with open_posters(file) as posters:
        (warning,) = posters.warnings
        assert "names that are not UTF-8" in warning


def test_two_files_of_one_name_are_remarked(archive, tmp_path: Path):
    file = tmp_path / "twice.zip"
    with zipfile.ZipFile(file, "w") as written:
        for content in (b"first", b"second"):
            written.writestr("a/b.jpg" if content == b"first" else "a\\b.jpg", content)
    with open_posters(file) as posters:
        assert posters.find(film("b")) == b"second"
        assert "several files of one name, such as 'a/b.jpg'" in posters.warnings[0]
