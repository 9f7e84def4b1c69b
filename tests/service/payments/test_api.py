"""The doors of payments: what booking may ask, and what a business sees."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace as replace_struct

from services.kernel import ids
from services.kernel.events import Delivery
from services.payments.use_cases import copies
from tests.service.payments.till import Booking, Till, opened
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def till(servers: Servers) -> AsyncIterator[Till]:
    async with opened(servers) as till:
        yield till


@pytest.fixture
async def booking(till: Till) -> Booking:
    return await till.booking()


def _deposit(booking: Booking, **changed: Any) -> dict[str, Any]:
    return {
        "tenantId": booking.tenant_id,
        "bookingId": booking.id,
        "reference": "AB12CD",
        "amount": 5000,
        "currency": "NZD",
        "saveCard": True,
        "description": "Blocked drain",
        "customer": {"name": "Mia", "email": "mia@example.com", "phone": "+64211234567"},
        **changed,
    }


async def test_booking_has_a_deposit_asked_for_closed_and_told(till: Till, booking: Booking) -> None:
    answer = await till.ask("POST", "/internal/deposits", _deposit(booking), context="booking")
    assert answer.status_code == 200, answer.text
    asked = answer.json()["data"]
    assert asked["status"] == "requires_payment"
    assert asked["clientSecret"]
    assert asked["stripeAccountId"] == booking.account_id
    assert (asked["publishableKey"], asked["apiBase"]) == ("pk_test_of_a_test", None)
    assert await booking.intents() == ["requires_payment_method"]
    closed = await till.ask(
        "POST", f"/internal/deposits/{booking.id}/close", {"tenantId": booking.tenant_id}, context="booking"
    )
    assert closed.json()["data"] == {
        "outcome": "canceled",
        "paymentId": asked["paymentId"],
        "paid": 0,
        "refunded": 0,
        "currency": "NZD",
    }
    late = await till.ask("POST", "/internal/deposits", _deposit(booking), context="booking")
    assert (late.status_code, late.json()["error"]["code"]) == (409, "DEPOSIT_CLOSED")


async def test_a_booking_from_deposit_to_refund_through_the_doors(till: Till, booking: Booking) -> None:
    await booking.paid()
    operation_id, refund_id = ids.new_id("mop"), ids.new_id("mop")
    body = {name: value for name, value in _deposit(booking, amount=13_000).items() if name != "saveCard"}
    charged = await till.ask("POST", "/internal/balances", {**body, "operationId": operation_id}, context="booking")
    assert charged.json()["data"] | {"paymentId": ""} == {
        "paymentId": "",
        "status": "succeeded",
        "amountCharged": 13_000,
        "paymentUrl": None,
        "declineCode": None,
        "message": None,
    }
    closed = await till.ask(
        "POST", f"/internal/balances/{operation_id}/close", {"tenantId": booking.tenant_id}, context="booking"
    )
    assert closed.json()["data"] == {"outcome": "succeeded"}
    order = {"tenantId": booking.tenant_id, "bookingId": booking.id, "operationId": refund_id, "amount": 14_000}
    refunded = (await till.ask("POST", "/internal/refunds", order, context="booking")).json()["data"]
    assert (refunded["status"], refunded["amount"], refunded["paid"], refunded["refunded"]) == (
        "succeeded",
        14_000,
        18_000,
        14_000,
    )
    assert sorted(part["amount"] for part in refunded["refunds"]) == [1000, 13_000]
    too_much = await till.ask(
        "POST", "/internal/refunds", {**order, "operationId": ids.new_id("mop"), "amount": 4001}, context="booking"
    )
    assert (too_much.status_code, too_much.json()["error"]["code"]) == (409, "REFUND_EXCEEDS_PAYMENT")
    money = await till.ask(
        "GET", f"/internal/bookings/{booking.id}/money?tenantId={booking.tenant_id}", context="booking"
    )
    found = money.json()["data"]
    told = (await booking.told())[-1]
    assert (found["version"], found["paid"], found["refunded"]) == (told.version, 18_000, 14_000)
    assert (found["currency"], found["depositStatus"], found["cardSaved"]) == ("NZD", "partially_refunded", True)
    assert [(one["kind"], one["amount"], one["refunded"]) for one in found["payments"]] == [
        ("deposit", 5000, 1000),
        ("balance", 13_000, 13_000),
    ]
    assert len(found["refunds"]) == 2


async def test_of_an_unknown_booking_there_is_no_money(till: Till, booking: Booking) -> None:
    money = await till.ask(
        "GET", f"/internal/bookings/{booking.id}/money?tenantId={booking.tenant_id}", context="booking"
    )
    assert money.json()["data"] == {
        "version": 0,
        "currency": None,
        "paid": 0,
        "refunded": 0,
        "depositStatus": "none",
        "cardSaved": False,
        "payments": [],
        "refunds": [],
    }


async def test_nobody_but_booking_moves_money(till: Till, booking: Booking) -> None:
    operation_id = ids.new_id("mop")
    for path in (
        "/internal/deposits",
        f"/internal/deposits/{booking.id}/close",
        "/internal/balances",
        f"/internal/balances/{operation_id}/close",
        "/internal/refunds",
    ):
        assert (await till.ask("POST", path, {}, context="notify")).status_code == 403
        assert (await till.ask("POST", path, {}, tenant_id=booking.tenant_id)).status_code in {401, 403}
        assert (await till.ask("POST", path, {})).status_code == 401


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"amount": 10**13}, "amount"),
        ({"amount": "50"}, "amount"),
        ({"currency": "XXX"}, "currency"),
        ({"bookingId": "nonsense"}, "bookingId"),
        ({"customer": {"name": "Mia"}}, "customer.email"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_what_booking_sends_is_checked(till: Till, booking: Booking, changed: dict[str, Any], field: str) -> None:
    answer = await till.ask("POST", "/internal/deposits", _deposit(booking, **changed), context="booking")
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == [field]


async def test_a_business_without_an_account_is_not_ready_and_a_company_that_is_away_is_said_so(
    till: Till, booking: Booking
) -> None:
    till.company.line.is_away = True
    try:
        away = await till.ask("POST", "/internal/deposits", _deposit(booking), context="booking")
    finally:
        till.company.line.is_away = False
    assert (away.status_code, away.json()["error"]["code"]) == (503, "PAYMENT_SERVICE_UNAVAILABLE")
    assert away.json()["error"]["retryable"] is True
    await booking.rows("UPDATE accounts SET disconnected_at = now() RETURNING 1")
    other = Booking(till, booking.tenant_id, booking.account_id, ids.new_id("book"))
    unready = await till.ask("POST", "/internal/deposits", _deposit(other), context="booking")
    assert (unready.status_code, unready.json()["error"]["code"]) == (409, "PAYMENTS_NOT_READY")


async def test_a_slow_company_is_answered_for_before_booking_gives_up(till: Till, booking: Booking) -> None:
    await till.company.control(delayMs=10_000)
    began = asyncio.get_running_loop().time()
    try:
        slow = await till.ask("POST", "/internal/deposits", _deposit(booking), context="booking")
    finally:
        await till.company.control(reset=True)
    assert (slow.status_code, slow.json()["error"]["code"]) == (503, "PAYMENT_SERVICE_UNAVAILABLE")
    assert asyncio.get_running_loop().time() - began < 3.8


async def test_a_business_sees_its_payments_the_newest_first(till: Till) -> None:
    tenant_id = await till.tenant()
    bookings = [await till.booking(tenant_id) for _ in range(3)]
    paid = [await booking.paid(1000 + number) for number, booking in enumerate(bookings)]
    await bookings[1].refund(400)
    open_deposit = await (await till.booking(tenant_id)).deposit()
    everything = (await till.ask("GET", "/api/payments", tenant_id=tenant_id, role="tech")).json()
    assert [one["id"] for one in everything["data"]] == [open_deposit.payment_id, *reversed(paid)]
    assert everything["meta"] == {"page": 1, "limit": 50, "total": 4}
    second = (await till.ask("GET", "/api/payments?status=succeeded&page=2&limit=2", tenant_id=tenant_id)).json()
    assert [one["id"] for one in second["data"]] == [paid[0]]
    of_one = (await till.ask("GET", f"/api/payments?bookingId={bookings[1].id}", tenant_id=tenant_id)).json()
    assert of_one["meta"]["total"] == 1
    shown = (await till.ask("GET", f"/api/payments/{paid[1]}", tenant_id=tenant_id)).json()["data"]
    assert of_one["data"] == [shown]
    assert (shown["bookingId"], shown["kind"], shown["status"]) == (bookings[1].id, "deposit", "succeeded")
    assert shown["amount"] == {"amount": 1001, "currency": "NZD", "display": "$10.01"}
    assert shown["platformFee"]["amount"] + shown["net"]["amount"] == 1001
    assert (shown["platformFee"]["amount"], shown["refundedAmount"]["amount"]) == (25, 400)
    assert [(one["amount"]["amount"], one["status"]) for one in shown["refunds"]] == [(400, "succeeded")]


async def test_another_business_sees_none_of_it(till: Till, booking: Booking) -> None:
    payment_id = await booking.paid()
    other = await till.tenant()
    assert (await till.ask("GET", "/api/payments", tenant_id=other)).json()["meta"]["total"] == 0
    assert (await till.ask("GET", f"/api/payments?bookingId={booking.id}", tenant_id=other)).json()["data"] == []
    for path in (f"/api/payments/{payment_id}", "/api/payments/nonsense", f"/api/payments/{ids.new_id('pay')}"):
        refused = await till.ask("GET", path, tenant_id=other)
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
    for path in ("/api/payments", "/api/payments/summary", f"/api/payments/{payment_id}"):
        assert (await till.ask("GET", path)).status_code == 401


async def test_questions_that_make_no_sense_are_refused(till: Till, booking: Booking) -> None:
    for query in ("status=paid", "page=0", "limit=101"):
        assert (await till.ask("GET", f"/api/payments?{query}", tenant_id=booking.tenant_id)).status_code == 400
    for query in ("from=2026-02-01&to=2026-01-01", "from=2020-01-01&to=2026-01-01", "from=1900-01-01", "from=x"):
        asked = await till.ask("GET", f"/api/payments/summary?{query}", tenant_id=booking.tenant_id)
        assert (asked.status_code, asked.json()["error"]["code"]) == (400, "VALIDATION_ERROR"), query


async def test_the_summary_is_by_the_businesss_own_days_and_adds_up(till: Till) -> None:
    tenant_id = await till.tenant(zone="Pacific/Auckland")
    booking, other = await till.booking(tenant_id), await till.booking(tenant_id)
    was = till.clock.now()
    try:
        # Late on the first of March in Auckland, and early on the second.
        till.clock.set(datetime(2026, 3, 1, 10, 50, tzinfo=UTC))
        first = await booking.paid(5000)
        await till.turn(timedelta(seconds=10))
        till.clock.set(datetime(2026, 3, 1, 11, 5, tzinfo=UTC))
        await booking.charge(13_000)
        await booking.refund(2000)
        await other.paid(4000)
        await till.turn(timedelta(seconds=10))
        answer = await till.ask("GET", "/api/payments/summary?from=2026-03-01&to=2026-03-03", tenant_id=tenant_id)
    finally:
        till.clock.set(was)
    cost = (await booking.payment(first))["cost"]
    later = (await booking.rows("SELECT sum(cost)::int FROM payments WHERE id <> $1", first))[0][0]
    assert min(cost, later) > 0
    summary = answer.json()["data"]
    sums = ("deposits", "balances", "refunds", "disputes", "fees", "processingCosts", "net")

    def amounts(view: dict[str, Any]) -> list[int]:
        return [view[name]["amount"] for name in sums]

    assert (summary["from"], summary["to"], summary["currency"]) == ("2026-03-01", "2026-03-03", "NZD")
    assert summary["timezone"] == "Pacific/Auckland"
    days = {day["date"]: amounts(day) for day in summary["days"]}
    assert days == {
        "2026-03-01": [5000, 0, 0, 0, 125, cost, 4875 - cost],
        # The refund is taken from the balance, whose fee of 325 goes back in proportion.
        "2026-03-02": [4000, 13_000, 2000, 0, 100 + 325 - 50, later, 17_000 - 2000 - 375 - later],
        "2026-03-03": [0, 0, 0, 0, 0, 0, 0],
    }
    assert amounts(summary) == [sum(column) for column in zip(*days.values(), strict=True)]
    assert summary["otherCurrencies"] == []
    assert summary["deposits"]["display"] == "$90.00"


async def test_an_older_word_of_catalogs_does_not_overwrite_a_newer_one(till: Till) -> None:
    tenant_id = await till.tenant(currency="NZD")

    async def hear(version: int, currency: str) -> None:
        delivery = Delivery(
            id=ids.new_uuid(),
            event=replace_struct(till.profile_of(tenant_id), version=version, currency=currency),
            subject=tenant_id,
            sequence=version,
            tenant_id=tenant_id,
            at=till.clock.now(),
            queue="payments.catalog",
            attempt=1,
        )
        await copies.profile_changed(till.tools, delivery=delivery)

    await hear(3, "AUD")
    await hear(2, "USD")
    summary = (await till.ask("GET", "/api/payments/summary", tenant_id=tenant_id)).json()["data"]
    assert summary["currency"] == "AUD"


async def test_what_was_paid_in_a_former_currency_is_not_lost(till: Till) -> None:
    tenant_id = await till.tenant(currency="AUD", locale="en-AU")
    await (await till.booking(tenant_id)).paid(1220, "JPY")
    summary = (await till.ask("GET", "/api/payments/summary", tenant_id=tenant_id)).json()["data"]
    assert summary["deposits"]["amount"] == 0
    assert [
        (one["currency"], one["deposits"]["amount"], one["fees"]["amount"]) for one in summary["otherCurrencies"]
    ] == [("JPY", 1220, 31)]
