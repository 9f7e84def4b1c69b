"""A booking is made: a draft first, then its time, then its deposit. Whoever dies on the way leaves the draft."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from services.booking.clients import Claim, Deposit
from services.booking.domain import bookings as life
from services.booking.domain.bookings import Booking, Contact, Origin
from services.booking.domain.errors import (
    AlreadyPaid,
    PaymentServiceUnavailable,
    PaymentsNotReady,
    ServiceNotFound,
    ServiceNotOffered,
    SlotTaken,
)
from services.booking.domain.references import new_reference
from services.booking.domain.terms import Terms
from services.booking.domain.wall import first_pass
from services.booking.store import bookings, copies, keys, making, timeline
from services.booking.store.bookings import ReferenceTaken
from services.booking.store.copies import Offer, Tenant
from services.booking.use_cases import links, replacing, telling
from services.booking.use_cases.copies import learn_service, tenant_of
from services.booking.use_cases.deposits import deposit_of
from services.booking.use_cases.drafts import abandon, discard
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.money import Money

# The hold outlives the time to pay, so that ending it is a decision made here, and no race.
GRACE: Final = timedelta(minutes=3)
# No request takes so long: whoever made the draft is gone.
_STALE_AFTER: Final = timedelta(seconds=60)
# Events mostly tell; where one was lost, payments is asked about every deposit that is still open.
_ASKED_AFTER: Final = timedelta(seconds=60)
# How long a time stays held for a customer who booked by phone.
_BY_HAND: Final = timedelta(hours=24)
_TRIES: Final = 5
_CLOSED: Final = "DEPOSIT_CLOSED"
_REFUSED: Final = "PAYMENT_REFUSED"


@dataclass(frozen=True, slots=True)
class WallTime:
    """A time as the business's clock shows it."""

    day: date
    time: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What somebody wants to book."""

    tenant_id: str
    service_id: str
    starts: datetime | WallTime
    contact: Contact
    notes: str | None = None
    staff_id: str | None = None
    origin: Origin = "widget"
    # Which person of the business books by hand.
    actor: str | None = None
    any_time: bool = False
    with_deposit: bool = True
    # Instead of the service's own; by hand only.
    price: int | None = None
    save_card: bool = True
    # The link of one's own pending booking that is given up for this one.
    replaces: str | None = None
    # The fingerprint of the caller's own key.
    key: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered:
    """The booking as it is now, what is needed to pay for it, and the business it is made with."""

    booking: Booking
    deposit: Deposit | None
    manage_token: str
    locale: str


class _FactsMissing(Exception):  # noqa: N818 - it is no error: their owner is asked, and then it goes on
    """The copies lack the service, or the business."""


class _AccountUnready(Exception):  # noqa: N818 - as above
    """As far as is known here, the business can't be paid by card."""


async def order(tools: Tools, wanted: Order) -> Ordered:
    """The same key goes on from wherever the first call with it came to an end."""
    booking, tenant = await _begun(tools, wanted)
    deposit = None
    if booking.state == "draft":
        claim = await _held(tools, booking, wanted)
        if booking.needs_deposit:
            deposit = await _asked_for(tools, booking, wanted)
        booking = await _finished(tools, booking, claim, wanted)
    elif booking.state == "pending":
        deposit = await _asked_for(tools, booking, wanted)
    return Ordered(booking=booking, deposit=deposit, manage_token=links.token_of(tools, booking), locale=tenant.locale)


async def _begun(tools: Tools, wanted: Order) -> tuple[Booking, Tenant]:
    """The draft whose id names everything that follows, or what the key has led to before."""
    is_ready = False
    for _ in range(_TRIES):
        try:
            return await _begin(tools, wanted, is_ready=is_ready)
        except _FactsMissing:
            await tenant_of(tools, wanted.tenant_id)
            await learn_service(tools, wanted.tenant_id, wanted.service_id)
        except _AccountUnready:
            is_ready = await _can_be_paid(tools, wanted.tenant_id)
    raise AssertionError("what was asked of its owner is known from then on")


