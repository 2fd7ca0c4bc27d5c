"""The invented films of the page, and the script that draws their posters."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scripts.draw_posters.posters import draw_posters


@pytest.fixture(scope="module")
def folder(root: Path) -> Path:
    return root / "gradio_app" / "examples"


@pytest.fixture(scope="module")
def films(folder: Path) -> list[dict]:
    return json.loads((folder / "films.json").read_text("utf-8"))


def test_they_show_both_inputs_and_each_alone(films: list[dict]):
    given = {(bool(film["poster"]), bool(film["overview"])) for film in films}
    assert given == {(True, True), (True, False), (False, True)}


def test_the_script_draws_the_pictures_that_are_shown(
    films: list[dict], folder: Path, tmp_path: Path
):
    drawn = {path.name: path for path in draw_posters(tmp_path)}
    assert set(drawn) == {film["picture"] for film in films}
    assert all(film["poster"] in (film["picture"], None) for film in films)
    for name, path in drawn.items():
        ours, shown = (np.asarray(Image.open(file), float) for file in (path, folder / name))
        assert ours.shape == shown.shape
        # Versions of Pillow's letters and JPEG encoder differ by a little, another picture by 40.
        assert np.abs(ours - shown).mean() < 3
