"""Who works, as they are sent and shown."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain import words
from services.availability.store.staff import Staff
from services.kernel.http.bodies import Check, Partly

_MOST_SERVICES: Final = 200

# What somebody new need not say.
UNSAID: Final[Mapping[str, Any]] = {"user_id": None, "active": True, "service_ids": None}

Name = Annotated[str, Meta(min_length=1, max_length=120, examples=["Jo Miller"])]
UserId = Annotated[str, Meta(max_length=64, description="A member of the team who sees this calendar as their own.")]
ServiceIds = Annotated[
    list[Annotated[str, Meta(max_length=64)]],
    Meta(max_length=_MOST_SERVICES, description="What they can do. null: every service, new ones too. []: none."),
]


class StaffRequest(Partly, frozen=True, kw_only=True):
    """Somebody, or something, whose time can be had.

    Who is new needs `name`; of who is there, only what is sent changes.
    """

    CHECKS: ClassVar[Mapping[str, Check]] = {"name": words.name_problem}

    name: Name | UnsetType = UNSET
    user_id: UserId | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    service_ids: ServiceIds | UnsetType | None = UNSET


class StaffView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Somebody, or something, whose time can be had."""

    id: str
    name: str
    user_id: str | None
    active: bool
    service_ids: list[str] | None
    created_at: datetime


class ChangedStaffView(StaffView, frozen=True, kw_only=True, rename="camel"):
    """As it is now, and how many jobs are booked with them all the same."""

    bookings_ahead: int


class RemovedStaffView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Gone from the calendar; the jobs that are booked with them stay, for somebody to see to."""

    id: str
    bookings_ahead: int


def staff_view(person: Staff) -> StaffView:
    return StaffView(
        id=person.id,
        name=person.name,
        user_id=person.user_id,
        active=person.active,
        service_ids=person.service_ids,
        created_at=person.created_at,
    )


def changed_staff_view(person: Staff, *, bookings_ahead: int) -> ChangedStaffView:
    return ChangedStaffView(**msgspec.structs.asdict(staff_view(person)), bookings_ahead=bookings_ahead)
