"""300 invented films of five genres of one's own: something to see and words for each."""

import random
from collections.abc import Callable
from pathlib import Path

from PIL import Image, ImageDraw

from tests.training.conftest import write_table

__all__ = ["GENRES", "make_invented_films"]

_SIZE = (80, 120)

_WORDS = {
    "Fairy Tale": (
        *(
            "princess",
            "dragon",
            "castle",
            "spell",
            "witch",
            "forest",
            "prince",
            "wish",
            "crown",
            "enchanted",
        ),
        *(),
    ),
    "Heist": (
        *(
            "vault",
            "diamonds",
            "crew",
            "plan",
            "safe",
            "guard",
            "alarm",
            "casino",
            "blueprint",
            "getaway",
        ),
        *(),
    ),
    "Noir": (
        *(
            "detective",
            "rain",
            "cigarette",
            "betrayal",
            "alley",
            "dame",
            "murder",
            "fog",
            "blackmail",
            "shadow",
        ),
        *(),
    ),
    "Space Opera": (
        *(
            "galaxy",
            "starship",
            "empire",
            "planet",
            "rebels",
            "captain",
            "alien",
            "orbit",
            "laser",
            "fleet",
        ),
        *(),
    ),
    "Western": (
        *(
            "sheriff",
            "outlaw",
            "saloon",
            "desert",
            "cattle",
            "ranch",
            "duel",
            "horse",
            "gold",
            "railway",
        ),
        *(),
    ),
}

GENRES = list(_WORDS)

_FILLERS = (
    *("A", "young", "old", "stranger", "finds", "the", "last", "of", "their", "friends", "and"),
    *("must", "choose", "before", "night", "falls", "while", "nobody", "knows", "who", "lies"),
)

_Draw = Callable[[ImageDraw.ImageDraw, random.Random], None]


def _fairy_tale(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle((0, 0, 80, 120), fill=(255, 190 + rng.randrange(40), 215))
    left = rng.randrange(10, 30)
    for tower in (0, 18, 36):
        draw.rectangle((left + tower, 60, left + tower + 10, 120), fill=(150, 120, 200))
        draw.polygon(
            [(left + tower - 3, 60), (left + tower + 5, 38), (left + tower + 13, 60)], "gold"
        )


def _heist(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle((0, 0, 80, 120), fill=(25, 70 + rng.randrange(40), 60))
    x, y = rng.randrange(30, 50), rng.randrange(45, 75)
    for radius in (28, 20, 6):
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), outline="silver", width=4)
    draw.line((x - 28, y, x + 28, y), fill="silver", width=3)


def _noir(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle((0, 0, 80, 120), fill=(rng.randrange(8, 24),) * 3)
    x = rng.randrange(20, 60)
    draw.polygon([(x, 15), (x - 22, 120), (x + 22, 120)], fill=(120, 120, 110))
    draw.rectangle((x - 4, 80, x + 4, 112), fill=(5, 5, 5))


def _space_opera(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle((0, 0, 80, 120), fill=(8, 6, 30 + rng.randrange(30)))
    for _ in range(60):
        draw.point((rng.randrange(80), rng.randrange(120)), fill="white")
    x, y = rng.randrange(20, 60), rng.randrange(30, 60)
    draw.ellipse((x - 18, y - 18, x + 18, y + 18), fill=(90, 60, 200))
    draw.ellipse((x - 30, y - 5, x + 30, y + 5), outline=(200, 190, 255), width=2)


def _western(draw: ImageDraw.ImageDraw, rng: random.Random) -> None:
    draw.rectangle((0, 0, 80, 120), fill=(250, 150 + rng.randrange(50), 70))
    draw.rectangle((0, 85, 80, 120), fill=(150, 90, 40))
    x = rng.randrange(15, 60)
    draw.rectangle((x, 50, x + 6, 95), fill=(40, 110, 50))
    draw.rectangle((x - 10, 62, x + 16, 67), fill=(40, 110, 50))


_DRAW: dict[str, _Draw] = {
    "Fairy Tale": _fairy_tale,
    "Heist": _heist,
    "Noir": _noir,
    "Space Opera": _space_opera,
    "Western": _western,
}


def make_invented_films(folder: Path, count: int = 300) -> Path:
    """Write films.csv, without splits, and posters/; every fifth film has a second genre."""
    rng = random.Random(1)
    (folder / "posters").mkdir(parents=True)
    rows = []
    for number in range(count):
        genres = rng.sample(GENRES, 2 if number % 5 == 0 else 1)
        image = Image.new("RGB", _SIZE)
        _DRAW[genres[0]](ImageDraw.Draw(image), rng)
        image.save(folder / "posters" / f"f{number}.jpg", quality=80)
        words = rng.choices(_FILLERS, k=rng.randint(3, 9))
        words += [word for genre in genres for word in rng.sample(_WORDS[genre], 3)]
        rng.shuffle(words)
        overview = f"{' '.join(words).capitalize()}."
        rows.append({"id": f"f{number}", "overview": overview, "genres": "|".join(genres)})
    write_table(folder / "films.csv", rows)
    return folder
