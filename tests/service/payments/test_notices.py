"""What Stripe told is worked on afterwards: in any order, any number of times, and whatever dies meanwhile."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
import stripe
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from services.kernel import replay
from services.payments.app import compose
from services.payments.use_cases import notices
from tests.service.payments.told import DOOR, SECRET, Listener, Object, Paying, opened, outside_id
from tests.support.contexts import eventually, process
from tests.support.servers import Servers


@pytest.fixture(scope="module")
async def listener(servers: Servers) -> AsyncIterator[Listener]:
    async with opened(servers) as listener:
        yield listener


def story(listener: Listener, paying: Paying) -> list[Object]:
    """A deposit that is declined, paid, partly refunded in Stripe's dashboard, demanded back by the bank, and won.

    Afterwards the company knows how everything ended.
    """
    refund_id, dispute_id, account = outside_id("re"), outside_id("du"), paying.account_id
    listener.company.knows(account, f"payment_intents/{paying.intent_id}", paying.intent("succeeded"))
    listener.company.lists(account, "refunds", [paying.refund(refund_id, "succeeded")])
    listener.company.knows(account, f"disputes/{dispute_id}", paying.dispute(dispute_id, "won", is_returned=True))
    told: Sequence[tuple[str, Object]] = (
        ("payment_intent.created", paying.intent("requires_payment_method")),
        ("payment_intent.payment_failed", paying.declined()),
        ("payment_intent.requires_action", paying.intent("requires_action")),
        ("payment_intent.succeeded", paying.intent("succeeded")),
        ("charge.succeeded", paying.charge()),
        ("refund.created", paying.refund(refund_id, "pending")),
        ("charge.refunded", paying.charge(refunded=2000)),
        ("refund.updated", paying.refund(refund_id, "succeeded")),
        ("charge.dispute.created", paying.dispute(dispute_id, "needs_response", is_taken=False)),
        ("charge.dispute.funds_withdrawn", paying.dispute(dispute_id, "needs_response")),
        ("charge.dispute.closed", paying.dispute(dispute_id, "won")),
        ("charge.dispute.funds_reinstated", paying.dispute(dispute_id, "won", is_returned=True)),
    )
    # Two within the same second now and then, as they come in life.
    return [listener.event(kind, thing, account, after=number // 2) for number, (kind, thing) in enumerate(told)]


async def end_in_order(listener: Listener) -> dict[str, Any]:
    paying = await listener.paying()
    for event in story(listener, paying):
        await listener.told(event)
    return await listener.state(paying)


EXPECTED: dict[str, Any] = {
    "payment": {"status": "succeeded", "refunded": 2000, "disputed": 0},
    "money": {"paid": 5000, "refunded": 2000},
    "refunds": [{"amount": 2000, "status": "succeeded"}],
    "disputes": [{"amount": 3000, "taken": 0, "status": "won"}],
    "events": [
        "payments.deposit.succeeded.v1",
        "payments.dispute.closed.v1",
        "payments.dispute.opened.v1",
        "payments.refund.succeeded.v1",
    ],
}


async def test_told_in_order_the_money_is_where_it_belongs(listener: Listener) -> None:
    state = await end_in_order(listener)
    state["payment"].pop("fee_returned")
    ledger = state.pop("ledger")
    assert state == EXPECTED
    assert sum(ledger.values()) == 0
    # Three thousand were taken and came back, and so did what that had cost.
    assert ledger["customer"] == -3000
    assert ledger["stripe"] == 0


async def test_told_in_any_order_the_end_is_the_same(listener: Listener) -> None:
    """Permutations chosen by Hypothesis, each with some told twice, for a booking of its own."""
    expected = await end_in_order(listener)
    orders: list[tuple[list[int], list[int]]] = []

    @settings(
        max_examples=15,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.permutations(range(12)), st.lists(st.integers(0, 11), max_size=4))
    def collect(order: list[int], twice: list[int]) -> None:
        orders.append((order, twice))

    collect()

    async def tell(order: list[int], twice: list[int]) -> Paying:
        # A refund list is one per account, so each story has its own.
        paying = await listener.paying()
        events = story(listener, paying)
        for number in [*order, *twice]:
            assert (await listener.post(events[number])).status_code == 200
        await listener.done(*(event["id"] for event in events), within=45)
        return paying

    told = await asyncio.gather(*(tell(order, twice) for order, twice in orders))
    for (order, twice), paying in zip(orders, told, strict=True):
        assert await listener.state(paying) == expected, (order, twice)


async def test_a_storm_ends_as_in_order(listener: Listener) -> None:
    """Many bookings' events at once: duplicated, shuffled, and some of them late."""
    expected = await end_in_order(listener)
    chance = random.Random(20260304)
    payings = [await listener.paying() for _ in range(20)]
    events = [event for paying in payings for event in story(listener, paying)]
    storm = [*events, *chance.sample(events, 160)]
    chance.shuffle(storm)
    places = asyncio.Semaphore(16)

    async def post(event: Object) -> int:
        async with places:
            if chance.random() < 0.05:
                await asyncio.sleep(chance.random())
            return (await listener.post(event)).status_code

    assert set(await asyncio.gather(*(post(event) for event in storm))) == {200}
    await listener.done(*(event["id"] for event in events), within=45)
    for paying in payings:
        assert await listener.state(paying) == expected
        assert len(await listener.events_of(paying)) == len(set(await listener.events_of(paying)))


