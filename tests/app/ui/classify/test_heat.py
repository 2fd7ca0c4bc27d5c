"""Evidence in colours: the picture shows where it lies and how much it is, and stays a picture."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from gradio_app.ui.classify.heat import draw_heat, scale_falls


def test_scaled_falls_are_symmetric_and_weak_where_nothing_matters():
    assert scale_falls(np.array([[4.0, -1.0], [0.0, 2.0]])).tolist() == [[1, -0.25], [0, 0.5]]
    assert scale_falls(np.array([-4.0, 1.0])).tolist() == [-1, 0.25]
    assert np.abs(scale_falls(np.array([0.01, -0.05]))).max() == pytest.approx(0.1)
    assert scale_falls(np.zeros(2)).tolist() == [0, 0]


def tint(image: Image.Image) -> np.ndarray:
    """Red minus blue: above 0 where orange lies, below 0 where blue does."""
    channels = np.asarray(image, np.int16)
    return channels[..., 0] - channels[..., 2]


def test_orange_is_for_and_blue_against():
    heat = np.zeros((9, 6))
    heat[0, 0], heat[-1, -1] = 1, -1
    drawn = tint(draw_heat(Image.new("RGB", (160, 240), "red"), heat))
    assert drawn[:20, :20].min() > 50
    assert drawn[-20:, -20:].max() < -50
    assert (drawn[:80, 80:] == 0).all()  # red is gone: only evidence has colour
    assert (drawn[120:, :80] == 0).all()


@pytest.mark.parametrize("sign", [1, -1])
def test_weak_evidence_is_drawn_weakly(sign: int):
    poster = Image.new("RGB", (60, 90), "grey")
    nothing, noise, some, much = (
        np.abs(tint(draw_heat(poster, np.full((3, 2), sign * fall)))).mean()
        for fall in (0, 0.03, 0.25, 2)
    )
    assert nothing == 0
    assert noise < 0.1 * much
    assert 0.4 * much < some < 0.6 * much


def test_the_picture_stays_recognisable_under_the_strongest_evidence():
    poster = Image.new("RGB", (60, 90), "black")
    ImageDraw.Draw(poster).rectangle((0, 0, 60, 45), fill="white")
    for fall in (9, -9):
        drawn = np.asarray(draw_heat(poster, np.full((9, 6), fall)).convert("L"), np.int16)
        assert drawn[:40].min() - drawn[50:].max() > 40


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1, 1), (1, 1)),
        ((7, 13), (7, 13)),
        ((1, 3000), (1, 480)),
        ((3000, 1), (480, 1)),
        ((1000, 1500), (320, 480)),
        ((961, 480), (480, 240)),
    ],
)
@pytest.mark.parametrize("parts", [(9, 6), (1, 1), (1, 6), (9, 1)])
def test_sizes_of_drawings(
    size: tuple[int, int], expected: tuple[int, int], parts: tuple[int, int]
):
    poster = Image.linear_gradient("L").resize(size).convert("RGB")
    before = poster.tobytes()
    heat = np.linspace(-1, 1, parts[0] * parts[1]).reshape(parts).astype(np.float32)
    drawn = draw_heat(poster, heat)
    assert (drawn.mode, drawn.size) == ("RGB", expected)
    assert drawn.tobytes() == draw_heat(poster, heat).tobytes()
    assert poster.tobytes() == before


def test_grey_and_coloured_posters_are_drawn_alike():
    """So a session keeps the grey one, which is smaller."""
    poster = Image.radial_gradient("L").resize((300, 440)).convert("RGB")
    poster.paste("teal", (50, 50, 200, 200))
    heat = np.linspace(-1, 1, 54).reshape(9, 6)
    assert draw_heat(poster.convert("L"), heat).tobytes() == draw_heat(poster, heat).tobytes()
