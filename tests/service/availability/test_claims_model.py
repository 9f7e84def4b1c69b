"""Claims behave like a model that fits on a page, whatever is said of them, in whatever order, however late."""

import functools
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from services.availability.use_cases import upkeep
from services.kernel.ids import new_id
from tests.service.availability.booker import Booker, assert_sound, opened_shop
from tests.service.availability.world import Answer, World
from tests.support import coroutines
from tests.support.clock import MORNING
from tests.support.servers import Servers

T = TypeVar("T")
Run = Callable[[Coroutine[Any, Any, T]], T]

_HOLD: Final = timedelta(seconds=900)
# Half hours from nine to four: a job of an hour overlaps its neighbours.
_STARTS: Final = st.integers(0, 14)
_BOOKINGS: Final = st.integers(0, 5)
_VERSIONS: Final = st.integers(0, 4)


@dataclass
class Known:
    """All that the model remembers of a booking."""

    version: int
    start: int | None = None
    kind: str = "hold"
    expires_at: datetime | None = None
    is_over: bool = False
    has_time: bool = False
    move: int | None = None


@dataclass
class Model:
    """One person's day."""

    now: datetime = MORNING
    bookings: dict[int, Known] = field(default_factory=dict)

    def is_live(self, known: Known | None) -> bool:
        if known is None or known.is_over or not known.has_time:
            return False
        return known.kind == "booking" or (known.expires_at is not None and self.now < known.expires_at)

    def is_free(self, start: int, *spared: int | None) -> bool:
        """No hour of somebody else's touches the one that begins there."""
        return all(
            abs(known.start - start) >= 2
            for booking, known in self.bookings.items()
            if booking not in spared and self.is_live(known) and known.start is not None
        )

    def hold(self, booking: int, start: int, version: int, kind: str, replaces: int | None) -> str:  # noqa: PLR0911 - a table, written as sentences
        known, replaced = self.bookings.get(booking), self.bookings.get(-1 if replaces is None else replaces)
        if replaced is not None and self.is_live(replaced) and replaced.kind == "booking":
            return "REPLACED_IS_BOOKED"
        if known is not None and known.is_over:
            return "BOOKING_OVER"
        if known is not None and self.is_live(known):
            if known.start != start or (kind == "booking" and known.kind == "hold"):
                return "CLAIM_DIFFERS"
            known.version = max(known.version, version)
            return "applied"
        if known is not None and version < known.version:
            return "BOOKING_OVER"
        if not self.is_free(start, booking, replaces):
            return "SLOT_UNAVAILABLE"
        move = None if known is None else known.move
        self.bookings[booking] = Known(version, start, kind, self.now + _HOLD, has_time=True, move=move)
        if replaced is not None:
            replaced.is_over = True
        return "applied"

    def about(self, booking: int, version: int) -> Known | str:
        """The booking, if what is said of it counts; else what is answered."""
        known = self.bookings.get(booking)
        if known is None:
            return "BOOKING_NOT_FOUND"
        if version < known.version or (known.is_over and version == known.version):
            return "late"
        return "BOOKING_OVER" if known.is_over else known

    def confirm(self, booking: int, version: int) -> str:
        known = self.about(booking, version)
        if isinstance(known, str):
            return known
        if not self.is_live(known) and (known.start is None or not self.is_free(known.start, booking)):
            return "SLOT_UNAVAILABLE"
        known.kind, known.version = "booking", version
        return "applied"

    def release(self, booking: int, version: int) -> str:
        known = self.bookings.setdefault(booking, Known(version))
        if version < known.version:
            return "late"
        known.is_over, known.version = True, version
        return "applied"

    def renew(self, booking: int, version: int, seconds: int) -> str:
        known = self.about(booking, version)
        if isinstance(known, str):
            return known
        if not self.is_live(known) or known.expires_at is None:
            return "HOLD_EXPIRED"
        known.expires_at, known.version = max(known.expires_at, self.now + timedelta(seconds=seconds)), version
        return "applied"

    def move(self, booking: int, version: int, start: int, move: int) -> str:
        known = self.bookings.get(booking)
        if known is not None and known.move == move and not known.is_over:
            return "applied"
        known_or_answer = self.about(booking, version)
        if isinstance(known_or_answer, str):
            return known_or_answer
        known = known_or_answer
        if not self.is_live(known):
            return "HOLD_EXPIRED"
        if not self.is_free(start, booking):
            return "SLOT_UNAVAILABLE"
        known.start, known.version, known.move = start, version, move
        return "applied"

    def state(self, booking: int) -> str:
        known = self.bookings[booking]
        if known.is_over:
            return "released"
        if not self.is_live(known):
            return "lapsed"
        return "booked" if known.kind == "booking" else "held"


