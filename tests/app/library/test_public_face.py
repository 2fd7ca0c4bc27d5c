"""`import gradio_app`: what a program finds there, and what it costs."""

import subprocess
import sys

import pytest

import gradio_app
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import InputError


def test_the_names_are_those_of_the_modules():
    assert gradio_app.FilmClassifier is FilmClassifier
    assert gradio_app.InputError is InputError
    for name in gradio_app.__all__:
        assert getattr(gradio_app, name) is not None
    assert set(gradio_app.__all__) <= set(dir(gradio_app))


def test_another_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'FilmClasifier'"):
        _ = gradio_app.FilmClasifier


def test_importing_the_package_loads_nothing_heavy(root):
    code = "import sys, gradio_app; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "gradio_app" in loaded
    assert not {"numpy", "PIL", "onnxruntime", "tokenizers", "gradio", "pandas"} & set(loaded)
