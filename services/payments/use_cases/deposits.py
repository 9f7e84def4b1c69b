"""Deposits: asked for in the browser, once per booking; and given up, at the company first."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from services.kernel import errors, ids
from services.kernel.db import Tx
from services.kernel.money import Money
from services.payments.domain import fees
from services.payments.domain.errors import (
    DepositClosed,
    OrderDiffers,
    PaymentParked,
    PaymentServiceUnavailable,
    PaymentsNotReady,
)
from services.payments.domain.gateway import Intent, Order, Payer
from services.payments.domain.money import BookingMoney, Payment
from services.payments.domain.states import PaymentStatus
from services.payments.store import accounts, money, payments, timers
from services.payments.use_cases import intents
from services.payments.use_cases.tools import Tools

_log = logging.getLogger(__name__)

# Whoever is about to book waits no longer than this for the company.
_PATIENCE: Final = 3.3
# An intent that nobody has told of is asked about.
FIRST_LOOK: Final = timedelta(seconds=20)
# No question to the company takes so long.
ASKED_BY_THEN: Final = timedelta(seconds=30)

Outcome: TypeAlias = Literal["canceled", "succeeded", "processing", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the browser needs to pay."""

    payment_id: str
    status: PaymentStatus
    client_secret: str | None
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """How the deposit stood when it was given up."""

    outcome: Outcome
    payment_id: str | None
    money: BookingMoney


async def ask(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    amount: Money,
    description: str,
    payer: Payer,
    save_card: bool,
) -> Asked:
    """The same again is the same deposit. The row is there before the company is asked, and names what it is asked."""
    payment = await _ordered(
        tools,
        tenant_id=tenant_id,
        booking_id=booking_id,
        amount=amount,
        description=description,
        payer=payer,
        save_card=save_card,
    )
    try:
        async with asyncio.timeout(_PATIENCE):
            intent, payment = await _asked(tools, payment)
    except TimeoutError as error:
        raise PaymentServiceUnavailable from error
    return Asked(
        payment_id=payment.id,
        status=payment.status,
        client_secret=intent.client_secret,
        account_id=payment.account_id,
    )


async def close(tools: Tools, *, tenant_id: str, booking_id: str) -> Closed:
    """From now on no deposit can be asked for; one that is open is given up at the company, if that is not too late."""
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        held = await money.lock_or_open(tx, booking_id, now)
        if held is None:
            raise errors.NotFound
        await money.close(tx, booking_id)
        payment = await payments.deposit_of(tx, booking_id)
        if payment is not None and payment.is_open and payment.intent_id is None:
            # Whoever is asking the company just now has told nobody, and finds it closed. If he died before he knew
            # the intent's name, it is found later and given up as well.
            await intents.ended_unpaid(tools, tx, payment, keeps_payer=True)
            await timers.set(tx, "stray", payment.id, now + ASKED_BY_THEN)
            payment = await payments.find(tx, payment.id)
    applied = None
    if payment is not None and payment.is_open:
        applied = await intents.cancel(tools, payment)
    async with tools.db.transaction(tenant_id) as tx:
        held = await money.find(tx, booking_id) or held
        payment = None if payment is None else await payments.find(tx, payment.id)
    # What does not fit waits for a person, and so does the booking.
    outcome = "processing" if applied == "parked" else _outcome(payment)
    return Closed(outcome=outcome, payment_id=None if payment is None else payment.id, money=held)


async def give_up_stray(tools: Tools, *, tenant_id: str, payment_id: str) -> None:
    """An intent whose name nobody wrote down: asked for again it is the same one, or a new one, and then given up."""
    async with tools.db.transaction(tenant_id) as tx:
        payment = await payments.find(tx, payment_id)
    if payment is None:
        return
    try:
        if payment.intent_id is None:
            intent = await tools.gateway.ask(order_of(payment), key=payment.id, save_card=payment.save_card)
            await tools.gateway.cancel(payment.account_id, intent.id)
        else:
            # Its name came with a webhook meanwhile.
            await tools.gateway.cancel(payment.account_id, payment.intent_id)
    except (errors.Unavailable, errors.TooOften):
        raise
    except errors.Refusal as refusal:
        # The company never took such an order, or can't be asked for that account any more.
        _log.info("a deposit that nobody heard of can't be found", extra={"refusal": refusal.code})


