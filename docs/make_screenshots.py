"""`python docs/make_screenshot.py`: docs/page.png, the running page with an example answered."""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from gradio_app.classifier import FilmClassifier  # noqa: E402
from gradio_app.ui.server import serve  # noqa: E402

PORT = 7861


def main() -> None:
    page = serve(FilmClassifier.from_dir(ROOT / "onnx_models"), "127.0.0.1", PORT, block=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page(viewport={"width": 1200, "height": 760}, color_scheme="light")
        tab.goto(f"http://127.0.0.1:{PORT}")
        tab.locator("tr.tr-body").nth(1).click()
        tab.locator("#combined-reading").get_by_text("%").nth(2).wait_for()
        tab.evaluate("window.scrollTo(0, 0)")
        tab.wait_for_timeout(500)  # bars grow
        tab.screenshot(path=ROOT / "docs" / "page.png")
        browser.close()
    page.close()


if __name__ == "__main__":
    main()
