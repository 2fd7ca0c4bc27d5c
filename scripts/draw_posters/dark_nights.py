"""The posters of dark nights: a haunted hill, a floodlit pitch, a street in the rain."""

import itertools
import math
from collections.abc import Callable
from random import Random

from PIL import Image, ImageChops

from scripts.draw_posters.canvas import HEIGHT, WIDTH, Canvas, Mask, Point, mirrored, scatter


def marrow_hill(rng: Random) -> Image.Image:
    """Horror: an old house on a hill before a huge moon, one window lit."""
    canvas = Canvas([(0, "#04090c"), (120, "#0f2426"), (240, "#2e4d48"), (340, "#0a1414")])
    canvas.light(scatter(rng, 90, (0, WIDTH), (0, 150), (0.25, 0.75), skew=4), "#cfe0d8", 0.5)
    moon = Mask().ellipse(158, 150, 88)
    canvas.light(moon, "#a9c6ad", 0.75, blur=26)
    canvas.paint(moon, [(60, "#e6e4c6"), (238, "#9fae93")])
    craters = scatter(rng, 75, (70, 246), (62, 238), (3, 20), flat=0.85)
    canvas.paint(craters.blur(1.6).within(moon), "#7f917c", 0.42)
    haze = scatter(rng, 9, (0, WIDTH), (70, 190), (45, 110), flat=0.04)
    canvas.paint(haze, "#0d1d1f", 0.6, blur=3.5)
    for base, low, high, colour in ((292, 34, 70, "#27413e"), (318, 40, 86, "#132422")):
        forest = Mask().box(0, base - 2, WIDTH, HEIGHT)
        for x in range(-6, WIDTH + 10, 11):
            clearing = 1 - 0.45 * math.exp(-(((x - 156) / 80) ** 2))
            _fir(forest, rng, x + rng.uniform(-3, 3), base, rng.uniform(low, high) * clearing)
        canvas.paint(forest, colour)
        _fog(canvas, rng, base - 12)
    hill = "-40,330 30,300 100,262 150,250 205,254 260,288 340,326 340,460 -40,460"
    canvas.paint(Mask().blob(hill), "#050a0b")
    _manor(canvas, (156, 252))
    trees = Mask()
    _bare_tree(trees, rng, (264, 318), 1.75, 42)
    _bare_tree(trees, rng, (34, 322), 1.25, 35)
    canvas.paint(trees, "#040809")
    for x, y, span in ((84, 92, 13), (102, 78, 9), (118, 100, 7), (226, 120, 9)):
        crow = Mask((x, y), (span, span)).curve(mirrored("0.55,-0.16 0.25,-0.3 0,0"), 0.08)
        canvas.paint(crow, "#060c0d")
    _fog(canvas, rng, 322)
    canvas.paint(Mask().box(0, 352, WIDTH, 140).blur(20), "#030607", 0.9)
    canvas.title("MARROW HILL", 380, 31, "#d9442f", gap=0.14)
    canvas.title("IT KEPT YOUR ROOM", 410, 9, "#9db3a7", gap=0.5)
    return canvas.finish(rng, grain=0.09, vignette=0.38)


def _fir(mask: Mask, rng: Random, x: float, base: float, height: float) -> None:
    """A fir tree: ragged tiers, wider and wider."""
    for part in (tier / 9 for tier in range(1, 10)):
        y, reach = base + (part - 1) * height, part * 0.2 * height
        left, right = x - reach * rng.uniform(0.75, 1.15), x + reach * rng.uniform(0.75, 1.15)
        mask.polygon([(left, y + 1), (x, y - height * (0.05 + part * 0.15)), (right, y + 1)])


def _fog(canvas: Canvas, rng: Random, y: float) -> None:
    """A torn bank of mist."""
    mist = scatter(rng, 12, (-20, WIDTH + 20), (y - 12, y + 12), (30, 80), flat=0.1)
    canvas.light(mist, "#84a397", 0.35, blur=8)


