"""The tab About: what this is, its models, licence, privacy, and films of one's own."""

import platform
from importlib.metadata import version
from pathlib import Path

import gradio as gr

from gradio_app.ui.html.markdown import boxed_tables, model_cards, section

__all__ = ["build_about"]

_README = Path(__file__).parents[3] / "README.md"
_PACKAGES = ("gradio", "onnxruntime", "tokenizers", "numpy", "pillow")

_WHAT = """## What this is
Suggestions for people who give genres to films: a convolutional network looks at the poster, a
recurrent one reads the overview, and a third model weighs both. They suggest; whoever knows the
film decides. The probabilities are calibrated, and *How good is it?* says how far to trust them."""

_PRIVACY = """## Privacy
Posters and overviews are read by the machine that serves this page, and sent to no other. Nothing
is counted, logged or kept for training. Uploaded files are deleted when the page is closed, or
after about an hour. No font, script or picture comes from elsewhere."""

_CITATION = """## Citation
> Film genres from a poster and an overview. A CNN, an LSTM and a fused model, run offline through
> ONNX. Apache-2.0.

Please add the versions below, so that others can repeat what you did."""


def build_about(models: Path, readme: Path = _README) -> None:
    """Fill the tab.

    Args:
        models: the folder that the models were loaded from; their cards are shown.
        readme: tells the licence and how to train; where there is none, these are left out.
    """
    told = readme.read_text("utf-8") if readme.is_file() else ""
    gr.Markdown(_WHAT, elem_classes="about")
    gr.Markdown("## The models", elem_classes="about")
    for title, card in model_cards(models).items():
        with gr.Accordion(title, open=False):
            gr.Markdown(boxed_tables(card), elem_classes="about")
    gr.Markdown(_PRIVACY, elem_classes="about")
    for heading in ("Licence", "Train your own"):
        _add_section(told, heading)
    gr.Markdown(_CITATION, elem_classes="about")
    gr.Markdown(f"## Versions\n{_versions()}", elem_classes="about")


def _add_section(readme: str, heading: str) -> None:
    content = section(readme, heading)
    if content:
        gr.Markdown(boxed_tables(f"## {heading}\n{content}"), elem_classes="about")


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"Python {platform.python_version()}, {packages}."
