"""Payments and sums as a business sees them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated

import msgspec
from msgspec import Meta

from services.kernel.http.money import MoneyView, money_view
from services.kernel.money import Money
from services.payments.domain.money import Kind, Refund
from services.payments.domain.states import PaymentStatus, RepaidStatus
from services.payments.store.ledger import Day
from services.payments.store.tenants import Tenant
from services.payments.use_cases.looking import Shown


class RefundView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A part of a payment that went back, or is on its way."""

    id: str
    status: RepaidStatus
    amount: MoneyView
    platform_fee: Annotated[MoneyView, Meta(description="What of the platform's fee goes back with it.")]
    reason: str | None
    created_at: datetime
    ended_at: datetime | None


class PaymentView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One payment that was asked for, however often the customer tried; it stays `succeeded` after refunds."""

    id: str
    booking_id: str
    kind: Kind
    status: PaymentStatus
    amount: MoneyView
    platform_fee: Annotated[MoneyView, Meta(description="The platform's part; with `net` it is the amount.")]
    net: MoneyView
    refunded_amount: MoneyView
    processing_cost: Annotated[MoneyView | None, Meta(description="What Stripe took, once it has said so.")]
    decline_code: str | None
    refunds: list[RefundView]
    created_at: datetime
    paid_at: datetime | None


class SumsView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What happened to money: `net` is deposits and balances, less all the others."""

    deposits: MoneyView
    balances: MoneyView
    refunds: MoneyView
    disputes: Annotated[MoneyView, Meta(description="What customers' banks took back.")]
    fees: Annotated[MoneyView, Meta(description="The platform's, less what went back with refunds.")]
    processing_costs: Annotated[MoneyView, Meta(description="Stripe's.")]
    net: MoneyView


class DayView(SumsView, frozen=True, kw_only=True, rename="camel"):
    """One day in the business's own zone."""

    date: date


class OtherCurrencyView(SumsView, frozen=True, kw_only=True, rename="camel"):
    """What was paid before the business changed its currency."""

    currency: str


class SummaryView(SumsView, frozen=True, kw_only=True, rename="camel"):
    """Sums of the ledger, in the business's currency: in all, and for each day."""

    from_: date = msgspec.field(name="from")
    to: date
    timezone: str
    currency: str
    days: list[DayView]
    other_currencies: list[OtherCurrencyView]


def payment_view(shown: Shown, locale: str) -> PaymentView:
    payment = shown.payment

    def in_words(amount: int) -> MoneyView:
        return money_view(Money(amount, payment.currency), locale)

    return PaymentView(
        id=payment.id,
        booking_id=payment.booking_id,
        kind=payment.kind,
        status=payment.status,
        amount=in_words(payment.amount),
        platform_fee=in_words(payment.fee),
        net=in_words(payment.amount - payment.fee),
        refunded_amount=in_words(payment.refunded),
        processing_cost=None if payment.cost is None else in_words(payment.cost),
        decline_code=payment.decline_code,
        refunds=[_refund_view(one, locale) for one in shown.refunds],
        created_at=payment.created_at,
        paid_at=payment.paid_at,
    )


def summary_view(by_currency: dict[str, Sequence[Day]], tenant: Tenant, *, first: date, last: date) -> SummaryView:
    own = {day.day: day for day in by_currency.get(tenant.currency, ())}
    all_days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return SummaryView(
        from_=first,
        to=last,
        timezone=tenant.zone,
        currency=tenant.currency,
        days=[
            DayView(date=day, **_sums([own[day]] if day in own else [], tenant.currency, tenant.locale))
            for day in all_days
        ],
        other_currencies=[
            OtherCurrencyView(currency=currency, **_sums(days, currency, tenant.locale))
            for currency, days in sorted(by_currency.items())
            if currency != tenant.currency
        ],
        **_sums(list(own.values()), tenant.currency, tenant.locale),
    )


def _sums(days: Sequence[Day], currency: str, locale: str) -> dict[str, MoneyView]:
    sums = {
        "deposits": sum(day.deposits for day in days),
        "balances": sum(day.balances for day in days),
        "refunds": sum(day.refunds for day in days),
        "disputes": sum(day.disputes for day in days),
        "fees": sum(day.fees for day in days),
        "processing_costs": sum(day.costs for day in days),
        "net": sum(day.net for day in days),
    }
    return {name: money_view(Money(amount, currency), locale) for name, amount in sums.items()}


def _refund_view(refund: Refund, locale: str) -> RefundView:
    return RefundView(
        id=refund.id,
        status=refund.status,
        amount=money_view(Money(refund.amount, refund.currency), locale),
        platform_fee=money_view(Money(refund.fee, refund.currency), locale),
        reason=refund.reason,
        created_at=refund.created_at,
        ended_at=refund.ended_at,
    )
