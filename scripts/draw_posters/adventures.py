"""The adventures: a voyage into space, a voyage among the clouds."""

import itertools
from random import Random

from PIL import Image

from scripts.draw_posters.canvas import HEIGHT, WIDTH, Canvas, Mask, Point, scatter


def the_tethys_relay(rng: Random) -> Image.Image:
    """Science fiction: a ringed planet, a ship on a trail of light, a mast on a rocky shore."""
    canvas = Canvas([(0, "#050816"), (150, "#0d2038"), (270, "#1f4f63"), (345, "#d98a5b")])
    canvas.light(scatter(rng, 420, (0, WIDTH), (0, 330), (0.25, 1.15), skew=4), "#dfeaff", 0.9)
    _ringed_planet(canvas, (156, 136))
    _ship(canvas, (102, 234))
    canvas.glow(150, 336, 110, "#ff9b5e", 0.5)
    for heights, rough, colour in (
        ((308, 312, 286, 322, 316, 328, 292, 306), 13, "#7d5557"),
        ((336, 318, 342, 338, 346, 342, 338, 326), 11, "#433b4a"),
        ((338, 350, 358, 356, 352, 344, 342, 340), 5, "#0b0e18"),
    ):
        canvas.paint(_mountains(rng, heights, rough), colour)
    _explorer(canvas, (214, 346))
    canvas.title("THE TETHYS\nRELAY", 380, 29, "#f6e7d3", gap=0.2)
    return canvas.finish(rng, grain=0.07, vignette=0.35)


def _ringed_planet(canvas: Canvas, centre: Point) -> None:
    """A banded planet lit from the right, its ring passing before and behind it."""
    planet, ring = Mask(centre).ellipse(0, 0, 68), Mask(centre)
    canvas.light(planet, "#ff9d6b", 0.5, blur=16)
    for reach, value in ((126, 255), (117, 90), (114, 230), (102, 120), (99, 200), (87, 0)):
        ring.ellipse(0, 0, reach, reach * 0.227, value)
    canvas.paint(ring.rotate(18, centre), "#e9c7a4", 0.75)
    canvas.paint(planet, "#ffd9a0")
    colours = ("#f2a56b", "#ffd0a0", "#d9764f", "#f0a878", "#b6524a", "#5d2c4a")
    for top, colour in zip((-46, -30, -16, 3, 20, 46), colours, strict=True):
        band = Mask(centre).box(-90, top, 180, 99).rotate(18, centre).blur(5).within(planet)
        canvas.paint(band, colour)
    night = Mask(centre).ellipse(0, 0, 98).ellipse(36, -22, 68, value=0)
    canvas.paint(night.blur(15).within(planet), "#080d20", 0.96)
    front = Mask(centre).box(-200, 0, 400, HEIGHT).rotate(18, centre)
    canvas.paint(ring.within(front), "#f4d9b8", 0.95)


def _ship(canvas: Canvas, at: Point) -> None:
    """A slender ship that climbs to the right, its upper side lit, and its trail."""
    trail = Mask().polygon("-10,303 -10,294 86,241 87,244")
    canvas.light(trail, "#7fe6ff", 0.8, blur=2.5)
    canvas.light(trail, "#ffffff", 0.7, blur=0.5)
    canvas.glow(84, 244, 20, "#9ff1ff")
    hull = Mask(at).blob("26,0 10,-4 -12,-4.5 -20,-2 -20,3 -8,4.5 12,3")
    hull.polygon("-4,-3 -18,-15 -25,-15 -18,-2").polygon("0,3 -16,14 -26,15 -18,2")
    hull.box(-25, -16, 11, 2).box(-27, 14, 14, 2)
    lit = Mask(at).blob("26,0 10,-4 -12,-4.5 -18,-3 -8,-2 10,-1.5")
    lit.polygon("-5,-4 -18,-15 -20,-15 -11,-4")
    canvas.paint(hull.rotate(29, at), "#0a1322")
    canvas.paint(lit.rotate(29, at), "#f3c9a2")


def _mountains(rng: Random, heights: tuple[int, ...], rough: float) -> Mask:
    """A range through evenly spaced heights, roughened by halving it again and again."""
    line: list[float] = list(heights)
    while len(line) < 200:
        middles = [(a + b) / 2 + rng.uniform(-rough, rough) for a, b in itertools.pairwise(line)]
        line = [y for pair in zip(line, middles, strict=False) for y in pair] + line[-1:]
        rough *= 0.52
    crest = [(-5 + i * (WIDTH + 10) / (len(line) - 1), y) for i, y in enumerate(line)]
    return Mask().polygon([*crest, (WIDTH + 5, HEIGHT), (-5, HEIGHT)])


def _explorer(canvas: Canvas, foot: Point) -> None:
    """A tiny figure in a space suit beside the mast of a transmitter with its red light."""
    dish = Mask(foot).ellipse(30, -56, 10).box(10, -70, 60, 13, value=0)
    canvas.paint(dish.rotate(-62, (foot[0] + 33, foot[1] - 56)), "#0b0e18")
    figure = Mask(foot).ellipse(0, -19, 3.3).box(-3.2, -15, 6.4, 8).box(1.5, -17, 4, 9)
    figure.stroke("-2.4,1 -1.6,-8", 3).stroke("2.6,1 1.6,-8", 3).stroke("-3,-14 -5,-9", 2.3)
    figure.box(34, -62, 1.4, 66).stroke("28,0 34.7,-32 41,0", 0.9)  # the mast
    canvas.paint(figure, "#0b0e18")
    canvas.paint(Mask(foot).ellipse(34.7, -63, 1.5), "#ffb0a0")
    canvas.glow(foot[0] + 34.7, foot[1] - 63, 11, "#ff4a3a")


