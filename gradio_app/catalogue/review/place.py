"""Where a person is in a list of which one page is drawn."""

from typing import NamedTuple

__all__ = ["FILMS_A_PAGE", "Place"]

#: Films that are looked at together.
FILMS_A_PAGE = 20


class Place(NamedTuple):
    """The numbers of what is looked at, and one page of them.

    The numbers stay as they are while one decides, so that no film moves.

    >>> place = Place(list(range(45))).turned(7)
    >>> place.page, place.here(), place.words("Films")
    (2, [40, 41, 42, 43, 44], 'Films 41 to 45 of 45')
    """

    numbers: list[int]
    page: int = 0

    @property
    def is_first(self) -> bool:
        """Whether there is no page before."""
        return self.page == 0

    @property
    def is_last(self) -> bool:
        """Whether there is no page after."""
        return self.page >= self._last

    def turned(self, pages: int) -> "Place":
        """Return the place some pages on, or back, but not beyond an end."""
        return Place(self.numbers, min(max(self.page + pages, 0), self._last))

    def here(self) -> list[int]:
        """Return the numbers on the page."""
        return self.numbers[self._begin : self._begin + FILMS_A_PAGE]

    def words(self, things: str) -> str:
        """Return which ones these are; "" where there are none."""
        end = self._begin + len(self.here())
        return f"{things} {self._begin + 1:,} to {end:,} of {len(self.numbers):,}" if end else ""

    @property
    def _last(self) -> int:
        return max(0, (len(self.numbers) - 1) // FILMS_A_PAGE)

    @property
    def _begin(self) -> int:
        return self.page * FILMS_A_PAGE
