"""`python -m scripts.reliability.report`: docs/reliability.md of what the other commands found.

Reads the JSON files that they leave in a folder (`results.py`). A section without a result stays as
the page has it, for each takes from minutes to an hour; each says when it was found.
"""

import argparse
import re
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from scripts.reliability.results import RESULTS, read_results

__all__ = ["main", "page"]

_PAGE = Path(__file__).parents[2] / "docs" / "reliability.md"
_TITLE = "# Reliability\n"
_HEAD = """
How hard it is to break. The figures of each section are found by the command at its head; the page
is written from what these commands left, by `python -m scripts.reliability.report`.
"""
_CORPUS = """
A corpus made by code (`scripts/reliability/corpus/`), each case with the outcome that is right for
it: an answer, with the probabilities that the library gives, or a refusal in one clear line. The
tests try them too, of tables and models every fourth or fifth.
"""
_OFFLINE = """
The server starts, answers, explains and reads a catalogue, the page is used in a browser,
`classify` and `batch` run: {how}.
"""
_FUZZING = """
Coverage-guided, with atheris, of each reader of a stranger's bytes; the command names the target. A
find is any exception but a refusal, more than 5 s, or more than 1 GB. Finds became tests:
`tests/app/catalogue/sources/test_found_by_fuzzing.py`.
"""
_LOAD = """
Posters and overviews, reasons, catalogues, hostile callers ("refused") and callers who leave; every
answer is compared with the library's. One server for all phases, {minutes} minutes each, on the
machine whose cores the users take, too.
"""
_AFTERWARDS = """
Files that are left when the server has ended: {files}. (While it runs, uploads that nobody came
back for are deleted after an hour.)
"""
_KILLS = """
Runs of `batch` are killed at random moments and resumed; the result is compared byte for byte with
that of an undisturbed run.
"""

Result = dict[str, Any]


def main(arguments: list[str] | None = None) -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--page", type=Path, default=_PAGE)
    options = parser.parse_args(arguments)
    former = options.page.read_text("utf-8") if options.page.exists() else ""
    options.page.write_text(page(options.results, former), "utf-8")
    print(f"{options.page} written from {options.results}")


def page(results: Path, former: str = "") -> str:
    """Return the page for the results in a folder.

    Args:
        results: the folder.
        former: the page as it was, whose sections stay where there is no newer result.
    """
    sections = dict(re.findall(r"(?ms)^## (.+?)\n\n(.*?\n)(?=\n## |\Z)", former))
    for kind, (title, write) in _SECTIONS.items():
        found = read_results(kind, results)
        if found:
            sections[title] = "\n".join(write(found))
    titles = [title for title, _ in _SECTIONS.values() if title in sections]
    written = (f"## {title}\n\n{sections[title]}" for title in titles)
    return "\n".join([_TITLE, _paragraph(_HEAD), *written])


def _corpus(results: Sequence[Result]) -> Iterator[str]:
    result = results[-1]
    yield from _section("python -m scripts.reliability.try_corpus", result)
    yield _paragraph(_CORPUS)
    head = ("way in", "kind", "cases tried", "right answer", "clear sentence", "failures")
    yield from _table(head, result["rows"])
    yield from (f"- {failure}" for failure in result["failures"])


def _offline(results: Sequence[Result]) -> Iterator[str]:
    result = results[-1]
    yield from _section("python -m scripts.reliability.offline", result)
    how = [
        "in a network namespace with the loopback alone" if result["namespace"] else "",
        "under strace" if result["strace"] else "",
    ]
    yield _paragraph(_OFFLINE.format(how=" and ".join(filter(None, how))))
    head = ("", "DNS look-ups", "connections elsewhere", "connections to this machine")
    rows = [list(row.values()) for row in result["rows"]]
    elsewhere, requests = result["page_requests_elsewhere"], result["page_requests"]
    rows.append(["page, in the browser", "", elsewhere, requests - elsewhere])
    yield from _table(head, rows)


def _fuzzing(results: Sequence[Result]) -> Iterator[str]:
    yield from _section("python -m scripts.reliability.fuzz poster", results[-1])
    yield _paragraph(_FUZZING)
    targets = dict.fromkeys(result["target"] for result in results)
    rows = [_fuzzed([each for each in results if each["target"] == name]) for name in targets]
    hours = sum(result["seconds"] for result in results) / 3600
    rows.append(["all", f"{hours:.2f}", *(sum(row[place] for row in rows) for place in (2, 3))])
    yield from _table(("target", "hours", "inputs", "finds"), rows)


def _fuzzed(runs: Sequence[Result]) -> list[Any]:
    finds = {find for run in runs for find in run["finds"] if not find.endswith(".txt")}
    hours = sum(run["seconds"] for run in runs) / 3600
    return [runs[0]["target"], f"{hours:.2f}", sum(run["runs"] for run in runs), len(finds)]


def _load(results: Sequence[Result]) -> Iterator[str]:
    result = results[-1]
    yield from _section("python -m scripts.reliability.load", result)
    yield _paragraph(_LOAD.format(minutes=round(result["phases"][0]["seconds"] / 60, 1)))
    phases = result["phases"]
    counts = ("users", "requests", "answered", "refused", "left", "busy", "lost", "wrong")
    yield from _table(counts, [[phase[name] for name in counts] for phase in phases])
    yield "\n"
    kinds = ("film", "reasons", "catalogue")
    yield from _table(
        ("users", *(f"{kind}: p50, p95, p99 ms" for kind in kinds)),
        [[phase["users"], *(_quantiles(phase, kind) for kind in kinds)] for phase in phases],
    )
    yield "\n"
    memory = ("start", "warm", "peak", "end")
    yield from _table(
        ("users", *(f"MB {name}" for name in memory), "most files and folders"),
        [
            [phase["users"], *(phase["memory_mb"][name] for name in memory), phase["files_most"]]
            for phase in phases
        ],
    )
    yield _paragraph(_AFTERWARDS.format(files=result["files_after_the_end"]))


def _quantiles(phase: Result, kind: str) -> str:
    return ", ".join(str(phase.get(f"{kind}_p{percent}_ms", "")) for percent in (50, 95, 99))


def _kills(results: Sequence[Result]) -> Iterator[str]:
    result = results[-1]
    yield from _section("python -m scripts.reliability.kills TABLE", result)
    yield _paragraph(_KILLS)
    rows = [[row["what"], row["kills"], "yes" if row["same"] else "NO"] for row in result["rows"]]
    yield from _table(("what is killed", "kills", "as it should be"), rows)


def _section(command: str, result: Result) -> Iterator[str]:
    yield f"```sh\n{command}\n```\n"
    yield f"{result['machine']}.\n"


def _paragraph(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 110, break_on_hyphens=False) + "\n"


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        cells = (f"{cell:,}" if isinstance(cell, int | float) else str(cell) for cell in row)
        yield f"| {' | '.join(cells)} |"
    yield ""


#: What `read_results` calls a result -> the heading of its section, and what writes the section.
_SECTIONS: dict[str, tuple[str, Callable[[Sequence[Result]], Iterator[str]]]] = {
    "corpus": ("Awful input", _corpus),
    "offline": ("Without a network", _offline),
    "fuzz": ("Fuzzing", _fuzzing),
    "load": ("Many users", _load),
    "kills": ("Kills", _kills),
}


if __name__ == "__main__":
    main()
