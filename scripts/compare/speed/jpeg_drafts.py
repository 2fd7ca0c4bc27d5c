"""`python -m scripts.compare.speed.jpeg_drafts --data DATA`: may large JPEGs be decoded smaller?

A JPEG can be decoded at a half, a quarter or an eighth of its size, straight from its frequencies.
Posters of the film data are enlarged, with the grain of film and some small print, and what the
poster CNN answers for the smaller decoding is compared with its answer for the whole one.
docs/decisions/0023 says what was found.
"""

import argparse
import io
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from benchmarks.timing import machine, table
from gradio_app.classifier import FilmClassifier, PosterClassifier

ROOT = Path(__file__).parents[3]
POSTERS = 24
SIZES = ((1000, 1500), (2000, 3000), (4000, 6000))
#: How many times the model's input a decoding has at least.
LEAST = (2, 3, 4)


def main() -> None:
    """Compare, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    reader = FilmClassifier.from_dir(ROOT / "onnx_models").poster
    rng = np.random.default_rng(1)
    files = sorted((data / "posters").glob("*.jpg"))
    chosen = [files[number] for number in rng.permutation(len(files))[:POSTERS]]
    height, width, _ = reader.pixels(chosen[0]).shape
    print(machine("pillow", "onnxruntime"), f"{POSTERS} posters", "", sep="\n")
    rows = []
    for size in SIZES:
        jpegs = [enlarged(file, *size, rng) for file in chosen]
        whole = [decoded(jpeg, None) for jpeg in jpegs]
        for least in LEAST:
            drafts = [decoded(jpeg, (least * width, least * height)) for jpeg in jpegs]
            pairs = zip(whole, drafts, strict=True)
            answers = [[_answer(reader, image) for image, _ in pair] for pair in pairs]
            differences = [np.abs(one - other).max() for one, other in answers]
            times = [np.median([ms for _, ms in each]) for each in (whole, drafts)]
            rows.append(
                (
                    f"{size[0]} x {size[1]}, at least {least} times the input",
                    f"{drafts[0][0].width} x {drafts[0][0].height}",
                    f"{np.median(differences):.4f}",
                    f"{max(differences):.4f}",
                    f"{times[1]:.0f} instead of {times[0]:.0f}",
                )
            )
    head = ("", "decoded as", "median difference of a probability", "largest", "ms")
    print(table(head, rows))


def enlarged(file: Path, width: int, height: int, rng: np.random.Generator) -> bytes:
    """Return a poster as a JPEG of this size, with detail as fine as a pixel."""
    image = Image.open(file).convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 6, (height, width, 1)).astype(np.float32)
    image = Image.fromarray(np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for left, top in rng.integers(0, (width, height), (40, 2)).tolist():
        draw.text((left, top), "A FILM BY SOMEBODY", "white")
    written = io.BytesIO()
    image.save(written, "JPEG", quality=90)
    return written.getvalue()


def decoded(jpeg: bytes, least: tuple[int, int] | None) -> tuple[Image.Image, float]:
    """Return a picture of at least this size, whole if None, and the milliseconds it took."""
    begin = time.perf_counter()
    image = Image.open(io.BytesIO(jpeg))
    if least:
        image.draft(None, least)
    image.load()
    return image, (time.perf_counter() - begin) * 1000


def _answer(reader: PosterClassifier, image: Image.Image) -> np.ndarray:
    return reader.predict_pixels(reader.pixels(image)[None])[0]


if __name__ == "__main__":
    main()