def _bare_tree(mask: Mask, rng: Random, foot: Point, angle: float, length: float) -> None:
    """A leafless tree, branch by branch."""
    angle += rng.uniform(-0.25, 0.25)
    end = (foot[0] + length * math.cos(angle), foot[1] - length * math.sin(angle))
    mask.stroke([foot, end], length**1.5 / 34, length**1.5 / 50)
    for turn in (-0.55, 0.05, 0.6):
        shorter = length * rng.uniform(0.6, 0.82)
        if shorter > 4 and rng.random() < 0.78:
            _bare_tree(mask, rng, end, angle + turn + rng.uniform(-0.22, 0.22), shorter)


def _manor(canvas: Canvas, foot: Point) -> None:
    """An old house with gables and a tower, a light in the tower."""
    house = Mask(foot).box(-30, -34, 62, 40).box(10, -66, 17, 68).box(-44, -20, 15, 26)
    house.polygon("-34,-33 -24,-52 26,-52 36,-33").polygon("-30,-34 -17,-62 -4,-34")
    house.polygon("7,-65 18.5,-96 30,-65").polygon("-48,-19 -36.5,-30 -27,-19")
    house.box(18.1, -103, 0.8, 10).box(-1, -63, 5, 14).box(-2, -65, 7, 2.4)  # spire, chimney
    canvas.paint(house, "#050a0b")
    panes = Mask(foot).ellipse(-17, -45, 2.4)
    for x, y in ((-20.5, -30), (-20.5, -13), (-9, -24), (-1, -24), (-39, -13)):
        panes.box(x, y, 4.4, 8).box(x + 1.9, y, 0.6, 8, value=0)
    canvas.paint(panes, "#26302b", 0.9)
    lit = Mask(foot).box(16.2, -56, 4.8, 9).ellipse(18.6, -56, 2.4).box(18.3, -60, 0.6, 14, value=0)
    canvas.paint(lit, "#ffd27a")
    canvas.glow(foot[0] + 18.6, foot[1] - 52, 22, "#ff7a2a", 0.95)


def long_way_to_the_whistle(rng: Random) -> Image.Image:
    """Sports drama: a lone player on the pitch of a floodlit stadium."""
    canvas = Canvas([(0, "#060d1c"), (120, "#12305a"), (205, "#3f78a8")])
    _stands(canvas, rng)
    _pitch(canvas)
    _floodlights(canvas)
    canvas.light(Mask().ellipse(150, 222, 190, 14), "#d9f0ff", 0.5, blur=14)
    player = _silhouette(canvas, _footballer, (150, 328), 1.7, "#bfe6ff")
    canvas.paint(player, [(160, "#16233c"), (330, "#070c16")])
    rim = Mask()
    rim.image.paste(ImageChops.subtract(player.image, ImageChops.offset(player.image, 0, 4)))
    canvas.paint(rim, "#e9f7ff", 0.9, blur=0.3)
    canvas.paint(Mask().text("9", (150, 212), 31), "#dbe9f5", 0.92)
    _ball(canvas, (197, 324), 8.5)
    canvas.title("LONG WAY TO\nTHE WHISTLE", 372, 33, "#ffffff", gap=0.06, shadow=0.6)
    canvas.title("BASED ON A TRUE STORY", 30, 9, "#cfe3f5", gap=0.5)
    return canvas.finish(rng, grain=0.07, vignette=0.5)


def _silhouette(
    canvas: Canvas, figure: Callable[[Mask], Mask], feet: Point, unit: float, halo: str
) -> Mask:
    """Someone against the light: a shadow on the ground, a halo, the figure to be painted."""
    shadow = figure(Mask(feet, (unit, unit * -0.6)))
    shadow.fade([(feet[1], "#e8e8e8"), (feet[1] + 60 * unit, "black")])
    canvas.paint(shadow, "#020a06", 0.9, blur=1.5)
    body = figure(Mask(feet, (unit, unit)))
    canvas.light(body, halo, 0.8, blur=3)
    return body


def _footballer(figure: Mask) -> Mask:
    """A player seen from behind, hands on the hips, 100 units tall."""
    figure.ellipse(0, -93, 4.8, 6.2).box(-3.2, -89, 6.4, 8)
    figure.blob(mirrored("3.5,-86 12.5,-82.5 12.2,-70 9.4,-54 9.6,-47"))
    figure.stroke(mirrored("11,-54 21.5,-65 19,-68 12,-80"), 5.6)
    figure.blob(mirrored("9.4,-52 11.6,-44 14,-33 2.4,-31.5 0,-42"))
    legs = "10,-42 12.8,-25 14.4,-16 13.2,-4 15.4,0 9.4,0 9.4,-4 7.2,-16 6.2,-25 2.4,-34 0,-42"
    return figure.blob(mirrored(legs))