async def _begin(tools: Tools, wanted: Order, *, is_ready: bool) -> tuple[Booking, Tenant]:
    now = tools.clock.now()
    async with tools.db.transaction(wanted.tenant_id) as tx:
        offer = await copies.offer(tx, wanted.service_id)
        if offer.tenant is None or offer.service is None:
            raise _FactsMissing
        if wanted.key is not None and (known := await _led_to(tx, wanted.key, now)) is not None:
            return known, offer.tenant
        draft = _draft(wanted, offer, now)
        if draft.needs_deposit and not (offer.tenant.charges_enabled or is_ready):
            raise _AccountUnready
        draft = await _added(tx, draft)
        if wanted.key is not None:
            await keys.keep(tx, wanted.key, draft.id, now)
        return draft, offer.tenant


async def _led_to(tx: Tx, key: bytes, now: datetime) -> Booking | None:
    booking_id = await keys.find(tx, key, now)
    known = None if booking_id is None else await bookings.find(tx, booking_id)
    return None if known is None or known.given_up else known


async def _added(tx: Tx, draft: Booking) -> Booking:
    for _ in range(_TRIES):
        try:
            await bookings.add_draft(tx, draft, stale_at=draft.created_at + _STALE_AFTER)
        except ReferenceTaken:
            draft = replace(draft, reference=new_reference())
        else:
            return draft
    raise AssertionError("a business with so many bookings needs longer references")


def _draft(wanted: Order, offer: Offer, now: datetime) -> Booking:
    tenant, service = offer.tenant, offer.service
    if tenant is None or service is None:
        raise _FactsMissing
    if not service.active:
        # One whose name nobody has ever heard was gone before anything else was known of it.
        raise ServiceNotOffered if service.name else ServiceNotFound
    terms = Terms.of(tenant.policy, tenant.zone)
    price = service.price if wanted.price is None else wanted.price
    deposit = service.deposit if wanted.with_deposit else 0
    deposit = deposit if price is None else min(deposit, price)
    return Booking(
        id=new_id("book"),
        tenant_id=wanted.tenant_id,
        reference=new_reference(),
        state="draft",
        version=1,
        origin=wanted.origin,
        contact=wanted.contact,
        notes=wanted.notes,
        service_id=service.service_id,
        service_name=service.name,
        duration_minutes=service.duration_minutes,
        currency=service.currency,
        price=price,
        deposit=deposit,
        terms=terms,
        save_card=wanted.save_card,
        starts_at=_instant(wanted.starts, terms),
        created_at=now,
        changed_at=now,
        deposit_status="pending" if deposit else "none",
    )


def _instant(starts: datetime | WallTime, terms: Terms) -> datetime:
    if isinstance(starts, datetime):
        return starts.astimezone(UTC)
    at = first_pass(starts.day, starts.time, terms.zone)
    if at is None:
        raise SlotTaken(details={"time": "The clocks go forward then: this time does not exist on that day."})
    return at


async def _can_be_paid(tools: Tools, tenant_id: str) -> bool:
    """Asked once where the copy says no: the business may have connected its account a moment ago."""
    try:
        facts = await tools.payments.account(tenant_id)
    except errors.Unavailable as refusal:
        raise PaymentServiceUnavailable from refusal
    if not facts.charges_enabled:
        raise PaymentsNotReady
    return True


async def _held(tools: Tools, draft: Booking, wanted: Order) -> Claim:
    """The draft's time; a refusal leaves nothing of the draft."""
    replaced = None
    try:
        if wanted.replaces is not None:
            replaced = await replacing.unpayable(tools, draft.tenant_id, wanted.replaces)
        claim = await tools.availability.hold(
            tenant_id=draft.tenant_id,
            booking_id=draft.id,
            version=draft.version,
            service_id=draft.service_id,
            starts_at=draft.starts_at,
            kind="hold" if draft.needs_deposit else "booking",
            staff_id=wanted.staff_id,
            grace_seconds=int(GRACE.total_seconds()),
            any_time=wanted.any_time,
            replaces=replaced,
        )
        if wanted.origin == "hand" and draft.needs_deposit:
            claim = await _prolonged(tools, draft, claim)
    except errors.Unavailable:
        # It may have been heard all the same.
        await abandon(tools, draft)
        raise
    except errors.Refusal as refusal:
        await discard(tools, draft)
        raise _in_our_words(refusal) from refusal
    finally:
        # Nobody can pay for it any more, whatever becomes of the new one.
        if replaced is not None:
            await replacing.ended(tools, draft.tenant_id, replaced)
    return claim


