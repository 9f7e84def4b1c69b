"""What booking needs to know of the world besides what every context does."""

from typing import ClassVar

from services.kernel.settings import Settings


class BookingSettings(Settings, frozen=True, kw_only=True):
    """How long a time is held for somebody who is about to pay."""

    peepopay_hold_seconds: int = 900

    _SHORTEST: ClassVar[int] = 1
    _LONGEST: ClassVar[int] = 86_400

    def problems(self) -> list[str]:
        found = super().problems()
        if not self._SHORTEST <= self.peepopay_hold_seconds <= self._LONGEST:
            found.append(f"PEEPOPAY_HOLD_SECONDS must be between {self._SHORTEST} and {self._LONGEST}")
        return found
