"""Balances: the rest of a price, from the saved card while the customer is away, else on a page of the company's.

Each call carries on from wherever the one before it died, and nobody is charged twice: a try without the customer is
given up at the company before there is a page.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final, Literal, TypeAlias

from services.contracts.payments import BalanceActionRequired
from services.kernel import errors, ids
from services.kernel.db import Tx
from services.kernel.money import Money
from services.payments.domain import fees
from services.payments.domain.errors import (
    OperationClosed,
    OrderDiffers,
    PaymentParked,
    PaymentsNotReady,
    StillUnderWay,
)
from services.payments.domain.gateway import Intent, Payer
from services.payments.domain.money import Operation, Payment, Way
from services.payments.store import links, money, payments, timers
from services.payments.store.links import StoredLink
from services.payments.use_cases import intents
from services.payments.use_cases import links as pages
from services.payments.use_cases.applying import Applied, tell
from services.payments.use_cases.deposits import ASKED_BY_THEN, FIRST_LOOK, order_of, terms
from services.payments.use_cases.tools import Tools

# The company ends a page after a day at the latest.
_PAGE_LASTS: Final = timedelta(hours=23)

CloseOutcome: TypeAlias = Literal["canceled", "succeeded", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What booking asks for; the operation's id makes a second time harmless."""

    tenant_id: str
    booking_id: str
    operation_id: str
    amount: Money
    description: str
    payer: Payer


@dataclass(frozen=True, slots=True, kw_only=True)
class Charged:
    """How the order stands."""

    payment: Payment
    status: Literal["succeeded", "requires_action", "failed"]
    url: str | None = None


async def charge(tools: Tools, order: Order) -> Charged:
    """The same order again is the same charge."""
    payment = await _ordered(tools, order)
    if payment.way == "card":
        payment = await _by_card(tools, payment)
        if payment.status == "canceled":
            payment = await _ordered(tools, order)
    if payment.way == "link":
        return await _by_link(tools, payment)
    return _charged(payment)


async def close(tools: Tools, *, tenant_id: str, operation_id: str) -> CloseOutcome:
    """The order is given up, also one that never came; unless it was quicker."""
    async with tools.db.transaction(tenant_id) as tx:
        operation = await _lock_operation(tx, operation_id)
        if operation is None:
            never = Operation(
                id=operation_id, tenant_id=tenant_id, kind="balance", booking_id=None, amount=None, closed=True
            )
            if await money.add_operation(tx, never, tools.clock.now()):
                return "none"
            # Another's, or one that was ordered at this very moment.
            operation = await _lock_operation(tx, operation_id)
        if operation is None or operation.kind != "balance":
            raise errors.NotFound
        await money.close_operation(tx, operation_id)
        payment = await _current(tx, operation_id)
        link = None if payment is None else await links.of_payment(tx, payment.id)
        if payment is not None and _is_unknown(payment):
            # If nobody comes again for the outcome, the clockwork sees to it.
            await timers.set(tx, "stray", payment.id, tools.clock.now() + ASKED_BY_THEN)
    if payment is None:
        return "none"
    if payment.is_open:
        if payment.way == "link":
            payment = await _page_closed(tools, payment, link)
        else:
            payment = await _given_up(tools, payment)
    if payment.is_open:
        raise StillUnderWay
    return "succeeded" if payment.status == "succeeded" else "canceled"


async def give_up_stray(tools: Tools, payment: Payment) -> None:
    """A try of which nobody knew how it ended when its order was closed."""
    if payment.is_open and (await _given_up(tools, payment)).is_open:
        raise StillUnderWay


