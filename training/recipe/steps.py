"""The steps from a folder of films to published models: what each runs, reads and makes."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from gradio_app.readers import FOLDERS
from training.config import PRESETS

__all__ = ["CONFIGS", "POSTERS", "TABLES", "Recipe", "Step", "recipe_steps"]

CONFIGS = ("coursework", "default", "distilled")

#: How many trainings of the poster CNN the published one is the mean of; else it is of one.
_POSTER_TRAININGS = {"distilled": 3}

#: What of a folder of films a step may read.
TABLES, POSTERS = "tables", "posters"


@dataclass(frozen=True)
class Recipe:
    """What is to be made.

    Attributes:
        data: folder of films.
        to: folder of all that is made: runs/, models/, pages.
        config: one of `CONFIGS`.
        epochs: of both readers, instead of the config's.
        min_films_per_genre: as for `genre_names`.
        limits: text file, what the model cards say about the films.
        baselines: whether simple models are measured beside those that are made.
    """

    data: Path
    to: Path
    config: str = "default"
    epochs: int | None = None
    min_films_per_genre: int | None = None
    limits: Path | None = None
    baselines: bool = False

    @property
    def models(self) -> Path:
        """The folder of the published models."""
        return self.to / "models"

    @property
    def report(self) -> Path:
        """The page of the evaluation."""
        return self.to / "evaluation.md"


@dataclass(frozen=True)
class Step:
    """One program of the sequence.

    Attributes:
        name: a word.
        command: what follows `python -m`.
        made: files that are there when it is done.
        reads: `TABLES`, `POSTERS`, or both.
        settings: what else its result depends on, but for what earlier steps made.
        needs: names of the steps whose files it reads.
        folder: of its run, which it does not share with others.
        begun: a file of that folder by which a run can be told that can go on; "" where none can.
        resume: more arguments to go on with one.
    """

    name: str
    command: tuple[str, ...]
    made: tuple[Path, ...]
    reads: frozenset[str] = frozenset()
    settings: Mapping[str, object] = field(default_factory=dict)
    needs: tuple[str, ...] = ()
    folder: Path | None = None
    begun: str = ""
    resume: tuple[str, ...] = ()

    @property
    def is_begun(self) -> bool:
        """Whether its folder holds a run that can go on."""
        return bool(self.folder and self.begun and (self.folder / self.begun).is_file())


def recipe_steps(recipe: Recipe) -> list[Step]:
    """Return the steps of a recipe, in order."""
    taught = recipe.config == "distilled"
    posters = _posters(recipe, taught)
    poster = posters[-1].name
    return [
        *([_teacher(recipe)] if taught else []),
        *posters,
        _reader(recipe, "overview", frozenset({TABLES}), taught),
        _fusion(recipe, poster, taught),
        _export(recipe, poster),
        _evaluation(recipe),
        _cards(recipe),
    ]


def _run(recipe: Recipe, name: str) -> Path:
    return recipe.to / "runs" / name


def _option(name: str, value: object) -> tuple[str, ...]:
    """Return an option with its value; nothing without one."""
    return () if value is None else (name, str(value))


def _teacher(recipe: Recipe) -> Step:
    folder, minimum = _run(recipe, "teacher"), recipe.min_films_per_genre
    return Step(
        "teacher",
        (
            *("training", "teacher", "--data", str(recipe.data), "--run", str(folder)),
            *_option("--min-films-per-genre", minimum),
        ),
        made=(folder / "labels.npy", folder / "variant_labels.npy"),
        reads=frozenset({TABLES}),
        settings={"min_films_per_genre": minimum},
        folder=folder,
        begun="overviews.json",
    )


def _posters(recipe: Recipe, taught: bool) -> list[Step]:
    """Return the trainings of the poster CNN, and their mean where they are several."""
    reads = frozenset({TABLES, POSTERS})
    seeds = range(2, _POSTER_TRAININGS.get(recipe.config, 1) + 1)
    steps = [
        _reader(recipe, "poster", reads, taught),
        *(_reader(recipe, "poster", reads, taught, seed) for seed in seeds),
    ]
    return [*steps, _mean(recipe, steps)] if len(steps) > 1 else steps


def _mean(recipe: Recipe, trainings: Sequence[Step]) -> Step:
    folder = _run(recipe, "poster-mean")
    return Step(
        "poster-mean",
        (
            *("training", "average", *(str(_run(recipe, each.name)) for each in trainings)),
            *("--data", str(recipe.data), "--run", str(folder)),
        ),
        made=(folder / "model.weights.h5", folder / "metrics.json"),
        reads=frozenset({TABLES, POSTERS}),
        needs=tuple(each.name for each in trainings),
        folder=folder,
    )


def _reader(
    recipe: Recipe, kind: str, reads: frozenset[str], taught: bool, seed: int | None = None
) -> Step:
    """Return a training; with a `seed`, another one than the config's."""
    name = kind if seed is None else f"{kind}-{seed}"
    folder = _run(recipe, name)
    given = {"epochs": recipe.epochs, "min_films_per_genre": recipe.min_films_per_genre}
    if seed is not None:
        given["seed"] = seed
    return Step(
        name,
        (
            *("training", kind, "--config", recipe.config),
            *("--data", str(recipe.data), "--run", str(folder)),
            *_option("--seed", seed),
            *_option("--epochs", recipe.epochs),
            *_option("--min-films-per-genre", recipe.min_films_per_genre),
            *_option("--teacher", _run(recipe, "teacher") if taught else None),
        ),
        made=(folder / "model.weights.h5", folder / "metrics.json"),
        reads=reads,
        settings={**asdict(PRESETS[kind][recipe.config]), "given": given},
        needs=("teacher",) if taught else (),
        folder=folder,
        begun="config.json",
        resume=("--resume",),
    )


