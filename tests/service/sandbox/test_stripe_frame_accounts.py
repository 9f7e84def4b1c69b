"""Businesses' accounts at the stand-in for Stripe: made, onboarded on a page, restricted, taken away."""

import re
from typing import Any

import pytest
import stripe

from tests.service.sandbox.served import Environ
from tests.service.sandbox.stripe_at_work import PLATFORM_SECRET, at_work

# The package gives bytes to httpx in a way that httpx would like to see go.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

LINK: Any = {
    "type": "account_onboarding",
    "return_url": "https://a.example/back",
    "refresh_url": "https://a.example/again",
}


async def test_a_new_account_can_charge_nothing_whichever_way_it_is_asked_for(environ: Environ) -> None:
    async with at_work(environ) as stand:
        accounts = stand.client().v1.accounts
        older = await accounts.create_async({"type": "express", "country": "NZ", "email": "joe@example.com"})
        newer = await accounts.create_async(
            {
                "controller": {
                    "stripe_dashboard": {"type": "express"},
                    "fees": {"payer": "application"},
                    "losses": {"payments": "application"},
                },
                "country": "DE",
                "metadata": {"tenant_id": "ten_1"},
            }
        )
        for account in (older, newer):
            assert not account.charges_enabled
            assert not account.payouts_enabled
            assert not account.details_submitted
            assert account.requirements is not None
            assert account.requirements.currently_due
            assert account.requirements.disabled_reason == "requirements.past_due"
        assert (older.type, older.default_currency, older.email) == ("express", "nzd", "joe@example.com")
        assert (newer.type, newer.default_currency, newer.metadata["tenant_id"]) == ("none", "eur", "ten_1")
        for wrong in (
            {"type": "express", "controller": {"stripe_dashboard": {"type": "full"}}},
            {"country": "XX"},
            {"controller": {"stripe_dashboard": {"type": "full"}, "losses": {"payments": "application"}}},
        ):
            with pytest.raises(stripe.InvalidRequestError):
                await accounts.create_async(wrong)
        with pytest.raises(stripe.PermissionError):
            await accounts.create_async({"type": "express"}, {"stripe_account": older.id})
        with pytest.raises(stripe.InvalidRequestError):
            await stand.client().v1.payment_intents.create_async(
                {"amount": 5000, "currency": "nzd"}, {"stripe_account": older.id}
            )


