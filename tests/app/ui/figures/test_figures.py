"""The tabs "How good is it?" and "About": as markup, and in a real browser."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from gradio_app.artifact import spec_digest
from gradio_app.classifier import FilmClassifier
from gradio_app.evaluation.file import read_evaluation
from gradio_app.readers import FOLDERS, POSTER, READERS
from gradio_app.ui.figures.findings import MEASURES, faults
from gradio_app.ui.figures.tab import figures_page
from gradio_app.ui.html.markdown import model_cards
from tests.app.ui.page import PATIENCE, open_tab, watched_page

HOSTILE = "<img src=x onerror=alert(1)> ${1+1} {{value}}"

OTHER_MODELS = "figures of other models"


def document(root: Path) -> dict:
    """The shipped evaluation."""
    return json.loads((root / "onnx_models" / "evaluation.json").read_text("utf-8"))


@pytest.fixture
def shown(root: Path, classifier: FilmClassifier, tmp_path: Path):
    """The markup of the tab for an evaluation with this content."""

    def show(content: object) -> str:
        file = tmp_path / "evaluation.json"
        file.write_text(json.dumps(content), "utf-8")
        return figures_page(classifier, file)

    return show


def words(markup: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", markup))


def headings(markup: str) -> list[str]:
    return [words(heading) for heading in re.findall(r"<h2.*?</h2>", markup)]


def test_the_tab_goes_from_the_answer_to_the_examples(root: Path, shown):
    answer, *others = headings(shown(document(root)))
    assert re.sub(r"\W", "", answer) == re.sub(r"\W", "", document(root)["answer"]["headline"])
    assert others == [
        *["Beside what one could do instead", "Genre by genre"] * 2,  # for each set of labels
        "Can the probabilities be trusted?",
        "How much is found, and how much of it is right",
        "How they learned",
        "What they are bad at",
        "Worked examples",
    ]


def test_the_table_holds_the_figures_of_the_evaluation(root: Path, shown):
    table = words(shown(document(root)))
    for labels in document(root)["label_sets"].values():
        for row in labels["rows"]:
            low, high = row["intervals"]["mAP"]
            assert f"{row['at_thresholds']['mAP']:.3f} {low:.3f}\N{EN DASH}{high:.3f}" in table


def test_misses_of_the_examples_are_put_in_words(root: Path, shown):
    page = shown(document(root))
    for film in document(root)["examples"]:
        (row,) = re.findall(rf"<tr><th[^>]*>{re.escape(film['title'])} .*?</tr>", page)
        shown_as = [words(each) for each in re.findall(r"<small>([^<]*missed[^<]*)</small>", row)]
        missed = [
            ", ".join(genre for genre in film["genres"] if genre not in film["top3"][name])
            for name in (reader.name for reader in READERS)
        ]
        assert shown_as == [
            f"missed: {genres}" if genres else "nothing missed" for genres in missed
        ]


def test_films_without_a_suggestion_are_counted(root: Path, shown):
    values = document(root)
    values["unnamed"] |= {"poster CNN": 123, "overview LSTM": 2, "fused": 0}
    assert "123 by the poster CNN and 2 by the overview LSTM." in shown(values)
    values["unnamed"] = dict.fromkeys(values["unnamed"], 0)
    assert "No suggestion" not in shown(values)


def test_every_measure_of_the_table_is_explained(root: Path):
    (row, *_) = document(root)["label_sets"]["as listed"]["rows"]
    assert set(row["intervals"]) == set(MEASURES)


def test_every_drawing_has_words_or_is_hidden(root: Path, shown):
    page = shown(document(root))
    drawings = re.findall(r"<svg[^>]*>", page)
    outer = [each for each in drawings if 'overflow="visible"' not in each]  # no part of another
    assert outer
    for each in outer:
        assert 'aria-hidden="true"' in each or re.search(r'role="img" aria-label="[^"]+"', each)


def test_figures_of_other_models_are_said_to_be_so(root: Path, classifier, shown):
    specs = [each.spec for each in (classifier.poster, classifier.overview, classifier.fusion)]
    served = {FOLDERS[spec.kind]: spec.document["files"]["model.onnx"] for spec in specs}
    values = document(root)
    values["origin"]["models"] = served
    assert OTHER_MODELS not in shown(values)
    values["origin"]["models"] = served | {"fusion": "0" * 64}
    others = shown(values)
    assert OTHER_MODELS in others
    assert "python -m training evaluate" in others


def test_a_damaged_evaluation_is_explained_and_the_rest_is_shown(root: Path, shown):
    values = document(root)
    del values["n_films"]
    page = shown(values)
    assert "is not a valid evaluation" in page
    assert headings(page) == ["How they learned"]


def test_without_an_evaluation_the_tab_says_how_to_make_one(classifier: FilmClassifier):
    page = figures_page(classifier, None)
    assert "no figures of these models" in page
    assert "python -m training evaluate" in page


def test_faults_follow_from_the_figures(root: Path, tmp_path: Path):
    def found(values: dict) -> dict[str, str]:
        file = tmp_path / "evaluation.json"
        file.write_text(json.dumps(values), "utf-8")
        return dict(faults(read_evaluation(file), "as listed"))

    values = document(root)
    listed = values["label_sets"]["as listed"]
    for genre in listed["genres"]["fused"]:
        genre |= {"recall": 0.5, "average_precision": [0.9, 0.8, 1], "observed": 0.1}
    for name in ("poster CNN", "overview LSTM"):
        listed["genres"][name] = listed["genres"]["fused"]
    assert not {"Never found", "No better than chance"} & set(found(values))

    war = next(each for each in listed["genres"]["fused"] if each["genre"] == "War")
    war |= {"recall": 0, "average_precision": [0.2, 0.1, 0.3]}
    faulty = found(values)
    assert faulty["Never found"].count(" War ") == 3
    assert faulty["No better than chance"].count(" War.") == 3
    assert faulty["Weakest genres"].index("War (0.20; 11 films)") > 0

    values["label_sets"]["completed"] = listed
    assert "Lists that stop early" not in found(values)


def test_limits_are_those_of_the_specs_each_once(root: Path, classifier, shown, models: Path):
    (limits,) = {json.loads(file.read_text("utf-8"))["limits"] for file in specs_of(models)}
    assert words(shown(document(root))).count(limits) == 1
    changed, *others = specs_of(models)
    rewrite(changed, lambda spec: spec.update(limits="Silent films & <others>."))
    for file in others:  # as exports wrote them before
        rewrite(file, lambda spec: spec.pop("limits"))
    page = figures_page(FilmClassifier.from_dir(models), models / "evaluation.json")
    assert "<p>Silent films &amp; &lt;others&gt;.</p>" in page
    assert limits not in words(page)
    rewrite(changed, lambda spec: spec.pop("limits"))
    without = figures_page(FilmClassifier.from_dir(models), models / "evaluation.json")
    assert without == page.replace("<p>Silent films &amp; &lt;others&gt;.</p>", "")


def specs_of(models: Path) -> list[Path]:
    return [models / reader.folder / "spec.json" for reader in READERS]


def rewrite(file: Path, change: Callable[[dict], object]) -> None:
    spec = json.loads(file.read_text("utf-8"))
    change(spec)
    spec["digest"] = spec_digest(spec)
    file.write_text(json.dumps(spec), "utf-8")


def test_cards_are_those_of_the_folder(root: Path, tmp_path: Path):
    cards = model_cards(root / "onnx_models")
    assert list(cards) == ["Poster CNN", "Overview LSTM", "Fused model"]
    assert all("**Limits and biases.**" in card for card in cards.values())
    folder = tmp_path / POSTER.folder
    folder.mkdir()
    (folder / "README.md").write_text("---\nlicense: x\n---\n# My CNN\n\nMail a@b.", "utf-8")
    assert model_cards(tmp_path) == {"My CNN": "Mail a&#64;b."}


@pytest.fixture(scope="module")
def address(root: Path, classifier: FilmClassifier, tmp_path_factory, free_port) -> Iterator[str]:
    """The page, with an evaluation whose words are hostile."""
    from gradio_app.ui.server.serve import serve  # gradio takes seconds to import

    models = tmp_path_factory.mktemp("hostile") / "models"
    shutil.copytree(root / "onnx_models", models)
    values = document(root)
    values["answer"] = {"headline": HOSTILE, "details": HOSTILE}
    values["examples"][0] |= {"title": HOSTILE, "genres": [HOSTILE]}
    (models / "evaluation.json").write_text(json.dumps(values), "utf-8")
    port = free_port()
    page = serve(classifier, models, "127.0.0.1", port, block=False)
    yield f"http://127.0.0.1:{port}"
    page.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with watched_page(browser, address, viewport={"width": 390, "height": 844}) as page:
        open_tab(page, "How good is it?")
        expect(page.locator(".chart-page")).to_be_visible()
        yield page


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")


def test_hostile_words_are_shown_as_they_are(page: Page):
    expect(page.locator("h2.chart-answer")).to_have_text(HOSTILE)
    expect(page.locator("tr", has_text=HOSTILE).locator("td").first).to_have_text(HOSTILE)
    assert page.locator(".chart-page img").count() == 0


def test_a_phone_does_not_scroll_to_the_side(page: Page):
    unfold(page)
    box = page.locator(".chart-scroll").first
    assert box.evaluate("each => each.scrollWidth > each.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    open_tab(page, "About")
    expect(page.get_by_role("heading", name="Versions")).to_be_visible(timeout=PATIENCE)
    for card in page.locator("button.label-wrap").filter(visible=True).all():
        card.click()
    expect(page.get_by_text("Licence.").first).to_be_visible(timeout=PATIENCE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_first_column_stays_while_a_table_scrolls(page: Page):
    unfold(page)
    name = page.locator(".chart-scroll tbody th").first
    before = name.bounding_box()["x"]
    page.locator(".chart-scroll").first.evaluate("each => each.scrollLeft = 200")
    assert name.bounding_box()["x"] == pytest.approx(before, abs=1)


def test_labels_are_switched_by_keyboard(page: Page):
    listed, completed = page.locator(".chart-set-0").first, page.locator(".chart-set-1").first
    expect(listed).to_be_visible()
    expect(completed).to_be_hidden()
    page.get_by_role("radio", name="genres as listed").focus()
    page.keyboard.press("ArrowRight")
    expect(completed).to_be_visible()
    expect(listed).to_be_hidden()


def test_about_says_of_itself_what_licence_it_has_and_how_to_train(page: Page):
    open_tab(page, "About")
    for heading, fact in (("Licence", "Apache-2.0"), ("Train your own", "docs/training.md")):
        title = page.get_by_role("heading", name=heading, exact=True)
        section = page.locator(".about", has=title).first
        expect(section).to_contain_text(fact, timeout=PATIENCE)
        assert section.locator("a").count() == 0  # this page has no files to link to