def _fusion(recipe: Recipe, poster: str, taught: bool) -> Step:
    folder, overview = _run(recipe, "fusion"), _run(recipe, "overview")
    return Step(
        "fusion",
        (
            *("training", "fusion", "--data", str(recipe.data), "--run", str(folder)),
            *("--poster", str(_run(recipe, poster)), "--overview", str(overview)),
            *_option("--teacher", _run(recipe, "teacher") if taught else None),
        ),
        made=(folder / "model.weights.h5", folder / "metrics.json"),
        reads=frozenset({TABLES}),
        needs=(poster, "overview", *(("teacher",) if taught else ())),
        folder=folder,
    )


def _export(recipe: Recipe, poster: str) -> Step:
    names = (poster, "overview", "fusion")
    limits = recipe.limits
    return Step(
        "export",
        (
            *("export", *(str(_run(recipe, name)) for name in names), "--to", str(recipe.models)),
            *_option("--limits", limits),
        ),
        made=tuple(recipe.models / folder / "model.onnx" for folder in FOLDERS.values()),
        settings={"limits": limits.read_text("utf-8") if limits and limits.is_file() else None},
        needs=names,
    )


def _evaluation(recipe: Recipe) -> Step:
    return Step(
        "evaluation",
        (
            *("training", "evaluate", "--data", str(recipe.data)),
            *("--models", str(recipe.models), "--report", str(recipe.report)),
            *(() if recipe.baselines else ("--no-baselines",)),
        ),
        made=(recipe.report, recipe.models / "evaluation.json"),
        reads=frozenset({TABLES, POSTERS}),
        settings={"baselines": recipe.baselines},
        needs=("export",),
    )


def _cards(recipe: Recipe) -> Step:
    evaluation = recipe.models / "evaluation.json"
    return Step(
        "cards",
        ("export", "--cards", str(evaluation), "--to", str(recipe.models)),
        made=tuple(recipe.models / folder / "README.md" for folder in FOLDERS.values()),
        needs=("export", "evaluation"),
    )