def _stands(canvas: Canvas, rng: Random) -> None:
    """Two tiers full of points of light, some of them flashes."""
    canvas.paint(Mask().blob("-30,128 150,160 330,128 330,260 -30,260"), "#0b1830")
    tiers = Mask().curve("-20,158 150,171 320,158", 24).curve("-20,192 150,206 320,192", 28)
    crowd = scatter(rng, 3600, (0, WIDTH), (140, 222), (0.4, 1)).within(tiers)
    canvas.light(crowd, "#b9d4f2", 0.7)
    flashes = scatter(rng, 34, (0, WIDTH), (155, 214), (1, 1.2))
    for blur in (0.4, 2.5):
        canvas.light(flashes, "#ffffff", blur=blur)


def _pitch(canvas: Canvas) -> None:
    """The mown grass in perspective, with its touchline and centre circle."""
    turf = Mask().box(0, 222, WIDTH, HEIGHT)
    canvas.paint(turf, [(222, "#5fae62"), (290, "#2c7a41"), (440, "#06261a")])
    stripes = Mask((150, 0))
    for i in range(-9, 10, 2):
        stripes.polygon([(i * 22, 222), (i * 22 + 22, 222), (i * 82 + 82, 440), (i * 82, 440)])
    canvas.paint(stripes, "#04301a", 0.28)
    lines = Mask().ellipse(150, 322, 176, 42).ellipse(150, 322, 173, 40.4, value=0)
    canvas.paint(lines.box(0, 229, WIDTH, 1.2), "#e8f7ea", 0.6)


