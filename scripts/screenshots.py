"""`python -m scripts.screenshots`: docs/page/*.png, every tab of the running page.

Each in light, in dark and on a phone; the first is the README's. Needs chromium.
"""

import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from gradio_app.classifier import FilmClassifier
from gradio_app.ui.server.serve import serve
from scripts.browser import open_browser, open_tab

ROOT = Path(__file__).parents[1]
PORT = 7861
EXAMPLES = ROOT / "gradio_app" / "examples"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
#: Higher ones are cut: a picture of all figures would be taller than anyone scrolls.
MAX_HEIGHT = 2600


#: Films of the tab Catalogue; the last one has neither poster nor overview.
FILMS = """id,title,overview,genres
the-tethys-relay,The Tethys Relay,A pilot answers a call from a moon.,Science Fiction|Romance
lemon-season,Lemon Season,Four friends spend a summer by the sea.,Comedy|Drama
marrow-hill,Marrow Hill,A ghost haunts the house of the new owners.,War
the-quiet-ledger,The Quiet Ledger,A bookkeeper finds the numbers of a murder.,Crime|Mystery|Drama
pim-and-the-cloud-whale,Pim and the Cloud Whale,A boy flies on a whale of clouds.,Animation
a-lost-film,A Lost Film,,Drama
"""


def main() -> None:
    """Take all pictures."""
    models = ROOT / "onnx_models"
    page = serve(FilmClassifier.from_dir(models), models, "127.0.0.1", PORT, block=False)
    folder = ROOT / "docs" / "page"
    folder.mkdir(exist_ok=True)
    with open_browser() as browser:
        for look in LOOKS:
            take(browser, look, folder)
    page.close()


def take(browser: Browser, look: str, folder: Path) -> None:
    """Take the pictures of one look: FOLDER/TAB-LOOK.png."""
    tab = browser.new_page(**LOOKS[look])
    tab.goto(f"http://127.0.0.1:{PORT}")
    for name, show in TABS.items():
        show(tab)
        tab.evaluate("window.scrollTo(0, 0)")
        tab.wait_for_timeout(700)  # pictures fade in
        shot = Image.open(io.BytesIO(tab.screenshot(full_page=True))).convert("RGB")
        shot = shot.crop((0, 0, shot.width, min(shot.height, MAX_HEIGHT)))
        # 256 colours suffice for a page, and make a third of the file.
        shot.quantize(256, dither=Image.Dither.NONE).save(
            folder / f"{name}-{look}.png", optimize=True
        )
    tab.close()


def show_classify(tab: Page) -> None:
    """Classify an example, and wait for its reasons."""
    tab.locator("#examples .thumbnail-lg").nth(1).click()
    tab.locator("#shows-heat input").check()
    tab.mouse.move(0, 0)


def show_catalogue(tab: Page) -> None:
    """Read a few films, and decide on the first two."""
    open_tab(tab, "Catalogue")
    with tempfile.TemporaryDirectory() as folder:
        table, posters = Path(folder) / "films.csv", Path(folder) / "posters.zip"
        table.write_text(FILMS, "utf-8")
        with zipfile.ZipFile(posters, "w") as archive:
            for poster in EXAMPLES.glob("*.jpg"):
                archive.write(poster, poster.name)
        tab.locator("#catalogue-table input[type=file]").set_input_files(table)
        tab.locator("#catalogue-posters input[type=file]").set_input_files(posters)
        tab.locator("#catalogue-posters").get_by_text("posters").first.wait_for()
        tab.locator("#catalogue-run").click()
        films = tab.locator("#catalogue-list .review-item")
        films.nth(5).wait_for()
    films.first.focus()
    for key in "a1o":
        tab.keyboard.press(key)
    tab.locator("#catalogue-looked-at").get_by_text("1 of 6").wait_for()


def show_audit(tab: Page) -> None:
    """Turn from the review to the audit, and accept the likeliest mistake."""
    tab.get_by_role("tab", name="Audit").click()
    tab.locator("#audit-list .review-item").first.focus()
    tab.keyboard.press("a")


def show_figures(tab: Page) -> None:
    """Turn to the tab of figures."""
    open_tab(tab, "How good is it?")
    tab.locator("#evaluation .chart-cards").first.wait_for()


def show_about(tab: Page) -> None:
    """Turn to the tab About."""
    open_tab(tab, "About")
    tab.get_by_role("heading", name="What this is").wait_for()


TABS: dict[str, Callable[[Page], None]] = {
    "classify": show_classify,
    "catalogue": show_catalogue,
    "audit": show_audit,
    "figures": show_figures,
    "about": show_about,
}


if __name__ == "__main__":
    main()
