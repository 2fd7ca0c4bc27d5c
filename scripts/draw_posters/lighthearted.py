"""The lighthearted posters: a romantic comedy, and a holiday that promises one."""

import math
from random import Random

from PIL import Image

from scripts.draw_posters.canvas import HEIGHT, WIDTH, Canvas, Mask, Point, scatter, smooth


def table_for_almost_two(rng: Random) -> Image.Image:
    """Romantic comedy: two cups whose steam joins into a heart, under a string of lights."""
    canvas = Canvas([(0, "#f2738c"), (150, "#f9a08f"), (310, "#ffd9b0")])
    canvas.light(scatter(rng, 34, (0, WIDTH), (0, 260), (4, 17)), "#ffe9d0", 0.25, blur=1.2)
    canvas.paint(Mask().ellipse(150, 168, 118), "#fff3e2", 0.92)
    canvas.paint(Mask().box(0, 318, WIDTH, HEIGHT), [(318, "#c43c56"), (440, "#8f2344")])
    canvas.paint(Mask().box(0, 318, WIDTH, 2.2), "#e0647a")
    _cup(canvas, (88, 318), -1, "#e5486a", "#a92c4e")
    _cup(canvas, (212, 318), 1, "#2f6f79", "#1c4a55")
    _steam(canvas, -1, "#e5486a")
    _steam(canvas, 1, "#2f6f79")
    _string_lights(canvas)
    canvas.title("Table for\nAlmost Two", 352, 35, "#fff3e2")
    canvas.title("ONE RESERVATION. TWO EXCUSES.", 424, 8, "#ffc9bd", gap=0.3)
    return canvas.finish(rng, grain=0.07, vignette=0.15)


def _cup(canvas: Canvas, foot: Point, facing: int, colour: str, shade: str) -> None:
    """A cup on its saucer, its handle to one side, with a shaded and a shining edge."""
    canvas.paint(Mask(foot).ellipse(0, 4, 46, 5), "#6d1733", 0.6, blur=2.5)
    cup = Mask(foot, (facing, 1)).ellipse(31, -22, 11, 10).ellipse(31, -22, 6.2, 5.6, value=0)
    cup.polygon(smooth("-29,-40 -26,-19 -13,-4 13,-4 26,-19 29,-40", closed=False))
    cup.ellipse(0, -40, 29, 1.6).box(-9, -5, 18, 4).ellipse(0, 0, 40, 3.6)
    canvas.paint(cup, colour)
    side = Mask(foot).box(-44, -50, 28, 44).blur(6).ellipse(0, 0, 44, 5).within(cup)
    canvas.paint(side, shade, 0.85)
    canvas.light(Mask(foot).stroke("15,-32 12,-18", 4, 2), "#ffffff", 0.4, blur=1)


def _steam(canvas: Canvas, facing: int, colour: str) -> None:
    """A ribbon of steam from a cup, over the middle, to the far half of a heart."""
    path = [(62.0, 132.0), (71, 114), (58, 99), (28, 87), (0, 64)]  # from the axis, downward
    for t in (math.pi * (1 - i / 12) for i in range(3, 13)):
        drop = 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t)
        path.append((-62 * math.sin(t) ** 3, -62 / 16 * drop))
    ribbon = Mask((150, 142), (facing, 1)).curve(path, 5.6, 3)
    canvas.paint(ribbon, colour, 0.3, blur=4)
    canvas.paint(ribbon, colour)


def _string_lights(canvas: Canvas) -> None:
    """A garland of bulbs across the top."""
    wire = [(x, 14 + 26 * math.sin(math.pi * ((x + 20) % 170) / 170)) for x in range(-4, 305, 2)]
    canvas.paint(Mask().stroke(wire, 0.8), "#8f2344", 0.8)
    sockets, bulbs = Mask(), Mask()
    for x, y in wire[6::11]:
        sockets.box(x - 1, y, 2, 3.4)
        bulbs.ellipse(x, y + 7, 3.1, 3.9)
    canvas.paint(sockets, "#8f2344")
    canvas.light(bulbs, "#ffe08a", blur=6)
    canvas.paint(bulbs, "#fff6c9")


def lemon_season(rng: Random) -> Image.Image:
    """A sunny beach holiday, by the look of it: sun, sea, parasol and beach ball."""
    canvas = Canvas([(0, "#18a7d8"), (120, "#6fd3e6"), (228, "#fdf3c4")])
    rays = Mask((206, 160), (400, 400))
    for start in (i * math.tau / 16 for i in range(16)):
        edges = (start, start + math.tau / 32)
        rays.polygon([(0, 0), *((math.cos(a), math.sin(a)) for a in edges)])
    canvas.light(rays, "#ffffff", 0.16)
    canvas.glow(206, 160, 100, "#fff2a0", 0.7)
    canvas.paint(Mask().ellipse(206, 160, 36), [(124, "#fff07a"), (196, "#ffc93c")])
    clouds = Mask()
    for x, y, width in ((62, 142, 66), (258, 204, 50), (24, 204, 54)):
        clouds.cloud(rng, x, y, width, width * 0.42)
    canvas.paint(clouds, "#ffffff", 0.92)
    _sea(canvas, rng)
    _parasol(canvas)
    _beach_ball(canvas, (226, 386), 20)
    canvas.title("LEMON\nSEASON", 36, 42, "#ffffff", gap=0.06, shadow=0.22)
    return canvas.finish(rng, grain=0.05, vignette=0.05)


