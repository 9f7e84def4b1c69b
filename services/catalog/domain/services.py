"""A service that a business sells, and what makes one that can't work."""

from datetime import datetime
from typing import Any, Final

import msgspec

from services.catalog.domain import deposits, texts
from services.catalog.domain.deposits import DepositType
from services.kernel.ids import is_id
from services.kernel.money import Money

AT_MOST: Final = 200
MOST_STAFF: Final = 100
LONGEST_NAME: Final = 120
LONGEST_DESCRIPTION: Final = 2_000

# The least and the most of each whole number, both included.
RANGES: Final = {
    "duration_minutes": (1, 1_440),
    "buffer_before_minutes": (0, 1_440),
    "buffer_after_minutes": (0, 1_440),
    "min_notice_minutes": (0, 525_600),
    "booking_window_days": (1, 1_000),
    "slot_step_minutes": (1, 1_440),
    "max_per_day": (1, 1_000),
    "display_order": (-1_000_000, 1_000_000),
}


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """As it is stored; amounts are in the smallest unit of its currency."""

    id: str
    tenant_id: str
    version: int
    currency: str
    name: str = ""
    description: str = ""
    # None where the price is told after the job.
    price: int | None = None
    deposit_type: DepositType = "none"
    # Of a fixed deposit.
    deposit_amount: int | None = None
    # Of a deposit in per cent, in hundredths of one.
    deposit_points: int | None = None
    duration_minutes: int = 60
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    min_notice_minutes: int = 0
    booking_window_days: int = 365
    slot_step_minutes: int = 30
    max_per_day: int | None = None
    # Who can do it, in this order of preference; None where anybody can.
    staff_ids: tuple[str, ...] | None = None
    active: bool = True
    display_order: int = 0
    created_at: datetime
    changed_at: datetime
    archived_at: datetime | None = None

    @property
    def is_offered(self) -> bool:
        return self.active and self.archived_at is None

    @property
    def deposit(self) -> Money | None:
        """What the customer pays to book."""
        return deposits.due(
            self.deposit_type,
            price=self._money(self.price),
            amount=self._money(self.deposit_amount),
            points=self.deposit_points,
        )

    @property
    def price_money(self) -> Money | None:
        return self._money(self.price)

    def _money(self, amount: int | None) -> Money | None:
        return None if amount is None else Money(amount, self.currency)


def tidied(service: Service) -> Service:
    """Without what its deposit's type makes pointless, and without what surrounds its texts."""
    return msgspec.structs.replace(
        service,
        name=" ".join(service.name.split()),
        description=service.description.strip(),
        deposit_amount=service.deposit_amount if service.deposit_type == "fixed" else None,
        deposit_points=service.deposit_points if service.deposit_type == "percentage" else None,
    )


def problems(service: Service) -> dict[str, str]:
    """Everything that is wrong with it, by field."""
    found = {
        "name": texts.line_problem(service.name, longest=LONGEST_NAME),
        "description": texts.block_problem(service.description, longest=LONGEST_DESCRIPTION),
        "price": _price_problem(service.price),
        "staff_ids": _staff_problem(service.staff_ids),
        **{field: _range_problem(field, getattr(service, field)) for field in RANGES},
    }
    wrong = {field: sentence for field, sentence in found.items() if sentence}
    # A deposit is judged by the price, where that is one.
    if "price" in wrong:
        return wrong
    return wrong | deposits.problems(
        service.deposit_type,
        price=service.price_money,
        amount=None if service.deposit_amount is None else Money(service.deposit_amount, service.currency),
        points=service.deposit_points,
        currency=service.currency,
    )


def _price_problem(price: int | None) -> str | None:
    if price is None or 0 <= price <= deposits.LARGEST:
        return None
    return f"must be between 0 and {deposits.LARGEST}"


def _range_problem(field: str, value: Any) -> str | None:
    low, high = RANGES[field]
    return None if value is None or low <= value <= high else f"must be between {low} and {high}"


def _staff_problem(staff_ids: tuple[str, ...] | None) -> str | None:
    if staff_ids is None:
        return None
    if not staff_ids:
        return "must name somebody, or be null for anybody"
    if len(staff_ids) > MOST_STAFF:
        return f"must have at most {MOST_STAFF} entries"
    if not all(is_id(one, "stf") for one in staff_ids):
        return "must be a list of staff ids"
    return "must not name anybody twice" if len(set(staff_ids)) < len(staff_ids) else None
