"""The tab Catalogue as people and programs use it: a real server, client and browser."""

import csv
import json
import os
import time
import urllib.request
import zipfile
from collections.abc import Callable
from pathlib import Path

import fastparquet
import pytest
from gradio.utils import get_upload_folder
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from gradio_app.classifier import FilmClassifier
from tests.app.catalogue.run import classify_table
from tests.app.ui.catalogue.actions import choose, download, films, show, upload
from tests.app.ui.page import PATIENCE, event

EVIL = "<script>alert(1)</script>"
FILMS, BAD = 200, 5
REMARKS = [
    "Posters read for 195 of 200 films.",
    "Posters that belong to no film: 5 ('mine/tt3.jpg', 'mine/tt60.jpg', 'mine/tt90.jpg', …).",
]


@pytest.fixture(scope="module")
def address(served) -> str:
    return served[1]


def uploaded() -> list[str]:
    """Names of the films' files that are still on the server."""
    ours = {"films.csv", "posters.zip"}
    return [file.name for file in Path(get_upload_folder()).rglob("*") if file.name in ours]


@pytest.fixture
def catalogue(tmp_path: Path, draw_poster: Callable[[int], Image.Image]) -> tuple[Path, Path]:
    """A table of 200 films, 5 of them bad, and a ZIP file of their posters."""
    table, archive = tmp_path / "films.csv", tmp_path / "posters.zip"
    picture = tmp_path / "poster.jpg"
    bad = {
        3: (EVIL, EVIL, "A ghost.", ""),
        60: ("broken", "", "", ""),
        90: ("named", "", "A war.", "nowhere.jpg"),
        120: ("nothing", "", "", ""),
        150: ("wordless", "", "?!", ""),
    }
    with zipfile.ZipFile(archive, "w") as written, table.open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["id", "title", "overview", "poster"])
        for number in range(FILMS):
            film_id = f"tt{number}"
            draw_poster(number).save(picture)
            written.write(picture, f"mine/{film_id}.jpg")
            good = (film_id, f"Film {number}", f"Detective {number} hunts a ghost.", "")
            rows.writerow(bad.get(number, good))
        written.writestr("mine/broken.jpg", b"no picture")
    return table, archive


# --- as a program -------------------------------------------------------------------------------


@pytest.fixture
def ask(address: str) -> Callable[..., tuple]:
    client = Client(address, verbose=False)

    def ask(table: Path | None, posters: Path | None, file_format: str = "csv") -> tuple:
        files = (file and handle_file(file) for file in (table, posters))
        return client.predict(*files, file_format, api_name="/classify_many")

    return ask


@pytest.mark.parametrize("file_format", ["csv", "jsonl", "parquet"])
def test_a_program_gets_what_the_command_line_writes(
    ask, classifier: FilmClassifier, catalogue, tmp_path: Path, file_format: str
):
    file, counts = ask(*catalogue, file_format)
    expected = tmp_path / f"expected.{file_format}"
    assert classify_table(classifier, *catalogue, expected) == (FILMS, BAD)
    assert counts == {"films": FILMS, "failed": BAD, "remarks": REMARKS}
    assert Path(file).name == f"film-genres.{file_format}"
    assert Path(file).read_bytes() == expected.read_bytes()
    assert uploaded() == []


def test_the_interface_is_documented(address: str):
    with urllib.request.urlopen(f"{address}/gradio_api/info") as response:
        described = json.load(response)["named_endpoints"]["/classify_many"]
    assert "Film genres of many films" in described["description"]
    assert [one["parameter_name"] for one in described["parameters"]] == [
        "table",
        "posters",
        "file_format",
    ]


@pytest.mark.parametrize(
    ("table", "file_format", "reason"),
    [
        (None, "csv", "Give a table of films, posters, or both."),
        ("id\n1\n", "csv", "no column overview"),
        ("id,overview\n1,A\n", "xlsx", "Give csv, jsonl or parquet as format"),
    ],
)
def test_a_program_that_asks_in_vain(
    ask, tmp_path: Path, table: str | None, file_format: str, reason: str
):
    file = tmp_path / "table.csv"
    file.write_text(table or "")
    with pytest.raises(AppError, match=reason):
        ask(file if table else None, None, file_format)


def test_only_uploads_are_read(address: str, catalogue):
    table, archive = catalogue
    outside = os.path.join(get_upload_folder(), "..", "films.csv")
    for file in (str(table), {"path": str(table)}, {"path": outside}, {"path": "a\0b"}, 7, {}):
        assert event(address, "classify_many", [file, None, "csv"]) == b"event: error", file
        assert event(address, "classify_many", [None, file, "csv"]) == b"event: error", file
    assert table.exists()
    assert archive.exists()


# --- as a person --------------------------------------------------------------------------------


@pytest.fixture
def page(page: Page) -> Page:
    return show(page)


def start(page: Page, catalogue: tuple[Path, Path]) -> None:
    upload(page, "table", catalogue[0])
    upload(page, "posters", catalogue[1])
    page.locator("#catalogue-run").click()