def _floodlights(canvas: Canvas) -> None:
    """Two masts with banks of lamps and the beams they throw over the pitch."""
    lamps = Mask()
    for at, facing in (((46, 66), 1), ((254, 66), -1)):
        beam = Mask(at, (facing, 1)).polygon("-16,0 16,0 200,264 50,264")
        canvas.light(beam.fade([(66, "#8c8c8c"), (320, "black")]), "#cfe9ff", 0.6, blur=9)
        canvas.paint(Mask(at).box(-1.3, 0, 2.6, 84).box(-21, -13, 42, 26), "#050b18")
        canvas.glow(*at, 70, "#6fb2ef", 0.6)
        for i in range(15):
            lamps.ellipse(at[0] - 16 + i % 5 * 8, at[1] - 8 + i // 5 * 8, 3)
    canvas.paint(lamps, "#ffffff")
    canvas.light(lamps, "#dff2ff", blur=3)
    canvas.light(lamps, "#a9d6ff", 0.9, blur=12)


def _ball(canvas: Canvas, centre: Point, radius: float) -> None:
    """A football with dark patches and a shaded underside."""
    canvas.paint(Mask(centre).ellipse(0, radius + 4, 9.4, 3.4), "#021408", 0.7, blur=1.5)
    ball = Mask(centre).ellipse(0, 0, radius)
    canvas.paint(ball, [(centre[1] - radius, "#ffffff"), (centre[1] + radius, "#8fa3b0")])
    corners = [(math.cos(a), math.sin(a)) for a in (0.3 + k * math.tau / 5 for k in range(5))]
    patches = Mask(centre, (radius, radius))
    for x, y in ((0.0, 0.0), *corners):
        patches.polygon([(x * 0.92 + dx * 0.34, y * 0.92 + dy * 0.34) for dx, dy in corners])
    canvas.paint(patches.within(ball), "#141c28")


def the_quiet_ledger(rng: Random) -> Image.Image:
    """Crime thriller: a man in a hat under a street lamp, a wet street, the city behind."""
    canvas = Canvas([(0, "#05070d"), (150, "#10202c"), (300, "#2b4a50")])
    canvas.glow(150, 300, 170, "#d0923f", 0.6)
    _skyline(canvas, rng, (110, 190), "#1b313b", "#9fb3aa")
    _skyline(canvas, rng, (60, 140), "#0b161e", "#e8b25a")
    canvas.reflect(318)
    canvas.paint(Mask().box(0, 318, WIDTH, HEIGHT), "#05090d", 0.5)
    puddles = scatter(rng, 80, (110, 290), (320, 420), (4, 20), flat=0.05)
    puddles.within(Mask().ellipse(200, 350, 100, 90).blur(20))
    canvas.light(puddles, "#f0b45a", 0.6, blur=0.6)
    canvas.paint(Mask().box(0, 316.5, WIDTH, 2), "#04070a")
    _street_lamp(canvas, (212, 152))
    man = _silhouette(canvas, _man_in_hat, (178, 352), 1.18, "#8a5f28")
    canvas.paint(man, "#04060a")
    rain = Mask()
    for _ in range(330):
        x, y, length = rng.uniform(-10, WIDTH + 30), rng.uniform(-20, HEIGHT), rng.uniform(7, 20)
        drop = [(x, y), (x - length * 0.2, y + length)]
        rain.stroke(drop, 0.5, value=rng.randint(30, 150))
    canvas.light(rain, "#b9cdd2", 0.5)
    canvas.title("THE QUIET\nLEDGER", 38, 38, "#f2d9a0", gap=0.14)
    canvas.title("EVERY DEBT HAS A NAME", 424, 8.5, "#d9b877", gap=0.42)
    return canvas.finish(rng, grain=0.08, vignette=0.45)


def _skyline(canvas: Canvas, rng: Random, heights: Point, wall: str, pane: str) -> None:
    """A row of city buildings, some windows lit, haze at their feet."""
    walls, windows = Mask(), Mask()
    left = -6.0
    while left < WIDTH:
        width, height = rng.uniform(17, 34), rng.uniform(*heights)
        walls.box(left, 318 - height, width + 0.5, height)
        walls.box(left + width * 0.25, 312 - height, width * rng.choice((0, 0.02, 0.5)), 7)
        for row, column in itertools.product(range(int(height / 6) - 1), range(int(width / 4) - 1)):
            x, y = left + 3 + column * 4.2, 322 - height + row * 6
            if rng.random() < 0.15:
                windows.box(x, y, 2.1, 3, rng.randint(90, 255))
        left += width
    canvas.paint(walls, wall)
    canvas.light(windows, pane, 0.75)
    canvas.light(windows, pane, 0.5, blur=2.5)
    canvas.light(Mask().box(0, 270, WIDTH, 50), "#4a5b52", 0.4, blur=18)


def _street_lamp(canvas: Canvas, head: Point) -> None:
    """A curved lamp, its cone of light and the pool it makes on the ground."""
    cone = Mask(head).polygon("-7,6 5,6 46,204 -112,204")
    canvas.light(cone.fade([(head[1], "#bfbfbf"), (356, "#292929")]), "#ffc46b", 0.6, blur=6)
    canvas.light(Mask(head).ellipse(-33, 202, 84, 15), "#ffb85a", 0.55, blur=8)
    post = Mask(head).curve("52,200 52,88 50,14 32,-10 0,0", 3.2).polygon("-10,5 8,5 4,-4 -5,-4")
    canvas.paint(post.box(48, 174, 8, 28).box(45, 197, 14, 6), "#030508")
    canvas.paint(Mask(head).ellipse(-1, 6, 7, 2.6), "#fff3cf")
    canvas.glow(head[0] - 1, head[1] + 7, 48, "#ffb44f", 0.95)


def _man_in_hat(figure: Mask) -> Mask:
    """A man in a long coat and a hat, 100 units tall."""
    figure.blob(mirrored("0,-98 4.6,-99 5.4,-93")).ellipse(0, -93, 9.5, 1.7)
    figure.ellipse(0, -89.5, 4.6, 5.8).polygon("-3,-86 3,-86 7,-80 -7,-80")
    coat = "5,-84 12,-80 14.5,-72 17,-57 13,-48 12,-46 15,-22"
    legs = "9.4,-22 8.8,-5 11.6,-1.6 10.6,0 3,0 2.6,-20 0,-24"
    return figure.polygon(mirrored(f"{coat} {legs}"))
