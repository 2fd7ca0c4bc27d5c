"""Colour profiles, made by hand: of RGB spaces wider than sRGB, of grey, and of printing inks."""

import struct
from collections.abc import Sequence

import numpy as np
from PIL import Image

__all__ = [
    "ADOBE_RGB",
    "DISPLAY_P3",
    "PROPHOTO",
    "SRGB",
    "RgbSpace",
    "grey_profile",
    "inks_profile",
]


class RgbSpace:
    """An RGB space: its primaries against the white of profiles (D50), and its curve."""

    def __init__(self, name: str, gamma: float | None, primaries: Sequence[Sequence[float]]):
        """Take the XYZ of red, green and blue; a gamma of None is the curve of sRGB."""
        self._name = name
        self._gamma = gamma
        self._matrix = np.array(primaries).T

    def profile(self) -> bytes:
        """Return the space as an ICC profile, version 2."""
        columns = zip((b"rXYZ", b"gXYZ", b"bXYZ"), self._matrix.T, strict=True)
        curve = _curve(self._decoded(np.linspace(0, 1, 1024)))
        curves = dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), curve)
        return _profile(b"RGB ", b"mntr", self._name, {t: _xyz(c) for t, c in columns} | curves)

    def encode(self, picture: Image.Image) -> Image.Image:
        """Return the picture, in sRGB, as it is stored in this space."""
        linear = SRGB._decoded(np.asarray(picture) / 255) @ SRGB._matrix.T
        linear = (linear @ np.linalg.inv(self._matrix).T).clip(0, 1)
        values = np.interp(linear, self._decoded(_LEVELS), _LEVELS)
        return Image.fromarray((values * 255).round().astype(np.uint8))

    def _decoded(self, values: np.ndarray) -> np.ndarray:
        if self._gamma:
            return values**self._gamma
        return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


_LEVELS = np.linspace(0, 1, 65_536)
SRGB = RgbSpace(
    "sRGB", None, [(0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)]
)
ADOBE_RGB = RgbSpace(
    "Adobe RGB (1998)",
    2.19921875,
    [(0.6097, 0.3111, 0.0195), (0.2053, 0.6257, 0.0609), (0.1492, 0.0632, 0.7446)],
)
DISPLAY_P3 = RgbSpace(
    "Display P3",
    None,
    [(0.5151, 0.2412, -0.0011), (0.2920, 0.6922, 0.0419), (0.1571, 0.0666, 0.7841)],
)
PROPHOTO = RgbSpace(
    "ProPhoto RGB",
    1.8,
    [(0.7977, 0.2880, 0.0), (0.1352, 0.7119, 0.0), (0.0313, 0.0001, 0.8249)],
)


def grey_profile(gamma: float) -> bytes:
    """Return the profile of a grey picture whose levels are light to the power of 1 / gamma."""
    return _profile(b"GRAY", b"mntr", "Grey", {b"kTRC": _curve(np.linspace(0, 1, 1024) ** gamma)})


def inks_profile() -> bytes:
    """Return a profile of four inks that together print as R = (1 - C)(1 - K), and so on."""
    corners = np.array(list(np.ndindex(2, 2, 2, 2)), float)
    rgb = (1 - corners[:, :3]) * (1 - corners[:, 3:])
    table = _lab_bytes(SRGB._decoded(rgb) @ SRGB._matrix.T)
    identity = bytes(range(256))
    unit = struct.pack(">9i", *(65_536 if i % 4 == 0 else 0 for i in range(9)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + unit + identity * 4 + table + identity * 3
    return _profile(b"CMYK", b"prtr", "Inks", {b"A2B0": lut}, b"Lab ")


def _lab_bytes(xyz: np.ndarray) -> bytes:
    scaled = xyz / (0.9642, 1.0, 0.8249)
    roots = np.where(scaled > 0.008856, np.cbrt(scaled), 7.787 * scaled + 16 / 116)
    lightness = (116 * roots[:, 1] - 16) * 2.55
    a, b = 500 * (roots[:, 0] - roots[:, 1]) + 128, 200 * (roots[:, 1] - roots[:, 2]) + 128
    return np.stack([lightness, a, b], 1).round().clip(0, 255).astype(np.uint8).tobytes()


def _xyz(values: Sequence[float] | np.ndarray) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(float(value) * 65_536) for value in values))


def _curve(light: np.ndarray) -> bytes:
    values = (light * 65_535).round().astype(">u2")
    return b"curv\0\0\0\0" + struct.pack(">I", len(values)) + values.tobytes()


def _profile(
    space: bytes, kind: bytes, name: str, tags: dict[bytes, bytes], connection: bytes = b"XYZ "
) -> bytes:
    text = name.encode() + b"\0"
    about = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text + bytes(78)
    tags = {b"desc": about, b"wtpt": _xyz((0.9642, 1.0, 0.8249)), **tags}
    place, table, body = 128 + 4 + 12 * len(tags), b"", b""
    for tag, content in tags.items():
        padded = content + bytes(-len(content) % 4)
        table += tag + struct.pack(">II", place + len(body), len(content))
        body += padded
    head = struct.pack(
        ">I4sI4s4s4s", place + len(body), b"\0\0\0\0", 0x02400000, kind, space, connection
    )
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63_190, 65_536, 54_061) + bytes(48)
    return head + struct.pack(">I", len(tags)) + table + body
