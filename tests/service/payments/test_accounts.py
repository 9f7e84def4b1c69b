"""A business connects its Stripe account: once, whatever happens on the way, and known here as it is there."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from services.payments.domain.errors import KeyRefused, PaymentRefused, PaymentServiceUnavailable, PaymentsNotReady
from services.payments.store import accounts as store
from services.payments.use_cases import accounts
from tests.service.payments.connecting import Business, House, Interrupted, opened
from tests.support import identities
from tests.support.contexts import eventually
from tests.support.servers import Servers, emptied


@pytest.fixture(scope="module")
async def house(servers: Servers) -> AsyncIterator[House]:
    await emptied(servers, "payments", "sandbox")
    async with opened(servers) as house:
        yield house


@pytest.fixture
def shop(house: House) -> Business:
    return house.business()


async def test_before_it_is_connected_nothing_is_known(shop: Business) -> None:
    assert await shop.status() == {
        "connected": False,
        "accountId": None,
        "chargesEnabled": False,
        "payoutsEnabled": False,
        "requirements": [],
    }
    refused = await shop.call("GET", "/api/stripe/dashboard-link")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "PAYMENTS_NOT_READY")


async def test_connecting_opens_one_account_and_leads_to_its_page(house: House, shop: Business) -> None:
    first = await shop.connect()
    assert first.startswith("http")
    opened_once = await shop.status()
    assert opened_once["accountId"]
    assert not opened_once["connected"]
    assert not opened_once["chargesEnabled"]
    assert opened_once["requirements"]
    # The address is good once, so each call has its own; the account is the same.
    assert await shop.connect() != first
    assert (await shop.status())["accountId"] == opened_once["accountId"]
    assert await house.accounts_at_stripe(shop.tenant_id) == [opened_once["accountId"]]


async def test_connecting_many_times_at_once_opens_one_account(house: House, shop: Business) -> None:
    answers = await asyncio.gather(*(shop.connect() for _ in range(6)))
    assert len(set(answers)) == 6
    assert await house.accounts_at_stripe(shop.tenant_id) == [(await shop.status())["accountId"]]


async def test_a_process_that_dies_after_the_account_was_opened_opens_no_second_one(
    house: House, shop: Business
) -> None:
    house.gateway.dies_after.add("open_account")
    with pytest.raises(Interrupted):
        await accounts.onboarding_url(house.tools, tenant_id=shop.tenant_id)
    assert (await shop.status())["accountId"] is None
    await shop.connect()
    assert await house.accounts_at_stripe(shop.tenant_id) == [(await shop.status())["accountId"]]


async def test_who_has_told_everything_is_connected_and_that_is_told_once(house: House, shop: Business) -> None:
    account_id = await shop.ready()
    assert await shop.status() == {
        "connected": True,
        "accountId": account_id,
        "chargesEnabled": True,
        "payoutsEnabled": True,
        "requirements": [],
    }
    await shop.status()
    await accounts.refresh(house.tools, tenant_id=shop.tenant_id)
    assert await shop.told() == [
        _told(shop, 1, charges=False, payouts=False, attention=True),
        _told(shop, 2, charges=True, payouts=True, attention=False),
    ]
    assert (await shop.call("GET", "/api/stripe/dashboard-link")).json()["data"]["url"].startswith("http")


async def test_the_way_back_from_stripe_leads_to_the_dashboard(house: House, shop: Business) -> None:
    page = (await shop.connect()).removeprefix("http://localhost:8080")
    left = await house.stripe.post(page, data={"decision": "complete"}, follow_redirects=False)
    assert left.headers["location"] == "http://localhost:8080/dashboard/stripe/complete?success=true"
    assert (await shop.status())["connected"]


async def test_an_account_that_stripe_restricts_takes_no_cards_and_wants_attention(
    house: House, shop: Business
) -> None:
    account_id = await shop.ready()
    await house.at_stripe("_restrict", accountId=account_id)
    state = await shop.status()
    assert not state["chargesEnabled"]
    assert (await shop.told())[-1] == _told(shop, 3, charges=False, payouts=False, attention=True)
    await house.at_stripe("_restrict", accountId=account_id, lift=True)
    assert (await shop.status())["chargesEnabled"]
    assert (await shop.told())[-1]["version"] == 4


# Word of it, in any order


async def test_old_word_of_an_account_changes_nothing_that_is_newer(house: House, shop: Business) -> None:
    await shop.connect()
    account_id = (await shop.status())["accountId"]
    old = await house.gateway.account(account_id)
    await house.at_stripe("_complete-onboarding", accountId=account_id)
    await accounts.heard(house.tools, tenant_id=shop.tenant_id, account=await house.gateway.account(account_id))
    await accounts.heard(house.tools, tenant_id=shop.tenant_id, account=old)
    assert [one["chargesEnabled"] for one in await shop.told()] == [False, True]
    assert (await shop.status())["connected"]


async def test_an_answer_that_was_asked_for_earlier_does_not_overwrite_a_later_one(
    house: House, shop: Business
) -> None:
    await shop.connect()
    account_id = (await shop.status())["accountId"]
    arrives = house.gateway.holds["account"] = asyncio.Event()
    house.clock.advance(seconds=1)
    slow = asyncio.create_task(accounts.refresh(house.tools, tenant_id=shop.tenant_id))
    await eventually(lambda: "account" not in house.gateway.holds, "the first question is answered")
    await house.at_stripe("_complete-onboarding", accountId=account_id)
    house.clock.advance(seconds=1)
    await accounts.refresh(house.tools, tenant_id=shop.tenant_id)
    arrives.set()
    await slow
    async with house.tools.db.transaction(shop.tenant_id) as tx:
        kept = await store.find(tx, shop.tenant_id)
    assert kept is not None
    assert kept.charges_enabled
    assert [one["version"] for one in await shop.told()] == [1, 2]


async def test_word_of_somebody_elses_account_changes_nothing(house: House, shop: Business) -> None:
    account_id = await shop.ready()
    other = replace(await house.gateway.account(account_id), id="acct_another", charges_enabled=False)
    before = house.gateway.calls["account"]
    await accounts.heard(house.tools, tenant_id=shop.tenant_id, account=other)
    await accounts.gone(house.tools, tenant_id=shop.tenant_id, account_id="acct_another")
    assert house.gateway.calls["account"] == before
    assert (await shop.status())["connected"]


# Taken away


async def test_who_lets_the_platform_in_no_more_can_not_be_paid_until_it_connects_anew(
    house: House, shop: Business
) -> None:
    former = await shop.ready()
    await house.at_stripe("_deauthorize", accountId=former)
    for _ in range(2):
        await accounts.gone(house.tools, tenant_id=shop.tenant_id, account_id=former)
    state = await shop.status()
    assert (state["connected"], state["chargesEnabled"], state["accountId"]) == (False, False, former)
    assert (await shop.told())[-1] == _told(shop, 3, charges=False, payouts=False, attention=True)

    await shop.connect()
    account_id = (await shop.status())["accountId"]
    assert account_id != former
    await house.at_stripe("_complete-onboarding", accountId=account_id)
    assert (await shop.status())["connected"]
    told = await shop.told()
    assert [one["version"] for one in told] == list(range(1, len(told) + 1))
    assert told[-1]["chargesEnabled"]
    # What was paid on the former account is still known to be this business's.
    async with house.tools.db.transaction() as tx:
        assert await store.tenant_of(tx, former) == shop.tenant_id
        assert await store.tenant_of(tx, account_id) == shop.tenant_id


async def test_that_access_was_taken_away_is_also_found_out_by_asking(house: House, shop: Business) -> None:
    await house.at_stripe("_deauthorize", accountId=await shop.ready())
    assert not (await shop.status())["connected"]
    assert not (await shop.told())[-1]["chargesEnabled"]


async def test_who_is_let_in_again_is_connected_again(house: House, shop: Business) -> None:
    account_id = await shop.ready()
    house.gateway.raises["account"] = [PaymentsNotReady()]
    assert not (await shop.status())["connected"]
    assert await shop.status() == (await shop.status()) | {"connected": True, "accountId": account_id}
    assert [one["chargesEnabled"] for one in await shop.told()] == [False, True, False, True]


# Trouble


async def test_while_stripe_is_away_the_last_word_of_it_is_shown(house: House, shop: Business) -> None:
    await shop.ready()
    house.gateway.raises["account"] = [PaymentServiceUnavailable()]
    assert (await shop.status())["connected"]
    house.gateway.raises["open_account"] = [PaymentServiceUnavailable()]
    other = house.business()
    refused = await other.call("POST", "/api/stripe/connect/create-account")
    assert (refused.status_code, refused.json()["error"]["retryable"]) == (503, True)
    await other.connect()
    assert len(await house.accounts_at_stripe(other.tenant_id)) == 1


async def test_while_stripe_is_slow_a_business_hears_so_within_five_seconds(house: House, shop: Business) -> None:
    await house.at_stripe("_control", delayMs=10_000)
    began = time.monotonic()
    try:
        refused = await shop.call("POST", "/api/stripe/connect/create-account")
    finally:
        await house.at_stripe("_control", reset=True)
    assert time.monotonic() - began < 5
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "PAYMENT_SERVICE_UNAVAILABLE")
    await eventually(lambda: _is_opened(shop), "the account is opened after all", every=0.3)
    assert await house.accounts_at_stripe(shop.tenant_id) == [(await shop.status())["accountId"]]


async def test_a_wrong_key_is_a_bug_of_ours_and_tells_the_caller_nothing(house: House, shop: Business) -> None:
    house.gateway.raises["open_account"] = [KeyRefused("Invalid API Key provided: sk_test_****")]
    answer = await shop.call("POST", "/api/stripe/connect/create-account")
    assert (answer.status_code, answer.json()["error"]["retryable"]) == (500, False)
    assert "key" not in answer.text.lower()


async def test_an_address_that_stripe_does_not_like_is_left_out(house: House, shop: Business) -> None:
    house.gateway.raises["open_account"] = [PaymentRefused(details={"code": "email_invalid"})]
    await shop.connect()
    assert (await shop.status())["accountId"]


async def test_a_country_where_stripe_is_not_is_said_to_be_one(house: House) -> None:
    refused = await house.business(country="AQ").call("POST", "/api/stripe/connect/create-account")
    assert refused.status_code == 400
    assert "country" in refused.json()["error"]["message"]


async def test_while_the_other_contexts_are_away_no_account_is_opened(house: House, shop: Business) -> None:
    house.neighbours.are_away = True
    try:
        refused = await shop.call("POST", "/api/stripe/connect/create-account")
    finally:
        house.neighbours.are_away = False
    assert refused.status_code == 503
    assert await house.accounts_at_stripe(shop.tenant_id) == []


# Clockwork


async def test_what_no_webhook_told_is_found_out_in_time(house: House, shop: Business) -> None:
    await shop.connect()
    async with house.tools.db.transaction(shop.tenant_id) as tx:
        account = await store.find(tx, shop.tenant_id)
    assert account is not None
    await house.at_stripe("_complete-onboarding", accountId=account.account_id)
    house.clock.advance(minutes=4)
    await _all_due(house)
    assert not (await shop.told())[-1]["chargesEnabled"]
    house.clock.advance(minutes=2)
    await _all_due(house)
    assert (await shop.told())[-1]["chargesEnabled"]
    # Nothing is missing any more: the next look is tomorrow's.
    before = house.gateway.calls["account"]
    house.clock.advance(hours=20)
    await _all_due(house)
    async with house.tools.db.transaction(shop.tenant_id) as tx:
        due = await tx.value("SELECT due_at FROM timers WHERE task = 'account' AND id = $1", account.account_id)
    assert due > house.clock.now()
    house.clock.advance(hours=5)
    await _all_due(house)
    assert house.gateway.calls["account"] > before


async def test_replicas_share_the_looking(house: House) -> None:
    await _all_due(house)
    shops = [house.business() for _ in range(4)]
    for shop in shops:
        await shop.connect()
    house.clock.advance(minutes=6)
    before = house.gateway.calls["account"]
    found = await asyncio.gather(*(accounts.refresh_due(house.tools) for _ in range(4)))
    assert sum(found) == house.gateway.calls["account"] - before
    assert sum(found) >= len(shops)
    assert await accounts.refresh_due(house.tools) == 0


async def test_one_that_can_not_be_asked_about_keeps_nobody_waiting(house: House) -> None:
    await _all_due(house)
    shops = [house.business() for _ in range(3)]
    for shop in shops:
        await shop.ready()
    house.clock.advance(days=2)
    house.gateway.raises["account"] = [PaymentServiceUnavailable()]
    before = house.gateway.calls["account"]
    await _all_due(house)
    assert house.gateway.calls["account"] - before >= len(shops)
    # It has its turn again, soon.
    house.clock.advance(minutes=3)
    assert await accounts.refresh_due(house.tools) == 1


async def test_the_present_facts_are_told_again_on_demand(house: House, shop: Business) -> None:
    await shop.ready()
    before = await shop.told()
    assert house.context.republish is not None
    assert await house.context.republish() >= 1
    assert await shop.told() == [*before, before[-1]]


# Who may


async def test_only_owners_and_admins_connect_and_every_member_may_look(shop: Business) -> None:
    for method, path in (("POST", "/api/stripe/connect/create-account"), ("GET", "/api/stripe/dashboard-link")):
        assert (await shop.call(method, path, role="tech")).status_code == 403
    assert (await shop.call("POST", "/api/stripe/connect/create-account", role="admin")).status_code == 200
    assert (await shop.call("GET", "/api/stripe/connect/status", role="tech")).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/stripe/connect/create-account"),
        ("GET", "/api/stripe/connect/status"),
        ("GET", "/api/stripe/dashboard-link"),
        ("GET", "/internal/accounts/ten_1"),
    ],
)
async def test_nobody_who_is_not_signed_in_gets_anything(house: House, method: str, path: str) -> None:
    assert (await house.client.request(method, path)).status_code == 401


async def test_another_context_is_told_whether_a_business_can_be_paid(house: House, shop: Business) -> None:
    headers = identities.context("booking", "payments", house.clock)
    unknown = await house.client.get(f"/internal/accounts/{shop.tenant_id}", headers=headers)
    assert unknown.json()["data"] == {"connected": False, "accountId": None, "chargesEnabled": False}
    account_id = await shop.ready()
    known = await house.client.get(f"/internal/accounts/{shop.tenant_id}", headers=headers)
    assert known.json()["data"] == {"connected": True, "accountId": account_id, "chargesEnabled": True}
    assert (await house.client.get("/internal/accounts/nonsense", headers=headers)).status_code == 404


async def test_one_business_never_sees_anothers_account(house: House, shop: Business) -> None:
    await shop.ready()
    other = house.business()
    assert (await other.status())["accountId"] is None
    async with house.tools.db.transaction(other.tenant_id) as tx:
        assert await store.find(tx, shop.tenant_id) is None
    async with house.tools.db.transaction() as tx:
        assert await tx.value("SELECT count(*) FROM accounts") == 0


async def _is_opened(shop: Business) -> bool:
    return (await shop.call("POST", "/api/stripe/connect/create-account")).status_code == 200


async def _all_due(house: House) -> None:
    while await accounts.refresh_due(house.tools):
        pass


def _told(shop: Business, version: int, *, charges: bool, payouts: bool, attention: bool) -> dict[str, object]:
    return {
        "tenantId": shop.tenant_id,
        "version": version,
        "chargesEnabled": charges,
        "payoutsEnabled": payouts,
        "needsAttention": attention,
    }