def test_read_look_and_download(page: Page, classifier: FilmClassifier, catalogue, tmp_path: Path):
    expected = tmp_path / "expected.csv"
    classify_table(classifier, *catalogue, expected)
    start(page, catalogue)
    expect(films(page)).to_have_count(20, timeout=PATIENCE)
    expect(page.locator("#catalogue-progress")).to_contain_text(f"{FILMS} films read in ")
    expect(page.locator("#catalogue-progress")).to_contain_text(
        f"{BAD} with an error. {REMARKS[0]}"
    )
    expect(page.locator("#catalogue-announced [role=status]")).to_contain_text("200 films read")
    assert uploaded() == []

    choose(page, "order", "As they were given")
    expect(films(page).nth(3).locator("h3")).to_contain_text(EVIL)
    expect(films(page).nth(0).locator("img")).to_have_attribute("alt", "Poster of Film 0")
    assert films(page).nth(0).locator("img").evaluate("image => image.naturalHeight") > 0

    page.locator("#catalogue-after").click()
    expect(page.locator("#catalogue-number")).to_have_text("Films 21 to 40 of 200")
    choose(page, "shown", "With an error")
    expect(films(page)).to_have_count(BAD, timeout=PATIENCE)
    expect(films(page).nth(2)).to_contain_text("There is no poster 'nowhere.jpg'.")

    with expected.open(newline="") as file:
        table = list(csv.DictReader(file))
    with download(page, "csv").open(newline="") as file:
        given = [{**row, "genres_decided": None} for row in csv.DictReader(file)]
    assert given == [{**row, "genres_decided": None} for row in table]
    lines = download(page, "jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["id"] for line in lines] == [film["id"] for film in table]
    parquet = fastparquet.ParquetFile(str(download(page, "parquet"))).to_pandas()
    assert list(parquet["id"]) == [film["id"] for film in table]


def test_cancel(page: Page, catalogue):
    start(page, catalogue)
    bar = page.locator("#catalogue-progress progress")
    expect(bar).to_be_visible(timeout=PATIENCE)
    page.wait_for_function("document.querySelector('#catalogue-progress progress')?.value > 0")
    page.locator("#catalogue-cancel").click()
    expect(page.locator("#catalogue-progress")).to_contain_text(
        "Cancelled after ", timeout=PATIENCE
    )
    expect(films(page).first).to_be_visible(timeout=PATIENCE)
    expect(page.locator("#catalogue-run")).to_be_enabled()
    expect(page.locator("#catalogue-cancel")).to_be_disabled()
    count = int(bar.get_attribute("value"))
    assert 0 < count < FILMS
    assert len(download(page, "jsonl").read_text("utf-8").splitlines()) == count


def test_dropped_posters_are_films(page: Page, tmp_path: Path, draw_poster):
    files = [tmp_path / f"{name}.png" for name in ("first", "second", "third")]
    for number, file in enumerate(files):
        draw_poster(number).save(file)
    upload(page, "posters", *files)
    page.locator("#catalogue-run").click()
    expect(films(page)).to_have_count(3, timeout=PATIENCE)
    choose(page, "order", "Name")
    expect(films(page).locator("h3")).to_have_text(["first", "second", "third"])


def test_what_cannot_be_read_is_explained(page: Page, tmp_path: Path):
    page.locator("#catalogue-run").click()
    message = page.locator(".toast-wrap")
    expect(message).to_contain_text("Give a table of films, posters, or both.", timeout=PATIENCE)
    broken = tmp_path / "broken.csv"
    broken.write_text('id,overview\n1,A\n2,"B\n3,C\n')
    upload(page, "table", broken)
    page.locator("#catalogue-run").click()
    expect(message).to_contain_text("cannot be read from line 3 on", timeout=PATIENCE)
    expect(page.locator("#catalogue-run")).to_be_enabled()


def test_what_a_table_is_called_is_no_html(page: Page, tmp_path: Path):
    """A picture in a message would be fetched from another machine; `page` fails if one is."""
    header = "<img src=http://192.0.2.1/a.png> ![a](http://192.0.2.1/b.png)"
    (tmp_path / "header.csv").write_text(f"{header},title\n1,2\n")
    upload(page, "table", tmp_path / "header.csv")
    page.locator("#catalogue-run").click()
    message = page.locator(".toast-wrap")
    expect(message).to_contain_text(header, timeout=PATIENCE)
    expect(message.locator("img")).to_have_count(0)


def test_two_people_see_their_own_films(browser: Browser, address: str, tmp_path: Path):
    pages = [browser.new_page(), browser.new_page()]
    for number, page in enumerate(pages):
        page.set_default_timeout(PATIENCE)
        page.goto(address)
        show(page)
        table = tmp_path / f"table{number}.csv"
        table.write_text(f"id,overview\nof {number},A ghost.\n")
        upload(page, "table", table)
        page.locator("#catalogue-run").click()
    for number, page in enumerate(pages):
        expect(films(page).locator("h3")).to_have_text([f"of {number}"], timeout=PATIENCE)
        choose(page, "shown", "With an error")
        expect(page.locator("#catalogue-list")).to_contain_text("no such", timeout=PATIENCE)
        choose(page, "shown", "All films")
        expect(films(page).locator("h3")).to_have_text([f"of {number}"], timeout=PATIENCE)
        page.close()


def test_uploads_of_somebody_who_leaves_are_deleted(browser: Browser, address: str, catalogue):
    page = browser.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(address)
    show(page)
    start(page, catalogue)
    expect(page.locator("#catalogue-progress progress")).to_be_visible(timeout=PATIENCE)
    assert uploaded() != []
    page.close()
    deadline = time.monotonic() + PATIENCE / 1000
    while uploaded():
        assert time.monotonic() < deadline
        time.sleep(0.2)


@pytest.mark.parametrize("width", [390, 1280])
def test_no_scrolling_to_the_side(page: Page, catalogue, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    start(page, catalogue)
    page.locator("#catalogue-cancel").click()
    expect(page.locator("#catalogue-run")).to_be_enabled(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
