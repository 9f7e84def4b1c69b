"""Around every operation of the stand-in for Stripe: keys, accounts, versions, idempotency, lists, faults."""

import asyncio
import time
from typing import Any

import asyncpg
import pytest
import stripe

from services.sandbox import app as sandbox
from services.sandbox.domain.stripe.description import description
from services.sandbox.use_cases.stripe import frame
from services.sandbox.use_cases.stripe.call import PLATFORM, Body, Call
from services.sandbox.use_cases.stripe.frame import Stripe
from services.sandbox.use_cases.stripe.operations import BUILT, FOR_BROWSERS
from tests.service.sandbox.served import Environ
from tests.service.sandbox.stripe_at_work import at_work
from tests.support.contexts import connected, running
from tests.support.servers import Servers

# The package gives bytes to httpx in a way that httpx would like to see go.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

SECRET = {"Authorization": "Bearer sk_test_of_a_test"}


async def test_a_wrong_key_a_live_one_and_none_are_refused_and_nothing_is_done(environ: Environ) -> None:
    async with at_work(environ) as stand:
        for key in ("nonsense", "sk_live_51abc", "pk_live_51abc"):
            with pytest.raises(stripe.AuthenticationError) as caught:
                await stand.client(key).v1.accounts.create_async({})
            assert caught.value.http_status == 401
            assert key not in str(caught.value)
        assert (await stand.http.get("/v1/account")).status_code == 401
        basic = await stand.http.get("/v1/account", auth=("sk_test_of_a_test", ""))
        assert basic.json()["object"] == "account"
        assert (await stand.client().v1.accounts.list_async()).data == []


async def test_a_browsers_key_does_what_a_browser_may_and_no_more(environ: Environ) -> None:
    async with at_work(environ) as stand:
        with pytest.raises(stripe.PermissionError):
            await stand.client("pk_test_of_a_test").v1.accounts.create_async({})
        account = await stand.account()
        made = await stand.client().v1.payment_intents.create_async(
            {"amount": 5000, "currency": "nzd"}, {"stripe_account": account}
        )
        address = f"/v1/payment_intents/{made.id}"
        # As Stripe's script sends it: the key and the account among the fields.
        sent = {"key": "pk_test_of_a_test", "_stripe_account": account}
        wrong = await stand.http.get(address, params={**sent, "client_secret": f"{made.id}_secret_wrong"})
        assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "client_secret")
        right = await stand.http.get(address, params={**sent, "client_secret": str(made.client_secret)})
        assert right.json()["id"] == made.id


async def test_a_page_of_any_origin_may_ask_from_a_browser(environ: Environ) -> None:
    async with at_work(environ) as stand:
        asked = await stand.http.options("/v1/payment_intents/pi_1/confirm", headers={"Origin": "https://a.example"})
        assert asked.status_code == 204
        assert asked.headers["access-control-allow-origin"] == "*"
        assert "stripe-account" in asked.headers["access-control-allow-headers"].lower()
        refused = await stand.http.get("/v1/payment_intents/pi_1", params={"key": "pk_test_1", "client_secret": "x"})
        assert refused.status_code == 404
        assert refused.headers["access-control-allow-origin"] == "*"


