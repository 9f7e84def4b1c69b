"""What Stripe posts: the right is stored once and answered at once, the wrong changes nothing."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest
import stripe

from tests.service.payments.told import DOOR, SECRET, Listener, opened
from tests.support.servers import Servers

KEPT = ("notices", "notice_bodies", "outbox", "parked", "payments", "ledger_sets")


@pytest.fixture(scope="module")
async def listener(servers: Servers) -> AsyncIterator[Listener]:
    async with opened(servers) as listener:
        yield listener


async def everything(listener: Listener) -> dict[str, int]:
    return {table: await listener.count(table) for table in KEPT}


async def test_a_signed_event_is_stored_with_its_very_bytes_under_its_tenant(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.created", paying.intent("requires_payment_method"), paying.account_id)
    # Nobody but Stripe writes it so; read and written anew, it would look otherwise.
    body = msgspec.json.format(msgspec.json.encode(event), indent=3) + b"\n \n"
    response = await listener.post(body)
    assert response.status_code == 200
    assert response.json() == {"success": True, "data": {"received": True}}
    await listener.done(event["id"])
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert (notice["kind"], notice["object_id"]) == ("payment_intent.created", paying.intent_id)
    assert (notice["account_id"], notice["tenant_id"]) == (paying.account_id, paying.tenant_id)
    async with listener.tools.db.transaction(paying.tenant_id) as tx:
        assert await tx.value("SELECT body FROM notice_bodies WHERE notice_id = $1", event["id"]) == body


async def test_nobody_else_reads_a_tenants_texts(listener: Listener) -> None:
    paying = await listener.paying()
    other, _ = await listener.business()
    event = listener.event("payment_intent.created", paying.intent("requires_payment_method"), paying.account_id)
    await listener.told(event)
    for tenant_id in (other, None):
        async with listener.tools.db.transaction(tenant_id) as tx:
            assert await tx.value("SELECT count(*) FROM notice_bodies WHERE notice_id = $1", event["id"]) == 0


@pytest.mark.parametrize("secret", ["whsec_of_a_test", SECRET])
async def test_both_endpoints_of_stripes_are_known(listener: Listener, secret: str) -> None:
    event = listener.event("balance.available", {"id": "bal_1", "object": "balance"}, None)
    assert (await listener.post(event, secret=secret)).status_code == 200


async def test_what_was_not_signed_for_us_just_now_changes_nothing(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
    body = msgspec.json.encode(event)
    before = await everything(listener)
    now = int(listener.clock.now().timestamp())
    good = stripe.WebhookSignature.generate_signature_header(body.decode(), SECRET, now)
    refused = [
        await listener.post(body, secret="whsec_of_somebody_else"),
        await listener.post(body, age=301),
        await listener.post(body, age=-301),
        await listener.post(body, headers={}),
        await listener.post(body, headers={"stripe-signature": ""}),
        await listener.post(body, headers={"stripe-signature": f"t={now}"}),
        await listener.post(body, headers={"stripe-signature": f"t={now},v1={'0' * 64}"}),
        await listener.post(body, headers={"stripe-signature": good.replace("v1=", "v0=")}),
        # One byte more, or another amount, under a signature that was good.
        await listener.post(body + b" ", headers={"stripe-signature": good}),
        await listener.post(body.replace(b"5000", b"5001"), headers={"stripe-signature": good}),
        await listener.post(b"", headers={"stripe-signature": good}),
    ]
    assert [response.status_code for response in refused] == [400] * len(refused)
    assert {response.json()["error"]["code"] for response in refused} == {"SIGNATURE_INVALID"}
    assert await everything(listener) == before


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b'"text"', b'{"id": "evt_1"}', b"\xff\xfe", b"not JSON"])
async def test_what_is_signed_and_no_event_is_refused_all_the_same(listener: Listener, body: bytes) -> None:
    before = await everything(listener)
    now = int(listener.clock.now().timestamp())
    # The package signs texts only.
    signature = stripe.WebhookSignature.generate_signature_header(body.decode("latin-1"), SECRET, now)
    if body.isascii():
        response = await listener.post(body, headers={"stripe-signature": signature})
        assert response.status_code == 400
        assert response.json()["success"] is False
    assert await everything(listener) == before


@pytest.mark.parametrize("age", [299, -299])
async def test_a_clock_that_is_minutes_off_is_good_enough(listener: Listener, age: int) -> None:
    event = listener.event("balance.available", {"id": "bal_1", "object": "balance"}, None)
    assert (await listener.post(event, age=age)).status_code == 200


async def test_a_body_that_is_too_large_is_refused(listener: Listener) -> None:
    response = await listener.post(b'{"text": "' + b"x" * 1_000_001 + b'"}')
    assert response.status_code == 413


async def test_the_same_event_is_stored_once_however_often_it_comes(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id)
    answers = await asyncio.gather(*(listener.post(event) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {200}
    await listener.done(event["id"])
    stored = await listener.rows("SELECT 1 FROM outbox WHERE aggregate_id = $1", event["id"])
    assert len(stored) == 1
    assert (await listener.post(event)).status_code == 200
    assert await listener.events_of(paying) == ["deposit.succeeded"]
    assert (await listener.state(paying))["money"] == {"paid": 5000, "refunded": 0}


async def test_unknown_kinds_are_kept_and_ignored(listener: Listener) -> None:
    paying = await listener.paying()
    event = listener.event("issuing_something.invented", {"id": "iss_1", "object": "issuing"}, paying.account_id)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert notice["outcome"] == "ignored"


async def test_the_platforms_own_events_are_kept_and_ignored(listener: Listener) -> None:
    event = listener.event("payment_intent.succeeded", {"id": "pi_of_the_platform", "object": "payment_intent"}, None)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert (notice["outcome"], notice["tenant_id"]) == ("ignored", None)


async def test_events_of_the_other_mode_are_kept_and_ignored(listener: Listener) -> None:
    """An endpoint of live mode hears of tests as well, and the other way round."""
    paying = await listener.paying()
    event = listener.event("payment_intent.succeeded", paying.intent("succeeded"), paying.account_id, livemode=True)
    await listener.told(event)
    notice = await listener.notice(event["id"])
    assert notice is not None
    assert notice["outcome"] == "ignored"
    assert (await listener.state(paying))["payment"]["status"] == "requires_payment"


async def test_it_is_public_and_takes_nothing_but_a_post(listener: Listener) -> None:
    assert (await listener.client.get(DOOR)).status_code == 405
