"""A poster or an overview becomes exactly the model's input, or one sentence that says why not."""

import io
import random
import re
import string
import struct
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from gradio_app.errors import InputError
from gradio_app.limits import MAX_OVERVIEW_CHARACTERS, MAX_POSTER_PIXELS
from gradio_app.preprocessing import (
    build_tokenizer,
    clean_overview,
    decode_poster,
    encode_overviews,
    poster_to_pixels,
)

RED, GREEN, BLUE, WHITE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255,) * 3, (0,) * 3


def encoded(image: Image.Image, suffix: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, suffix, **options)
    return file.getvalue()


def halves(mode: str = "RGB", size: tuple[int, int] = (40, 20)) -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", size, RED)
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill=BLUE)
    return image.convert(mode)


def png_header(width: int, height: int) -> bytes:
    """A PNG file that promises width x height pixels and brings none."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def refusal(poster: object, **options: int) -> str:
    """The sentence with which a poster is refused."""
    with pytest.raises(InputError) as caught:
        decode_poster(poster, **options)
    message = str(caught.value)
    assert "\n" not in message
    assert message.endswith(".")
    return message


def close(pixel: tuple[int, ...], expected: tuple[int, ...], tolerance: int = 12) -> bool:
    return len(pixel) == 3 and np.abs(np.subtract(pixel, expected)).max() <= tolerance


# --- decoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize("source", ["path", "str", "bytes", "image"])
def test_every_source_gives_the_same_picture(source: str, tmp_path: Path):
    picture = halves()
    file = tmp_path / "poster.png"
    picture.save(file)
    poster = {"path": file, "str": str(file), "bytes": file.read_bytes(), "image": picture}[source]

    decoded = decode_poster(poster)

    assert (decoded.mode, decoded.size) == ("RGB", (40, 20))
    assert np.array_equal(decoded, picture)


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "MPO"])
def test_formats(suffix: str):
    decoded = decode_poster(encoded(halves(), suffix))
    assert decoded.size == (40, 20)
    assert close(decoded.getpixel((5, 10)), RED)
    assert close(decoded.getpixel((35, 10)), BLUE)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGB", RED, RED),
        ("L", 77, (77, 77, 77)),
        ("1", 1, WHITE),
        ("1", 0, BLACK),
        ("LA", (0, 255), BLACK),
        ("LA", (0, 0), WHITE),
        ("RGBA", (*GREEN, 255), GREEN),
        ("RGBA", (*GREEN, 0), WHITE),
        ("RGBA", (255, 0, 0, 128), (255, 127, 127)),
    ],
)
def test_modes_are_made_rgb_and_transparency_lies_over_white(
    mode: str, colour: object, expected: tuple[int, ...]
):
    decoded = decode_poster(encoded(Image.new(mode, (3, 2), colour), "PNG"))
    assert decoded.mode == "RGB"
    assert decoded.getpixel((1, 1)) == expected


@pytest.mark.parametrize("suffix", ["PNG", "GIF"])
def test_palette(suffix: str):
    palette = halves().quantize(4)
    assert palette.mode == "P"
    assert decode_poster(encoded(palette, suffix)).getpixel((5, 10)) == RED
    transparent = encoded(palette, suffix, transparency=palette.getpixel((5, 10)))
    assert decode_poster(transparent).getpixel((5, 10)) == WHITE
    assert decode_poster(transparent).getpixel((35, 10)) == BLUE


def test_palette_with_graded_transparency():
    palette = halves().quantize(4)
    levels = bytearray([255] * 4)
    levels[palette.getpixel((5, 10))] = 128
    decoded = decode_poster(encoded(palette, "PNG", transparency=bytes(levels)))
    assert decoded.getpixel((5, 10)) == (255, 127, 127)


def test_cmyk_jpeg():
    poster = encoded(halves("CMYK"), "JPEG", quality=95)
    assert Image.open(io.BytesIO(poster)).mode == "CMYK"
    assert close(decode_poster(poster).getpixel((5, 10)), RED)


@pytest.mark.parametrize(
    ("value", "grey"), [(0, 0), (255, 0), (256, 1), (40_000, 156), (65_535, 255)]
)
def test_16_bit_grey_is_scaled_not_clipped(value: int, grey: int):
    poster = encoded(Image.fromarray(np.full((2, 3), value, np.uint16)), "PNG")
    assert decode_poster(poster).getpixel((0, 0)) == (grey, grey, grey)


def test_first_frame_of_an_animation():
    frames = [Image.new("RGB", (4, 4), colour) for colour in (RED, BLUE)]
    animation = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_poster(animation).getpixel((0, 0)) == RED


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_from_every_source(orientation: int, tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    file = tmp_path / "poster.png"
    halves().save(file, exif=exif)
    left_part_lies = {1: "left", 2: "right", 3: "right", 4: "left", 5: "top", 6: "top"}
    expected = {
        "left": halves(),
        "right": halves().rotate(180),
        "top": halves().rotate(-90, expand=True),
        "bottom": halves().rotate(90, expand=True),
    }[left_part_lies.get(orientation, "bottom")]

    for poster in (file, file.read_bytes(), Image.open(file)):
        assert np.array_equal(decode_poster(poster), expected)


def test_an_open_picture_is_left_as_it_is():
    picture = halves("RGBA")
    decode_poster(picture)
    assert picture.mode == "RGBA"
    assert picture.getpixel((0, 0)) == (*RED, 255)


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(("limit", "accepted"), [(799, False), (800, True), (801, True)])
def test_pixel_limit(limit: int, accepted: bool):
    poster = encoded(halves(size=(40, 20)), "PNG")
    if accepted:
        assert decode_poster(poster, max_pixels=limit).size == (40, 20)
    else:
        assert "40 x 20 pixels" in refusal(poster, max_pixels=limit)


@pytest.mark.parametrize(
    ("width", "height"), [(MAX_POSTER_PIXELS + 1, 1), (10_000, 10_000), (60_000, 60_000)]
)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_its_header(width: int, height: int):
    bomb = png_header(width, height)
    assert len(bomb) < 100
    begin = time.process_time()
    assert "pixels, more than the 50,000,000" in refusal(bomb)
    assert time.process_time() - begin < 1


def test_an_open_bomb_is_refused_by_its_header():
    with Image.open(io.BytesIO(png_header(8_000, 8_000))) as bomb:
        assert "8000 x 8000 pixels" in refusal(bomb)


@pytest.mark.parametrize("suffix", ["JPEG", "PNG", "WEBP", "BMP", "TIFF"])
def test_half_a_file(suffix: str):
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    whole = encoded(noise, suffix)
    assert decode_poster(whole).size == (200, 200)
    assert "not a readable picture" in refusal(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0",
        b"This is a shopping list.",
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n",
        png_header(0, 0),
        encoded(halves(), "PPM"),
    ],
    ids=["empty", "NUL", "text", "SVG", "EPS", "no pixels", "PPM"],
)
def test_no_picture(content: bytes, tmp_path: Path):
    file = tmp_path / "poster.jpg"
    file.write_bytes(content)
    assert "poster.jpg is not a readable picture" in refusal(file)
    assert "not a readable picture" in refusal(content)


def test_floating_point_pixels():
    assert "floating-point" in refusal(encoded(Image.new("F", (2, 2)), "TIFF"))


def test_a_folder(tmp_path: Path):
    assert "not a readable picture" in refusal(tmp_path)


@pytest.mark.parametrize("name", ["missing.jpg", ""])
def test_a_missing_file(name: str, tmp_path: Path):
    assert "There is no poster file" in refusal(tmp_path / "nowhere" / name)


@pytest.mark.parametrize("name", ["\0.jpg", "x" * 5_000])
def test_a_name_that_no_file_can_have(name: str):
    refusal(name)


# --- pixels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fit", ["stretch", "pad"])
@pytest.mark.parametrize("size", [(1, 1), (1, 2000), (2000, 1), (50, 80), (64, 48), (300, 200)])
def test_pixels_have_the_models_shape(size: tuple[int, int], fit: str):
    pixels = poster_to_pixels(Image.new("RGB", size, "white"), 48, 64, fit)
    assert pixels.shape == (48, 64, 3)
    assert pixels.dtype == np.uint8
    assert pixels.max() == 255


def test_stretch_fills_the_whole_picture():
    assert (poster_to_pixels(Image.new("RGB", (10, 90), "white"), 48, 64, "stretch") == 255).all()


@pytest.mark.parametrize(
    ("size", "rows", "columns"),
    [
        ((64, 48), 48, 64),
        ((128, 24), 12, 64),
        ((12, 24), 48, 24),
        ((1, 2000), 48, 1),
        ((2000, 1), 1, 64),
    ],
)
def test_pad_keeps_the_aspect_ratio_in_the_middle(size: tuple[int, int], rows: int, columns: int):
    white = poster_to_pixels(Image.new("RGB", size, "white"), 48, 64, "pad").all(axis=2)
    assert (white.any(axis=1).sum(), white.any(axis=0).sum()) == (rows, columns)
    assert white.sum() == rows * columns
    for length, axis in ((48, 1), (64, 0)):
        where = np.flatnonzero(white.any(axis=axis))
        assert abs(where[0] - (length - 1 - where[-1])) <= 1


@pytest.mark.parametrize("size", [(200, 300), (300, 200), (63, 47), (91, 33), (64, 48), (7, 11)])
def test_pad_is_pillows_own(size: tuple[int, int]):
    noise = Image.merge("RGB", [Image.effect_noise(size, 90) for _ in range(3)])
    expected = ImageOps.pad(noise, (64, 48), Image.Resampling.BICUBIC, color="black")
    assert np.array_equal(poster_to_pixels(noise, 48, 64, "pad"), expected)


# --- overviews ----------------------------------------------------------------------------------

VOCABULARY = [
    "a",
    "heist",
    "unk",
    "pad",
    "É",
    "i̇stanbul",
    "istanbul",
    "straße",
    "мир",
    "a\xa0b",
    "x",
]
TOKENIZER = build_tokenizer(VOCABULARY)


def reference_ids(overview: str) -> list[int]:
    """Lowercase ASCII, dashes and slashes are spaces, strip punctuation, split at ASCII space."""
    lowered = "".join(c.lower() if c in string.ascii_uppercase else c for c in overview)
    parted = "".join(" " if c in "-/\u2013\u2014\u2026" else c for c in lowered)
    stripped = "".join(c for c in parted if c not in string.punctuation + "\u2018\u2019“”«»")
    words = [word for word in re.split("[ \t\n\r\x0b\x0c]", stripped) if word]
    return [VOCABULARY.index(word) + 2 if word in VOCABULARY else 1 for word in words]


@pytest.mark.parametrize(
    ("overview", "ids"),
    [
        ("A heist, again!", [2, 3, 1]),
        ("", []),
        (" \t\n\r\x0b\x0c", []),
        (string.punctuation, []),
        ("... a?! --heist-- ...", [2, 3]),
        ("he'ist he’ist h-e a-heist", [3, 3, 1, 1, 2, 3]),  # noqa: RUF001
        ("[UNK] [PAD]", [4, 5]),
        ("É é", [6, 1]),
        ("İstanbul i̇stanbul ISTANBUL", [1, 7, 8]),
        ("STRAßE STRASSE", [9, 1]),
        ("мир МИР", [10, 1]),
        ("a\xa0b a\xa0a", [11, 1]),
        ("電影 強盗", [1, 1]),
        ("a 🎬👩‍🚀 a", [2, 1, 2]),
        ("a\x1ca a\x1da a\x85a", [1, 1, 1]),
        ("a\x0ba\x0ca", [2, 2, 2]),
        ("a\0a a", [1, 2]),
        ("a\u2028a a\u3000a", [1, 1]),
        ("“a” a… a—a", [2, 2, 2, 2]),
        ("\ud800", []),
        ("a\udfff heist \ud83d", [2, 3]),
    ],
)
def test_ids_of_hostile_overviews(overview: str, ids: list[int]):
    cleaned = clean_overview(overview)
    assert reference_ids(cleaned) == ids
    assert TOKENIZER.encode(cleaned).ids == ids


def test_ids_of_random_overviews():
    rng = random.Random(1)
    alphabet = (
        "aAxXhHiIßÉİмЖ電🎬 \t\n\r\x0b\x0c\x1c\x00\x85\xa0\u2003[]'-_.,!^`{|}~\\"
        + string.punctuation
    )
    for _ in range(500):
        words = rng.choices([*VOCABULARY, *alphabet, " "], k=rng.randint(0, 40))
        overview = "".join(words)
        assert TOKENIZER.encode(overview).ids == reference_ids(overview), ascii(overview)


@pytest.mark.parametrize("codes", [range(0x0, 0x180), range(0x2000, 0x2070)])
def test_ids_around_every_low_character(codes: range):
    for code in codes:
        overview = f"a{chr(code)}heist {chr(code)}"
        assert TOKENIZER.encode(overview).ids == reference_ids(overview), hex(code)


@pytest.mark.parametrize(("words", "ids"), [(0, 0), (1, 1), (4, 4), (5, 5), (6, 5), (500, 5)])
def test_ids_are_cut_or_padded_at_the_end(words: int, ids: int):
    (encoded_ids,) = encode_overviews(TOKENIZER, ["a " * min(words, 1) + "heist " * (words - 1)], 5)
    assert encoded_ids.dtype == np.int32
    assert encoded_ids.tolist() == ([2] + [3] * 4)[:ids] + [0] * (5 - ids)


def test_a_batch_of_overviews_equals_its_singles():
    overviews = ["", "a", "a heist", "a heist " * 9]
    singles = [encode_overviews(TOKENIZER, [overview], 5)[0] for overview in overviews]
    assert np.array_equal(encode_overviews(TOKENIZER, overviews, 5), singles)
    assert encode_overviews(TOKENIZER, [], 5).shape == (0, 5)


@pytest.mark.parametrize("over", [-1, 0])
def test_longest_overview(over: int):
    overview = "a" * (MAX_OVERVIEW_CHARACTERS + over)
    assert clean_overview(overview) == overview


def test_too_long_an_overview():
    with pytest.raises(InputError, match=r"^The overview has 100,001 characters.* shorten it\.$"):
        clean_overview("a" * (MAX_OVERVIEW_CHARACTERS + 1))
