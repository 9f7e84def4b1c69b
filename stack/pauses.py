"""How long to wait before a program that died is started again."""

from dataclasses import dataclass

FIRST = 0.5
LONGEST = 30.0
# Whoever has lived this long is well again, and its next death is a first one.
WELL_AFTER = 60.0


@dataclass(slots=True)
class Pauses:
    """Half a second first, twice as long each time, at most half a minute."""

    deaths: int = 0

    def after(self, lived: float) -> float:
        self.deaths = 1 if lived >= WELL_AFTER else self.deaths + 1
        return min(LONGEST, FIRST * (1 << min(self.deaths - 1, 16)))
