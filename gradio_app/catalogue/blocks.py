"""A block of films, which is an Arrow table: classified on whichever machine it comes to."""

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from gradio_app.catalogue.results import Layout, joined
from gradio_app.catalogue.sources.posters import Posters, check_bytes, posters_in_folder
from gradio_app.catalogue.sources.table import film_of_row
from gradio_app.classifier import FilmClassifier
from gradio_app.errors import ArtifactError, InputError
from gradio_app.films import Film
from gradio_app.preprocessing import Poster

__all__ = ["BlockClassifier"]

_ARROW_TYPES = {"Int64": pa.int64(), "Float64": pa.float64(), "object": pa.string()}


@dataclass
class BlockClassifier:
    """Classifies blocks of films, in a process of its own somewhere in a cluster.

    It looks for models and posters when the first block comes: an error of that reaches the user as
    a sentence, one of its construction as pages of Ray's own.

    Attributes:
        models: folder of the models.
        digest: of the models that must lie there (`FilmClassifier.digest`).
        posters: folder of poster files, or None.
        roles: role -> column of a block (see `find_roles`).
        pictures: column that holds the posters' files themselves, or None.
        layout: of the result.
    """

    models: Path
    digest: str
    posters: Path | None
    roles: Mapping[str, str]
    pictures: str | None
    layout: Layout

    def __call__(self, block: pa.Table) -> pa.Table:
        """Return the row of the result for each film of a block, in the same order.

        Raises:
            ArtifactError: the models on this machine cannot be loaded, or are not those of the run.
            InputError: the posters are not on this machine.
        """
        # Not as the first film is read: of a film's poster, an error is that film's alone.
        find_poster = partial(_find_poster, posters=self._found_posters)
        rows = [self._row(cells, find_poster) for cells in block.to_pylist()]
        return pa.Table.from_pylist(rows, self.schema)

    @property
    def schema(self) -> pa.Schema:
        """The columns of the result and their types; what is carried along is text."""
        return pa.schema((name, _ARROW_TYPES[kind]) for name, kind in self.layout.types().items())

    def _row(
        self, cells: dict[str, Any], find_poster: Callable[[Film], Poster | None]
    ) -> dict[str, Any]:
        picture = cells.pop(self.pictures) if self.pictures else None
        film = film_of_row(cells, self.roles, self.layout.kept)
        if picture:
            film = replace(film, poster=picture)
        row = self.layout.row(self._classifier.read(film, find_poster))
        return {name: joined(cell) for name, cell in row.items()}

    @cached_property
    def _classifier(self) -> FilmClassifier:
        classifier = FilmClassifier.from_dir(self.models)
        if classifier.digest != self.digest:
            raise ArtifactError(
                f"The models in {self.models} on {socket.gethostname()} are not those of this run; "
                "give all machines the same."
            )
        return classifier

    @cached_property
    def _found_posters(self) -> Posters | None:
        if self.posters is None:
            return None
        if not self.posters.is_dir():
            raise InputError(
                f"There is no folder of posters {self.posters} on {socket.gethostname()}; put it "
                "on a disk that all machines share."
            )
        with posters_in_folder(self.posters) as found:  # of a folder, nothing is closed after it
            if found.warnings:
                raise InputError(found.warnings[0])
            return found


def _find_poster(film: Film, posters: Posters | None) -> Poster | None:
    if isinstance(film.poster, bytes):
        check_bytes(film.id, len(film.poster))
        return film.poster
    return None if posters is None else posters.find(film)
