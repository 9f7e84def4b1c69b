"""Services on the wire."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.catalog.domain import deposits, services, texts
from services.catalog.domain.deposits import DepositType
from services.catalog.schemas import View
from services.kernel import money
from services.kernel.http.bodies import Check, Partly
from services.kernel.http.money import MoneyGiven, MoneyRequest, MoneyView


def _range(field: str, description: str) -> Meta:
    low, high = services.RANGES[field]
    return Meta(ge=low, le=high, description=description)


Name = Annotated[str, Meta(min_length=1, max_length=services.LONGEST_NAME)]
Description = Annotated[str, Meta(max_length=services.LONGEST_DESCRIPTION)]
Price = Annotated[
    MoneyGiven | None,
    Meta(
        description=f"At most {deposits.LARGEST}; null where the price is told after the job. A number is in the business's currency."
    ),
]
DepositAmount = Annotated[
    MoneyGiven | None,
    Meta(description="Of a fixed deposit. At least what Stripe charges in that currency, at most the price."),
]
DepositPercent = Annotated[
    float | None,
    Meta(description="Of a deposit in per cent: more than 0, at most 100, with at most two decimals."),
]
Duration = Annotated[int, _range("duration_minutes", "How long the job takes.")]
BufferBefore = Annotated[int, _range("buffer_before_minutes", "Kept free before the job; 0 unless given.")]
BufferAfter = Annotated[int, _range("buffer_after_minutes", "Kept free after the job; 0 unless given.")]
MinNotice = Annotated[int, _range("min_notice_minutes", "How long beforehand it must be booked; 0 unless given.")]
Window = Annotated[int, _range("booking_window_days", "How many days ahead it can be booked; 365 unless given.")]
Step = Annotated[int, _range("slot_step_minutes", "How far apart the times lie that are offered; 30 unless given.")]
MaxPerDay = Annotated[int, _range("max_per_day", "How many a day at most; null for as many as fit.")]
StaffIds = Annotated[
    list[str],
    Meta(
        min_length=1,
        max_length=services.MOST_STAFF,
        description="Who can do it, in this order of preference; null for anybody.",
    ),
]
Order = Annotated[int, _range("display_order", "Smaller ones are shown first; a new one comes last.")]


def _name_problem(text: str) -> str | None:
    return texts.line_problem(text, longest=services.LONGEST_NAME)


class ServiceRequest(Partly, frozen=True, kw_only=True):
    """A new service needs `name` and `durationMinutes`; of one that is there, only what is sent changes.

    What answers show besides may come along and says nothing.
    """

    CHECKS: ClassVar[Mapping[str, Check]] = {"name": _name_problem}

    name: Name | UnsetType = UNSET
    description: Description | UnsetType = UNSET
    price: Price | UnsetType = UNSET
    deposit_type: DepositType | UnsetType = UNSET
    deposit_amount: DepositAmount | UnsetType = UNSET
    deposit_percent: DepositPercent | UnsetType = UNSET
    duration_minutes: Duration | UnsetType = UNSET
    buffer_before_minutes: BufferBefore | UnsetType = UNSET
    buffer_after_minutes: BufferAfter | UnsetType = UNSET
    min_notice_minutes: MinNotice | UnsetType = UNSET
    booking_window_days: Window | UnsetType = UNSET
    slot_step_minutes: Step | UnsetType = UNSET
    max_per_day: MaxPerDay | UnsetType | None = UNSET
    staff_ids: StaffIds | UnsetType | None = UNSET
    active: bool | UnsetType = UNSET
    display_order: Order | UnsetType = UNSET
    id: str | UnsetType = UNSET
    archived: bool | UnsetType = UNSET
    created_at: str | UnsetType = UNSET
    updated_at: str | UnsetType = UNSET


class ServiceView(View, frozen=True, kw_only=True):
    """A service. `depositAmount` is what the customer pays to book, worked out from the deposit's type."""

    id: str
    name: str
    description: str
    price: MoneyView | None
    deposit_type: DepositType
    deposit_amount: MoneyView | None
    deposit_percent: float | None
    duration_minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    min_notice_minutes: int
    booking_window_days: int
    slot_step_minutes: int
    max_per_day: int | None
    staff_ids: list[str] | None
    active: bool
    archived: bool
    display_order: int
    created_at: datetime
    updated_at: datetime


_SHOWN_ONLY = frozenset({"id", "archived", "created_at", "updated_at"})


def given(request: ServiceRequest) -> tuple[dict[str, Any], dict[str, str], dict[str, str]]:
    """What was sent, by field, as it is stored; the currencies of amounts; what is wrong with a percentage."""
    fields: dict[str, Any] = {}
    currencies: dict[str, str] = {}
    problems: dict[str, str] = {}
    for field in msgspec.structs.fields(ServiceRequest):
        value = getattr(request, field.name)
        if value is UNSET or field.name in _SHOWN_ONLY:
            continue
        if isinstance(value, MoneyRequest):
            if value.currency is not UNSET:
                currencies[field.name] = value.currency
            value = value.amount
        elif isinstance(value, list):
            value = tuple(value)
        fields[field.name] = value
    percent = fields.pop("deposit_percent", UNSET)
    if percent is not UNSET:
        try:
            fields["deposit_points"] = None if percent is None else money.basis_points(percent)
        except ValueError:
            problems["deposit_percent"] = "must have at most two decimals"
    return fields, currencies, problems
