"""Markdown that is shown where it is not at home: model cards, sections of README.md."""

import re
from pathlib import Path

from gradio_app.readers import READERS

__all__ = ["boxed_tables", "limits", "model_cards", "section"]


def model_cards(models: Path) -> dict[str, str]:
    """Title -> text of the cards in a folder of models; those that there are."""
    files = [models / reader.folder / "README.md" for reader in READERS]
    cards = [_without_front_matter(file.read_text("utf-8")) for file in files if file.is_file()]
    # Spelled as it is, recall@P.55 would become a link to a mailbox.
    return {
        title.removeprefix("# ").strip(): body.strip().replace("@", "&#64;")
        for title, _, body in (card.partition("\n") for card in cards)
    }


def limits(card: str) -> str:
    """What a model card says of limits and biases, or ""."""
    found = re.search(r"^\*\*Limits and biases\.\*\* (.+)$", card, re.MULTILINE)
    return found[1] if found else ""


def section(readme: str, heading: str) -> str:
    """The text below a heading `## ...` of README.md, without links into the repository, or ""."""
    found = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", readme, re.M | re.S)
    return re.sub(r"\[([^\]]+)\]\((?!https?:)[^)]*\)", r"\1", found[1]).strip() if found else ""


def _without_front_matter(page: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", page, flags=re.DOTALL).strip()


def boxed_tables(page: str) -> str:
    """The page with each table in a box that scrolls sideways and can be reached by keyboard."""
    box = '<div class="chart-scroll" tabindex="0">'
    return re.sub(r"((?:^\|.*(?:\n|\Z))+)", rf"{box}\n\n\1\n</div>\n", page, flags=re.MULTILINE)