async def _prolonged(tools: Tools, draft: Booking, claim: Claim) -> Claim:
    outcome = await tools.availability.renew(
        tenant_id=draft.tenant_id,
        booking_id=draft.id,
        version=draft.version,
        seconds=int(_BY_HAND.total_seconds()),
    )
    return outcome.claim or claim


def _in_our_words(refusal: errors.Refusal) -> errors.Refusal:
    if refusal.code == "REPLACED_IS_BOOKED":
        return AlreadyPaid()
    if isinstance(refusal, errors.NotFound):
        return ServiceNotFound() if refusal.code == "SERVICE_NOT_FOUND" else refusal
    if isinstance(refusal, errors.Conflict) and not isinstance(refusal, AlreadyPaid):
        # Whatever it is, this draft does not get this time.
        return SlotTaken(details=refusal.details)
    return refusal


async def _asked_for(tools: Tools, booking: Booking, wanted: Order) -> Deposit | None:
    """What is needed to pay; where it can't be had for a draft, the time is free again before anybody is told."""
    try:
        return await deposit_of(tools, booking)
    except errors.Refusal as refusal:
        if booking.state == "draft":
            await abandon(tools, booking)
        if isinstance(refusal, errors.Unavailable):
            raise PaymentServiceUnavailable from refusal
        if refusal.code == PaymentsNotReady.code:
            raise PaymentsNotReady from refusal
        if refusal.code == _CLOSED:
            # So slow that a sweep took it for dead, or the time to pay has just ended: its time is free again.
            raise SlotTaken from refusal
        if refusal.code == _REFUSED and wanted.price is not None:
            due = Money(booking.deposit, booking.currency)
            raise errors.Invalid(details={"price": f"leaves {due} to pay, which no card can be charged"}) from refusal
        raise


async def _finished(tools: Tools, draft: Booking, claim: Claim, wanted: Order) -> Booking:
    """The draft becomes a booking, and all are told."""
    now = tools.clock.now()
    made = _made(draft, claim, now)
    by: timeline.By = "customer" if made.origin == "widget" else "tenant"
    is_paid_first = made.expires_at is not None
    async with tools.db.transaction(draft.tenant_id) as tx:
        customer_id = await making.make(
            tx,
            made,
            link=links.fingerprint_of_link(tools, made),
            kind="requested" if is_paid_first else "confirmed",
            by=by,
            actor=wanted.actor,
            looks={} if made.expires_at is None else {"expire": made.expires_at, "ask": now + _ASKED_AFTER},
        )
        if customer_id is None:
            return await _as_it_is(tx, draft.id)
        made = replace(made, customer_id=customer_id)
        await (telling.requested if is_paid_first else telling.confirmed)(tools, tx, made)
    return made


async def _as_it_is(tx: Tx, booking_id: str) -> Booking:
    """Somebody else has made it meanwhile, with the same key."""
    known = await bookings.find(tx, booking_id)
    if known is None or known.given_up:
        # So slow that a sweep took it for dead: its time is free again.
        raise SlotTaken
    return known


def _made(draft: Booking, claim: Claim, now: datetime) -> Booking:
    if not draft.needs_deposit:
        return life.booked(draft, staff_id=claim.staff_id, ends_at=claim.ends_at, now=now)
    if claim.expires_at is None:
        raise AssertionError("a hold ends some day")
    return life.requested(
        draft, staff_id=claim.staff_id, ends_at=claim.ends_at, expires_at=claim.expires_at - GRACE, now=now
    )
