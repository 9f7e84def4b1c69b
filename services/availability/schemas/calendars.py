"""Calendars kept elsewhere, as they are sent and shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import words
from services.availability.schemas.fields import StaffId
from services.availability.use_cases.calendars import Known
from services.kernel.http.bodies import Check, Partly
from services.kernel.outside import LONGEST_ADDRESS

# What a new calendar need not say.
UNSAID: Final[Mapping[str, Any]] = {"name": None, "staff_id": None}

_SHOWN: Final = 4

Name = Annotated[str, Meta(min_length=1, max_length=120, examples=["Jo's Google calendar"])]
Address = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_ADDRESS,
        examples=["https://calendar.example.com/private-0123/basic.ics"],
        description="Of an ICS file on the open internet, by https, http or webcal.",
    ),
]


class CalendarRequest(Partly, frozen=True, kw_only=True):
    """A calendar, at `url`, whose busy times are not to be had. Without a name it is called by its server's."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"name": words.name_problem}

    url: Address | UnsetType = UNSET
    name: Name | UnsetType | None = UNSET
    staff_id: StaffId | UnsetType | None = UNSET


class CalendarView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A calendar kept elsewhere. Its address is a secret, so only its server and its last characters are shown."""

    id: str
    name: str
    url: str
    staff_id: str
    status: Literal["pending", "ok", "failing"]
    last_fetched_at: datetime | None
    # Why it could not be read the last time, or what of it could not be used.
    last_error: str | None
    # How many appointments of the days ahead take time.
    events: int
    # How many could not be read.
    skipped: int
    created_at: datetime


def calendar_view(known: Known) -> CalendarView:
    calendar = known.calendar
    return CalendarView(
        id=calendar.id,
        name=calendar.name,
        url=_in_part(known.address),
        staff_id=calendar.staff_id,
        status="failing" if calendar.failures else "pending" if calendar.fetched_at is None else "ok",
        last_fetched_at=calendar.fetched_at,
        last_error=calendar.last_error,
        events=calendar.events,
        skipped=calendar.skipped,
        created_at=calendar.created_at,
    )


def _in_part(address: str | None) -> str:
    if address is None:
        return "…"
    parts = urlsplit(address)
    rest = address.partition("://")[2].removeprefix(parts.netloc)
    return f"{parts.scheme}://{parts.netloc}/…{rest[1:][-_SHOWN:]}"
