"""`python -m benchmarks.page`: a visit, from click to three lists, and several people at once.

A 300 x 440 poster and an overview of 60 words, one person in a browser, medians; then programs that
call `/classify` at once, each again as soon as it is answered. The server is a process of its own,
on the machine whose cores the browser and the programs take, too. Needs chromium.
"""

import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
from playwright.sync_api import Browser, Page, Request

from benchmarks.timing import machine, seconds, spread, table
from gradio_app.classifier import FilmClassifier
from scripts.browser import open_browser
from scripts.reliability.server import file_data, running_server

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "onnx_models"
EXAMPLES = ROOT / "gradio_app" / "examples"
ROUNDS = 30
CROWDS = (1, 2, 4, 8)
CALLS = 50

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
    """Measure, and print the tables."""
    classifier = FilmClassifier.from_dir(MODELS)
    films = json.loads((EXAMPLES / "films.json").read_text("utf-8"))
    poster = EXAMPLES / films[0]["poster"]
    overviews = [film["overview"] for film in films if film["overview"]][:2]
    alone = [seconds(lambda: classifier.predict(poster, overviews[0])) for _ in range(ROUNDS)]
    print(machine("gradio", "onnxruntime"), "", sep="\n")
    with tempfile.TemporaryDirectory() as folder, running_server(Path(folder)) as server:
        with open_browser() as browser:
            visited = visit(browser, server.address)
            tab = browser.new_page()
            tab.goto(server.address)
            tab.locator("#poster input[type=file]").set_input_files(poster)
            tab.locator(f"#poster img[src*='{poster.name}']").wait_for()
            clicks = [click(tab, overviews[number % len(overviews)]) for number in range(ROUNDS)]
        crowds = [crowd(server.address, poster, overviews[0], n) for n in CROWDS]
    rows = [
        ("first visit, until the page can be used", f"{visited.milliseconds:.0f}"),
        ("from the click until the three lists are painted", spread(np.array(clicks[1:]))),
        ("of these, the models", spread(np.array(alone[1:]) * 1000)),
    ]
    print(table(("", "ms"), rows))
    print(
        f"\nThe first visit takes {visited.requests} requests and {visited.bytes / 1e6:.2f} MB.\n"
    )
    print(table(("programs at once", "ms a film", "99th percentile", "films/s"), crowds))


@dataclass(frozen=True)
class Visit:
    """What the first visit of a browser takes."""

    milliseconds: float
    requests: int
    bytes: int


def visit(browser: Browser, address: str) -> Visit:
    """Open the page with nothing kept from before, until its button can be clicked."""
    context = browser.new_context()
    tab = context.new_page()
    finished: list[Request] = []  # streams, which stay open, have no size
    tab.on("requestfinished", lambda each: finished.append(each))  # noqa: PLW0108 - a method will not do
    begin = time.perf_counter()
    tab.goto(address, wait_until="commit")
    tab.locator("#classify").wait_for()
    milliseconds = (time.perf_counter() - begin) * 1000
    tab.wait_for_timeout(1000)  # what comes later is counted, too
    sizes = [request.sizes()["responseBodySize"] for request in finished]
    context.close()
    return Visit(milliseconds, len(finished), sum(sizes))


def crowd(address: str, poster: Path, overview: str, n_people: int) -> tuple[object, ...]:
    """Let so many programs classify a film again and again; return a row of the table."""

    def ask(_: int) -> list[float]:
        with httpx.Client(base_url=f"{address}/gradio_api", timeout=60) as client:
            return [
                seconds(lambda: classify(client, poster, overview)) * 1000 for _ in range(CALLS)
            ]

    begin = time.perf_counter()
    with ThreadPoolExecutor(n_people) as people:
        times = np.concatenate(list(people.map(ask, range(n_people))))
    speed = times.size / (time.perf_counter() - begin)
    return n_people, spread(times), f"{np.percentile(times, 99):.0f}", f"{speed:.0f}"


def classify(client: httpx.Client, poster: Path, overview: str) -> None:
    """Upload a poster and classify it with an overview, as a program would."""
    upload = client.post("/upload", files={"files": (poster.name, poster.read_bytes())})
    data = [file_data(upload.json()[0], poster.name), overview]
    call = client.post("/call/classify", json={"data": data}).json()["event_id"]
    answer = client.get(f"/call/classify/{call}").text
    assert "event: complete" in answer, answer


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