async def _ordered(tools: Tools, order: Order) -> Payment:
    """The payment with which the order goes on: that which is there, or the next one."""
    now = tools.clock.now()
    async with tools.db.transaction(order.tenant_id) as tx:
        held = await money.lock_or_open(tx, order.booking_id, now)
        if held is None:
            raise errors.NotFound
        wanted = Operation(
            id=order.operation_id,
            tenant_id=order.tenant_id,
            kind="balance",
            booking_id=order.booking_id,
            amount=order.amount.amount,
            closed=False,
        )
        if not await money.add_operation(tx, wanted, now):
            known = await money.operation(tx, order.operation_id)
            if known is None or (known.closed and known.booking_id is None):
                raise OperationClosed
            if replace(known, closed=False) != wanted:
                raise OrderDiffers
            wanted = known
        current = await _current(tx, order.operation_id)
        if current is not None and _is_unknown(current):
            if wanted.closed:
                raise OperationClosed
            await payments.touch(tx, current.id, now)
        if current is not None and (current.way == "link" or current.status != "canceled"):
            return current
        if wanted.closed:
            raise OperationClosed
        account_id, basis_points = await terms(tools, tx, order.tenant_id)
        card = None if current is not None else await payments.with_card(tx, order.booking_id, account_id)
        way: Way = "link" if card is None else "card"
        payment = Payment(
            id=ids.new_id("pay"),
            tenant_id=order.tenant_id,
            booking_id=order.booking_id,
            kind="balance",
            way=way,
            operation_id=order.operation_id,
            status="requires_payment",
            account_id=account_id,
            intent_id=None,
            charge_id=None,
            amount=order.amount.amount,
            currency=order.amount.currency,
            fee=fees.fee_of(order.amount, basis_points).amount,
            customer_id=None if card is None else card.customer_id,
            payment_method_id=None if card is None else card.payment_method_id,
            description=order.description,
            payer_name=order.payer.name,
            payer_email=order.payer.email,
            payer_phone=order.payer.phone,
            created_at=now,
        )
        await money.set_currency(tx, order.booking_id, order.amount.currency)
        await payments.add(tx, payment)
        await timers.set(tx, "link" if way == "link" else "intent", payment.id, now + FIRST_LOOK)
        return payment


async def _by_card(tools: Tools, payment: Payment) -> Payment:
    if not payment.is_open:
        return payment
    intent: Intent | None
    applied: Applied
    if payment.intent_id is not None:
        intent, applied = await intents.ask(tools, payment)
    else:
        intent, applied = await _card_asked(tools, payment)
    if applied == "parked":
        raise PaymentParked
    if intent is not None and intent.status in {"requires_payment", "requires_action"}:
        # The bank said no, or wants to see the customer. This try must not succeed behind our back.
        return await _given_up(tools, await _again(tools, payment))
    payment = await _again(tools, payment)
    if payment.is_open:
        raise StillUnderWay
    return payment


async def _card_asked(tools: Tools, payment: Payment) -> tuple[Intent | None, Applied]:
    if payment.customer_id is None or payment.payment_method_id is None:
        raise AssertionError("a card that is charged was saved before")
    try:
        intent = await tools.gateway.charge(
            order_of(payment),
            key=payment.id,
            customer_id=payment.customer_id,
            payment_method_id=payment.payment_method_id,
        )
    except errors.Refusal as refusal:
        if isinstance(refusal, errors.Unavailable | errors.TooOften):
            raise
        # The company knows no such card any more.
        await _never_made(tools, payment)
        return None, "applied"
    return intent, await intents.apply(tools, tenant_id=payment.tenant_id, intent=intent)


async def _never_made(tools: Tools, payment: Payment) -> None:
    async with tools.db.transaction(payment.tenant_id) as tx:
        await money.lock(tx, payment.booking_id)
        known = await payments.find(tx, payment.id)
        if known is not None and known.is_open and known.intent_id is None:
            await intents.ended_unpaid(tools, tx, known)


async def _given_up(tools: Tools, payment: Payment) -> Payment:
    """A try without the customer, given up at the company. Where nobody knows whether it was made, it is looked for
    there: to ask once more would be to charge, if the company never heard of it.
    """
    if payment.intent_id is None:
        payment = await _looked_for(tools, payment)
    if payment.is_open and payment.intent_id is not None:
        await intents.cancel(tools, payment)
        payment = await _again(tools, payment)
    return payment


