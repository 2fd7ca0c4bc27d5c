"""Markdown that is shown where it is not at home: model cards."""

import re
from pathlib import Path

from gradio_app.readers import READERS

__all__ = ["boxed_tables", "model_cards"]


def model_cards(models: Path) -> dict[str, str]:
    """Read the model cards in a folder of models, those that there are: title -> text."""
    files = [models / reader.folder / "README.md" for reader in READERS]
    cards = [_without_front_matter(file.read_text("utf-8")) for file in files if file.is_file()]
    # Spelled as it is, recall@P.55 would become a link to a mailbox.
    return {
        title.removeprefix("# ").strip(): body.strip().replace("@", "&#64;")
        for title, _, body in (card.partition("\n") for card in cards)
    }


def _without_front_matter(page: str) -> str:
    return re.sub(r"\A---\n.*?\n---\n", "", page, flags=re.DOTALL).strip()


def boxed_tables(page: str) -> str:
    """Put each table of the page in a box that scrolls sideways and can be reached by keyboard."""
    box = '<div class="chart-scroll" tabindex="0">'
    return re.sub(r"((?:^\|.*(?:\n|\Z))+)", rf"{box}\n\n\1\n</div>\n", page, flags=re.MULTILINE)
