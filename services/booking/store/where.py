"""Conditions of a query, and the values that stand in their places."""

from collections.abc import Sequence
from typing import Final

# Signs that LIKE takes for something else.
_MEANT: Final = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Where:
    """All of what was said has to be so."""

    def __init__(self, *said: str) -> None:
        self.said = list(said)
        self.values: list[object] = []

    def __str__(self) -> str:
        return " AND ".join(self.said) or "true"

    def place(self, value: object) -> str:
        """Where the value stands."""
        self.values.append(value)
        return f"${len(self.values)}"

    def found_by(self, pieces: Sequence[Sequence[str]]) -> None:
        """All pieces are found in it, each in one of its spellings."""
        for spellings in pieces:
            ways = (f"found_by LIKE {self.place(f'%{spelling.translate(_MEANT)}%')}" for spelling in spellings)
            self.said.append(f"({' OR '.join(ways)})")
