"""`python -m benchmarks.scaling`: how the time grows with posters in a batch, pixels, and words.

The posters of several sizes are one example poster, enlarged, with the grain of film over it.
"""

import argparse
import io
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.timing import in_turn, machine, milliseconds, spread, table
from gradio_app.classifier import FilmClassifier
from gradio_app.preprocessing import decode_poster

ROOT = Path(__file__).parents[1]
POSTER = ROOT / "gradio_app" / "examples" / "marrow-hill.jpg"
BATCHES = (1, 2, 8, 32)
SIZES = ((180, 265), (300, 440), (1000, 1500), (2000, 3000), (4000, 6000))
WORDS = (5, 20, 50, 100, 1000)


def main() -> None:
    """Measure, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    classifier = FilmClassifier.from_dir(ROOT / "onnx_models")
    print(machine("onnxruntime", "pillow", "tokenizers"), f"{rounds} rounds, one thread", sep="\n")
    for part in (batches, sizes, words):
        print("", part(classifier, rounds), sep="\n")


def batches(classifier: FilmClassifier, rounds: int) -> str:
    """Return a table of the milliseconds a poster, in one call of the app and of onnxruntime."""
    reader = classifier.poster
    rng = np.random.default_rng(1)
    shape = (max(BATCHES), *reader.pixels(POSTER).shape)
    pixels = rng.integers(0, 256, shape).astype(np.float32)
    session = reader._artifact.session
    (source,) = session.get_inputs()

    def one_by_one(n: int, _: int) -> np.ndarray:
        return reader.predict_pixels(pixels[:n])

    def together(n: int, _: int) -> np.ndarray:
        return session.run(None, {source.name: pixels[:n]})[0]

    alone = in_turn({f"{n}": partial(one_by_one, n) for n in BATCHES}, rounds)
    batch = in_turn({f"{n}": partial(together, n) for n in BATCHES}, rounds)
    rows = [(f"{n}", spread(alone[f"{n}"] / n), spread(batch[f"{n}"] / n)) for n in BATCHES]
    return table(("posters in a call", "ms a poster", "in one run of onnxruntime"), rows)


def sizes(classifier: FilmClassifier, rounds: int) -> str:
    """Return a table of the times that posters of several sizes take, from their files."""
    files = {f"{width} x {height}": enlarged(width, height) for width, height in SIZES}
    decoded = in_turn({name: partial(_decoded, file) for name, file in files.items()}, rounds)
    whole = {
        name: lambda _, file=file: classifier.poster.predict(file) for name, file in files.items()
    }
    times = in_turn(whole, rounds)
    usual = times["300 x 440"]
    rows = [
        (
            name,
            f"{len(file) / 1e6:.2f}",
            spread(decoded[name]),
            spread(times[name]),
            f"{np.median(times[name] / usual):.1f}",
        )
        for name, file in files.items()
    ]
    return table(("JPEG", "MB", "decoded, ms", "read, ms", "ratio to 300 x 440"), rows)


def enlarged(width: int, height: int) -> bytes:
    """Return a poster as a JPEG file of this size."""
    rng = np.random.default_rng(1)
    image = Image.open(POSTER).convert("RGB").resize((width, height), Image.Resampling.BICUBIC)
    grain = rng.normal(0, 6, (height, width, 1)).astype(np.float32)
    pixels = np.clip(np.asarray(image) + grain, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    return file.getvalue()


def _decoded(file: bytes, _: int) -> Image.Image:
    return decode_poster(file)


def words(classifier: FilmClassifier, rounds: int) -> str:
    """Return a table of the times that overviews of several lengths take."""
    text = "A young detective hunts a ghost in an old house near the sea."
    overviews = {f"{n} words": " ".join((text.split() * n)[:n]) for n in WORDS}
    calls = {
        name: lambda _, overview=overview: classifier.predict(overview=overview)
        for name, overview in overviews.items()
    }
    return milliseconds(in_turn(calls, rounds), f"{WORDS[-2]} words")


if __name__ == "__main__":
    main()
