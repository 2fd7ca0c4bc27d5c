"""The drawing tools of all posters: stencils, paint, light, curves and lettering."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 300, 440
SCALE = 3  # painted so much larger and reduced at the end, for clean edges
SIZE = (WIDTH * SCALE, HEIGHT * SCALE)

Point = tuple[float, float]
Points = str | Sequence[Point]  # a string is written as in SVG: "x,y x,y ..."
Stops = Sequence[tuple[float, str]]  # the heights of a vertical gradient and their colours


def points(path: Points) -> list[Point]:
    """The points of a path."""
    if not isinstance(path, str):
        return list(path)
    pairs = (pair.split(",") for pair in path.split())
    return [(float(x), float(y)) for x, y in pairs]


def mirrored(path: Points) -> list[Point]:
    """The outline whose right half is the path and whose axis is x = 0."""
    half = points(path)
    return half + [(-x, y) for x, y in reversed(half)]


def smooth(path: Points, closed: bool = True, steps: int = 12) -> list[Point]:
    """A Catmull-Rom curve through the points of a path."""
    knots = points(path)
    before, after = (knots[-1:], knots[:2]) if closed else (knots[:1], knots[-1:])
    knots = before + knots + after
    curve = []
    for near in zip(knots, knots[1:], knots[2:], knots[3:], strict=False):
        for t in (step / steps for step in range(steps)):
            x, y = (
                b + t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a))) / 2
                for a, b, c, d in zip(*near, strict=True)
            )
            curve.append((x, y))
    return [*curve, knots[-2]]


def gradient(stops: Stops) -> Image.Image:
    """A picture of the canvas's size that runs through colours from top to bottom."""
    image = Image.new("RGB", SIZE, stops[-1][1])
    image.paste(stops[0][1], (0, 0, SIZE[0], max(0, round(stops[0][0] * SCALE))))
    for (y0, upper), (y1, lower) in itertools.pairwise(stops):
        top, bottom = round(y0 * SCALE), round(y1 * SCALE)
        band = Image.new("RGB", (SIZE[0], bottom - top), upper)
        band.paste(lower, (0, 0, *band.size), Image.linear_gradient("L").resize(band.size))
        image.paste(band, (0, top))
    return image


class Mask:
    """A stencil: shapes in units of ``unit``, placed around ``at``, in greys up to 255."""

    def __init__(self, at: Point = (0, 0), unit: Point = (1, 1)) -> None:
        self.image = Image.new("L", SIZE, 0)
        self._pen = ImageDraw.Draw(self.image)
        self._at, self._unit = at, unit

    def _place(self, x: float, y: float) -> Point:
        """Units to pixels."""
        (left, top), (across, down) = self._at, self._unit
        return (left + x * across) * SCALE, (top + y * down) * SCALE

    def polygon(self, path: Points, value: int = 255) -> Mask:
        """Fill a polygon."""
        self._pen.polygon([self._place(x, y) for x, y in points(path)], fill=value)
        return self

    def blob(self, path: Points) -> Mask:
        """Fill the closed curve through some points."""
        return self.polygon(smooth(path))

    def box(self, x: float, y: float, width: float, height: float, value: int = 255) -> Mask:
        """Fill a rectangle given by its upper left corner."""
        right, bottom = x + width, y + height
        return self.polygon([(x, y), (right, y), (right, bottom), (x, bottom)], value)

    def ellipse(
        self, x: float, y: float, rx: float, ry: float | None = None, value: int = 255
    ) -> Mask:
        """Fill an ellipse, or a disc without ``ry``, around its centre."""
        ry = rx if ry is None else ry
        (x0, y0), (x1, y1) = self._place(x - rx, y - ry), self._place(x + rx, y + ry)
        self._pen.ellipse((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)), fill=value)
        return self

    def stroke(self, path: Points, width: float, end: float = 0, value: int = 255) -> Mask:
        """Draw a line through points, of one width or from one to another at its end."""
        line = points(path)
        step = ((end or width) - width) / (len(line) - 1)
        for i, ((x0, y0), (x1, y1)) in enumerate(itertools.pairwise(line)):
            r0, r1 = (width + step * i) / 2, (width + step * (i + 1)) / 2
            length = math.hypot(x1 - x0, y1 - y0) or 1
            nx, ny = (y0 - y1) / length, (x1 - x0) / length
            ends = ((x0, y0, r0), (x1, y1, r1), (x1, y1, -r1), (x0, y0, -r0))
            self.polygon([(x + nx * r, y + ny * r) for x, y, r in ends], value)
            self.ellipse(x0, y0, r0, value=value).ellipse(x1, y1, r1, value=value)
        return self

    def curve(self, path: Points, width: float, end: float = 0) -> Mask:
        """Draw a curved line through points."""
        return self.stroke(smooth(path, closed=False), width, end)

    def cloud(self, rng: Random, x: float, y: float, width: float, height: float) -> Mask:
        """Fill a heap of round puffs."""
        for part in (step / 12 for step in range(13)):
            arch = math.sin(math.pi * part) ** 0.8
            radius = height * (0.2 + 0.34 * arch) * rng.uniform(0.8, 1.15)
            self.ellipse(x + (part - 0.5) * width, y - arch * height * 0.45, radius)
        return self.ellipse(x, y + height * 0.05, width * 0.5, height * 0.28)

    def text(self, text: str, at: Point, size: float, gap: float = 0) -> Mask:
        """Letter a line whose capitals are centred on a point; the gap is in ems."""
        font = ImageFont.load_default(size * SCALE)
        steps = [font.getlength(letter) + gap * size * SCALE for letter in text]
        left, baseline = self._place(at[0] + gap * size / 2, at[1] + size * 0.36)
        left -= sum(steps) / 2
        bold = int(size * SCALE / 40)
        for letter, step in zip(text, steps, strict=True):
            self._pen.text((left, baseline), letter, 255, font, "ls", stroke_width=bold)
            left += step
        return self

    def rotate(self, degrees: float, centre: Point) -> Mask:
        """Turn what is drawn so far around a point of the poster."""
        pivot = (centre[0] * SCALE, centre[1] * SCALE)
        self.image.paste(self.image.rotate(degrees, Image.Resampling.BICUBIC, center=pivot))
        return self

    def blur(self, radius: float) -> Mask:
        """Soften what is drawn so far."""
        self.image.paste(self.image.filter(ImageFilter.GaussianBlur(radius * SCALE)))
        return self

    def within(self, other: Mask) -> Mask:
        """Keep what lies inside another mask."""
        self.image.paste(ImageChops.multiply(self.image, other.image))
        return self

    def fade(self, stops: Stops) -> Mask:
        """Keep what a vertical gradient of greys leaves: white all, black nothing."""
        self.image.paste(ImageChops.multiply(self.image, gradient(stops).convert("L")))
        return self


