"""The three readers of a film, and what each is called in files, figures and on the page."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["COMBINED", "FOLDERS", "OVERVIEW", "POSTER", "READERS", "Kind", "Reader"]

Kind = Literal["poster", "overview", "fusion"]


@dataclass(frozen=True)
class Reader:
    """One way of reading a film.

    Attributes:
        kind: of its model, in spec.json.
        key: names its predictions in results, in the API and in styles; a published contract.
        folder: of its model, in a folder of models.
        heading: what it reads, on the page.
        method: how it reads, on the page.
        name: in an evaluation.
    """

    kind: Kind
    key: str
    folder: str
    heading: str
    method: str
    name: str

    @property
    def label(self) -> str:
        """What it reads and how, for a legend: "Poster (CNN)"."""
        return f"{self.heading} ({self.method})"


POSTER = Reader("poster", "poster", "poster_cnn", "Poster", "CNN", "poster CNN")
OVERVIEW = Reader("overview", "overview", "overview_lstm", "Overview", "LSTM", "overview LSTM")
COMBINED = Reader("fusion", "combined", "fusion", "Together", "fused", "fused")

READERS = (POSTER, OVERVIEW, COMBINED)

#: Where the model of each kind lies in a folder of models.
FOLDERS: dict[Kind, str] = {reader.kind: reader.folder for reader in READERS}