async def test_the_newer_way_gives_the_same_account(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        asked = {
            "dashboard": "full",
            "display_name": "Joe's",
            "contact_email": "joe@example.com",
            "identity": {"country": "NZ"},
            "configuration": {"merchant": {"capabilities": {"card_payments": {"requested": True}}}},
            "defaults": {"responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}},
            "metadata": {"tenant_id": "ten_1"},
        }
        made = await client.v2.core.accounts.create_async(asked, {"idempotency_key": "newer"})
        assert (made.object, made.dashboard, made.contact_email) == ("v2.core.account", "full", "joe@example.com")
        again = await client.v2.core.accounts.create_async(asked, {"idempotency_key": "newer"})
        assert again.id == made.id
        older = await client.v1.accounts.retrieve_async(made.id)
        assert (older.country, older.business_profile.name, older.charges_enabled) == ("NZ", "Joe's", False)
        assert older.metadata.to_dict() == {"tenant_id": "ten_1"}
        for wrong in ({"dashboard": "odd"}, {"colour": "red"}, {"identity": "NZ"}):
            with pytest.raises(stripe.StripeError) as caught:
                await client.v2.core.accounts.create_async(wrong)
            assert caught.value.http_status == 400


async def test_an_account_is_changed_and_only_what_is_built_is_taken(environ: Environ) -> None:
    async with at_work(environ) as stand:
        accounts = stand.client().v1.accounts
        made = await accounts.create_async({"type": "express", "metadata": {"a": "1", "b": "2"}})
        changed = await accounts.update_async(
            made.id, {"metadata": {"b": "", "c": "3"}, "business_profile": {"name": "Joe's"}, "email": "j@example.com"}
        )
        assert changed.metadata is not None
        assert changed.metadata.to_dict() == {"a": "1", "c": "3"}
        assert changed.business_profile is not None
        assert changed.business_profile.name == "Joe's"
        [told] = await stand.told(1)
        event = told.event()
        assert (event.type, event.account) == ("account.updated", made.id)
        assert set(event.data.previous_attributes.to_dict()) == {"metadata", "business_profile", "email"}
        assert event.data.previous_attributes["metadata"].to_dict() == {"a": "1", "b": "2"}
        with pytest.raises(stripe.APIError) as caught:
            await accounts.update_async(made.id, {"external_account": "btok_1"})
        assert caught.value.http_status == 501
        own = await accounts.retrieve_current_async(options={"stripe_account": made.id})
        assert own.email == "j@example.com"
        with pytest.raises(stripe.PermissionError):
            await accounts.retrieve_async("acct_nobody")


async def test_onboarding_by_the_page_opens_the_account_and_leads_back(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        account = (await client.v1.accounts.create_async({"type": "express"})).id
        link = await client.v1.account_links.create_async({"account": account, **LINK})
        address = link.url.partition("/sandbox/stripe")[2]
        page = await stand.http.get(address)
        assert "SIMULATED" in page.text
        left = await stand.http.post(address, data={"decision": "leave"})
        assert (left.status_code, left.headers["location"]) == (303, "https://a.example/back")
        assert not (await client.v1.accounts.retrieve_async(account)).charges_enabled

        # A link is good once.
        used = await stand.http.get(address)
        assert (used.status_code, used.headers["location"]) == (303, "https://a.example/again")
        late = await client.v1.account_links.create_async({"account": account, **LINK})
        await stand.http.post("/_clock", json={"advanceSeconds": 400})
        gone = await stand.http.post(late.url.partition("/sandbox/stripe")[2], data={"decision": "complete"})
        assert gone.headers["location"] == "https://a.example/again"
        assert not (await client.v1.accounts.retrieve_async(account)).charges_enabled

        good = await client.v1.account_links.create_async({"account": account, **LINK})
        address = good.url.partition("/sandbox/stripe")[2]
        button = re.search(r'value="(\w+)">Complete onboarding', (await stand.http.get(address)).text)
        assert button is not None
        done = await stand.http.post(address, data={"decision": button[1]})
        assert done.headers["location"] == "https://a.example/back"
        opened = await client.v1.accounts.retrieve_async(account)
        assert opened.charges_enabled
        assert opened.payouts_enabled
        assert opened.details_submitted
        [told] = await stand.told(1)
        event = told.event()
        assert (event.type, event.account) == ("account.updated", account)
        assert event.data.previous_attributes["charges_enabled"] is False
        assert event.data.object["charges_enabled"] is True
        login = await client.v1.accounts.login_links.create_async(account)
        dashboard = await stand.http.get(login.url.partition("/sandbox/stripe")[2])
        assert account in dashboard.text
        assert (await stand.http.get("/onboarding/link_nothing")).status_code == 404


async def test_links_want_addresses_and_login_links_an_express_dashboard(environ: Environ) -> None:
    async with at_work(environ) as stand:
        client = stand.client()
        full = (await client.v1.accounts.create_async({"type": "standard"})).id
        express = (await client.v1.accounts.create_async({"type": "express"})).id
        for missing in ("return_url", "refresh_url"):
            with pytest.raises(stripe.InvalidRequestError) as caught:
                await client.v1.account_links.create_async(
                    {"account": full, **{name: value for name, value in LINK.items() if name != missing}}
                )
            assert (caught.value.code, caught.value.param) == ("parameter_missing", missing)
        with pytest.raises(stripe.InvalidRequestError):
            await client.v1.account_links.create_async({"account": full, **LINK, "return_url": "nowhere"})
        for account in (full, express):
            with pytest.raises(stripe.InvalidRequestError):
                await client.v1.accounts.login_links.create_async(account)


async def test_stripe_may_restrict_an_account_and_let_it_go_again(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account()
        accounts = stand.client().v1.accounts
        restricted = await stand.http.post("/_restrict", json={"accountId": account, "reason": "listed"})
        assert restricted.json()["data"] == {
            "accountId": account,
            "chargesEnabled": False,
            "payoutsEnabled": False,
            "detailsSubmitted": True,
            "disabledReason": "listed",
        }
        assert not (await accounts.retrieve_async(account)).charges_enabled
        await stand.http.post("/_restrict", json={"accountId": account, "lift": True})
        assert (await accounts.retrieve_async(account)).charges_enabled
        # The same again is no news.
        await stand.http.post("/_complete-onboarding", json={"accountId": account})
        await stand.told(3)
        listed = await stand.client().v1.events.list_async({}, {"stripe_account": account})
        assert [event.type for event in listed.data] == ["account.updated"] * 3


async def test_a_business_may_take_the_access_away(environ: Environ) -> None:
    async with at_work(environ) as stand:
        account = await stand.account()
        await stand.told(1)
        gone = await stand.http.post("/_deauthorize", json={"accountId": account})
        assert gone.status_code == 200
        event = (await stand.told(2))[1].event()
        assert (event.type, event.account) == ("account.application.deauthorized", account)
        client = stand.client()
        with pytest.raises(stripe.PermissionError):
            await client.v1.accounts.retrieve_async(account)
        with pytest.raises(stripe.PermissionError):
            await client.v1.customers.create_async({}, {"stripe_account": account})


async def test_the_extra_addresses_know_only_what_there_is(environ: Environ) -> None:
    async with at_work(environ) as stand:
        for address in ("/_complete-onboarding", "/_restrict", "/_deauthorize"):
            unknown = await stand.http.post(address, json={"accountId": "acct_nobody"})
            assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "NOT_FOUND")
            missing = await stand.http.post(address, json={})
            assert (missing.status_code, list(missing.json()["error"]["details"])) == (400, ["accountId"])
        assert (await stand.http.post("/_resend", json={"eventId": "evt_nothing"})).status_code == 404
        assert (await stand.http.post("/_clock", json={"advanceSeconds": -1})).status_code == 400
        assert PLATFORM_SECRET not in (await stand.http.get("/v1/account", auth=("sk_test_x", ""))).text