def pim_and_the_cloud_whale(rng: Random) -> Image.Image:
    """Animated family adventure: a child with a lantern rides a whale through evening clouds."""
    canvas = Canvas([(0, "#2b2f77"), (130, "#7a5fb5"), (260, "#f09ab0"), (380, "#ffd6a5")])
    canvas.light(scatter(rng, 120, (0, WIDTH), (0, 210), (0.25, 1.5), skew=4), "#fff7dc", 0.9)
    crescent = Mask().ellipse(246, 150, 20).ellipse(237, 145, 17.5, value=0)
    canvas.light(crescent, "#fff0b8", 0.8, blur=10)
    canvas.paint(crescent, "#fff4cf")
    _clouds(canvas, rng, 300, 46, ("#ffc9c4", "#f3a3b6"))
    _whale(canvas)
    _child_with_lantern(canvas, (139, 205))
    _clouds(canvas, rng, 368, 58, ("#fff1e0", "#f8bfc0"))
    _clouds(canvas, rng, 424, 62, ("#ffffff", "#f9cfc6"))
    canvas.title("PIM", 42, 50, "#fff6d8", gap=0.14, shadow=0.25)
    canvas.title("and the cloud whale", 83, 22, "#fff6d8", gap=0.02, shadow=0.25)
    canvas.title("A VERY TALL TALE", 420, 9, "#a2709f", gap=0.5)
    return canvas.finish(rng, grain=0.04, vignette=0.12)


def _clouds(canvas: Canvas, rng: Random, y: float, height: float, colours: tuple[str, str]) -> None:
    """A bank of heaped clouds from side to side, in an upper and a lower colour."""
    bank = Mask().box(0, y + 6, WIDTH, HEIGHT)
    for x in range(-20, WIDTH + 40, 72):
        left, top = x + rng.uniform(-14, 14), y + rng.uniform(-8, 8)
        bank.cloud(rng, left, top, rng.uniform(90, 130), height * rng.uniform(0.75, 1.1))
    canvas.paint(bank, "#6b4a9a", 0.22, blur=7)
    canvas.paint(bank, [(y - height * 0.7, colours[0]), (y + height * 0.7, colours[1])])


def _whale(canvas: Canvas) -> None:
    """The whale: body, grooved belly, fin, tail and a small kind eye."""
    body = Mask().blob(
        "36,262 44,226 84,203 138,202 186,222 222,236 246,222 240,200 252,190"
        " 264,206 284,196 294,206 272,226 250,250 212,276 160,298 96,304 52,290"
    )
    canvas.paint(body, "#2b2f77", 0.35, blur=9)
    canvas.paint(body, [(190, "#6f8fe0"), (300, "#3d4fa6")])
    belly = Mask().blob("30,268 70,276 120,280 176,270 206,272 160,310 90,320 30,300").within(body)
    canvas.paint(belly, [(262, "#f4e9ff"), (306, "#b9b0e6")])
    grooves = Mask()
    for y in range(0, 25, 5):
        grooves.curve([(34, 274 + y * 1.2), (90, 284 + y), (180 - y * 1.8, 276 + y)], 0.9)
    canvas.paint(grooves.within(belly), "#8d86cf", 0.8)
    fin = Mask().blob("116,266 140,270 150,296 136,318 122,300")
    canvas.paint(fin, [(262, "#5a76cc"), (318, "#33428f")])
    canvas.paint(Mask().ellipse(72, 258, 4.6), "#1b1e4f")
    canvas.paint(Mask().ellipse(73.6, 256.4, 1.5), "#ffffff")
    canvas.paint(Mask().ellipse(84, 268, 7, 4).within(body), "#ff9fb6", 0.5, blur=2)
    canvas.light(Mask().ellipse(110, 200, 70, 12).within(body), "#b9ceff", 0.55, blur=5)


def _child_with_lantern(canvas: Canvas, seat: Point) -> None:
    """A child in a red coat, sitting, who holds a lantern on a pole over the whale's head."""
    canvas.glow(seat[0] - 46, seat[1] - 30, 46, "#ffcf6b", 0.85)
    pole = Mask(seat).stroke("-4,-18 -46,-44 -46,-36", 1.2)
    coat = Mask(seat).blob("-5,-24 5,-24 10,1 -8,1").stroke("0,-20 -12,-20", 5.6, 4.4)
    scarf = Mask(seat).stroke("-4.4,-23.6 5,-23.6", 4.6).curve("5,-23 16,-27 26,-22 35,-26", 3.4)
    for mask, colour in (
        (Mask(seat).box(-49.5, -36, 7, 11).box(-48, -38, 4, 3), "#fff3b8"),  # the lantern
        (pole.box(-50.5, -37, 9, 1.6).box(-50.5, -26, 9, 1.8), "#4a2f3f"),
        (Mask(seat).stroke("-1,-3 -13,-1 -15,9", 7, 5), "#34306b"),  # the legs
        (coat, "#e2474b"),
        (Mask(seat).ellipse(-13.6, -20.6, 2.3).ellipse(0, -31, 8), "#ffd7b5"),  # hand and face
        (Mask(seat).ellipse(1.4, -34, 8.4, 6.6).ellipse(5.4, -30, 4.4, 6), "#5b3424"),  # the hair
        (scarf, "#ffd05e"),
        (Mask(seat).ellipse(-4.6, -30.6, 0.9), "#3b2231"),  # the eye
    ):
        canvas.paint(mask, colour)
