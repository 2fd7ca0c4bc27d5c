"""Poster -> pixels and overview -> word ids: shared by training and the app.

A model must be served with the very pixels and ids it was trained on, so this is the only
place in the project that decodes an image, resizes it or looks up a word.
"""

from gradio_app.preprocessing.overview import (
    PUNCTUATION,
    UNKNOWN_ID,
    WORD_SEPARATORS,
    Word,
    build_tokenizer,
    clean_overview,
    encode_overviews,
    find_words,
    is_placeholder,
)
from gradio_app.preprocessing.poster import decode_poster
from gradio_app.preprocessing.resize import Fit, picture_box, poster_to_pixels
from gradio_app.preprocessing.source import NamedBytes, Poster

__all__ = [
    "PUNCTUATION",
    "UNKNOWN_ID",
    "WORD_SEPARATORS",
    "Fit",
    "NamedBytes",
    "Poster",
    "Word",
    "build_tokenizer",
    "clean_overview",
    "decode_poster",
    "encode_overviews",
    "find_words",
    "is_placeholder",
    "picture_box",
    "poster_to_pixels",
]
