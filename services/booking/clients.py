"""What booking asks other contexts: times of availability, money of payments, facts that its copies lack."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, Literal, TypeVar

import msgspec

from services.contracts.catalog import ProfileChanged, ServiceChanged
from services.kernel.calls import Calls

T = TypeVar("T")

# Payments answers within 3.5 s, also where Stripe does not.
_MONEY_SECONDS: Final = 4.0


class Claim(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A piece of a staff member's time that a booking has."""

    claim_id: str
    booking_id: str
    service_id: str
    staff_id: str
    kind: Literal["hold", "booking"]
    starts_at: datetime
    ends_at: datetime
    expires_at: datetime | None


class ClaimOutcome(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What availability knows of a booking. Not applied: it has heard of a later version."""

    applied: bool
    booking_id: str
    state: Literal["held", "booked", "lapsed", "released"]
    version: int
    settled: bool
    claim: Claim | None


class Availability:
    """Owns everybody's time."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def hold(
        self,
        *,
        tenant_id: str,
        booking_id: str,
        version: int,
        service_id: str,
        starts_at: datetime,
        kind: Literal["hold", "booking"],
        staff_id: str | None = None,
        grace_seconds: int = 0,
        any_time: bool = False,
        replaces: str | None = None,
    ) -> Claim:
        """The same again gives the same claim. Refused `SLOT_UNAVAILABLE`, `BOOKING_OVER`, `REPLACED_IS_BOOKED`."""
        body: dict[str, Any] = {
            "tenantId": tenant_id,
            "bookingId": booking_id,
            "version": version,
            "serviceId": service_id,
            "startsAt": starts_at,
            "kind": kind,
            "graceSeconds": grace_seconds,
            "anyTime": any_time,
        }
        if staff_id is not None:
            body["staffId"] = staff_id
        if replaces is not None:
            body["replaces"] = replaces
        return await self._calls.ask("availability", self._address, "POST", "/internal/holds", Claim, body=body)

    async def confirm(self, *, tenant_id: str, booking_id: str, version: int) -> ClaimOutcome:
        """Refused `SLOT_UNAVAILABLE` where the hold ran out and the time is gone; `BOOKING_OVER`, `HOLD_EXPIRED`."""
        return await self._act(tenant_id, booking_id, "confirm", {"version": version})

    async def release(self, *, tenant_id: str, booking_id: str, version: int) -> ClaimOutcome:
        return await self._act(tenant_id, booking_id, "release", {"version": version})

    async def renew(self, *, tenant_id: str, booking_id: str, version: int, seconds: int) -> ClaimOutcome:
        """Refused `HOLD_EXPIRED` where nothing is left to prolong."""
        return await self._act(tenant_id, booking_id, "renew", {"version": version, "seconds": seconds})

    async def move(
        self,
        *,
        tenant_id: str,
        booking_id: str,
        move_id: str,
        version: int,
        starts_at: datetime,
        staff_id: str | None = None,
        any_time: bool = False,
    ) -> ClaimOutcome:
        """Refused `SLOT_UNAVAILABLE`: then the old time is kept."""
        body: dict[str, Any] = {"version": version, "moveId": move_id, "startsAt": starts_at, "anyTime": any_time}
        if staff_id is not None:
            body["staffId"] = staff_id
        return await self._act(tenant_id, booking_id, "move", body)

    async def known(self, *, tenant_id: str, booking_id: str) -> ClaimOutcome:
        """404 `BOOKING_NOT_FOUND` where nobody ever spoke of it."""
        path = f"/internal/claims/{booking_id}?tenantId={tenant_id}"
        return await self._calls.ask("availability", self._address, "GET", path, ClaimOutcome)

    async def _act(self, tenant_id: str, booking_id: str, act: str, body: Mapping[str, Any]) -> ClaimOutcome:
        path = f"/internal/claims/{booking_id}/{act}"
        said = {"tenantId": tenant_id, **body}
        return await self._calls.ask("availability", self._address, "POST", path, ClaimOutcome, body=said)


