"""Evidence in colours: orange for what spoke for a genre, blue for what spoke against it."""

import numpy as np
from PIL import Image

__all__ = ["draw_heat", "scale_falls"]

#: A fall that changes odds by a factor of 1.6 is drawn as strong, a smaller one never.
_STRONG = 0.5
_FOR, _AGAINST = (230, 97, 1), (33, 102, 212)  # orange and blue: colour-blind people tell them
_OPACITY = 0.7
_DRAWN_SIZE = 480  # pixels, of the longer side at most


def scale_falls(falls: np.ndarray) -> np.ndarray:
    """Return falls of one genre as -1..1, for colours: the sign stays, the largest is 1 or -1.

    Where the largest fall is below half a logit, it stays below 1 in proportion: what hardly
    matters looks weak.

    >>> scale_falls(np.array([2.0, -1.0])).tolist(), scale_falls(np.array([0.1, -0.05])).tolist()
    ([1.0, -0.5], [0.2, -0.1])
    """
    return falls / max(_STRONG, float(np.abs(falls).max()))


def draw_heat(image: Image.Image, heat: np.ndarray) -> Image.Image:
    """Draw a poster in grey, with what spoke for a genre in orange, against it in blue.

    The colour is the denser, the greater the fall (see `scale_falls`), and lets the picture
    through everywhere. Between the middles of the parts it is interpolated.

    Args:
        image: the poster, RGB or grey.
        heat: (rows, columns), in logits, as `PosterEvidence.heat` returns it.

    Returns:
        RGB, of the poster's proportions, its longer side at most 480 pixels.

    >>> draw_heat(Image.new("RGB", (600, 960)), np.array([[1.0, -1.0]])).size
    (300, 480)
    """
    poster = image.copy()
    poster.thumbnail((_DRAWN_SIZE, _DRAWN_SIZE))
    # Neither black nor white: blue would be lost on the one, orange look faint on the other.
    grey = 40 + 0.75 * np.asarray(poster.convert("L"), np.float32)[..., None]
    small = Image.fromarray(scale_falls(heat).astype(np.float32))
    scaled = np.asarray(small.resize(poster.size, Image.Resampling.BILINEAR))[..., None]
    colour = np.where(scaled > 0, _FOR, _AGAINST)
    opacity = _OPACITY * np.abs(scaled)
    return Image.fromarray(np.rint(grey * (1 - opacity) + colour * opacity).astype(np.uint8))