class Claims(RuleBasedStateMachine):
    """What is said to availability and to the model; they must answer the same."""

    def __init__(self, shop: Booker, servers: Servers, run: Run[Any]) -> None:
        super().__init__()
        self.shop, self.servers, self.run = shop, servers, run
        shop.world.clock.set(MORNING)
        self.model = Model()
        self.ids = [new_id("book") for _ in range(6)]
        self.moves = [new_id("move") for _ in range(4)]

    def at(self, start: int) -> datetime:
        return self.shop.at("09:00") + start * timedelta(minutes=30)

    def agree(self, booking: int, expected: str, acting: Coroutine[Any, Any, Answer]) -> None:
        answer: Answer = self.run(acting)
        if answer.status >= 400:
            assert answer.code == expected
            return
        assert expected == ("applied" if answer.data.get("applied", True) else "late")
        self.look_at(booking)

    def look_at(self, booking: int) -> None:
        known = self.model.bookings[booking]
        told = self.run(self.shop.known(self.ids[booking])).data
        assert (told["state"], told["version"]) == (self.model.state(booking), known.version)
        assert (told["claim"] is not None) == self.model.is_live(known)
        if told["claim"] is not None and known.start is not None:
            assert datetime.fromisoformat(told["claim"]["startsAt"]) == self.at(known.start)

    @rule(
        booking=_BOOKINGS,
        start=_STARTS,
        version=_VERSIONS,
        kind=st.sampled_from(["hold", "hold", "booking"]),
        replaces=st.none() | _BOOKINGS,
    )
    def hold(self, booking: int, start: int, version: int, kind: str, replaces: int | None) -> None:
        replaces = None if replaces == booking else replaces
        expected = self.model.hold(booking, start, version, kind, replaces)
        given = {} if replaces is None else {"replaces": self.ids[replaces]}
        holding = self.shop.hold(self.at(start), self.ids[booking], version=version, kind=kind, **given)
        self.agree(booking, expected, holding)

    @rule(booking=_BOOKINGS, version=_VERSIONS)
    def confirm(self, booking: int, version: int) -> None:
        self.agree(booking, self.model.confirm(booking, version), self.shop.confirm(self.ids[booking], version))

    @rule(booking=_BOOKINGS, version=_VERSIONS)
    def release(self, booking: int, version: int) -> None:
        self.agree(booking, self.model.release(booking, version), self.shop.release(self.ids[booking], version))

    @rule(booking=_BOOKINGS, version=_VERSIONS, seconds=st.sampled_from([60, 900, 3600]))
    def renew(self, booking: int, version: int, seconds: int) -> None:
        expected = self.model.renew(booking, version, seconds)
        self.agree(booking, expected, self.shop.renew(self.ids[booking], seconds, version))

    @rule(booking=_BOOKINGS, version=_VERSIONS, start=_STARTS, move=st.integers(0, 3))
    def move(self, booking: int, version: int, start: int, move: int) -> None:
        expected = self.model.move(booking, version, start, move)
        moving = self.shop.move(self.ids[booking], self.at(start), version, self.moves[move])
        self.agree(booking, expected, moving)

    @rule(seconds=st.sampled_from([1, 300, 599, 600, 900]))
    def time_goes_by(self, seconds: int) -> None:
        self.model.now += timedelta(seconds=seconds)
        self.shop.world.clock.set(self.model.now)

    @precondition(lambda self: self.model.bookings)
    @rule()
    def clockwork(self) -> None:
        self.run(upkeep.end_holds(self.shop.world.contexts[0].provides["tools"]))

    def teardown(self) -> None:
        try:
            for booking in self.model.bookings:
                self.look_at(booking)
            free = [f"{self.at(start):%H:%M}" for start in range(15) if self.model.is_free(start)]
            assert self.run(self.shop.offered()) == free
            self.run(assert_sound(self.servers))
        finally:
            # The next run has the same day.
            for booking_id in self.ids:
                self.run(self.shop.release(booking_id, version=9))


@pytest.fixture(scope="module")
async def half_hourly(world: World) -> Booker:
    return await opened_shop(world, slot_step_minutes=30)


@pytest.mark.timeout(180)
def test_claims_do_what_the_model_does(half_hourly: Booker, servers: Servers, request: pytest.FixtureRequest) -> None:
    run = functools.partial(coroutines._run, request.config)
    run_state_machine_as_test(
        lambda: Claims(half_hourly, servers, run),  # type: ignore[arg-type] # whatever makes one will do
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            # A run costs seconds: what fails is told as it was found.
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
        ),
    )
