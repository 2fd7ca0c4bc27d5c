"""A typed page, shown for films that have an overview and no poster."""

from random import Random

from PIL import Image

from scripts.draw_posters.canvas import Canvas, Mask


def what_the_glacier_kept(rng: Random) -> Image.Image:
    """A sheet of paper on a table, its title typed, its lines too small to read."""
    canvas = Canvas([(0, "#3f5560"), (440, "#26363e")])
    canvas.paint(Mask().box(44, 58, 220, 340), "#10181c", 0.5, blur=7)
    canvas.paint(Mask().box(38, 48, 224, 344), "#f3eee2")
    canvas.paint(Mask().box(38, 48, 224, 344).blur(14), "#fffaf0", 0.4)
    canvas.title("What the\nGlacier Kept", 84, 21, "#26363e")
    lines = Mask()
    for row in range(14):
        x = 62.0
        while (width := rng.uniform(9, 31)) + x < (238 if row % 5 != 4 else 160):
            lines.box(x, 160 + row * 15, width, 3.6)
            x += width + 6
    canvas.paint(lines, "#4a5a62", 0.8)
    return canvas.finish(rng, grain=0.05, vignette=0.2)
