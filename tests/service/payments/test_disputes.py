"""A customer's bank demands a payment back: rows, sums, entries, and what the others are told."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec
import pytest

from tests.service.payments.told import Listener, Object, Paying, opened, outside_id
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def listener(servers: Servers) -> AsyncIterator[Listener]:
    async with opened(servers) as listener:
        yield listener


@pytest.fixture
async def paid(listener: Listener) -> Paying:
    paying = await listener.paying()
    listener.company.knows(paying.account_id, f"payment_intents/{paying.intent_id}", paying.intent("succeeded"))
    await listener.told(listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id))
    return paying


def event(listener: Listener, paying: Paying, kind: str, thing: Object, after: float) -> Object:
    return listener.event(f"charge.dispute.{kind}", thing, paying.account_id, after=after)


async def entries(listener: Listener, paying: Paying) -> list[tuple[Any, ...]]:
    rows = await listener.rows(
        "SELECT kind, customer, tenant, platform, stripe FROM ledger_sets WHERE booking_id = $1 ORDER BY id",
        paying.booking_id,
    )
    return [tuple(row) for row in rows]


async def told(listener: Listener, paying: Paying, kind: str) -> list[dict[str, Any]]:
    rows = await listener.rows(
        "SELECT body FROM outbox WHERE aggregate_id = $1 AND type = $2 ORDER BY id",
        paying.booking_id,
        f"payments.dispute.{kind}.v1",
    )
    return [msgspec.json.decode(row["body"]) for row in rows]


async def test_a_dispute_takes_the_money_and_what_the_trouble_costs(listener: Listener, paid: Paying) -> None:
    outside = outside_id("du")
    dispute = paid.dispute(outside, "needs_response", amount=5000)
    # Both within one second: the later one is looked up.
    listener.company.knows(paid.account_id, f"disputes/{outside}", dispute)
    await listener.told(
        event(listener, paid, "created", dispute, 1), event(listener, paid, "funds_withdrawn", dispute, 1)
    )
    state = await listener.state(paid)
    assert state["disputes"] == [{"amount": 5000, "taken": 5000, "status": "open"}]
    # A dispute is no refund, and what is disputed can't be refunded.
    assert state["payment"] == {"status": "succeeded", "refunded": 0, "fee_returned": 0, "disputed": 5000}
    assert state["money"] == {"paid": 5000, "refunded": 0}
    assert (await entries(listener, paid))[1:] == [("dispute", 5000, -6500, 0, 1500)]
    opened_ones = await told(listener, paid, "opened")
    assert len(opened_ones) == 1
    assert opened_ones[0]["amount"] == 5000
    assert opened_ones[0]["reason"] == "fraudulent"
    assert opened_ones[0]["paymentId"] == paid.payment_id
    assert (opened_ones[0]["paid"], opened_ones[0]["refunded"], opened_ones[0]["version"]) == (5000, 0, 2)
    assert await told(listener, paid, "closed") == []


async def test_a_dispute_that_is_won_brings_all_of_it_back(listener: Listener, paid: Paying) -> None:
    outside = outside_id("du")
    await listener.told(
        event(listener, paid, "created", paid.dispute(outside, "needs_response"), 1),
        event(listener, paid, "closed", paid.dispute(outside, "won", is_returned=True), 9),
    )
    state = await listener.state(paid)
    assert state["disputes"] == [{"amount": 3000, "taken": 0, "status": "won"}]
    assert state["payment"]["disputed"] == 0
    assert (await entries(listener, paid))[1:] == [
        ("dispute", 3000, -4500, 0, 1500),
        ("dispute_returned", -3000, 4500, 0, -1500),
    ]
    assert [one["outcome"] for one in await told(listener, paid, "closed")] == ["won"]


async def test_a_dispute_that_is_lost_stays_taken(listener: Listener, paid: Paying) -> None:
    outside = outside_id("du")
    await listener.told(
        event(listener, paid, "created", paid.dispute(outside, "needs_response"), 1),
        event(listener, paid, "closed", paid.dispute(outside, "lost"), 9),
        event(listener, paid, "updated", paid.dispute(outside, "lost"), 10),
    )
    state = await listener.state(paid)
    assert state["disputes"] == [{"amount": 3000, "taken": 3000, "status": "lost"}]
    assert state["payment"]["disputed"] == 3000
    assert [one["outcome"] for one in await told(listener, paid, "closed")] == ["lost"]
    assert len(await entries(listener, paid)) == 2


async def test_a_mere_question_of_the_bank_moves_no_money(listener: Listener, paid: Paying) -> None:
    outside = outside_id("du")
    await listener.told(
        event(listener, paid, "created", paid.dispute(outside, "warning_needs_response", is_taken=False), 1),
        event(listener, paid, "closed", paid.dispute(outside, "warning_closed", is_taken=False), 9),
    )
    state = await listener.state(paid)
    assert state["disputes"] == [{"amount": 3000, "taken": 0, "status": "warning_closed"}]
    assert state["payment"]["disputed"] == 0
    assert len(await entries(listener, paid)) == 1
    assert [one["outcome"] for one in await told(listener, paid, "closed")] == ["warning_closed"]


async def test_a_dispute_that_is_heard_of_before_the_payment_finds_it_paid(listener: Listener) -> None:
    paying = await listener.paying()
    listener.company.knows(paying.account_id, f"payment_intents/{paying.intent_id}", paying.intent("succeeded"))
    dispute = paying.dispute(outside_id("du"), "needs_response")
    await listener.told(event(listener, paying, "created", dispute, 1))
    assert await listener.events_of(paying) == ["deposit.succeeded", "dispute.opened"]
    assert (await listener.state(paying))["payment"]["disputed"] == 3000


async def test_an_old_word_of_a_dispute_opens_nothing_again(listener: Listener, paid: Paying) -> None:
    outside = outside_id("du")
    won = paid.dispute(outside, "won", is_returned=True)
    listener.company.knows(paid.account_id, f"disputes/{outside}", won)
    await listener.told(
        event(listener, paid, "closed", won, 9),
        event(listener, paid, "created", paid.dispute(outside, "needs_response"), 1),
        event(listener, paid, "funds_withdrawn", paid.dispute(outside, "needs_response"), 1),
    )
    state = await listener.state(paid)
    assert state["disputes"] == [{"amount": 3000, "taken": 0, "status": "won"}]
    assert state["events"] == [
        "payments.deposit.succeeded.v1",
        "payments.dispute.closed.v1",
        "payments.dispute.opened.v1",
    ]


async def test_two_disputes_of_one_payment_are_added_up(listener: Listener, paid: Paying) -> None:
    one, other = outside_id("du"), outside_id("du")
    await listener.told(
        event(listener, paid, "created", paid.dispute(one, "needs_response", amount=1000), 1),
        event(listener, paid, "created", paid.dispute(other, "needs_response", amount=2500), 2),
    )
    assert (await listener.state(paid))["payment"]["disputed"] == 3500
    won = paid.dispute(one, "won", amount=1000, is_returned=True)
    await listener.told(event(listener, paid, "closed", won, 5))
    assert (await listener.state(paid))["payment"]["disputed"] == 2500


@pytest.mark.parametrize(("changed", "reason"), [({"amount": 5001}, "amount"), ({"currency": "aud"}, "currency")])
async def test_a_dispute_that_can_not_be_is_parked(
    listener: Listener, paid: Paying, changed: dict[str, Any], reason: str
) -> None:
    dispute = {**paid.dispute(outside_id("du"), "needs_response"), **changed}
    created = event(listener, paid, "created", dispute, 1)
    await listener.told(created)
    notice = await listener.notice(created["id"])
    assert notice is not None
    assert notice["outcome"] == "parked"
    parked = await listener.rows("SELECT kind, reason FROM parked WHERE object_id = $1", dispute["id"])
    assert [tuple(row) for row in parked] == [("dispute", reason)]
    assert (await listener.state(paid))["disputes"] == []


async def test_disputes_of_what_the_business_takes_by_itself_are_none_of_ours(listener: Listener, paid: Paying) -> None:
    other = {**paid.dispute(outside_id("du"), "needs_response"), "charge": "ch_other", "payment_intent": "pi_other"}
    listener.company.knows(
        paid.account_id,
        "payment_intents/pi_other",
        paid.intent("succeeded", id="pi_other", metadata={}, latest_charge="ch_other"),
    )
    created = event(listener, paid, "created", other, 1)
    await listener.told(created)
    notice = await listener.notice(created["id"])
    assert notice is not None
    assert notice["outcome"] == "ignored"
