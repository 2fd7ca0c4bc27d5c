"""The tab "How good is it?"."""

from pathlib import Path

import gradio as gr

from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError
from gradio_app.evaluation.file import find_evaluation, read_evaluation
from gradio_app.evaluation.schema import Evaluation
from gradio_app.readers import OVERVIEW, POSTER
from gradio_app.ui.figures.curves import training_curves
from gradio_app.ui.figures.report import evaluation_report
from gradio_app.ui.html.markdown import limits, model_cards
from gradio_app.ui.html.markup import tag, text

__all__ = ["build_figures", "figures_page"]

_HOW_TO = "python -m training evaluate --data DATA --models MODELS --report MODELS/evaluation.md"


def build_figures(classifier: FilmClassifier, models: Path) -> None:
    """Fill the tab.

    Args:
        classifier: the models that answer.
        models: the folder that they were loaded from; an evaluation.json in it comes before the
            shipped one.
    """
    page = figures_page(classifier, models, find_evaluation(models))
    gr.HTML(page, elem_id="evaluation")


def figures_page(classifier: FilmClassifier, models: Path, evaluation: Path | None) -> str:
    """The tab as markup.

    Without an `evaluation`, and with a file that cannot be used, a sentence says what to do.
    """
    curves = _curves(classifier)
    if evaluation is None:
        content = _notice("There are no figures of these models yet. They come from:") + curves
    else:
        content = _evaluated(classifier, models, evaluation, curves)
    return tag("div", content, class_="chart-page")


def _curves(classifier: FilmClassifier) -> str:
    """Of the models that answer; each keeps the history of its training, if it has one."""
    specs = {POSTER: classifier.poster.spec, OVERVIEW: classifier.overview.spec}
    histories = {
        reader: spec.document.get("training", {}).get("history") for reader, spec in specs.items()
    }
    return training_curves({reader: each for reader, each in histories.items() if each})


def _evaluated(classifier: FilmClassifier, models: Path, file: Path, curves: str) -> str:
    try:
        evaluation = read_evaluation(file)
    except ArtifactError as error:
        return _notice(f"{error} New figures come from:") + curves
    remarks = dict.fromkeys(limits(card) for card in model_cards(models).values())
    report = evaluation_report(evaluation, curves, [remark for remark in remarks if remark])
    return _of_others(classifier, evaluation) + report


def _of_others(classifier: FilmClassifier, evaluation: Evaluation) -> str:
    readers = (classifier.poster, classifier.overview, classifier.fusion)
    if evaluation.measures([reader.spec for reader in readers]):
        return ""
    return _notice(
        "These are the figures of other models than those that answer here. Theirs come from:"
    )


def _notice(sentence: str) -> str:
    return tag("div", tag("p", text(sentence)), tag("code", _HOW_TO), class_="chart-notice")
