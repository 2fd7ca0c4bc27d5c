"""What users ask, with the answers that the library gives."""

import io
import json
import random
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gradio_app import FilmClassifier
from gradio_app.explain import find_evidence

__all__ = ["Question", "Questions"]

_EXAMPLES = Path(__file__).parents[3] / "gradio_app" / "examples"
_CATALOGUE_FILMS = 12


@dataclass(frozen=True)
class Question:
    """A call and its answer.

    Attributes:
        function: of the HTTP interface.
        files: name and content of each file, by the place of its argument.
        texts: the other arguments, by their places.
        answer: what the library returns.
    """

    function: str
    files: dict[int, tuple[str, bytes]]
    texts: dict[int, str]
    answer: Any


class Questions:
    """Questions about the films of the examples: posters, overviews, both, reasons, catalogues."""

    def __init__(self, classifier: FilmClassifier):
        """Ask the library each of them once."""
        films = json.loads((_EXAMPLES / "films.json").read_text("utf-8"))
        posters = [film["poster"] for film in films if film["poster"]]
        overviews = [film["overview"] for film in films if film["overview"]]
        self._classifier = classifier
        self._classify = [
            *(self._film("classify", poster, "") for poster in posters),
            *(self._film("classify", None, overview) for overview in overviews),
            *(
                self._film("classify", poster, overview)
                for poster, overview in zip(posters, overviews, strict=False)
            ),
        ]
        self._explain = [
            self._film("explain", poster, overview)
            for poster, overview in zip(posters, overviews, strict=False)
        ]
        self._catalogues = [self._catalogue(posters, overviews, number) for number in range(3)]

    def film(self, rng: random.Random) -> Question:
        """Return a question about one film."""
        return rng.choice(self._classify)

    def reasons(self, rng: random.Random) -> Question:
        """Return a question for reasons."""
        return rng.choice(self._explain)

    def catalogue(self, rng: random.Random) -> Question:
        """Return a table of films with a ZIP file of posters."""
        return rng.choice(self._catalogues)

    def _film(self, function: str, poster: str | None, overview: str) -> Question:
        path = None if poster is None else _EXAMPLES / poster
        prediction = self._classifier.predict(path, overview)
        if function == "classify":
            answer, texts = prediction.as_document(), {1: overview}
        else:
            genre = prediction.combined.top(1)[0][0]
            answer = find_evidence(self._classifier, path, overview).as_document(genre)
            texts = {1: overview, 2: genre}
        files = {} if path is None else {0: (path.name, path.read_bytes())}
        return Question(function, files, texts, json.loads(json.dumps(answer)))

    def _catalogue(self, posters: list[str], overviews: list[str], number: int) -> Question:
        rows = [
            {"id": f"{number}-{row}", "overview": overviews[(row + number) % len(overviews)]}
            for row in range(_CATALOGUE_FILMS)
        ]
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            for row in rows[:2]:
                packed.writestr(f"{row['id']}.jpg", (_EXAMPLES / posters[number]).read_bytes())
        table = "".join(json.dumps(row) + "\n" for row in rows).encode()
        files = {0: ("films.jsonl", table), 1: ("posters.zip", archive.getvalue())}
        counts = {"films": len(rows), "failed": 0}
        return Question("classify_many", files, {2: "jsonl"}, counts)
