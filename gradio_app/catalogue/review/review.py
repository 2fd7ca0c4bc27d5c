"""The films of a catalogue in an order and a choice, each with what was decided on it."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, get_args

from gradio_app.catalogue.audit.report import DoubtfulLabel
from gradio_app.catalogue.review.decisions import Decision, GenreNamer
from gradio_app.catalogue.review.order import disagreement, sureness
from gradio_app.errors import InputError
from gradio_app.prediction import FilmResult

__all__ = ["ORDERS", "SHOWN", "Choice", "Order", "Review", "ReviewedFilm", "Shown"]

#: "unsure": least sure first (see `sureness`). "disagree": the readers disagree most first (see
#: `disagreement`). In both, films without such a figure come last.
Order = Literal["unsure", "disagree", "name", "input"]
Shown = Literal["all", "open", "note", "error"]
ORDERS: tuple[Order, ...] = get_args(Order)
SHOWN: tuple[Shown, ...] = get_args(Shown)

#: Of the likeliest genres, so many are offered even if they are not suggested.
_OFFERED = 3


@dataclass(frozen=True)
class Choice:
    """Which films are looked at, and in which order.

    Attributes:
        order: see `Order`.
        shown: all films, those that are open, that is, not accepted, those with a note, or those
            with an error.
        genre: only films that have it, by decision or else by suggestion; "" for all.
    """

    order: Order = "input"
    shown: Shown = "all"
    genre: str = ""


@dataclass(frozen=True)
class ReviewedFilm:
    """A film to look at.

    Attributes:
        number: which one of the catalogue's, from 0.
        result: what was read of it.
        genres: those that it has, by decision or else by suggestion.
        offered: those that can be switched: the suggested, listed and decided ones, and the
            likeliest.
        listed: those that its table lists, as the models spell them.
        accepted: whether somebody accepted it.
    """

    number: int
    result: FilmResult
    genres: tuple[str, ...]
    offered: tuple[str, ...]
    listed: tuple[str, ...]
    accepted: bool


@dataclass
class Review:
    """What is decided on films. Several threads may ask and decide.

    Attributes:
        results: of the films, in the order of their source.
        known: the genres that the models know.
    """

    results: Sequence[FilmResult]
    known: tuple[str, ...]
    _decisions: dict[int, Decision] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def n_accepted(self) -> int:
        """How many films were accepted."""
        with self._lock:
            return sum(decision.accepted for decision in self._decisions.values())

    @property
    def changes(self) -> int:
        """A number that changes with every decision."""
        with self._lock:
            return sum(decision.turn for decision in self._decisions.values())

    def decided(self, number: int) -> tuple[str, ...] | None:
        """Return the genres that were decided for a film; None where nothing was."""
        decision = self._decisions.get(number)
        return decision.genres if decision and decision.decides else None

    def film(self, number: int) -> ReviewedFilm:
        """Return a film to look at."""
        result, listed = self.results[number], self._listed(number)
        suggested, genres = self._suggested(number), self.genres(number)
        likeliest = result.prediction.combined.top(_OFFERED) if result.prediction else ()
        offered = dict.fromkeys([*suggested, *(name for name, _ in likeliest), *listed, *genres])
        decision = self._decisions.get(number)
        accepted = bool(decision and decision.accepted)
        return ReviewedFilm(number, result, genres, tuple(offered), listed, accepted)

    def genres(self, number: int) -> tuple[str, ...]:
        """Return the genres that a film has, by decision or else by suggestion."""
        decided = self.decided(number)
        return self._suggested(number) if decided is None else decided

    def decide(self, number: int, genres: Sequence[str], accepted: bool, turn: int) -> None:
        """Say which genres a film has, and whether it is accepted.

        Args:
            number: of the film.
            genres: their names, those of the models in any spelling.
            accepted: whether the person is done with it.
            turn: a larger number than that of the decision before; with a smaller one, this
                decision comes late, and is dropped.

        Raises:
            InputError: there is no such film, or a name cannot be used.
        """
        self._check(number)
        names = self._namer.named(genres)
        self._change(
            number,
            self._suggested,
            turn,
            lambda before: replace(before, genres=names, accepted=accepted),
        )

    def take(self, label: DoubtfulLabel, taken: bool, turn: int) -> None:
        """Correct a label that the audit doubts, or take the correction back.

        A film on which nothing was decided starts from the genres that it lists, for these are what
        is corrected.

        Args:
            label: of the audit of these films.
            taken: whether the correction is taken.
            turn: see `decide`.
        """
        has_it = taken == (label.kind == "missing")
        self._change(
            label.number, self._listed, turn, lambda before: before.changed(label.genre, has_it)
        )

    def is_taken(self, label: DoubtfulLabel) -> bool:
        """Return whether what is decided on a film corrects a label."""
        decided = self.decided(label.number)
        return decided is not None and (label.genre in decided) == (label.kind == "missing")

    def choose(self, choice: Choice) -> list[int]:
        """Return the numbers of the films that are chosen, in their order.

        Who looks at them page by page keeps this list, so that no film moves while one decides.
        """
        keeps = {"open": self._is_open, "note": self._has_note, "error": self._has_error}
        numbers = self._ordered(choice.order)
        if choice.shown in keeps:
            numbers = list(filter(keeps[choice.shown], numbers))
        if choice.genre:
            numbers = [number for number in numbers if choice.genre in self.genres(number)]
        return numbers

    def _change(
        self,
        number: int,
        start: Callable[[int], tuple[str, ...]],
        turn: int,
        change: Callable[[Decision], Decision],
    ) -> None:
        with self._lock:
            before = self._decisions.get(number)
            if before is not None and turn <= before.turn:
                return
            if before is None or not before.decides:
                genres = start(number)
                before = Decision(genres, genres)
            self._decisions[number] = replace(change(before), turn=turn)

    def _check(self, number: int) -> None:
        if not 0 <= number < len(self.results):
            raise InputError("There is no such film; load the page again.")

    def _suggested(self, number: int) -> tuple[str, ...]:
        return self._suggestions[number]

    def _listed(self, number: int) -> tuple[str, ...]:
        listed = self.results[number].film.genres or ()
        try:
            return self._namer.named(listed)
        except InputError:  # names that nobody could decide for
            return ()

    @cached_property
    def _suggestions(self) -> list[tuple[str, ...]]:
        predictions = (result.prediction for result in self.results)
        return [tuple(each.combined.chosen()) if each else () for each in predictions]

    @cached_property
    def _namer(self) -> GenreNamer:
        return GenreNamer(self.known)

    def _ordered(self, order: Order) -> list[int]:
        numbers = range(len(self.results))
        if order == "unsure":
            return sorted(numbers, key=self._sureness.__getitem__)
        if order == "disagree":
            return sorted(numbers, key=self._agreement.__getitem__)
        if order == "name":
            return sorted(numbers, key=self._name)
        return list(numbers)

    @cached_property
    def _sureness(self) -> list[float]:
        predictions = (result.prediction for result in self.results)
        return [sureness(each.combined) if each else float("inf") for each in predictions]

    @cached_property
    def _agreement(self) -> list[float]:
        predictions = (result.prediction for result in self.results)
        return [-disagreement(each) if each else 0.0 for each in predictions]

    def _name(self, number: int) -> str:
        film = self.results[number].film
        return (film.title or film.id).casefold()

    def _is_open(self, number: int) -> bool:
        decision = self._decisions.get(number)
        return decision is None or not decision.accepted

    def _has_note(self, number: int) -> bool:
        return bool(self.results[number].notes)

    def _has_error(self, number: int) -> bool:
        return bool(self.results[number].errors)
