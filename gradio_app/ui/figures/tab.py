"""The tab "How good is it?"."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import gradio as gr

from gradio_app.artifact import Spec
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError
from gradio_app.evaluation.file import find_evaluation, read_evaluation
from gradio_app.evaluation.schema import Evaluation
from gradio_app.readers import OVERVIEW, POSTER
from gradio_app.ui.figures.curves import training_curves
from gradio_app.ui.figures.report import evaluation_report
from gradio_app.ui.html.markup import tag, text

__all__ = ["build_figures", "figures_page"]

_HOW_TO = "python -m training evaluate --data DATA --models MODELS --report MODELS/evaluation.md"


def build_figures(classifier: FilmClassifier, models: Path, tab: gr.Tab) -> None:
    """Fill the tab when it is opened: most visits do not open it.

    Args:
        classifier: the models that answer.
        models: the folder that they were loaded from; an evaluation.json in it comes before the
            shipped one.
        tab: that is filled.
    """
    page, is_filled = gr.HTML(elem_id="evaluation"), gr.State(False)

    def fill(was_filled: bool) -> tuple[Any, Any]:
        if was_filled:  # what was unfolded stays so
            return gr.skip(), gr.skip()
        return figures_page(classifier, find_evaluation(models)), True

    tab.select(
        fill,
        is_filled,
        [page, is_filled],
        show_progress="hidden",
        queue=False,
        api_visibility="private",
    )


def figures_page(classifier: FilmClassifier, file: Path | None) -> str:
    """The tab as markup.

    Args:
        classifier: the models that answer.
        file: JSON of their evaluation. Without one, and where it cannot be used, a sentence says
            what to do.
    """
    curves = _curves(classifier)
    if file is None:
        content = _notice("There are no figures of these models yet. They come from:") + curves
    else:
        content = _evaluated(classifier, file, curves)
    return tag("div", content, class_="chart-page")


def _curves(classifier: FilmClassifier) -> str:
    """The curves of the models that answer; each keeps its training's history, if it has one."""
    specs = {POSTER: classifier.poster.spec, OVERVIEW: classifier.overview.spec}
    histories = {
        reader: spec.document.get("training", {}).get("history") for reader, spec in specs.items()
    }
    return training_curves({reader: each for reader, each in histories.items() if each})


def _evaluated(classifier: FilmClassifier, file: Path, curves: str) -> str:
    try:
        evaluation = read_evaluation(file)
    except ArtifactError as error:
        return _notice(f"{error} New figures come from:") + curves
    specs = [each.spec for each in (classifier.poster, classifier.overview, classifier.fusion)]
    limits = dict.fromkeys(spec.limits for spec in specs if spec.limits)  # each text once
    report = evaluation_report(evaluation, curves, list(limits))
    return _warning(specs, evaluation) + report


def _warning(specs: Sequence[Spec], evaluation: Evaluation) -> str:
    """A notice where the figures are not those of the models that answer."""
    if evaluation.measures(specs):
        return ""
    return _notice(
        "These are the figures of other models than those that answer here. Theirs come from:"
    )


def _notice(sentence: str) -> str:
    return tag("div", tag("p", text(sentence)), tag("code", _HOW_TO), class_="chart-notice")
