"""`python -m benchmarks --data DATA`: all benchmarks, into docs/performance.md.

Each is a program of its own, whose output becomes a section of the page, with the command that
printed it. `--only NAME` measures one anew and leaves the other sections as they are.
"""

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from benchmarks.timing import printed_by

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "performance.md"


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        title: its heading.
        arguments: of the program; DATA stands for the folder of films.
        text: what stands below the heading.
    """

    title: str
    arguments: str = ""
    text: str = ""


#: Module of `benchmarks` -> its section.
SECTIONS = {
    "one_film": Section("One film", "--data DATA", "The same weights in all engines."),
    "limit": Section("The limit"),
    "scaling": Section("Larger batches, posters, overviews"),
    "explain": Section("Reasons"),
    "start": Section("Starts"),
    "page": Section("The page"),
    "many_films.batch": Section("Many films", "--data DATA --rounds 2"),
    "many_films.memory": Section("Memory of many films"),
    "compared.instead": Section("Instead of the overview LSTM", "--data DATA"),
    "training_input": Section("Trainings"),
}


def main() -> None:
    """Measure, and write the page."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of films.csv and posters")
    parser.add_argument("--only", choices=SECTIONS, nargs="+", default=list(SECTIONS))
    parser.add_argument("--page", type=Path, default=PAGE)
    options = parser.parse_args()
    for name in options.only:
        print(name, file=sys.stderr)
        printed = run(name, options.data)
        text = options.page.read_text("utf-8")
        options.page.write_text(with_section(text, name, printed), "utf-8", newline="\n")


def run(name: str, data: Path) -> str:
    """Return what a benchmark prints."""
    arguments = [str(data) if word == "DATA" else word for word in SECTIONS[name].arguments.split()]
    return printed_by("-m", f"benchmarks.{name}", *arguments)


def with_section(page: str, name: str, printed: str) -> str:
    """Return a page in which a section is what a benchmark printed just now.

    >>> page = with_section("# Performance", "limit", "1 ms")
    >>> print(with_section(page, "limit", "2 ms"))
    # Performance
    <BLANKLINE>
    ## The limit
    <BLANKLINE>
    `python -m benchmarks.limit`:
    <BLANKLINE>
    2 ms
    <BLANKLINE>
    """
    section = SECTIONS[name]
    command = f"python -m benchmarks.{name} {section.arguments}".strip()
    parts = [f"## {section.title}", section.text, f"`{command}`:", printed.strip()]
    written = "\n\n".join(filter(None, parts)) + "\n"
    found = re.search(rf"^## {re.escape(section.title)}\n.*?(?=^## |\Z)", page, re.M | re.S)
    if found is None:
        return f"{page.rstrip()}\n\n{written}"
    return f"{page[: found.start()]}{written}\n{page[found.end() :]}".rstrip() + "\n"


if __name__ == "__main__":
    main()
