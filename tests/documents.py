"""The pages that people read, and what of them programs can check."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

__all__ = ["ROOT", "Command", "anchors", "blocks", "commands", "links", "pages", "prose"]

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_INLINE = re.compile(r"`(python -m [^`]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Command:
    """`python -m PROGRAM ARGUMENTS`, as a page or the Makefile has it.

    Attributes:
        page: where it stands.
        words: the program and its arguments.
        whole: whether it is a line to type; in a sentence, required options may be left out.
    """

    page: Path
    words: tuple[str, ...]
    whole: bool

    @property
    def program(self) -> str:
        """The package that is run: "training", "scripts"."""
        return self.words[0].split(".")[0]

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT).as_posix()}: {shlex.join(self.words)}"


def pages() -> list[Path]:
    """Every page for people, but for the model cards, which are written by `export`."""
    return [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a page in a language."""
    return [code for name, code in _BLOCK.findall(text) if name == language]


def prose(text: str) -> str:
    """A page without its code blocks."""
    return _BLOCK.sub("", text)


def links(page: Path) -> list[str]:
    """The targets of the links and pictures of a page."""
    return _LINK.findall(prose(page.read_text("utf-8")))


def anchors(page: Path) -> set[str]:
    """The names that GitHub gives to the headings of a page."""
    headings = re.findall(r"^#+ (.+)$", prose(page.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}


def commands() -> list[Command]:
    """All commands that begin with `python -m`, each once a page; the changelog's are history."""
    found: dict[Command, None] = {}
    for page in pages():
        if page.name == "CHANGELOG.md":
            continue
        text = page.read_text("utf-8")
        lines = [line for code in blocks(text, "sh") for line in code.splitlines()]
        for line in lines:
            for part in line.split(" && "):
                if part.startswith("python -m "):
                    found[_command(page, part, whole=True)] = None
        for span in _INLINE.findall(prose(text)):
            found[_command(page, span, whole=False)] = None
    makefile = ROOT / "Makefile"
    for line in makefile.read_text("utf-8").splitlines() if makefile.is_file() else ():
        if line.startswith("\tpython -m "):
            found[_command(makefile, line.replace("$(DATA)", "DATA"), whole=True)] = None
    return list(found)


def _command(page: Path, line: str, whole: bool) -> Command:
    return Command(page, tuple(shlex.split(line, comments=True)[2:]), whole)
