"""A circuit breaker as plain values: who does not answer is left alone for a while, then asked once to see."""

from dataclasses import dataclass, replace
from typing import Final

# Failures in a row before it opens. Silence is dear to whoever waits; a broken answer comes at once, and costs little.
PATIENCE_WITH_SILENT: Final = 5
PATIENCE_WITH_BROKEN: Final = 20
# Seconds without a question after it opened; each probe that fails doubles them up to the longest.
SHORTEST_PAUSE: Final = 2.0
LONGEST_PAUSE: Final = 8.0
# A probe that nobody heard of for so many seconds is lost, and another may go.
PROBE_LOST_AFTER: Final = 10.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """Closed while `open_since` is none. Instants are seconds of a clock that never goes back."""

    failures: int = 0
    open_since: float | None = None
    pause: float = SHORTEST_PAUSE
    probing_since: float | None = None

    def admits(self, now: float) -> bool:
        """Whether a question may be asked now."""
        if self.open_since is None:
            return True
        if self.probing_since is not None and now < self.probing_since + PROBE_LOST_AFTER:
            return False
        return now >= self.open_since + self.pause

    def asked(self, now: float) -> "Circuit":
        """A question that was admitted is on its way: where it is open, this is the probe."""
        return self if self.open_since is None else replace(self, probing_since=now)

    def succeeded(self) -> "Circuit":
        """An answer, whatever it says: the other side is there."""
        return CLOSED

    def failed(self, now: float, *, patience: int = PATIENCE_WITH_SILENT) -> "Circuit":
        """No answer, or one that says that the other side is broken."""
        if self.open_since is None:
            failures = self.failures + 1
            if failures < patience:
                return replace(self, failures=failures)
            return Circuit(failures=failures, open_since=now)
        if self.probing_since is None:
            # Asked before it opened, and answered too late to tell anything new.
            return self
        return Circuit(failures=self.failures + 1, open_since=now, pause=min(self.pause * 2, LONGEST_PAUSE))


CLOSED: Final = Circuit()
