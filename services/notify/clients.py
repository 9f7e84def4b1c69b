"""What notify asks other contexts."""

import asyncio
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec

from services.kernel import errors
from services.kernel.calls import Calls
from services.kernel.money import Money
from services.notify.domain.bookings import Booked
from services.notify.domain.mails import Link
from services.notify.domain.messages import AccountKind


class _LinkAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    kind: AccountKind
    to: str
    # Nobody knows yet what an invited person is called.
    name: str | None
    url: str
    expires_at: datetime
    tenant_name: str | None = None
    inviter_name: str | None = None


class Auth:
    """Knows people's addresses and makes their links, so that neither is stored here or travels in an event."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def link(self, request_id: str) -> Link | None:
        """Nothing where it was used or has run out: then there is nothing left to write about."""
        try:
            answer = await self._calls.ask("auth", self._address, "GET", f"/internal/links/{request_id}", _LinkAnswer)
        except errors.NotFound:
            return None
        return Link(**{**msgspec.structs.asdict(answer), "name": answer.name or ""})


class _Customer(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    email: str
    phone: str
    address: str | None = None


class _LetterAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    reference: str
    state: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    timezone: str
    locale: str
    currency: str
    price: int | None = None
    paid: int = 0
    due: int = 0
    customer: _Customer
    notes: str | None = None
    manage_url: str
    business_name: str
    terms: tuple[str, ...] = ()


class _ContactAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    email: str | None = None
    phone: str | None = None
    address: str | None = None


class Bookings:
    """Knows who is booked for what, and how the customer gets back to it; how to reach the business, catalog knows."""

    def __init__(self, calls: Calls, *, booking: str, catalog: str, public_url: str) -> None:
        self._calls = calls
        self._booking = booking
        self._catalog = catalog
        self._public_url = public_url.rstrip("/")
        self._asking: dict[str, asyncio.Task[Booked | None]] = {}

    async def booked(self, tenant_id: str, booking_id: str) -> Booked | None:
        """Nothing where it is not there any more. Several messages about it, made at one moment, share one answer."""
        asking = self._asking.get(booking_id)
        if asking is None:
            asking = self._asking[booking_id] = asyncio.create_task(self._ask(tenant_id, booking_id))
            asking.add_done_callback(lambda _: self._asking.pop(booking_id))
        # One who gives up does not take it from the others.
        return await asyncio.shield(asking)

    async def _ask(self, tenant_id: str, booking_id: str) -> Booked | None:
        path = f"/internal/bookings/{booking_id}/letter?tenantId={tenant_id}"
        try:
            told = await self._calls.ask("booking", self._booking, "GET", path, _LetterAnswer)
        except errors.NotFound:
            return None
        path = f"/internal/profiles/{tenant_id}/contact"
        contact = await self._calls.ask("catalog", self._catalog, "GET", path, _ContactAnswer)
        zone = ZoneInfo(told.timezone)
        return Booked(
            reference=told.reference,
            state=told.state,
            service_name=told.service_name,
            starts_at=told.starts_at.astimezone(zone),
            ends_at=told.ends_at.astimezone(zone),
            locale=told.locale,
            price=None if told.price is None else Money(told.price, told.currency),
            paid=Money(told.paid, told.currency),
            due=Money(told.due, told.currency),
            customer_name=told.customer.name,
            customer_email=told.customer.email,
            customer_phone=told.customer.phone,
            customer_address=told.customer.address,
            notes=told.notes,
            manage_url=told.manage_url,
            desk_url=f"{self._public_url}/dashboard",
            business_name=told.business_name,
            business_phone=contact.phone,
            business_address=contact.address,
            business_email=contact.email,
            terms=told.terms,
        )


@dataclass(frozen=True)
class Sources:
    """Where the facts of mails come from."""

    auth: Auth
    bookings: Bookings
