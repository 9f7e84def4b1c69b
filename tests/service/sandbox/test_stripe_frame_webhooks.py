"""Webhooks of the stand-in for Stripe: signed, brought at once, tried again, lost, doubled and shuffled on demand."""

import asyncio
import time
from collections.abc import Sequence

import pytest
import stripe

from tests.service.sandbox.served import Environ
from tests.service.sandbox.stripe_at_work import CONNECT_SECRET, PLATFORM_SECRET, News, Stand, at_work
from tests.support.contexts import eventually

# The package gives bytes to httpx in a way that httpx would like to see go.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def _customers(stand: Stand, account: str, count: int) -> list[str]:
    customers = stand.client().v1.customers
    return [(await customers.create_async({"name": f"n{n}"}, {"stripe_account": account})).id for n in range(count)]


def _about(news: Sequence[News]) -> list[str]:
    return [each.event().data.object["id"] for each in news]


async def test_each_event_is_brought_at_once_signed_for_its_endpoint(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account()
        await stand.told(1)
        [customer] = await _customers(stand, account, 1)
        answered = time.monotonic()
        news = (await stand.told(2))[1]
        # Patient enough for a busy machine, and far quicker than any round that looks for what is due.
        assert news.at - answered < 0.25
        event = news.event(CONNECT_SECRET)
        assert (event.type, event.account, event.data.object["id"]) == ("customer.created", account, customer)
        assert event.api_version == stripe.api_version
        assert event.request is not None
        assert str(event.request.id).startswith("req_")
        with pytest.raises(stripe.SignatureVerificationError):
            news.event(PLATFORM_SECRET)

        await stand.client().v1.customers.create_async({"name": "of the platform"})
        own = (await stand.told(3))[2].event(PLATFORM_SECRET)
        assert getattr(own, "account", None) is None


async def test_what_is_not_taken_is_brought_again_with_a_signature_of_its_own(environ: Environ) -> None:
    async with at_work(environ) as stand:
        stand.endpoint.answers = [500, 302]
        account = await stand.account()
        tries = await stand.told(3)
        assert len({each.event().id for each in tries}) == 1
        assert 0.9 < tries[1].at - tries[0].at < 2.5
        assert 1.9 < tries[2].at - tries[1].at < 4
        assert tries[0].signature != tries[2].signature
        await asyncio.sleep(0.3)
        assert len(stand.news) == 3
        listed = await stand.client().v1.events.list_async({}, {"stripe_account": account})
        assert [event.id for event in listed.data] == [tries[0].event().id]


async def test_what_waits_outlives_a_restart(environ: Environ) -> None:
    async with at_work(environ, STRIPE_WEBHOOK_URL="http://127.0.0.1:9/nobody") as stand:
        account = await stand.account()
    async with at_work(environ) as stand:
        [news] = await stand.told(1)
        assert news.event().account == account


async def test_webhooks_are_dropped_and_one_can_be_sent_again(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account()
        await stand.told(1)
        await stand.control(dropWebhooks=True)
        [lost] = await _customers(stand, account, 1)
        await stand.control(reset=True)
        [kept] = await _customers(stand, account, 1)
        await stand.told(2)
        await asyncio.sleep(0.3)
        assert _about(stand.news[1:]) == [kept]
        events = await stand.client().v1.events.list_async({"type": "customer.created"}, {"stripe_account": account})
        assert [event.data.object["id"] for event in events.data] == [kept, lost]
        again = await stand.http.post("/_resend", json={"eventId": events.data[1].id})
        assert again.status_code == 202
        assert _about((await stand.told(3))[2:]) == [lost]


async def test_webhooks_come_several_times_and_in_any_order(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account, other = await stand.account(), await stand.account()
        await stand.told(2)
        await stand.control(duplicateWebhooks=2, shuffleWebhooks=True, accountId=account)
        [alone] = await _customers(stand, other, 1)
        made = await _customers(stand, account, 6)
        await eventually(lambda: len(stand.news) >= 2 + 1 + 18, "every copy arrives")
        about = _about(stand.news[2:])
        assert sorted(about) == sorted([alone, *made * 3])
        assert [each for each in about if each != alone] != [each for each in made for _ in range(3)]
        assert len({each.event().id for each in stand.news[2:]}) == 7


async def test_two_processes_share_the_work_and_bring_nothing_twice(environ: Environ) -> None:
    async with at_work(environ) as one, at_work(environ, STRIPE_WEBHOOK_URL=one.hook) as two:
        account = await one.account()
        made = await asyncio.gather(*(_customers(stand, account, 10) for stand in (one, two)))
        await eventually(lambda: len(one.news) >= 21, "all news arrive")
        await asyncio.sleep(0.6)
        assert len(one.news) == 21
        assert {each for half in made for each in half} == set(_about(one.news)) - {account}


async def test_events_can_be_asked_for_by_their_type(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account()
        [customer] = await _customers(stand, account, 1)
        events = stand.client().v1.events
        for params, found in (
            ({"type": "customer.created"}, ["customer.created"]),
            ({"type": "customer.*"}, ["customer.created"]),
            ({"types": ["customer.created", "account.updated"]}, ["customer.created", "account.updated"]),
            ({"type": "refund.created"}, []),
        ):
            listed = await events.list_async(params, {"stripe_account": account})
            assert [event.type for event in listed.data] == found
        newest = (await events.list_async({"limit": 1}, {"stripe_account": account})).data[0]
        alone = await events.retrieve_async(newest.id, options={"stripe_account": account})
        assert alone.data.object["id"] == customer
        with pytest.raises(stripe.InvalidRequestError):
            await events.retrieve_async(newest.id)
        assert (await events.list_async()).data == []
