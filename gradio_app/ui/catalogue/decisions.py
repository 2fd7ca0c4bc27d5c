"""What the events of review and audit do: pages of films and of findings, and decisions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr
from gradio.blocks import Block

from gradio_app.catalogue.review.place import Place
from gradio_app.catalogue.review.review import ORDERS, SHOWN, Choice, Review
from gradio_app.catalogue.uploaded.catalogue import Catalogue
from gradio_app.errors import InputError
from gradio_app.ui.browser import NO_ANSWER, returning
from gradio_app.ui.catalogue.controls import Pager, Results
from gradio_app.ui.catalogue.films import film_list
from gradio_app.ui.catalogue.findings import agreement_bars, finding_list
from gradio_app.ui.catalogue.progress import looked_at, not_kept
from gradio_app.ui.catalogue.told import Told, told
from gradio_app.ui.html.markup import tag
from gradio_app.ui.uploads import shows_input_errors

__all__ = ["Deciding", "add_decisions"]

_UNSEEN: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_TURNED: dict[str, Any] = {"concurrency_id": "review", "concurrency_limit": 4, **_UNSEEN}
#: Each is told at once, however quickly one decides.
_DECIDED: dict[str, Any] = {"trigger_mode": "multiple", "queue": False, **_UNSEEN}

_SAVE = """(file) => {
  if (!file) return;
  const link = document.createElement("a");
  [link.href, link.download] = [file.url, file.orig_name];
  link.click();
}"""


def add_decisions(deciding: "Deciding") -> None:
    """Add the events of review, audit and downloads."""
    results = deciding.results
    review, audit, catalogue = results.review, results.audit, results.catalogue
    films, findings = review.pager, audit.pager
    chosen = [each.input for each in (review.order, review.shown, review.genre)]
    gr.on(
        chosen, deciding.choose, [catalogue, *review.choice()], [catalogue, *films.shown()],
        trigger_mode="always_last",  # however quickly one chooses, the films are those of the last
        **_TURNED,
    )  # fmt: skip
    for pager, show in ((films, deciding.show_films), (findings, deciding.show_findings)):
        _add_turning(pager, show, catalogue)
    review.tab.select(
        deciding.show_films, [catalogue, films.place], [catalogue, *films.shown()], **_TURNED
    )
    audit.tab.select(
        deciding.show_findings,
        [catalogue, findings.place],
        [catalogue, *findings.shown()],
        **_TURNED,
    )
    outputs = [catalogue, results.looked_at]
    decided = films.items.select(deciding.decide, catalogue, outputs, **_DECIDED)
    taken = findings.items.select(deciding.take, catalogue, outputs, **_DECIDED)
    lost = returning([not_kept(f"{NO_ANSWER}; load the page again, and decide once more.")])
    for told_to in (decided, taken):
        told_to.failure(None, None, results.looked_at, js=lost, queue=False, **_UNSEEN)
    for file_format, button in results.downloads.items():
        written = button.click(
            deciding.writer(file_format),
            catalogue,
            results.file,
            concurrency_limit=2,
            **_UNSEEN,
        )
        written.success(None, results.file, None, js=_SAVE, **_UNSEEN)


def _add_turning(pager: Pager, show: Any, catalogue: gr.State) -> None:
    def turn(pages: int) -> Any:
        def handler(held: Catalogue | None, place: Place | None) -> dict[Block, Any]:
            answer: dict[Block, Any] = show(held, place and place.turned(pages))
            return answer

        return handler

    outputs = [catalogue, *pager.shown()]
    for button, pages in ((pager.before, -1), (pager.after, 1)):
        button.click(turn(pages), [catalogue, pager.place], outputs, **_TURNED)


@dataclass(frozen=True, eq=False)
class Deciding:
    """What the events do; each returns the new values by their component.

    The catalogue is among them each time: a session's films are forgotten an hour after the last.
    """

    results: Results

    def all_shown(self, catalogue: Catalogue, review: Review) -> dict[Block, Any]:
        """Return everything that is shown of a catalogue that was just read, or found again."""
        results, audit = self.results, catalogue.audit
        findings = self._findings(catalogue, Place(list(range(len(audit.labels))))) if audit else {}
        return {
            results.box: gr.Column(visible=bool(catalogue.results)),
            results.looked_at: looked_at(review),
            results.review.order: "unsure",
            results.review.shown: "all",
            results.review.genre: "",
            results.audit.tab: gr.Tab(visible=audit is not None),
            results.audit.agreement: agreement_bars(audit) if audit else "",
            **self._films(catalogue, review, Place(review.choose(Choice("unsure")))),
            **findings,
        }

    @shows_input_errors
    def choose(
        self, catalogue: Catalogue | None, order: Any, shown: Any, genre: Any
    ) -> dict[Block, Any]:
        """Show the films of a choice."""
        held, review = _open(catalogue)
        if order not in ORDERS or shown not in SHOWN or not isinstance(genre, str):
            raise InputError("Choose an order, films and a genre from the lists.")
        numbers = review.choose(Choice(order, shown, genre))
        return self._films(held, review, Place(numbers))

    @shows_input_errors
    def show_films(self, catalogue: Catalogue | None, place: Place | None) -> dict[Block, Any]:
        """Show a page of films."""
        held, review = _open(catalogue)
        return self._films(held, review, place or Place(review.choose(Choice("unsure"))))

    @shows_input_errors
    def show_findings(self, catalogue: Catalogue | None, place: Place | None) -> dict[Block, Any]:
        """Show a page of likely mistakes."""
        held, _ = _open(catalogue)
        return self._findings(held, place or Place([]))

    @shows_input_errors
    def decide(self, catalogue: Catalogue | None, event: gr.EventData) -> dict[Block, Any]:
        """Keep a decision on a film."""
        return self._keep(catalogue, event, _decide)

    @shows_input_errors
    def take(self, catalogue: Catalogue | None, event: gr.EventData) -> dict[Block, Any]:
        """Keep whether a mistake is corrected."""
        return self._keep(catalogue, event, _take)

    def writer(self, file_format: str) -> Any:
        """Return what writes the file of a format."""

        @shows_input_errors
        def write(catalogue: Catalogue | None) -> str:
            held, _ = _open(catalogue)
            return str(held.file_with_decisions(file_format))

        return write

    def _keep(
        self,
        catalogue: Catalogue | None,
        event: gr.EventData,
        keep: Callable[[Catalogue, Review, Told], None],
    ) -> dict[Block, Any]:
        try:
            held, review = _open(catalogue)
            keep(held, review, told(event))
        except InputError as error:  # outside of the queue, gradio shows no message
            return {self.results.looked_at: not_kept(str(error))}
        return {self.results.catalogue: held, self.results.looked_at: looked_at(review)}

    def _films(self, catalogue: Catalogue, review: Review, place: Place) -> dict[Block, Any]:
        films = [review.film(number) for number in place.here()]
        shown = film_list(films, catalogue.thumbnail, review.known, review.changes)
        return self._page(catalogue, self.results.review.pager, place, shown, "Films")

    def _findings(self, catalogue: Catalogue, place: Place) -> dict[Block, Any]:
        _, review = _open(catalogue)
        labels = catalogue.audit.labels if catalogue.audit else ()
        shown = finding_list([(each, labels[each]) for each in place.here()], review,
                             catalogue.thumbnail)  # fmt: skip
        return self._page(catalogue, self.results.audit.pager, place, shown, "Mistakes")

    def _page(
        self, catalogue: Catalogue, pager: Pager, place: Place, shown: str, things: str
    ) -> dict[Block, Any]:
        return {
            self.results.catalogue: catalogue,
            pager.items: shown,
            pager.before: gr.Button(interactive=not place.is_first),
            pager.number: tag("p", place.words(things), class_="review-page"),
            pager.after: gr.Button(interactive=not place.is_last),
            pager.place: place,
        }


def _open(catalogue: Catalogue | None) -> tuple[Catalogue, Review]:
    if catalogue is None or catalogue.closed or catalogue.review is None:
        raise InputError("The films were deleted meanwhile; give them again.")
    return catalogue, catalogue.review


def _decide(catalogue: Catalogue, review: Review, decision: Told) -> None:
    review.decide(decision.item, decision.genres, decision.accepted, decision.turn)


def _take(catalogue: Catalogue, review: Review, decision: Told) -> None:
    labels = catalogue.audit.labels if catalogue.audit else ()
    if decision.item >= len(labels):
        raise InputError("There is no such mistake; load the page again.")
    review.take(labels[decision.item], decision.accepted, decision.turn)
