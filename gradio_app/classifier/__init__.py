"""The models answer: a poster CNN, an overview LSTM, a fused model, and all three for a film."""

from gradio_app.classifier.film import FilmClassifier
from gradio_app.classifier.fusion import Fusion, logit
from gradio_app.classifier.overview import OverviewClassifier
from gradio_app.classifier.poster import PosterClassifier, ReadPoster

__all__ = [
    "FilmClassifier",
    "Fusion",
    "OverviewClassifier",
    "PosterClassifier",
    "ReadPoster",
    "logit",
]