class Deposit(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What the customer's browser needs to pay. The secret is asked for each time, and stored nowhere."""

    payment_id: str
    status: str
    # None where nothing is left to be done in the browser.
    client_secret: str | None
    stripe_account_id: str
    publishable_key: str
    api_base: str | None = None


class Closed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a deposit that was to be closed. None: there never was one, and there can't be one any more."""

    outcome: Literal["canceled", "succeeded", "processing", "none"]
    payment_id: str | None = None
    paid: int = 0
    refunded: int = 0
    currency: str | None = None


class Balance(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a charge of the rest."""

    payment_id: str
    status: Literal["succeeded", "requires_action", "failed"]
    amount_charged: int
    payment_url: str | None = None
    decline_code: str | None = None
    message: str | None = None


class BalanceClosed(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a charge that was to be closed."""

    outcome: Literal["canceled", "succeeded", "none"]


class RefundPart(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What of a refund comes from one payment."""

    id: str
    payment_id: str
    amount: int
    status: str


class Refund(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of a refund, and the sums of the whole booking after it."""

    operation_id: str
    amount: int
    status: Literal["pending", "succeeded", "failed"]
    refunds: tuple[RefundPart, ...] = ()
    paid: int
    refunded: int


class PaymentFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One payment of a booking."""

    id: str
    kind: Literal["deposit", "balance"]
    status: str
    amount: int
    refunded: int
    created_at: datetime
    paid_at: datetime | None = None


class RefundFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One refund of a booking."""

    id: str
    payment_id: str
    amount: int
    status: str
    created_at: datetime


class MoneyFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """All that payments knows of a booking's money; its version is the one that events carry."""

    version: int
    currency: str | None
    paid: int
    refunded: int
    deposit_status: Literal["none", "pending", "paid", "failed", "partially_refunded", "refunded"]
    card_saved: bool = False
    payments: tuple[PaymentFacts, ...] = ()
    refunds: tuple[RefundFacts, ...] = ()


class AccountFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether a business can be paid by card."""

    connected: bool
    account_id: str | None
    charges_enabled: bool


class ReceiptFile(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A receipt, in base64."""

    pdf: str


class Payments:
    """Owns everybody's money."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def deposit(
        self,
        *,
        tenant_id: str,
        booking_id: str,
        reference: str,
        amount: int,
        currency: str,
        save_card: bool,
        description: str,
        customer: Mapping[str, str],
    ) -> Deposit:
        """The same booking again gives the same payment. Refused `PAYMENTS_NOT_READY`, `DEPOSIT_CLOSED`."""
        body = {
            "tenantId": tenant_id,
            "bookingId": booking_id,
            "reference": reference,
            "amount": amount,
            "currency": currency,
            "saveCard": save_card,
            "description": description,
            "customer": customer,
        }
        return await self._post("/internal/deposits", Deposit, body)

    async def close_deposit(self, *, tenant_id: str, booking_id: str) -> Closed:
        """After it the deposit can't be paid, unless the answer says that it was."""
        return await self._post(f"/internal/deposits/{booking_id}/close", Closed, {"tenantId": tenant_id})

    async def charge_balance(
        self,
        *,
        tenant_id: str,
        booking_id: str,
        operation_id: str,
        amount: int,
        currency: str,
        reference: str,
        description: str,
        customer: Mapping[str, str],
    ) -> Balance:
        """The same operation again has the same outcome."""
        body = {
            "tenantId": tenant_id,
            "bookingId": booking_id,
            "operationId": operation_id,
            "amount": amount,
            "currency": currency,
            "reference": reference,
            "description": description,
            "customer": customer,
        }
        return await self._post("/internal/balances", Balance, body)

    async def close_balance(self, *, tenant_id: str, operation_id: str) -> BalanceClosed:
        return await self._post(f"/internal/balances/{operation_id}/close", BalanceClosed, {"tenantId": tenant_id})

    async def refund(
        self, *, tenant_id: str, booking_id: str, operation_id: str, amount: int | None, reason: str | None
    ) -> Refund:
        """No amount: all that is left. Refused `REFUND_EXCEEDS_PAYMENT`."""
        body = {
            "tenantId": tenant_id,
            "bookingId": booking_id,
            "operationId": operation_id,
            "amount": amount,
            "reason": reason,
        }
        return await self._post("/internal/refunds", Refund, body)

    async def money(self, *, tenant_id: str, booking_id: str) -> MoneyFacts:
        path = f"/internal/bookings/{booking_id}/money?tenantId={tenant_id}"
        return await self._calls.ask("payments", self._address, "GET", path, MoneyFacts)

    async def account(self, tenant_id: str) -> AccountFacts:
        path = f"/internal/accounts/{tenant_id}"
        return await self._calls.ask("payments", self._address, "GET", path, AccountFacts)

    async def receipt(self, facts: msgspec.Struct | Mapping[str, Any]) -> ReceiptFile:
        return await self._post("/internal/receipts", ReceiptFile, facts)

    async def _post(self, path: str, kind: type[T], body: msgspec.Struct | Mapping[str, Any]) -> T:
        return await self._calls.ask("payments", self._address, "POST", path, kind, body=body, deadline=_MONEY_SECONDS)


class BusinessContact(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How customers reach a business."""

    phone: str | None = None
    address: str | None = None


class Catalog:
    """Owns what a business says of itself, and its services."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def profile(self, tenant_id: str) -> ProfileChanged:
        path = f"/internal/profiles/{tenant_id}"
        return await self._calls.ask("catalog", self._address, "GET", path, ProfileChanged)

    async def service(self, tenant_id: str, service_id: str) -> ServiceChanged:
        """Of that tenant; an archived one is not active."""
        path = f"/internal/tenants/{tenant_id}/services/{service_id}"
        return await self._calls.ask("catalog", self._address, "GET", path, ServiceChanged)

    async def contact(self, slug: str) -> BusinessContact:
        """As the business shows it to everybody."""
        path = f"/api/tradies/{slug}"
        return await self._calls.ask("catalog", self._address, "GET", path, BusinessContact)


class TenantFacts(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A business as auth knows it."""

    id: str
    slug: str


class Auth:
    """Owns the businesses and their slugs."""

    def __init__(self, calls: Calls, address: str) -> None:
        self._calls = calls
        self._address = address

    async def tenant_by_slug(self, slug: str) -> TenantFacts:
        """Also by a slug of former days; the answer tells the present one."""
        return await self._calls.ask("auth", self._address, "GET", f"/internal/tenants/by-slug/{slug}", TenantFacts)