async def test_what_is_older_than_what_is_known_is_not_believed_but_asked(listener: Listener) -> None:
    paying = await listener.paying()
    refund_id = outside_id("re")
    listener.company.knows(paying.account_id, f"refunds/{refund_id}", paying.refund(refund_id, "succeeded"))
    listener.company.knows(paying.account_id, f"payment_intents/{paying.intent_id}", paying.intent("succeeded"))
    paid = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
    sent = listener.event("refund.updated", paying.refund(refund_id, "succeeded"), paying.account_id, after=5)
    failed = listener.event("refund.failed", paying.refund(refund_id, "failed"), paying.account_id, after=9)
    for event in (paid, sent, failed):
        await listener.told(event)
    listener.company.knows(paying.account_id, f"refunds/{refund_id}", paying.refund(refund_id, "failed"))
    path = f"/v1/refunds/{refund_id}"
    asked = listener.company.asked[path]
    # The word that it was on its way comes after the word that it failed.
    await listener.told(
        listener.event("refund.created", paying.refund(refund_id, "pending"), paying.account_id, after=1)
    )
    assert listener.company.asked[path] == asked + 1
    state = await listener.state(paying)
    assert state["refunds"] == [{"amount": 2000, "status": "failed"}]
    assert state["money"] == {"paid": 5000, "refunded": 0}


async def test_only_a_charge_came_so_its_refunds_are_looked_up(listener: Listener) -> None:
    paying = await listener.paying()
    found = [paying.refund(outside_id("re"), "succeeded", 500), paying.refund(outside_id("re"), "succeeded", 700)]
    listener.company.lists(paying.account_id, "refunds", found)
    await listener.told(
        listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id),
        listener.event("charge.refunded", paying.charge(refunded=1200), paying.account_id, after=3),
    )
    assert (await listener.state(paying))["money"] == {"paid": 5000, "refunded": 1200}
    assert await listener.events_of(paying) == ["deposit.succeeded", "refund.succeeded", "refund.succeeded"]


@pytest.mark.parametrize(
    "changed",
    [
        {"amount": 5001, "amount_received": 5001},
        {"amount_received": 4999},
        {"currency": "aud"},
    ],
)
async def test_what_differs_from_what_was_asked_is_parked_and_nothing_is_paid(
    listener: Listener, changed: dict[str, Any]
) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded", **changed), paying.account_id)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert notice["outcome"] == "parked"
    assert (await listener.state(paying))["payment"]["status"] == "requires_payment"
    assert await listener.events_of(paying) == []
    assert len(await listener.rows("SELECT 1 FROM parked WHERE object_id = $1", paying.intent_id)) == 1


async def test_an_event_of_another_account_about_our_payment_is_parked(listener: Listener) -> None:
    paying = await listener.paying()
    _, other_account = await listener.business()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), other_account)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert notice["outcome"] == "parked"
    assert (await listener.state(paying))["payment"]["status"] == "requires_payment"


async def test_payments_that_the_business_takes_by_itself_are_none_of_ours(listener: Listener) -> None:
    paying = await listener.paying()
    other = paying.intent("succeeded", id=outside_id("pi"), metadata={"order": "17"})
    event = listener.event("payment_intent.succeeded", other, paying.account_id)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert notice["outcome"] == "ignored"


async def test_an_account_that_nobody_knows_is_parked_until_somebody_does(listener: Listener) -> None:
    paying = await listener.paying()
    await listener.superuser.execute("DELETE FROM account_tenants WHERE account_id = $1", paying.account_id)
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert (notice["outcome"], notice["error"]) == ("parked", "account")
    await notices.measure(listener.tools)
    assert notices.present.labels("parked")._value.get() >= 1
    assert (await listener.state(paying))["payment"]["status"] == "requires_payment"
    # Our own answer of opening it was slower than the webhook.
    await listener.superuser.execute("INSERT INTO account_tenants VALUES ($1, $2)", paying.account_id, paying.tenant_id)
    await notices.work_on_left_behind(listener.tools)
    assert (await listener.state(paying))["payment"]["status"] == "succeeded"
    async with listener.tools.db.transaction(paying.tenant_id) as tx:
        assert await tx.value("SELECT count(*) FROM notice_bodies WHERE notice_id = $1", event["id"]) == 1


