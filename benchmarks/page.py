"""`python -m benchmarks.page`: from click to three lists, in a browser; and the models alone.

A 300 x 440 poster and an overview of 60 words, one person, medians. Needs chromium.
"""

import json
import platform
import shutil
import statistics
import time
from importlib.metadata import version
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from gradio_app.classifier import FilmClassifier
from gradio_app.ui.server import serve

ROOT = Path(__file__).parents[1]
PORT = 7862
ROUNDS = 30

#: Milliseconds from the click until the browser has painted the three lists of this answer.
_CLICK = """async () => {
  const lists = document.querySelector('#readings');
  const read = () => lists.querySelector('.readings').innerText;
  const before = read();
  const answered = new Promise(done => {
    const watch = new MutationObserver(() => {
      const whole = lists.querySelectorAll('li').length === 9;
      if (whole && read() !== before) { watch.disconnect(); done(); }
    });
    watch.observe(lists, {childList: true, subtree: true, characterData: true});
  });
  const begin = performance.now();
  document.querySelector('#classify').click();
  await answered;
  await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - begin;
}"""


def main() -> None:
    models = ROOT / "onnx_models"
    classifier = FilmClassifier.from_dir(models)
    films = json.loads((ROOT / "gradio_app/examples/films.json").read_text("utf-8"))
    poster = next(ROOT / "gradio_app/examples" / film["poster"] for film in films)
    overviews = [film["overview"] for film in films if film["overview"]]
    alone = [seconds(lambda: classifier.predict(poster, overviews[0])) for _ in range(ROUNDS)]
    page = serve(classifier, models, "127.0.0.1", PORT, block=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{PORT}")
        tab.locator("#poster input[type=file]").set_input_files(poster)
        tab.locator(f"#poster img[src*='{poster.name}']").wait_for()
        clicks = [click(tab, overviews[number % 2]) for number in range(ROUNDS)]
        browser.close()
    page.close()
    packages = ", ".join(f"{name} {version(name)}" for name in ("gradio", "onnxruntime"))
    print(
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, {packages}"
    )
    print(f"models alone    {statistics.median(alone[1:]) * 1000:6.0f} ms")
    print(f"click to lists  {statistics.median(clicks[1:]):6.0f} ms, slowest {max(clicks):.0f} ms")


def seconds(work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def click(tab: Page, overview: str) -> float:
    """Another overview than before, so that another answer has to come."""
    tab.locator("#overview textarea").fill(overview)
    milliseconds = tab.evaluate(_CLICK)
    tab.wait_for_timeout(1500)  # the reasons are sought after each answer
    return milliseconds


if __name__ == "__main__":
    main()
