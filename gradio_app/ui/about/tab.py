"""The tab About: what this is, its models, licence, privacy, and films of one's own."""

import platform
from importlib.metadata import version
from pathlib import Path

import gradio as gr

from gradio_app.ui.html.markdown import boxed_tables, model_cards

__all__ = ["build_about"]

_PACKAGES = ("gradio", "onnxruntime", "tokenizers", "numpy", "pillow")

_WHAT = """## What this is
Suggestions for people who give genres to films: a convolutional network looks at the poster, a
recurrent one reads the overview, and a third model weighs both. They suggest; whoever knows the
film decides. The probabilities are calibrated, and *How good is it?* says how far to trust them."""

_PRIVACY = """## Privacy
Posters and overviews are read by the machine that serves this page, and sent to no other. Nothing
is counted, logged or kept for training. Uploaded files are deleted when the page is closed, or
after about an hour. No font, script or picture comes from elsewhere."""

_LICENCE = """## Licence
Apache-2.0, as the file LICENSE says. The poster model stands on Google's EfficientNet-Lite0
(Apache-2.0); all-MiniLM-L6-v2 and all-mpnet-base-v2 (Apache-2.0) helped to train both readers. The
films that they were trained on are research data and not part of this project."""

_TRAINING = """## Train your own
A folder of posters and a table with overviews and genres are enough to train such models on other
films, or for other genres: `python -m training` trains both readers and fuses them,
`python -m export` makes ONNX models of them, and `python -m gradio_app --models FOLDER` serves
those. The columns of the table and all steps are described in docs/training.md."""

_CITATION = """## Citation
> Film genres from a poster and an overview. A CNN, an LSTM and a fused model, run offline through
> ONNX. Apache-2.0.

Please add the versions below, so that others can repeat what you did."""


def build_about(models: Path) -> None:
    """Fill the tab.

    Args:
        models: the folder that the models were loaded from; their model cards are shown.
    """
    gr.Markdown(_WHAT, elem_classes="about")
    gr.Markdown("## The models", elem_classes="about")
    for title, card in model_cards(models).items():
        with gr.Accordion(title, open=False):
            gr.Markdown(boxed_tables(card), elem_classes="about")
    for words in (_PRIVACY, _LICENCE, _TRAINING, _CITATION, f"## Versions\n{_versions()}"):
        gr.Markdown(words, elem_classes="about")


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in _PACKAGES)
    return f"Python {platform.python_version()}, {packages}."
