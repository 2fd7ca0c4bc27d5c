"""Every awful input by the HTTP interface, some by the page; the server lives on."""

import re
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradio_app.classifier import FilmClassifier
from scripts.reliability.corpus import corpus
from scripts.reliability.corpus.case import Refusal
from scripts.reliability.corpus.overviews import cases, read_overview
from scripts.reliability.front_ends import http_api, library
from scripts.reliability.try_corpus import try_cases
from tests.app.ui.page import refused

#: Every so many of the kinds whose files are large; the others all come this way.
EVERY = {"tables": 4}
#: Models and libraries of films cannot come this way; gigabytes can, but take their time.
NOT_OVER_HTTP = ("models", "NFO files", "large tables")
CASES = {
    kind: cases[:: EVERY.get(kind, 1)]
    for kind, cases in corpus().items()
    if kind not in NOT_OVER_HTTP
}
#: Of overviews on the page: those that a browser can hold, of each kind.
ON_THE_PAGE = ("script", "picture", "mirrored", "hyphens-at-the-limit")
#: Of posters on the page.
POSTERS = ("all-black.png", "truncated-5.jpg", "renamed-heic.jpg", "bomb-34-bytes.webp")


@pytest.mark.parametrize("kind", CASES)
def test_awful_input_over_http(kind: str, served, classifier: FilmClassifier, tmp_path: Path):
    ways = [library(classifier), http_api(served[1])]
    trials = list(try_cases({kind: CASES[kind]}, ways, tmp_path))
    assert {trial.case for trial in trials} == {case.name for case in CASES[kind]}
    assert [trial for trial in trials if trial.failure] == []
    with urllib.request.urlopen(served[1]) as response:
        assert response.status == 200


@pytest.mark.parametrize("name", ON_THE_PAGE)
def test_awful_overviews_on_the_page(page: Page, classifier: FilmClassifier, name, tmp_path: Path):
    """`page` watches that no script of an input runs, and no address in one is asked."""
    (case,) = (case for case in cases() if case.name == f"{name}.txt")
    case.make(tmp_path / case.name)
    overview = read_overview(tmp_path / case.name)
    page.locator("#overview textarea").fill(overview)
    page.locator("#classify").click()
    genres = classifier.predict(overview=overview).combined.chosen()
    expect(page.locator("#suggested textarea, #suggested input").first).to_have_value(
        re.compile(re.escape(", ".join(genres)))
    )


def test_what_is_quoted_in_a_message_is_text(page: Page, tmp_path: Path):
    """gradio shows messages as HTML."""
    (case,) = (case for case in cases() if case.name == "placeholder-of-a-terminal.txt")
    case.make(tmp_path / case.name)
    page.locator("#overview textarea").fill(read_overview(tmp_path / case.name))
    page.locator("#classify").click()
    message = refused(page)
    expect(message).to_contain_text("was left out")
    expect(message.locator("img")).to_have_count(0)


@pytest.mark.parametrize("name", POSTERS)
def test_awful_posters_on_the_page(page: Page, name: str, tmp_path: Path):
    (case,) = (case for case in CASES["posters"] if case.name == name)
    case.make(tmp_path / case.name)
    page.locator("#poster input[type=file]").set_input_files(tmp_path / case.name)
    page.locator("#classify").click()
    if isinstance(case.expected, Refusal):
        expect(refused(page)).to_contain_text(re.compile(case.expected.sentence))
    else:
        expect(page.locator("#poster-reading")).to_contain_text(re.compile(case.expected.note))