async def test_what_is_valid_and_not_built_is_501_and_what_is_not_valid_is_refused_before(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        with pytest.raises(stripe.APIError) as caught:
            await client.v1.products.create_async({"name": "A lamp"})
        assert caught.value.http_status == 501
        assert "SIMULATED" in str(caught.value)
        with pytest.raises(stripe.InvalidRequestError) as wrong:
            await client.raw_request_async("post", "/v1/products", colour="red")
        assert wrong.value.code == "parameter_unknown"
        with pytest.raises(stripe.APIError) as newer:
            await client.v2.core.event_destinations.create_async(
                {"name": "x", "type": "webhook_endpoint", "event_payload": "thin", "enabled_events": ["*"]}
            )
        assert newer.value.http_status == 501
        with pytest.raises(stripe.InvalidRequestError, match="Unrecognized request URL") as nowhere:
            await client.raw_request_async("get", "/v1/lamps")
        assert nowhere.value.http_status == 404
        body = await stand.http.post("/v1/accounts", json={"type": "express"}, headers=SECRET)
        assert body.status_code == 400
        older = await stand.http.get("/v1/account", headers={**SECRET, "Stripe-Version": "2020-08-27"})
        assert "Invalid Stripe API version" in older.json()["error"]["message"]


async def test_every_answer_says_which_request_and_which_version(environ: Environ) -> None:
    async with at_work(environ) as stand:
        answers = [
            await stand.http.get("/v1/account", headers=SECRET),
            await stand.http.get("/v1/lamps", headers=SECRET),
            await stand.http.get("/v1/account"),
        ]
        ids = [answer.headers["request-id"] for answer in answers]
        assert len(set(ids)) == 3
        assert all(each.startswith("req_") for each in ids)
        assert {answer.headers["stripe-version"] for answer in answers} == {stripe.api_version}
        assert {answer.headers["content-type"] for answer in answers} == {"application/json"}


async def test_what_belongs_to_one_account_does_not_exist_for_another(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        ours, theirs = await stand.account(), await stand.account()
        customer = await client.v1.customers.create_async({"email": "a@example.com"}, {"stripe_account": ours})
        elsewhere: tuple[Any, ...] = ({"stripe_account": theirs}, {})
        for options in elsewhere:
            with pytest.raises(stripe.InvalidRequestError) as caught:
                await client.v1.customers.retrieve_async(customer.id, options=options)
            assert (caught.value.http_status, caught.value.code) == (404, "resource_missing")
            assert (await client.v1.customers.list_async({}, options)).data == []
        with pytest.raises(stripe.PermissionError) as foreign:
            await client.v1.customers.list_async({}, {"stripe_account": "acct_nobody"})
        assert foreign.value.error is not None
        assert foreign.value.error.code == "account_invalid"
        found = await client.v1.customers.retrieve_async(customer.id, options={"stripe_account": ours})
        assert found.email == "a@example.com"


async def test_the_same_key_is_one_act_and_another_request_with_it_is_refused(environ: Environ) -> None:
    async with at_work(environ) as stand:
        accounts = stand.client().v1.accounts
        first = await accounts.create_async({"type": "express"}, {"idempotency_key": "one"})
        again = await accounts.create_async({"type": "express"}, {"idempotency_key": "one"})
        assert again.id == first.id
        assert first.last_response is not None
        assert again.last_response is not None
        assert again.last_response.headers["idempotent-replayed"] == "true"
        assert again.last_response.headers["original-request"] == first.last_response.request_id
        with pytest.raises(stripe.IdempotencyError) as caught:
            await accounts.create_async({"type": "standard"}, {"idempotency_key": "one"})
        assert caught.value.http_status == 400
        assert len((await accounts.list_async()).data) == 1


async def test_a_key_whose_request_was_not_valid_is_free_again(environ: Environ) -> None:
    async with at_work(environ) as stand:
        headers = {**SECRET, "Idempotency-Key": "two"}
        assert (await stand.http.post("/v1/accounts", data={"type": "odd"}, headers=headers)).status_code == 400
        good = await stand.http.post("/v1/accounts", data={"type": "express"}, headers=headers)
        assert good.status_code == 200
        assert "idempotent-replayed" not in good.headers


async def test_a_key_is_the_accounts_own_and_forgotten_after_a_day(environ: Environ, servers: Servers) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        ours, theirs = await stand.account(), await stand.account()
        made = {
            (
                await client.v1.customers.create_async(
                    {"email": f"{account}@example.com"}, {"stripe_account": account, "idempotency_key": "same"}
                )
            ).id
            for account in (ours, theirs)
        }
        assert len(made) == 2
        await _a_day_passes(servers)
        later = await client.v1.customers.create_async(
            {"email": "other@example.com"}, {"stripe_account": ours, "idempotency_key": "same"}
        )
        assert later.id not in made


async def _a_day_passes(servers: Servers) -> None:
    """For keys only: they are forgotten by the machine's clock."""
    connection = await asyncpg.connect(servers.postgres)
    try:
        await connection.execute("UPDATE sandbox.stripe_keys SET used_at = used_at - interval '24 hours 1 second'")
    finally:
        await connection.close()


async def test_two_with_one_key_at_once_are_one_act(environ: Environ) -> None:
    async with at_work(environ) as stand:
        accounts = stand.client().v1.accounts
        outcomes = await asyncio.gather(
            *(accounts.create_async({"type": "express"}, {"idempotency_key": "race"}) for _ in range(12)),
            return_exceptions=True,
        )
        made = {each.id for each in outcomes if isinstance(each, stripe.Account)}
        refused = [each for each in outcomes if isinstance(each, BaseException)]
        assert len(made) == 1
        assert all(isinstance(each, stripe.StripeError) and each.http_status == 409 for each in refused)
        assert len((await accounts.list_async()).data) == 1


async def test_a_decline_is_kept_for_its_key_and_the_failed_try_with_it(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client, account = stand.client(), await stand.account()
        intents = []
        for _ in range(2):
            with pytest.raises(stripe.CardError) as caught:
                await client.v1.payment_intents.create_async(
                    {
                        "amount": 5000,
                        "currency": "nzd",
                        "payment_method": "pm_card_chargeDeclined",
                        "confirm": True,
                        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
                    },
                    {"stripe_account": account, "idempotency_key": "declined"},
                )
            assert caught.value.error is not None
            assert caught.value.error.payment_intent is not None
            intents.append(caught.value.error.payment_intent.id)
        assert intents[0] == intents[1]
        listed = await client.v1.payment_intents.list_async({}, {"stripe_account": account})
        assert [(each.id, each.status) for each in listed.data] == [(intents[0], "requires_payment_method")]


async def test_lists_go_on_page_by_page_in_both_directions(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        options: Any = {"stripe_account": await stand.account()}
        customers = client.v1.customers
        made = [(await customers.create_async({"name": f"n{n}"}, options)).id for n in range(5)][::-1]
        first = await customers.list_async({"limit": 2}, options)
        assert ([each.id for each in first.data], first.has_more) == (made[:2], True)
        last = await customers.list_async({"limit": 3, "starting_after": made[1]}, options)
        assert ([each.id for each in last.data], last.has_more) == (made[2:], False)
        back = await customers.list_async({"limit": 2, "ending_before": made[3]}, options)
        assert ([each.id for each in back.data], back.has_more) == (made[1:3], True)
        everything = await customers.list_async({"limit": 1}, options)
        assert [each.id async for each in everything.auto_paging_iter()] == made
        for limit in (0, 101):
            with pytest.raises(stripe.InvalidRequestError):
                await customers.list_async({"limit": limit}, options)
        with pytest.raises(stripe.InvalidRequestError) as caught:
            await customers.list_async({"starting_after": "cus_nobody"}, options)
        assert caught.value.param == "starting_after"
        now = int(time.time())
        assert (await customers.list_async({"created": {"gt": now + 60}}, options)).data == []
        assert len((await customers.list_async({"created": {"gte": now - 60, "lte": now + 60}}, options)).data) == 5


async def test_ids_become_objects_where_the_caller_asks_for_them(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        options: Any = {"stripe_account": await stand.account()}
        customer = await client.v1.customers.create_async({"email": "a@example.com"}, options)
        made = await client.v1.payment_intents.create_async(
            {
                "amount": 5000,
                "currency": "nzd",
                "customer": customer.id,
                "payment_method": "pm_card_visa",
                "confirm": True,
                "return_url": "https://example.com/",
                "expand": ["latest_charge.balance_transaction", "customer"],
            },
            options,
        )
        assert made.customer.email == "a@example.com"
        assert made.latest_charge.balance_transaction.amount == 5000
        plain = await client.v1.payment_intents.retrieve_async(made.id, options=options)
        assert plain.customer == customer.id
        listed = await client.v1.payment_intents.list_async({"expand": ["data.latest_charge.refunds"]}, options)
        assert listed.data[0].latest_charge.refunds.data == []
        for path in ("amount", "nothing", "latest_charge.amount", "a.b.c.d.e"):
            with pytest.raises(stripe.InvalidRequestError):
                await client.v1.payment_intents.retrieve_async(made.id, {"expand": [path]}, options)


async def test_faults_come_on_demand_and_outlive_a_restart(environ: Environ) -> None:
    async with at_work(environ) as stand:
        ours, theirs = await stand.account(), await stand.account()
        assert await stand.control(failNext=1, accountId=ours) == {
            "delayMs": 0,
            "failNext": 1,
            "dropWebhooks": False,
            "duplicateWebhooks": 0,
            "shuffleWebhooks": False,
            "declineAll": False,
            "refundsWait": False,
            "refuseRefunds": False,
            "accountId": ours,
        }
    async with at_work(environ) as stand:
        customers = stand.client().v1.customers
        await customers.create_async({}, {"stripe_account": theirs})
        with pytest.raises(stripe.APIError) as caught:
            await customers.create_async({}, {"stripe_account": ours, "idempotency_key": "failed"})
        assert caught.value.http_status == 500
        assert (await customers.list_async({}, {"stripe_account": ours})).data == []
        # Nothing was done, so the same key does it now.
        await customers.create_async({}, {"stripe_account": ours, "idempotency_key": "failed"})
        await stand.control(delayMs=300)
        began = time.monotonic()
        await customers.list_async({}, {"stripe_account": theirs})
        assert time.monotonic() - began >= 0.3
        assert (await stand.control(reset=True))["delayMs"] == 0


async def test_a_fault_that_makes_no_sense_is_refused(environ: Environ) -> None:
    senseless: list[object] = [
        {"delayMs": -1},
        {"delayMs": "soon"},
        {"failNext": 1.5},
        {"dropWebhooks": "yes"},
        {"duplicateWebhooks": 1000},
        {"declineAll": 1},
        {"accountId": "acct_nobody", "failNext": 1},
        {"accountId": 5},
        {"somethingElse": True},
        {"reset": "all"},
        [],
    ]
    async with at_work(environ) as stand:
        for wanted in senseless:
            answer = await stand.http.post("/_control", json=wanted)
            assert (answer.status_code, answer.json()["error"]["code"]) == (400, "VALIDATION_ERROR"), wanted
        assert (await stand.control())["failNext"] == 0


async def test_two_calls_that_wait_for_each_other_are_both_done(environ: Environ) -> None:
    context = sandbox.compose(environ("sandbox"))
    async with running(context, "serve"):
        stand_in: Stripe = context.provides["stripe"]
        meeting = asyncio.Barrier(2)

        async def make(call: Call) -> list[str]:
            return [(await call.add(call.blank("customer", id=call.new_id("cus")))).id for _ in range(2)]

        made = await stand_in.act(PLATFORM, make)
        tries: list[str] = []

        async def touch(call: Call) -> None:
            order: list[str] = call.params["order"]
            tries.append(order[0])
            for number, customer_id in enumerate(order):
                held = await call.find("customer", customer_id)
                assert held is not None
                if number == 0 and len(tries) <= 2:
                    # Both hold the one that the other wants next.
                    await meeting.wait()
                held.body["name"] = (held.body["name"] or "") + "x"
                await call.save(held)

        await asyncio.gather(*(stand_in.act(PLATFORM, touch, order=order) for order in (made, made[::-1])))
        assert len(tries) == 3
        names = [held.body["name"] for each in made if (held := await stand_in.find("customer", each))]
        assert names == ["xx", "xx"]
        await connected(context)


async def test_an_answer_that_stripe_would_never_give_is_a_500_and_nothing_of_it_is_kept(
    environ: Environ, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(call: Call) -> Body:
        customer = call.blank("customer", id=call.new_id("cus"))
        await call.add(customer)
        return {**customer, "created": "today"}

    async def mistold(call: Call) -> Body:
        customer = call.blank("customer", id=call.new_id("cus"))
        await call.add(customer)
        call.emit("customer.created", {**customer, "wrong": True})
        return customer

    async with at_work(environ) as stand:
        customers = stand.client().v1.customers
        for wrong, words in ((broken, "created is 'today'"), (mistold, "data.object.wrong is not known")):
            monkeypatch.setattr(frame, "BUILT", {**BUILT, "POST /v1/customers": wrong})
            with pytest.raises(stripe.APIError, match=words) as caught:
                await customers.create_async({})
            assert caught.value.http_status == 500
        assert (await customers.list_async()).data == []


def test_only_operations_of_the_description_are_built() -> None:
    assert set(BUILT) - description().operations == set()
    assert set(FOR_BROWSERS) - set(BUILT) == set()
