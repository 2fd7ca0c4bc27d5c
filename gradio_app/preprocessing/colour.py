"""A decoded picture in any colours -> 8-bit sRGB, without transparency."""

import io
from collections.abc import Callable
from functools import lru_cache, partial

import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin

from gradio_app.errors import InputError
from gradio_app.limits import MAX_PROFILE_BYTES

__all__ = ["colour_conversion"]

Conversion = Callable[[Image.Image], Image.Image]

#: The mode that a profile reads, by its colour space, and the modes of pictures that can have it.
_PROFILE_MODES = {
    "RGB ": ("RGB", ("RGB", "RGBA", "RGBX", "P", "PA", "L", "LA", "1", "YCbCr")),
    "GRAY": ("L", ("L", "LA", "1", "I", "I;16", "I;16B", "I;16L", "I;16N")),
    "CMYK": ("CMYK", ("CMYK",)),
}
#: A profile that changes no colour by more levels (of 255) than this is sRGB: rounding, and the
#: versions of the standard, make that much.
_SRGB_TOLERANCE = 3
_SHORT_PROFILE = 65_536  # bytes: the answer for these is kept


def colour_conversion(image: Image.Image) -> Conversion:
    """Return what makes a picture, or any part of it, 8-bit sRGB.

    Transparency is laid over white, 16 and 32 bits are scaled to 8, and the colours of a profile
    become those of sRGB; a damaged profile, or that of another kind of picture, is ignored.

    Args:
        image: the whole picture, decoded.

    Raises:
        InputError: it cannot be known which colours are meant.

    >>> grey = Image.new("I;16", (1, 1), 40_000)
    >>> colour_conversion(grey)(grey).getpixel((0, 0))
    (156, 156, 156)
    """
    if image.mode == "F":
        raise InputError("The poster has floating-point pixels; save it with 8 bits a channel.")
    if image.format in ("JPEG", "MPO") and image.mode == "CMYK" and "adobe" not in image.info:
        raise InputError(
            "The poster is a CMYK JPEG without Adobe's marker, so it does not say whether its inks "
            "are inverted; save it in RGB."
        )
    steps = _scaling(image)
    return partial(_convert, scale=steps, transform=_transform(image))


def _convert(
    image: Image.Image, scale: Conversion | None, transform: ImageCms.ImageCmsTransform | None
) -> Image.Image:
    if scale:
        image = scale(image)
    if image.has_transparency_data:
        layer = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer)
    if not transform:
        return image.convert("RGB")
    converted = transform.apply(image.convert(transform.input_mode))
    return converted


def _scaling(image: Image.Image) -> Conversion | None:
    if image.mode.startswith("I;16"):
        return partial(_scale, divisor=_sixteen_bits(image), inverted=_white_is_zero(image))
    if image.mode == "I":
        return partial(_scale, divisor=_thirty_two_bits(image), inverted=False)
    return None


def _scale(image: Image.Image, divisor: int, inverted: bool) -> Image.Image:
    values = np.asarray(image)
    if divisor == 2**24:  # unsigned, which Pillow holds as signed
        values = values.view(np.uint32)
    grey = (values // divisor).clip(0, 255).astype(np.uint8)
    return Image.fromarray(255 - grey if inverted else grey)


def _sixteen_bits(image: Image.Image) -> int:
    twelve = isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(258) == (12,)
    return 16 if twelve else 256


def _white_is_zero(image: Image.Image) -> bool:
    # Pillow heeds it for 1 to 8 bits only.
    return isinstance(image, TiffImagePlugin.TiffImageFile) and image.tag_v2.get(262) == 0


def _thirty_two_bits(image: Image.Image) -> int:
    """Return by what 32-bit grey is divided.

    Programs write 8, 16 or all 32 bits into it, and nothing in the file says which: it is the
    range of which the brightest pixel is in the upper half.
    """
    lowest, highest = image.getextrema()
    assert isinstance(lowest, int | float)
    assert isinstance(highest, int | float)
    signed = not isinstance(image, TiffImagePlugin.TiffImageFile) or (
        image.tag_v2.get(339, (1,))[0] == 2
    )
    if lowest < 0 and not signed:
        return 2**24
    for bits in (8, 16, 31 if signed else 32):
        if lowest >= 0 and (2 ** (bits - 1) <= highest < 2**bits or highest == 0):
            return 2 ** (bits - 8)
    raise InputError(
        "The poster has 32 bits a pixel, and it is unclear which of its values is white; save it "
        "with 8 bits a channel."
    )


def _transform(image: Image.Image) -> ImageCms.ImageCmsTransform | None:
    """Return what makes the colours of a picture's profile sRGB; None where nothing is to do."""
    profile = image.info.get("icc_profile")
    if not isinstance(profile, bytes) or not 0 < len(profile) <= MAX_PROFILE_BYTES:
        return None
    is_srgb = _is_srgb if len(profile) <= _SHORT_PROFILE else _is_srgb.__wrapped__
    if is_srgb(profile):
        return None
    try:
        mode, modes = _PROFILE_MODES[profile[16:20].decode("latin-1")]
        return _build(profile, mode) if image.mode in modes else None
    except (KeyError, OSError, ImageCms.PyCMSError):
        return None


def _build(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@lru_cache(maxsize=16)
def _is_srgb(profile: bytes) -> bool:
    """Return whether a profile leaves colours as they are; so does one that cannot be used."""
    space = profile[16:20]
    if space not in (b"RGB ", b"GRAY"):
        return False
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels), -1).reshape(27, 27, 3)
    probe = Image.fromarray(cube if space == b"RGB " else cube[..., 0])
    try:
        converted = _build(profile, probe.mode).apply(probe)
    except (OSError, ImageCms.PyCMSError):
        return True
    difference = np.asarray(converted).astype(int) - np.asarray(probe.convert("RGB"))
    return bool(np.abs(difference).max() <= _SRGB_TOLERANCE)