async def _looked_for(tools: Tools, payment: Payment) -> Payment:
    """Its name, or its end: nobody may ask for it any more, and all who have asked were answered by then."""
    async with tools.db.transaction(payment.tenant_id) as tx:
        is_answered = await payments.rests_since(tx, payment.id, tools.clock.now() - ASKED_BY_THEN)
    try:
        found = await tools.gateway.find(
            payment.account_id, customer_id=payment.customer_id or "", payment_id=payment.id
        )
    except PaymentsNotReady:
        await intents.out_of_reach(tools, payment)
    except (errors.Unavailable, errors.TooOften):
        raise
    except errors.Refusal:
        # The company knows no such customer any more, and has charged nobody.
        await _never_made(tools, payment)
    else:
        if found is not None:
            await intents.apply(tools, tenant_id=payment.tenant_id, intent=found)
        elif is_answered:
            await _never_made(tools, payment)
        else:
            # It may still be on its way there.
            raise StillUnderWay
    return await _again(tools, payment)


async def _by_link(tools: Tools, payment: Payment) -> Charged:
    if not payment.is_open:
        return _charged(payment)
    async with tools.db.transaction(payment.tenant_id) as tx:
        link = await links.of_payment(tx, payment.id)
    if link is None:
        link = await _page_opened(tools, payment)
    payment = await _again(tools, payment)
    return _charged(payment, link.url)


async def _page_opened(tools: Tools, payment: Payment) -> StoredLink:
    try:
        opened = await tools.gateway.open_link(
            order_of(payment),
            key=payment.id,
            return_url=f"{tools.settings.public_url}/",
            expires_at=payment.created_at + _PAGE_LASTS,
            save_card=False,
        )
    except errors.Refusal as refusal:
        if not isinstance(refusal, errors.Unavailable | errors.TooOften):
            await _never_made(tools, payment)
        raise
    link = StoredLink(
        link_id=opened.id,
        payment_id=payment.id,
        account_id=payment.account_id,
        url=opened.url,
        status="open",
        expires_at=opened.expires_at,
    )
    async with tools.db.transaction(payment.tenant_id) as tx:
        held = await money.lock(tx, payment.booking_id)
        operation = await money.operation(tx, payment.operation_id or "")
        is_closed = held is None or operation is None or operation.closed
        if await links.add(tx, link) and not is_closed:
            changed = await money.next_version(tx, payment.booking_id)
            await tell(
                tools,
                tx,
                BalanceActionRequired,
                changed,
                payment_id=payment.id,
                amount=payment.amount,
                operation_id=payment.operation_id,
            )
    if is_closed:
        # Given up while the page was being made: nobody has been told of it.
        await _page_closed(tools, payment, link)
        raise OperationClosed
    return link


async def _page_closed(tools: Tools, payment: Payment, link: StoredLink | None) -> Payment:
    if link is None:
        # Whoever is having the page made just now has told nobody, and finds the order closed.
        await _never_made(tools, payment)
        return await _again(tools, payment)
    try:
        told = await tools.gateway.close_link(payment.account_id, link.link_id)
    except PaymentsNotReady:
        await intents.out_of_reach(tools, payment)
    else:
        await pages.apply(tools, tenant_id=payment.tenant_id, link=told)
    return await _again(tools, payment)


async def _again(tools: Tools, payment: Payment) -> Payment:
    async with tools.db.transaction(payment.tenant_id) as tx:
        return await payments.find(tx, payment.id) or payment


async def _lock_operation(tx: Tx, operation_id: str) -> Operation | None:
    """Under the lock of the booking's money, if it is known of which booking."""
    operation = await money.operation(tx, operation_id)
    if operation is not None and operation.booking_id is not None:
        await money.lock(tx, operation.booking_id)
        operation = await money.operation(tx, operation_id)
    return operation


async def _current(tx: Tx, operation_id: str) -> Payment | None:
    """The page where there is one, else the card."""
    return await payments.of_operation(tx, operation_id, "link") or await payments.of_operation(
        tx, operation_id, "card"
    )


def _is_unknown(payment: Payment) -> bool:
    """Whether only the company knows if the card was ever asked."""
    return payment.way == "card" and payment.is_open and payment.intent_id is None


def _charged(payment: Payment, url: str | None = None) -> Charged:
    if payment.status == "succeeded":
        return Charged(payment=payment, status="succeeded")
    if payment.is_open and payment.way == "link":
        return Charged(payment=payment, status="requires_action", url=url)
    return Charged(payment=payment, status="failed")
