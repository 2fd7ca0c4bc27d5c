"""The audit on the page: wrong labels are found, corrected by keys, and stand in the download."""

import csv
import random
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from gradio_app.classifier import FilmClassifier
from tests.app.ui.catalogue.actions import download, kept, read, show, write_table
from tests.app.ui.page import PATIENCE

FILMS, WRONG = 300, 20

#: Of which the models are sure.
STORIES = {
    "Horror": "A ghost haunts an old house, and a demon kills those who enter, night after night.",
    "Crime": "A detective of the police hunts a gang of bank robbers who murdered his partner.",
    "Romance": "A young woman falls in love with a man, and they plan their wedding.",
    "Documentary": "A documentary with interviews and archive footage about the history of a band.",
    "Sci-Fi": "Astronauts on a spaceship meet aliens on a distant planet in the year 2190.",
}
#: One of them is a wrong genre for each of the stories.
NEVER_LIKELY = ("Documentary", "Sci-Fi", "War")


@pytest.fixture(scope="module")
def listed(classifier: FilmClassifier) -> list[tuple[str, str, str, str]]:
    """Rows of 300 films whose lists are as the models are sure, but for a wrong genre in 20."""
    rng = random.Random(0)
    rows = []
    for number in range(FILMS):
        story = list(STORIES.values())[number % len(STORIES)]
        probabilities = dict(classifier.predict(overview=story).combined.top(100))
        listed = [genre for genre, probability in probabilities.items() if probability > 0.5]
        if number < WRONG:
            listed.append(min(NEVER_LIKELY, key=probabilities.__getitem__))
        rows.append((f"tt{number}", f"Film {number}", story, "|".join(listed)))
    rng.shuffle(rows)
    return rows


@pytest.fixture
def audit(page: Page, listed, tmp_path: Path) -> Page:
    head = ("id", "title", "overview", "genres")
    show(page)
    read(page, write_table(tmp_path / "films.csv", [head, *listed]))
    page.get_by_role("tab", name="Audit").click()
    expect(mistakes(page).first).to_be_visible(timeout=PATIENCE)
    return page


def mistakes(page: Page):
    return page.locator("#audit-list .review-item")


def test_wrong_labels_come_first_and_are_corrected_by_keys(audit: Page, listed):
    expect(audit.locator("#audit-agreement")).to_contain_text("300 films audited")
    expect(audit.locator("#audit-agreement tbody tr").filter(has_text="Crime")).to_have_count(1)
    expect(mistakes(audit)).to_have_count(WRONG)
    expect(audit.locator("#audit-list .audit-wrong")).to_have_count(WRONG)
    found = {item.get_attribute("aria-label").split(":")[0] for item in mistakes(audit).all()}
    assert found == {f"Film {number}" for number in range(WRONG)}

    mistakes(audit).first.focus()
    for number in range(WRONG):
        expect(mistakes(audit).nth(number)).to_be_focused()
        with kept(audit):
            audit.keyboard.press("a")
    expect(audit.locator("#audit-list [aria-pressed=true]")).to_have_count(WRONG)
    with kept(audit):
        audit.keyboard.press("a")  # the last one is taken back
    expect(audit.locator("#audit-list [aria-pressed=true]")).to_have_count(WRONG - 1)
    last = mistakes(audit).last.get_attribute("aria-label").split(":")[0]
    with download(audit, "csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    decided = {row["id"]: row["genres_decided"] for row in rows if row["genres_decided"]}
    assert len(decided) == WRONG - 1
    assert last.replace("Film ", "tt") not in decided
    lists = {film: genres for film, *_, genres in listed}
    for film, genres in decided.items():  # the wrong one was the last
        assert genres == lists[film].rpartition("|")[0]


def test_the_review_knows_what_the_audit_corrected(audit: Page):
    mistake = audit.locator("#audit-list [aria-label^='Film 0:']")
    name, _, correction = mistake.first.get_attribute("aria-label").partition(": ")
    with kept(audit):
        mistake.get_by_role("button").click()
    audit.get_by_role("tab", name="Review").click()
    audit.locator("#catalogue-order input").click()
    audit.get_by_role("option", name="Name", exact=True).click()
    item = audit.locator(f"#catalogue-list .review-item[aria-label='{name}']")
    chip = item.locator(f"[data-genre='{correction.removeprefix('Remove ')}']")
    expect(chip).to_have_attribute("aria-pressed", "false")
    expect(chip).to_contain_text("listed")
    with kept(audit):
        chip.click()  # the listed genres again: nothing is decided
    audit.get_by_role("tab", name="Audit").click()
    expect(audit.locator("#audit-list [aria-pressed=true]")).to_have_count(0)


def test_no_audit_without_listed_genres(page: Page, tmp_path: Path):
    show(page)
    read(page, write_table(tmp_path / "films.csv", [("id", "overview"), ("1", "A ghost.")]))
    expect(page.get_by_role("tab", name="Audit")).to_have_count(0)
