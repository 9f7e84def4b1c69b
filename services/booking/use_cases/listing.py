"""Lists of bookings and of customers, for the people of the business."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from services.booking.domain import bookings as life
from services.booking.domain import sheet
from services.booking.domain.bookings import Booking
from services.booking.domain.search import pieces_of
from services.booking.store import listing, people
from services.booking.store.copies import Tenant
from services.booking.store.listing import Filter, Question
from services.booking.store.people import Customer
from services.booking.use_cases.copies import tenant_of
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.money import Money

# More lines no spreadsheet program opens with pleasure.
MOST_LINES: Final = 100_000
_LIKELY_THE_SAME: Final = 20

_HEAD: Final = (
    "Reference", "Status", "Starts", "Ends", "Time zone", "Service", "Customer", "E-mail", "Phone", "Address", "Currency",
    "Price", "Final amount", "Deposit", "Deposit status", "Paid", "Refunded", "Due", "Notes", "Booked", "Booked by",
    "Staff",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A part of the bookings, as it was asked for; days by the business's clock, the last one with it."""

    filter: Filter | None = None
    states: Sequence[str] = ()
    first: date | None = None
    last: date | None = None
    typed: str = ""


async def page(
    tools: Tools, *, tenant_id: str, wanted: Wanted, page_number: int, limit: int
) -> tuple[Sequence[Booking], int, Tenant]:
    tenant = await tenant_of(tools, tenant_id)
    question = _question(tools, wanted, ZoneInfo(tenant.zone))
    if question is None:
        return [], 0, tenant
    async with tools.db.transaction(tenant_id) as tx:
        found, total = await listing.page(tx, question, offset=(page_number - 1) * limit, limit=limit)
    return found, total, tenant


async def table(tools: Tools, *, tenant_id: str, wanted: Wanted) -> AsyncIterator[bytes]:
    """As lines for a spreadsheet program, the earliest first."""
    tenant = await tenant_of(tools, tenant_id)
    yield sheet.MARK + sheet.line(_HEAD)
    question = _question(tools, wanted, ZoneInfo(tenant.zone))
    if question is None:
        return
    async for batch in listing.all_of(tools.db, tenant_id, question, at_most=MOST_LINES):
        yield b"".join(sheet.line(_cells(booking)) for booking in batch)


async def customers(
    tools: Tools, *, tenant_id: str, typed: str, page_number: int, limit: int
) -> tuple[Sequence[Customer], int]:
    pieces = pieces_of(typed)
    if typed.strip() and not pieces:
        return [], 0
    async with tools.db.transaction(tenant_id) as tx:
        return await people.page(tx, pieces, offset=(page_number - 1) * limit, limit=limit)


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    """A customer, their latest bookings, and others who may be the same person."""

    customer: Customer
    bookings: Sequence[Booking]
    alike: Sequence[Customer]
    tenant: Tenant


async def customer(tools: Tools, *, tenant_id: str, customer_id: str) -> CustomerDetail:
    tenant = await tenant_of(tools, tenant_id)
    question = Question(now=tools.clock.now(), customer_id=customer_id)
    async with tools.db.transaction(tenant_id) as tx:
        found = await people.find(tx, customer_id)
        if found is None:
            raise errors.NotFound
        latest, _ = await listing.page(tx, question, offset=0, limit=100)
        alike = await people.with_the_phone_of(tx, customer_id, limit=_LIKELY_THE_SAME)
    return CustomerDetail(found, latest, alike, tenant)


def _question(tools: Tools, wanted: Wanted, zone: ZoneInfo) -> Question | None:
    """Nothing where what was typed can be found nowhere."""
    pieces = pieces_of(wanted.typed)
    if wanted.typed.strip() and not pieces:
        return None
    return Question(
        now=tools.clock.now(),
        filter=wanted.filter,
        states=wanted.states,
        starts_from=None if wanted.first is None else _midnight(wanted.first, zone),
        starts_before=None if wanted.last is None else _midnight(wanted.last + timedelta(days=1), zone),
        pieces=pieces,
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    """When the day begins there; where the clocks go forward at midnight, that is the first instant after it."""
    return datetime.combine(day, time.min, tzinfo=zone)


def _cells(booking: Booking) -> list[str | int | None]:
    zone, contact = booking.terms.zone, booking.contact

    def local(at: datetime | None) -> str | None:
        return None if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    def amount(value: int | None) -> str | None:
        return None if value is None else str(Money(value, booking.currency).decimal)

    return [
        booking.reference,
        booking.state,
        local(booking.starts_at),
        local(booking.ends_at),
        zone.key,
        booking.service_name,
        contact.name,
        contact.email,
        contact.phone,
        contact.address,
        booking.currency,
        amount(booking.price),
        amount(booking.final_amount),
        amount(booking.deposit) if booking.needs_deposit else None,
        booking.deposit_status,
        amount(booking.paid),
        amount(booking.refunded),
        amount(life.amount_due(booking).amount),
        booking.notes,
        local(booking.created_at),
        "business" if booking.origin == "hand" else "customer",
        booking.staff_id,
    ]