def scatter(
    rng: Random, count: int, x: Point, y: Point, radius: Point, *, flat: float = 1, skew: float = 1
) -> Mask:
    """Spots strewn over ranges of x, y and radius; a skew above 1 makes the large ones rare."""
    mask = Mask()
    for _ in range(count):
        size = radius[0] + (radius[1] - radius[0]) * rng.random() ** skew
        value = rng.randint(60, 255)
        mask.ellipse(rng.uniform(*x), rng.uniform(*y), size, size * flat, value)
    return mask


class Canvas:
    """The poster being painted."""

    def __init__(self, background: Stops) -> None:
        self.image = gradient(background)

    def paint(
        self, mask: Mask, fill: str | Stops | Image.Image, opacity: float = 1, blur: float = 0
    ) -> None:
        """Cover the mask with a colour, a gradient or a picture."""
        source = fill if isinstance(fill, (str, Image.Image)) else gradient(fill)
        stencil = mask.image.filter(ImageFilter.GaussianBlur(blur * SCALE))
        self.image.paste(source, (0, 0, *SIZE), stencil.point(lambda v: round(v * opacity)))

    def light(self, mask: Mask, colour: str, brightness: float = 1, blur: float = 0) -> None:
        """Add light of a colour through the mask."""
        layer = Canvas([(0, "black")])
        layer.paint(mask, colour, brightness, blur)
        self.image = ImageChops.screen(self.image, layer.image)

    def glow(self, x: float, y: float, radius: float, colour: str, brightness: float = 1) -> None:
        """Add a soft round light."""
        self.light(Mask().ellipse(x, y, radius * 0.6), colour, brightness, radius * 0.45)

    def title(
        self, text: str, y: float, size: float, fill: str, *, gap: float = 0, shadow: float = 0
    ) -> None:
        """Letter centred lines from y downward."""
        mask = Mask()
        for number, line in enumerate(text.splitlines()):
            mask.text(line, (WIDTH / 2, y + number * size * 1.16), size, gap)
        self.paint(mask, "black", shadow, blur=3)
        self.paint(mask, fill)

    def reflect(self, y: float) -> None:
        """Replace what lies below a height by the blurred reflection of what lies above."""
        edge = round(y * SCALE)
        mirror = self.image.crop((0, 2 * edge - SIZE[1], SIZE[0], edge))
        mirror = mirror.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        self.image.paste(mirror.filter(ImageFilter.GaussianBlur(2 * SCALE)), (0, edge))

    def finish(self, rng: Random, grain: float, vignette: float) -> Image.Image:
        """Darken the corners, reduce to the poster's size and lay a fine grain over it."""
        corners = Mask().box(0, 0, WIDTH, HEIGHT)
        corners.ellipse(WIDTH / 2, HEIGHT / 2, WIDTH * 0.56, HEIGHT * 0.56, value=0)
        self.paint(corners, "black", vignette, blur=45)
        small = self.image.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        noise = Image.frombytes("L", small.size, rng.randbytes(WIDTH * HEIGHT))
        noise = noise.filter(ImageFilter.GaussianBlur(0.5)).point(lambda v: round(v * grain))
        layer = Image.merge("RGB", [noise] * 3)
        return ImageChops.add(small, layer, offset=-round(128 * grain))
