"""How long is waited until the company is asked again."""

from datetime import timedelta
from typing import Final

# While it does not answer, for as long as it takes.
_AWAY: Final = tuple(timedelta(seconds=seconds) for seconds in (5, 10, 30, 60, 120, 300, 900))

# Where it says no, as it does while a business's balance is too low; four days in all.
_REFUSED: Final = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=4),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
    timedelta(hours=24),
)

# Its own cut: mostly known within seconds, now and then after days.
_COST: Final = (
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=24),
    timedelta(hours=24),
    timedelta(hours=24),
)

OPEN_INTENT: Final = timedelta(seconds=45)
# What waits for a person changes slowly.
PARKED: Final = timedelta(minutes=10)
_SLOWEST_LINK: Final = timedelta(minutes=10)


def while_away(tries: int) -> timedelta:
    """After so many tries without an answer."""
    return _AWAY[min(tries, len(_AWAY)) - 1] if tries > 0 else _AWAY[0]


def after_refusal(refusals: int) -> timedelta | None:
    """After so many times no; nothing once that is an answer."""
    return _REFUSED[refusals - 1] if refusals <= len(_REFUSED) else None


def for_cost(tries: int) -> timedelta | None:
    """After so many tries; nothing once it is not going to be said."""
    return _COST[tries - 1] if tries <= len(_COST) else None


def for_link(age: timedelta) -> timedelta:
    """A page that nobody has paid on for long is looked at less often."""
    return min(max(OPEN_INTENT, age / 10), _SLOWEST_LINK)
