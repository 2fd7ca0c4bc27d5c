"""`python -m benchmarks.page`: from click to three lists, in a browser; and the models alone.

A 300 x 440 poster and an overview of 60 words, one person, medians. Needs chromium.
"""

import json
import statistics
from pathlib import Path

from playwright.sync_api import Page

from benchmarks.timing import machine, seconds
from gradio_app.classifier import FilmClassifier
from gradio_app.ui.server.serve import serve
from scripts.browser import open_browser

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "onnx_models"
EXAMPLES = ROOT / "gradio_app" / "examples"
PORT = 7862
ROUNDS = 30

#: Milliseconds from the click until the browser has painted the three lists that it brings.
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
    """Measure and print."""
    classifier = FilmClassifier.from_dir(MODELS)
    films = json.loads((EXAMPLES / "films.json").read_text("utf-8"))
    poster = EXAMPLES / films[0]["poster"]
    overviews = [film["overview"] for film in films if film["overview"]][:2]
    alone = [seconds(lambda: classifier.predict(poster, overviews[0])) for _ in range(ROUNDS)]
    clicks = time_clicks(classifier, poster, overviews)
    print(machine("gradio", "onnxruntime"))
    print(f"models alone    {statistics.median(alone[1:]) * 1000:6.0f} ms")
    print(f"click to lists  {statistics.median(clicks[1:]):6.0f} ms, slowest {max(clicks):.0f} ms")


def time_clicks(classifier: FilmClassifier, poster: Path, overviews: list[str]) -> list[float]:
    """Return the milliseconds of each round: one poster, and each overview in turn."""
    page = serve(classifier, MODELS, "127.0.0.1", PORT, block=False)
    with open_browser() as browser:
        tab = browser.new_page()
        tab.goto(f"http://127.0.0.1:{PORT}")
        tab.locator("#poster input[type=file]").set_input_files(poster)
        tab.locator(f"#poster img[src*='{poster.name}']").wait_for()
        clicks = [click(tab, overviews[number % len(overviews)]) for number in range(ROUNDS)]
    page.close()
    return clicks


def click(tab: Page, overview: str) -> float:
    """Return the milliseconds of one round.

    Args:
        tab: the page, with a poster.
        overview: another one than before, so that other lists have to come.
    """
    tab.locator("#overview textarea").fill(overview)
    milliseconds: float = tab.evaluate(_CLICK)
    tab.wait_for_timeout(1500)  # the reasons are sought after each prediction
    return milliseconds


if __name__ == "__main__":
    main()
