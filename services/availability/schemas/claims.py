"""What booking asks of claims, and what it is told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from msgspec import Meta

from services.availability.domain.claims import Kind, State, Taken
from services.availability.use_cases.claims import Outcome
from services.kernel.http.bodies import Check, Wire
from services.kernel.ids import is_id

# Every zone's rules are known for these years, and a date of any zone can be worked out around them.
_FIRST_YEAR: Final = 2000
_LAST_YEAR: Final = 2100


def _id_problem(text: str) -> str | None:
    return None if is_id(text) else "must be an id"


def _start_problem(at: datetime) -> str | None:
    if _FIRST_YEAR < at.year < _LAST_YEAR:
        return None
    return f"must lie between the years {_FIRST_YEAR} and {_LAST_YEAR}"


_CHECKS: Final[Mapping[str, Check]] = {
    **dict.fromkeys(("tenant_id", "booking_id", "service_id", "staff_id", "move_id", "replaces"), _id_problem),
    "starts_at": _start_problem,
}

Id = Annotated[str, Meta(max_length=64)]
Version = Annotated[int, Meta(ge=0, le=2_147_483_647)]
Instant = Annotated[datetime, Meta(tz=True)]


class HoldRequest(Wire, frozen=True, kw_only=True):
    """A time for a booking, by its id."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    booking_id: Id
    version: Version
    service_id: Id
    starts_at: Instant
    kind: Literal["hold", "booking"]
    staff_id: Id | None = None
    # How much longer than the customer is told, so that ending the hold is booking's decision.
    grace_seconds: Annotated[int, Meta(ge=0, le=600)] = 0
    any_time: bool = False
    replaces: Id | None = None


class VersionRequest(Wire, frozen=True, kw_only=True):
    """Which version of the booking says it."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    version: Version


class RenewRequest(Wire, frozen=True, kw_only=True):
    """From now on, how long the hold shall last at least."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    version: Version
    seconds: Annotated[int, Meta(ge=1, le=86_400)]


class MoveRequest(Wire, frozen=True, kw_only=True):
    """Another time instead; the move's id makes a second try harmless."""

    CHECKS: ClassVar[Mapping[str, Check]] = _CHECKS

    tenant_id: Id
    move_id: Id
    version: Version
    starts_at: Instant
    staff_id: Id | None = None
    service_id: Id | None = None
    any_time: bool = False


class ClaimView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A piece of a staff member's time that a booking has."""

    claim_id: str
    booking_id: str
    service_id: str
    staff_id: str
    kind: Kind
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None


class OutcomeView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of a booking now. `applied` is false where what was said of it is older than that."""

    applied: bool
    booking_id: str
    state: State
    version: int
    settled: bool
    claim: ClaimView | None


def claim_view(taken: Taken) -> ClaimView:
    return ClaimView(
        claim_id=taken.id,
        booking_id=taken.booking_id,
        service_id=taken.service_id,
        staff_id=taken.staff_id,
        kind=taken.kind,
        starts_at=taken.starts_at,
        ends_at=taken.ends_at,
        expires_at=taken.expires_at,
    )


def outcome_view(outcome: Outcome) -> OutcomeView:
    return OutcomeView(
        applied=outcome.applied,
        booking_id=outcome.booking.id,
        state=outcome.state,
        version=outcome.booking.version,
        settled=outcome.booking.settled,
        claim=None if outcome.taken is None else claim_view(outcome.taken),
    )
