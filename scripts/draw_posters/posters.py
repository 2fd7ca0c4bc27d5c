"""All the pictures, by the name of their file."""

from collections.abc import Callable
from pathlib import Path
from random import Random

from PIL import Image

from scripts.draw_posters import adventures, dark_nights, lighthearted, typescript

QUALITY = 88

POSTERS: dict[str, Callable[[Random], Image.Image]] = {
    "the-tethys-relay": adventures.the_tethys_relay,
    "pim-and-the-cloud-whale": adventures.pim_and_the_cloud_whale,
    "marrow-hill": dark_nights.marrow_hill,
    "long-way-to-the-whistle": dark_nights.long_way_to_the_whistle,
    "the-quiet-ledger": dark_nights.the_quiet_ledger,
    "table-for-almost-two": lighthearted.table_for_almost_two,
    "lemon-season": lighthearted.lemon_season,
    "what-the-glacier-kept": typescript.what_the_glacier_kept,
}


def draw_posters(folder: Path) -> list[Path]:
    """Draw every poster into a folder and return the files written."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for slug, draw in POSTERS.items():
        path = folder / f"{slug}.jpg"
        draw(Random(slug)).save(path, "JPEG", quality=QUALITY, optimize=True)
        written.append(path)
    return written