def _outcome(payment: Payment | None) -> Outcome:
    if payment is None:
        return "none"
    if payment.status == "succeeded":
        return "succeeded"
    return "processing" if payment.is_open else "canceled"


async def _ordered(
    tools: Tools,
    *,
    tenant_id: str,
    booking_id: str,
    amount: Money,
    description: str,
    payer: Payer,
    save_card: bool,
) -> Payment:
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        held = await money.lock_or_open(tx, booking_id, now)
        if held is None:
            raise errors.NotFound
        if held.closed:
            raise DepositClosed
        known = await payments.deposit_of(tx, booking_id)
        if known is not None and (known.is_open or known.status == "succeeded"):
            if known.money != amount:
                raise OrderDiffers
            return known
        account_id, basis_points = await terms(tools, tx, tenant_id)
        payment = Payment(
            id=ids.new_id("pay"),
            tenant_id=tenant_id,
            booking_id=booking_id,
            kind="deposit",
            way="browser",
            operation_id=None,
            status="requires_payment",
            account_id=account_id,
            intent_id=None,
            charge_id=None,
            amount=amount.amount,
            currency=amount.currency,
            fee=fees.fee_of(amount, basis_points).amount,
            save_card=save_card,
            description=description,
            payer_name=payer.name,
            payer_email=payer.email,
            payer_phone=payer.phone,
            created_at=now,
        )
        await money.set_currency(tx, booking_id, amount.currency)
        await payments.add(tx, payment)
        await timers.set(tx, "intent", payment.id, now + FIRST_LOOK)
        return payment


async def _asked(tools: Tools, payment: Payment) -> tuple[Intent, Payment]:
    if payment.intent_id is None:
        try:
            intent = await tools.gateway.ask(order_of(payment), key=payment.id, save_card=payment.save_card)
        except errors.Refusal as refusal:
            if not isinstance(refusal, errors.Unavailable | errors.TooOften):
                await _refused(tools, payment)
            raise
        applied = await intents.apply(tools, tenant_id=payment.tenant_id, intent=intent)
    else:
        intent, applied = await intents.ask(tools, payment)
    if applied == "parked":
        raise PaymentParked
    async with tools.db.transaction(payment.tenant_id) as tx:
        held = await money.find(tx, payment.booking_id)
        payment = await payments.find(tx, payment.id) or payment
    if held is not None and held.closed and intent.status not in {"canceled", "succeeded"}:
        # Closed while the company was asked: nobody has been told of the intent, and nobody will be.
        await tools.gateway.cancel(payment.account_id, intent.id)
        raise DepositClosed
    return intent, payment


async def _refused(tools: Tools, payment: Payment) -> None:
    """The company takes no such order. A later one is another."""
    async with tools.db.transaction(payment.tenant_id) as tx:
        await money.lock(tx, payment.booking_id)
        now_known = await payments.find(tx, payment.id)
        if now_known is not None and now_known.is_open and now_known.intent_id is None:
            await payments.set_status(tx, payment.id, "failed", tools.clock.now())
            await timers.end(tx, "intent", payment.id)


async def terms(tools: Tools, tx: Tx, tenant_id: str) -> tuple[str, int]:
    """The account that the business is paid on, and what of it is the platform's."""
    account = await accounts.find(tx, tenant_id)
    if account is None or account.account_id is None or not account.can_charge:
        raise PaymentsNotReady
    own = await accounts.fee_basis_points(tx, tenant_id)
    return account.account_id, tools.settings.fee_basis_points if own is None else own


def order_of(payment: Payment) -> Order:
    """What the company is asked for, the same to the letter each time."""
    return Order(
        account_id=payment.account_id,
        amount=payment.money,
        fee=Money(payment.fee, payment.currency),
        description=payment.description,
        metadata=payment.metadata,
        payer=payment.payer,
    )
