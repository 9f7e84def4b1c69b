"""A clock that moves only when told."""

from datetime import UTC, datetime, timedelta
from typing import Final

# A Monday morning in Auckland.
MORNING: Final = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)


class FrozenClock:
    """Stands still until `advance` or `set` is called."""

    def __init__(self, at: datetime = MORNING) -> None:
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, length: timedelta | None = None, /, **parts: float) -> datetime:
        """Move on by a timedelta, or by its parts: `clock.advance(minutes=5)`."""
        self._now += timedelta(**parts) if length is None else length
        return self._now

    def set(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)