async def test_while_stripe_is_away_it_is_tried_for_as_long_as_it_takes(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("charge.refunded", paying.charge(refunded=500), paying.account_id, after=3)
    await listener.told(listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id))
    listener.company.lists(paying.account_id, "refunds", [paying.refund(outside_id("re"), "succeeded", 500)])
    listener.company.is_away = True
    try:
        assert (await listener.post(event)).status_code == 200
        tried = "SELECT 1 FROM notices WHERE id = $1 AND tried_at IS NOT NULL AND done_at IS NULL AND tries = 0"

        async def is_tried() -> bool:
            return bool(await listener.rows(tried, event["id"]))

        await eventually(is_tried, "it was tried in vain")
    finally:
        listener.company.is_away = False
    await listener.done(event["id"])
    assert (await listener.state(paying))["money"] == {"paid": 5000, "refunded": 500}


async def test_what_fails_again_and_again_is_parked_counted_and_worked_on_when_told(
    listener: Listener,
) -> None:
    paying = await listener.paying()
    broken = paying.refund(outside_id("re"), "of another world")
    event = listener.event("refund.created", broken, paying.account_id)
    await listener.told(listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id))
    assert (await listener.post(event)).status_code == 200
    given_up = "SELECT error FROM notices WHERE id = $1 AND tries >= 8 AND done_at IS NULL"

    async def is_given_up() -> bool:
        return bool(await listener.rows(given_up, event["id"]))

    await eventually(is_given_up, "eight tries have failed")
    await notices.measure(listener.tools)
    assert notices.present.labels("given_up")._value.get() == 1
    # A sweep leaves it to a person.
    await notices.work_on_left_behind(listener.tools)
    assert (await listener.rows("SELECT tries FROM notices WHERE id = $1", event["id"]))[0]["tries"] == 8
    # What was wrong is mended, here: Stripe's words for it are understood now.
    mended = {**broken, "status": "succeeded"}
    listener.company.lists(paying.account_id, "refunds", [mended])
    body = msgspec.json.encode({**event, "data": {"object": mended}})
    await listener.superuser.execute("UPDATE notice_bodies SET body = $2 WHERE notice_id = $1", event["id"], body)
    assert await replay.notices(compose(listener.environ), []) >= 1
    await listener.done(event["id"])
    assert (await listener.state(paying))["money"] == {"paid": 5000, "refunded": 2000}


async def test_a_notice_that_is_named_is_worked_on_again_and_does_no_harm(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
    await listener.told(event)
    before = await listener.state(paying)
    for _ in range(2):
        assert await replay.notices(compose(listener.environ), [event["id"], "evt_unknown"]) == 1
        await listener.done(event["id"])
    assert await listener.state(paying) == before
    assert await listener.events_of(paying) == ["deposit.succeeded"]


async def test_a_lost_event_of_ours_is_made_up_for_by_a_sweep(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
    notice = listener.tools.gateway.told(msgspec.json.encode(event))
    # Stored, and the broker has lost its event.
    await listener.superuser.execute(
        "INSERT INTO notices (id, kind, account_id, object_id, tenant_id, created_at, stored_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6)",
        notice.id,
        notice.kind,
        paying.account_id,
        paying.intent_id,
        paying.tenant_id,
        listener.clock.now(),
    )
    listener.company.knows(paying.account_id, f"payment_intents/{paying.intent_id}", paying.intent("succeeded"))
    await notices.work_on_left_behind(listener.tools)
    assert (await listener.state(paying))["payment"]["status"] == "requires_payment"
    listener.clock.advance(seconds=31)
    await notices.work_on_left_behind(listener.tools)
    # Its text was lost as well, so the company was asked.
    assert (await listener.state(paying))["payment"]["status"] == "succeeded"


async def test_texts_are_forgotten_once_nobody_needs_them(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.created", paying.intent("requires_payment_method"), paying.account_id)
    await listener.told(event)
    kept = "SELECT 1 FROM notice_bodies WHERE notice_id = $1"
    await notices.forget_texts(listener.tools)
    assert await listener.rows(kept, event["id"])
    await listener.superuser.execute(
        "UPDATE notices SET done_at = done_at - interval '91 days' WHERE id = $1", event["id"]
    )
    await notices.forget_texts(listener.tools)
    assert not await listener.rows(kept, event["id"])


async def test_killed_between_storing_and_working_on_it_nothing_is_lost(servers: Servers, tmp_path: Path) -> None:
    """The web side alone takes it in and is killed; the event side, started later, works on it."""
    async with opened(servers, role="serve") as listener:
        paying = await listener.paying()
        environ = dict(listener.environ)
        event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
        body = msgspec.json.encode(event)
        async with process("payments", environ, "serve", folder=tmp_path) as web, web.client() as client:
            signature = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET)
            answer: httpx.Response = await client.post(DOOR, content=body, headers={"stripe-signature": signature})
            assert answer.status_code == 200
            web.kill()
        notice = await listener.notice(event["id"])
        assert notice is not None
        assert notice["done_at"] is None
        async with process("payments", environ, "consume", folder=tmp_path):
            await listener.done(event["id"])
        assert (await listener.state(paying))["money"] == {"paid": 5000, "refunded": 0}