def _sea(canvas: Canvas, rng: Random) -> None:
    """The sea with its sparkle, a sailing boat, and waves that run out on the sand."""
    sea = [(228, "#1583b8"), (290, "#2cb9c9"), (340, "#8fe6dc")]
    canvas.paint(Mask().box(0, 228, WIDTH, HEIGHT), sea)
    sparkle = scatter(rng, 260, (120, 290), (230, 300), (1, 5), flat=0.17, skew=1.5)
    lane = Mask().polygon("186,220 226,220 280,302 132,302").blur(6)
    canvas.light(sparkle.within(lane), "#fff6c8")
    canvas.paint(Mask().polygon("96,233 126,233 120,240 101,240"), "#d9463d")
    canvas.paint(Mask().polygon("111,190 111,230 132,230 94,230 109,196 109,230"), "#ffffff")
    sand = [(312, "#e9cd8c"), (345, "#f8e0a2"), (440, "#f0c878")]
    for y, fill in ((316, [(0, "#ffffff")]), (320, sand)):
        edge = [(x, y + 5 * math.sin(x / 27) + 3 * math.sin(x / 11 + 1)) for x in range(-4, 308, 3)]
        canvas.paint(Mask().polygon([*edge, (WIDTH + 5, HEIGHT), (-5, HEIGHT)]), fill)
    canvas.paint(scatter(rng, 700, (0, WIDTH), (330, HEIGHT), (0.3, 0.6)), "#b98d4a", 0.4)


def _parasol(canvas: Canvas) -> None:
    """A striped parasol stuck in the sand, a towel and a bowl of lemons in its shade."""
    top, tilt = (96, 262), 12
    canvas.paint(Mask().ellipse(110, 396, 84, 15), "#b5813f", 0.45, blur=3)
    towel = Mask().polygon("66,384 160,384 176,408 62,408")
    canvas.paint(towel, "#2c7fb8")
    stripes = Mask().stroke("71,380 75,412", 9).stroke("105,380 113,412", 9)
    canvas.paint(stripes.stroke("147,380 158,412", 9).within(towel), "#ffffff")
    canvas.paint(Mask().box(94.4, 256, 3.2, 140).rotate(tilt, top), "#f6f1e4")
    dome, panels = Mask().ellipse(96, 318, 84, 66).box(0, 318, WIDTH, 99, value=0), Mask()
    for x in range(26, 180, 28):
        dome.ellipse(x, 318, 14, 6, value=0)
    for rx, value in ((84, 255), (56, 0), (28, 255)):
        panels.ellipse(96, 318, rx, 66, value)
    canvas.paint(dome.rotate(tilt, top), "#fffaf0")
    canvas.paint(panels.rotate(tilt, top).within(dome), "#ff5a4f")
    shade = Mask().box(0, 240, 96, 120).rotate(tilt, top).blur(14).within(dome)
    canvas.paint(shade, "#a8323a", 0.16)
    canvas.paint(Mask().ellipse(96, 251, 3), "#ff5a4f")
    lemons = Mask()
    for x, y in ((128, 380), (139, 382), (133, 374)):
        lemons.ellipse(x, y, 7, 5.6).ellipse(x + 6, y, 2.6, 2)
    canvas.paint(lemons, [(368, "#fff27a"), (388, "#f0b81f")])
    canvas.paint(Mask().ellipse(134, 384, 19, 15).box(100, 360, 80, 24, value=0), "#e8553f")


def _beach_ball(canvas: Canvas, centre: Point, radius: float) -> None:
    """A ball with coloured segments."""
    canvas.paint(Mask(centre).ellipse(6, radius, radius, 4.5), "#b5813f", 0.5, blur=2)
    ball = Mask(centre).ellipse(0, 0, radius)
    canvas.paint(ball, "#fffaf0")
    for i, colour in enumerate(("#ff5a4f", "#1fa3cf", "#ffc93c")):
        a = i * math.tau / 3 + 0.4
        ends = [(40 * math.cos(b), 40 * math.sin(b)) for b in (a, a + 1)]
        canvas.paint(Mask(centre).blob([(-4, -5), *ends]).within(ball), colour)
    canvas.paint(Mask(centre).ellipse(-4, -5, 3.4), "#fffaf0")
    shade = Mask(centre).ellipse(0, 0, radius + 8).ellipse(-6, -7, radius, value=0)
    canvas.paint(shade.blur(3).within(ball), "#7a3f2a", 0.4)
