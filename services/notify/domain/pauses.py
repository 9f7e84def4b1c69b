"""How long a message waits for its next try."""

from datetime import timedelta
from typing import Final

# Three quick ones for a hiccup, then longer for an outage. All of them together stay well under the 24 hours for
# which the provider remembers an idempotency key.
_PAUSES: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 4, 15, 60, 300, 900, 3600, 7200, 14_400))
_AWAY: Final = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15))
# Messages that failed together shall not come back together.
_WIDEST_SPREAD: Final = 0.2


def pause_before_next_try(failures: int, spread: float) -> timedelta | None:
    """The pause after so many failures, longer by up to a fifth as spread goes from 0 to 1; none after the last."""
    if failures > len(_PAUSES):
        return None
    return _PAUSES[failures - 1] * (1 + _WIDEST_SPREAD * spread)


def pause_while_away(waits: int) -> timedelta:
    """The pause while another context is away, after so many pauses before this one."""
    return _AWAY[min(waits, len(_AWAY) - 1)]
