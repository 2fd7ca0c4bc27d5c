"""Users of a server: patient ones, some who leave, and some who mean harm."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from scripts.reliability.load.films import Question, Questions

__all__ = ["Log", "User"]

#: How often users do what, in hundredths.
_HABITS = {
    "film": 78,
    "reasons": 6,
    "catalogue": 2,
    "leave": 7,
    "harm": 7,
}
_SECONDS_TO_ANSWER = 120
_LARGEST_DIFFERENCE = 1e-5


@dataclass
class Log:
    """What became of the calls of one phase.

    Attributes:
        seconds: of each call that was answered, by what was asked.
        busy: calls that were told to come later.
        refused: harmful calls that were refused, as they should be, or cut off.
        left: calls that were given up by their user.
        lost: calls without an answer, one line each.
        wrong: answers that are not the library's, one line each.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    busy: int = 0
    refused: int = 0
    left: int = 0
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def answered(self) -> int:
        """How many calls were answered rightly."""
        return sum(map(len, self.seconds.values()))

    @property
    def requests(self) -> int:
        """How many calls there were."""
        others = self.busy + self.refused + self.left
        return self.answered + others + len(self.lost) + len(self.wrong)


class _Busy(Exception):  # noqa: N818 - an answer, not a fault
    """The server said that it is busy."""


class User:
    """One user, who asks one thing after another until told to stop."""

    def __init__(self, address: str, questions: Questions, log: Log, seed: int):
        """Prepare to ask."""
        self._client = httpx.AsyncClient(base_url=address, timeout=_SECONDS_TO_ANSWER)
        self._questions = questions
        self._log = log
        self._rng = random.Random(seed)

    async def ask_until(self, deadline: float) -> None:
        """Ask until `time.monotonic` reaches the deadline."""
        actions: dict[str, Callable[[], Awaitable[None]]] = {
            "film": lambda: self._ask("film", self._questions.film(self._rng)),
            "reasons": lambda: self._ask("reasons", self._questions.reasons(self._rng)),
            "catalogue": lambda: self._ask("catalogue", self._questions.catalogue(self._rng)),
            "leave": self._leave,
            "harm": self._harm,
        }
        async with self._client:
            while time.monotonic() < deadline:
                (habit,) = self._rng.choices(list(_HABITS), list(_HABITS.values()))
                try:
                    await actions[habit]()
                except _Busy:
                    self._log.busy += 1
                    await asyncio.sleep(self._rng.uniform(0.1, 1))
                except (httpx.HTTPError, ValueError, KeyError) as error:
                    self._log.lost.append(f"{habit}: {type(error).__name__} {error}")

    async def _ask(self, what: str, question: Question) -> None:
        begin = time.monotonic()
        answer = await self._answer(question)
        if is_right(question, answer):
            self._log.seconds.setdefault(what, []).append(time.monotonic() - begin)
        else:
            self._log.wrong.append(f"{what}: {json.dumps(answer)[:200]}")

    async def _answer(self, question: Question) -> Any:
        place = f"/gradio_api/call/{question.function}"
        number = await self._begin(place, await self._arguments(question))
        async with self._client.stream("GET", f"{place}/{number}") as response:
            event = ""
            async for line in response.aiter_lines():
                name, _, value = line.partition(": ")
                event = value if name == "event" else event
                if name == "data" and event in ("complete", "error"):
                    return json.loads(value)
        raise ValueError(f"the answer ended with the event {event!r}")

    async def _begin(self, place: str, data: list[Any]) -> str:
        response = await self._client.post(place, json={"data": data})
        _check(response)
        return str(response.json()["event_id"])

    async def _arguments(self, question: Question) -> list[Any]:
        given: dict[int, Any] = dict(question.texts)
        for place, (name, content) in question.files.items():
            response = await self._client.post(
                "/gradio_api/upload", files={"files": (name, content)}
            )
            _check(response)
            path = response.json()[0]
            given[place] = {"path": path, "orig_name": name, "meta": {"_type": "gradio.FileData"}}
        return [given.get(place) for place in range(max(given) + 1)]

    async def _leave(self) -> None:
        """Upload and go; call and go; call, listen, and go."""
        question = self._rng.choice([self._questions.film, self._questions.catalogue])(self._rng)
        data = await self._arguments(question)
        way = self._rng.randrange(3)
        if way:
            place = f"/gradio_api/call/{question.function}"
            number = await self._begin(place, data)
            if way == 2:
                async with self._client.stream("GET", f"{place}/{number}"):
                    pass
        self._log.left += 1

    async def _harm(self) -> None:
        """Send what no client would; it must be refused, and hurt nobody."""
        call = "/gradio_api/call/classify"
        join = {"data": [None, "A ghost."], "fn_index": 0, "session_hash": ""}
        attacks: list[Callable[[], Awaitable[httpx.Response]]] = [
            lambda: self._client.post("/gradio_api/queue/join", json=join),
            lambda: self._client.post(call, content=b"[" * 50_000),
            lambda: self._client.post(call, content=b"a" * 3_000_000),
            lambda: self._client.post(call, json={"data": [{"path": "/etc/passwd"}, ""]}),
            lambda: self._client.get("/pwa_icon/30000"),
            lambda: self._client.get("/gradio_api/file=http://192.0.2.1/a.png"),
            lambda: self._client.get("/gradio_api/file=/etc/passwd"),
            lambda: self._client.post("/gradio_api/upload", content=b"no form"),
            lambda: self._client.get("/monitoring/summary", headers={"Host": "evil.example"}),
            lambda: self._client.post("/gradio_api/process_recording"),
        ]
        try:
            response = await self._rng.choice(attacks)()
        except (httpx.WriteError, httpx.ReadError):  # closed before all of a large body was sent
            self._log.refused += 1
            return
        if response.status_code >= 500 and response.status_code != 503:
            self._log.lost.append(f"harm: status {response.status_code}")
        self._log.refused += 1


def is_right(question: Question, answer: Any) -> bool:
    """Return whether an answer is the library's; errors are not."""
    if not isinstance(answer, list):
        return False
    if question.function == "classify_many":
        counts = answer[1]
        return all(counts[key] == value for key, value in question.answer.items())
    return _is_close(answer[0], question.answer)


def _is_close(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        same_keys = list(one) == list(other)
        return same_keys and all(_is_close(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_close, one, other))
    if isinstance(one, float) and isinstance(other, float | int):
        return abs(one - other) <= _LARGEST_DIFFERENCE
    return bool(one == other)


def _check(response: httpx.Response) -> None:
    if response.status_code in (503, 507):
        raise _Busy
    response.raise_for_status()
