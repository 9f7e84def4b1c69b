"""What every gateway must do alike, whatever company is behind it."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from services.kernel import errors
from services.kernel.ids import new_id
from services.kernel.money import Money
from services.payments.domain.errors import (
    BalanceTooLow,
    KeyReused,
    NoticeForged,
    PaymentRefused,
    PaymentServiceUnavailable,
    PaymentsNotReady,
    RefundExceedsPayment,
)
from services.payments.domain.gateway import Intent, Order, Payer, Repayment
from tests.contract.companies import (
    ASKS_ALWAYS,
    DECLINED_LATER,
    DISPUTED,
    PAYS,
    WITHOUT_FUNDS,
    AtStripe,
    Card,
    Company,
    at_stripe,
)
from tests.support.contexts import eventually
from tests.support.servers import Servers, emptied

_SHAPE: Final = frozenset({"parameter_unknown", "parameter_missing", "parameter_invalid_empty"})
RETURN: Final = "http://localhost:8080/manage/token"
JO: Final = Payer("Jo Smith", "jo@example.com", "+64211234567")


@pytest.fixture(scope="module", params=["stripe"])
async def company(request: pytest.FixtureRequest, servers: Servers) -> AsyncIterator[Company]:
    """Each company that money can be moved by."""
    await emptied(servers, "sandbox")
    async with {"stripe": at_stripe}[request.param](servers) as one:
        yield one


@pytest.fixture(scope="module")
async def newer(servers: Servers) -> AsyncIterator[Company]:
    """Where accounts are opened by Stripe's newer interface."""
    async with at_stripe(servers, STRIPE_ACCOUNTS_API="v2") as one:
        yield one


@pytest.fixture
async def account(company: Company) -> str:
    """Of a business that can take cards."""
    opened = await company.gateway.open_account(
        key=new_id("acc"), country="NZ", email="joe@example.com", name="Joe Plumber", metadata={"tenant_id": "ten_1"}
    )
    await company.onboard(opened.id)
    return opened.id


def order(account_id: str, amount: Money | None = None, fee: Money | None = None) -> Order:
    amount = amount or Money(5000, "NZD")
    return Order(
        account_id=account_id,
        amount=amount,
        fee=amount.share(250).chargeable() if fee is None else fee,
        description="Deposit for B-123: Leaking tap",
        metadata={"tenant_id": "ten_1", "booking_id": "book_1", "payment_id": new_id("pay"), "kind": "deposit"},
        payer=JO,
    )


async def paid(company: Company, account_id: str, card: Card = PAYS, *, save_card: bool = False) -> Intent:
    asked = await company.gateway.ask(order(account_id), key=new_id("pay"), save_card=save_card)
    assert await company.pay(asked, card)
    return await company.gateway.intent(account_id, asked.id)


# Accounts


async def test_an_account_is_opened_once_and_can_charge_when_the_business_has_told_who_it_is(company: Company) -> None:
    gateway, key = company.gateway, new_id("acc")
    facts = {"country": "NZ", "email": "joe@example.com", "name": "Joe Plumber"}
    first, second = await asyncio.gather(
        *(gateway.open_account(key=key, metadata={"tenant_id": "ten_1"}, **facts) for _ in range(2))
    )
    assert first == second
    assert not first.charges_enabled
    assert not first.details_submitted
    assert first.requirements
    url = await gateway.onboarding_url(first.id, return_url=RETURN, refresh_url=RETURN)
    assert url.startswith("http")
    assert url != await gateway.onboarding_url(first.id, return_url=RETURN, refresh_url=RETURN)
    with pytest.raises(PaymentsNotReady):
        await gateway.dashboard_url(first.id)
    await company.onboard(first.id)
    complete = await gateway.account(first.id)
    assert complete.charges_enabled
    assert complete.payouts_enabled
    assert complete.details_submitted
    assert not complete.requirements
    assert (await gateway.dashboard_url(first.id)).startswith("http")


async def test_an_account_opened_by_the_newer_interface_is_the_same_kind_of_account(newer: Company) -> None:
    facts = {"country": "NZ", "email": "joe@example.com", "name": "Joe Plumber"}
    key = new_id("acc")
    opened = await newer.gateway.open_account(key=key, metadata={"tenant_id": "ten_1"}, **facts)
    assert opened == await newer.gateway.open_account(key=key, metadata={"tenant_id": "ten_1"}, **facts)
    assert not opened.charges_enabled
    await newer.onboard(opened.id)
    assert (await newer.gateway.account(opened.id)).charges_enabled
    assert (await paid(newer, opened.id)).status == "succeeded"


async def test_what_can_not_be_charged_on_is_said_as_such(company: Company, account: str) -> None:
    gateway = company.gateway
    opened = await gateway.open_account(
        key=new_id("acc"), country="NZ", email=None, name="Not yet", metadata={"tenant_id": "ten_2"}
    )
    for account_id in (opened.id, "acct_nobodys"):
        with pytest.raises(PaymentsNotReady):
            await gateway.ask(order(account_id), key=new_id("pay"), save_card=True)
    await company.forbid(account)
    with pytest.raises(PaymentsNotReady):
        await gateway.account(account)
    with pytest.raises(PaymentsNotReady):
        await gateway.ask(order(account), key=new_id("pay"), save_card=False)


async def test_a_country_that_the_company_does_not_know_is_refused(company: Company) -> None:
    with pytest.raises(PaymentRefused):
        await company.gateway.open_account(key=new_id("acc"), country="AQ", email=None, name="Penguin", metadata={})


# Payments in the browser


@pytest.mark.parametrize("save_card", [True, False])
async def test_the_same_key_is_the_same_payment(company: Company, account: str, save_card: bool) -> None:
    gateway, one, key = company.gateway, order(account), new_id("pay")
    first = await gateway.ask(one, key=key, save_card=save_card)
    assert first.status == "requires_payment"
    assert (first.amount, first.fee, first.metadata) == (one.amount, one.fee, one.metadata)
    assert first.client_secret
    assert (first.customer_id is not None) is save_card
    assert await gateway.ask(one, key=key, save_card=save_card) == first
    assert await gateway.intent(account, first.id) == first


async def test_the_same_key_with_other_facts_is_a_bug_and_nothing_is_asked_for(company: Company, account: str) -> None:
    one, key = order(account), new_id("pay")
    await company.gateway.ask(one, key=key, save_card=False)
    with pytest.raises(KeyReused):
        await company.gateway.ask(replace(one, amount=Money(6000, "NZD")), key=key, save_card=False)


async def test_two_at_once_with_one_key_are_one_payment(company: Company, account: str) -> None:
    one, key = order(account), new_id("pay")
    found = await asyncio.gather(*(company.gateway.ask(one, key=key, save_card=False) for _ in range(4)))
    assert len({intent.id for intent in found}) == 1


async def test_a_paid_payment_names_its_charge_its_fee_and_what_the_company_keeps(
    company: Company, account: str
) -> None:
    found = await paid(company, account, save_card=True)
    assert found.status == "succeeded"
    assert found.charge_id
    assert found.customer_id
    assert found.payment_method_id
    assert found.fee == Money(125, "NZD")
    assert found.cost is None
    costly = await company.gateway.intent(account, found.id, with_cost=True)
    assert costly.cost is not None
    assert Money(0, "NZD") < costly.cost < found.amount
    assert costly == replace(found, cost=costly.cost)


async def test_a_refused_card_leaves_the_payment_open_for_another(company: Company, account: str) -> None:
    asked = await company.gateway.ask(order(account), key=new_id("pay"), save_card=False)
    assert not await company.pay(asked, WITHOUT_FUNDS)
    refused = await company.gateway.intent(account, asked.id)
    assert refused.status == "requires_payment"
    assert refused.failure is not None
    assert refused.failure.decline_code == "insufficient_funds"
    assert "funds" in refused.failure.sentence
    assert await company.pay(asked, PAYS)
    assert (await company.gateway.intent(account, asked.id)).status == "succeeded"


async def test_a_bank_that_asks_the_customer_is_answered_in_the_browser(company: Company, account: str) -> None:
    assert (await paid(company, account, ASKS_ALWAYS)).status == "succeeded"


async def test_a_cancelled_payment_can_not_be_made_and_a_made_one_not_cancelled(company: Company, account: str) -> None:
    gateway = company.gateway
    asked = await gateway.ask(order(account), key=new_id("pay"), save_card=False)
    assert (await gateway.cancel(account, asked.id)).status == "canceled"
    assert (await gateway.cancel(account, asked.id)).status == "canceled"
    with suppress(AssertionError):
        await company.pay(asked)
    assert (await gateway.intent(account, asked.id)).status == "canceled"
    made = await paid(company, account)
    assert (await gateway.cancel(account, made.id)).status == "succeeded"


async def test_cancelling_and_paying_at_once_end_as_one_of_both(company: Company, account: str) -> None:
    gateway = company.gateway
    for _ in range(4):
        asked = await gateway.ask(order(account), key=new_id("pay"), save_card=False)
        cancelled, went_through = await asyncio.gather(
            gateway.cancel(account, asked.id), company.pay(asked), return_exceptions=True
        )
        found = await gateway.intent(account, asked.id)
        assert not isinstance(cancelled, BaseException)
        assert cancelled.status == found.status
        assert found.status == ("succeeded" if went_through is True else "canceled")


async def test_a_payment_that_is_not_there_is_refused(company: Company, account: str) -> None:
    with pytest.raises(PaymentRefused):
        await company.gateway.intent(account, "pi_nobodys")


async def test_one_business_never_sees_anothers_payment(company: Company, account: str) -> None:
    asked = await company.gateway.ask(order(account), key=new_id("pay"), save_card=False)
    other = await company.gateway.open_account(
        key=new_id("acc"), country="NZ", email=None, name="Other", metadata={"tenant_id": "ten_9"}
    )
    with pytest.raises(PaymentRefused):
        await company.gateway.intent(other.id, asked.id)
    with pytest.raises(PaymentRefused):
        await company.gateway.cancel(other.id, asked.id)


@pytest.mark.parametrize(
    ("amount", "fee"),
    [
        (Money(1_200, "JPY"), Money(30, "JPY")),
        (Money(12_340, "KWD"), Money(310, "KWD")),
        (Money(5_000, "ISK"), Money(125, "ISK")),
        (Money(50_000, "UGX"), Money(1_250, "UGX")),
        (Money(2_000_000, "MGA"), Money(50_000, "MGA")),
        (Money(50, "NZD"), Money(0, "NZD")),
    ],
)
async def test_money_of_every_kind_arrives_as_it_was_asked_for(
    company: Company, account: str, amount: Money, fee: Money
) -> None:
    gateway = company.gateway
    asked = await gateway.ask(order(account, amount, fee), key=new_id("pay"), save_card=False)
    assert asked.amount == amount
    assert await company.pay(asked)
    found = await gateway.intent(account, asked.id)
    assert found.amount == amount
    assert (found.fee or Money(0, amount.currency)) == fee
    back = await gateway.refund(
        account,
        charge_id=found.charge_id or "",
        amount=amount,
        key=new_id("rfnd"),
        metadata={},
        with_fee=fee.amount > 0,
    )
    assert back.amount == amount


@pytest.mark.parametrize("amount", [Money(1, "NZD"), Money(10**11, "NZD")])
async def test_what_no_card_can_pay_is_refused(company: Company, account: str, amount: Money) -> None:
    with pytest.raises(PaymentRefused) as caught:
        await company.gateway.ask(order(account, amount, Money(0, "NZD")), key=new_id("pay"), save_card=False)
    assert "amount" in caught.value.sentence


# The saved card


async def test_the_saved_card_is_charged_once_for_one_key(company: Company, account: str) -> None:
    first = await paid(company, account, save_card=True)
    balance, key = order(account, Money(9900, "NZD")), new_id("pay")
    assert first.customer_id is not None
    assert first.payment_method_id is not None
    found = [
        await company.gateway.charge(
            balance, key=key, customer_id=first.customer_id, payment_method_id=first.payment_method_id
        )
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert found[0].status == "succeeded"
    assert found[0].amount == Money(9900, "NZD")
    assert found[0].metadata == balance.metadata
    lines = await company.gateway.movements(account, since=_an_hour_ago(), until=_soon())
    assert [line.amount for line in lines if line.about == found[0].charge_id] == [Money(9900, "NZD")]


@pytest.mark.parametrize(("card", "status"), [(DECLINED_LATER, "requires_payment"), (ASKS_ALWAYS, "requires_action")])
async def test_a_saved_card_that_does_not_pay_charges_nothing_and_can_be_given_up(
    company: Company, account: str, card: Card, status: str
) -> None:
    gateway = company.gateway
    customer_id = (await gateway.ask(order(account), key=new_id("pay"), save_card=True)).customer_id or ""
    method_id = await company.save_card(account, customer_id, card)
    key, balance = new_id("pay"), order(account, Money(9900, "NZD"))
    tried = [
        await gateway.charge(balance, key=key, customer_id=customer_id, payment_method_id=method_id) for _ in range(2)
    ]
    assert tried[0] == tried[1]
    assert tried[0].status == status
    assert tried[0].client_secret
    assert tried[0].failure is not None
    assert tried[0].failure.sentence.endswith(".")
    assert (await gateway.cancel(account, tried[0].id)).status == "canceled"
    assert await gateway.movements(account, since=_an_hour_ago(), until=_soon()) == []


async def test_a_payment_of_the_saved_card_whose_name_was_lost_is_found_by_ours(company: Company, account: str) -> None:
    gateway = company.gateway
    first = await paid(company, account, save_card=True)
    customer_id = first.customer_id or ""

    async def charged() -> Intent:
        one = order(account, Money(9900, "NZD"))
        return await gateway.charge(
            one, key=new_id("pay"), customer_id=customer_id, payment_method_id=first.payment_method_id or ""
        )

    made = [await charged() for _ in range(3)]
    for one in (first, *made):
        found = await gateway.find(account, customer_id=customer_id, payment_id=one.metadata["payment_id"])
        assert found is not None
        assert (found.id, found.status, found.amount) == (one.id, "succeeded", one.amount)
    assert await gateway.find(account, customer_id=customer_id, payment_id=new_id("pay")) is None
    other = (await paid(company, account, save_card=True)).customer_id or ""
    assert await gateway.find(account, customer_id=other, payment_id=made[0].metadata["payment_id"]) is None
    await company.trouble(account, fail=20)
    with pytest.raises(PaymentServiceUnavailable):
        await gateway.find(account, customer_id=customer_id, payment_id=made[0].metadata["payment_id"])
    await company.trouble(account)


async def test_a_card_that_is_not_there_is_refused(company: Company, account: str) -> None:
    first = await paid(company, account, save_card=True)
    with pytest.raises(errors.Refusal) as caught:
        await company.gateway.charge(
            order(account), key=new_id("pay"), customer_id=first.customer_id or "", payment_method_id="pm_nobodys"
        )
    assert isinstance(caught.value, PaymentRefused)


# Links


async def test_a_link_is_paid_on_the_companys_page(company: Company, account: str) -> None:
    gateway, one, key = company.gateway, order(account, Money(9900, "NZD")), new_id("pay")
    terms = {"return_url": RETURN, "expires_at": datetime.now(UTC) + timedelta(hours=20), "save_card": False}
    opened = await gateway.open_link(one, key=key, **terms)  # type: ignore[arg-type] # three kinds in one mapping
    assert opened.status == "open"
    assert opened.url.startswith("http")
    assert await gateway.open_link(one, key=key, **terms) == opened  # type: ignore[arg-type] # as above
    await company.pay_link(opened, account)
    complete = await gateway.link(account, opened.id)
    assert complete.status == "complete"
    assert complete.intent_id is not None
    intent = await gateway.intent(account, complete.intent_id)
    assert intent.status == "succeeded"
    assert (intent.amount, intent.fee, intent.metadata) == (one.amount, one.fee, one.metadata)
    assert (await gateway.close_link(account, opened.id)).status == "complete"


async def test_a_link_that_was_closed_can_not_be_paid(company: Company, account: str) -> None:
    gateway = company.gateway
    opened = await gateway.open_link(
        order(account),
        key=new_id("pay"),
        return_url=RETURN,
        expires_at=datetime.now(UTC) + timedelta(hours=20),
        save_card=True,
    )
    for _ in range(2):
        assert (await gateway.close_link(account, opened.id)).status == "expired"
    with pytest.raises(AssertionError):
        await company.pay_link(opened, account)
    assert (await gateway.link(account, opened.id)).status == "expired"


# Back


async def test_money_goes_back_in_parts_and_never_more_than_was_paid(company: Company, account: str) -> None:
    gateway, made = company.gateway, await paid(company, account)
    charge, key = made.charge_id or "", new_id("rfnd")

    async def back(amount: int, key: str) -> str:
        one = await gateway.refund(
            account,
            charge_id=charge,
            amount=Money(amount, "NZD"),
            key=key,
            metadata={"refund_id": "rfnd_1"},
            with_fee=True,
        )
        assert (one.amount, one.charge_id, one.intent_id) == (Money(amount, "NZD"), charge, made.id)
        assert one.metadata == {"refund_id": "rfnd_1"}
        known = await gateway.repayment(account, one.id)
        assert replace(known, fee=None) == replace(one, fee=None)
        # The platform's fee goes back in proportion.
        assert known.fee == Money(amount, "NZD").share(250)
        return one.id

    first = await back(2000, key)
    assert await back(2000, key) == first
    with pytest.raises((PaymentRefused, RefundExceedsPayment)):
        await back(3001, new_id("rfnd"))
    second = await back(3000, new_id("rfnd"))
    with pytest.raises(RefundExceedsPayment):
        await back(1, new_id("rfnd"))
    assert {one.id for one in await gateway.repayments(account, charge_id=charge)} == {first, second}


async def test_two_refunds_at_once_never_pay_out_more_than_was_paid(company: Company, account: str) -> None:
    made = await paid(company, account)
    tried = await asyncio.gather(
        *(
            company.gateway.refund(
                account,
                charge_id=made.charge_id or "",
                amount=Money(3000, "NZD"),
                key=new_id("rfnd"),
                metadata={},
                with_fee=True,
            )
            for _ in range(4)
        ),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, BaseException) for one in tried) == 1
    assert all(isinstance(one, errors.Refusal) for one in tried if isinstance(one, BaseException))


async def test_a_balance_that_is_too_low_for_a_refund_is_said_as_such_and_later_it_goes_through(
    company: Company, account: str
) -> None:
    made = await paid(company, account)

    async def back(key: str) -> Repayment:
        return await company.gateway.refund(
            account, charge_id=made.charge_id or "", amount=made.amount, key=key, metadata={}, with_fee=True
        )

    refund_id = new_id("rfnd")
    await company.trouble(account, poor=True)
    with pytest.raises(BalanceTooLow):
        await back(f"{refund_id}:0")
    await company.trouble(account)
    assert (await back(f"{refund_id}:1")).status == "succeeded"


async def test_the_companys_books_say_who_got_what_and_the_fee_goes_back_in_proportion(
    company: Company, account: str
) -> None:
    gateway, made = company.gateway, await paid(company, account)
    back = await gateway.refund(
        account,
        charge_id=made.charge_id or "",
        amount=Money(2000, "NZD"),
        key=new_id("rfnd"),
        metadata={},
        with_fee=True,
    )
    lines = await gateway.movements(account, since=_an_hour_ago(), until=_soon())
    charge = next(line for line in lines if line.kind == "charge")
    assert (charge.amount, charge.fee, charge.about) == (Money(5000, "NZD"), Money(125, "NZD"), made.charge_id)
    assert charge.cost.amount > 0
    refund = next(line for line in lines if line.kind == "refund")
    assert (refund.amount, refund.about) == (Money(-2000, "NZD"), back.id)
    returned = refund.fee.amount + sum(-line.amount.amount for line in lines if line.kind == "fee_refund")
    assert returned == -50
    assert await gateway.movements(account, since=_soon(), until=_soon() + timedelta(hours=1)) == []


async def test_a_disputed_payment_names_what_is_demanded_back(company: Company, account: str) -> None:
    made = await paid(company, account, DISPUTED)
    body, headers = await company.told("charge.dispute.created", await _dispute_of(company, account, made))
    notice = company.gateway.notice(body, headers)
    told = company.gateway.dispute_in(notice)
    assert (told.status, told.amount, told.charge_id, told.intent_id) == (
        "open",
        Money(5000, "NZD"),
        made.charge_id,
        made.id,
    )
    found = await company.gateway.dispute(account, told.id)
    assert (found.id, found.status, found.reason) == (told.id, "open", "fraudulent")
    assert found.taken is not None
    assert found.taken.amount == Money(5000, "NZD")
    assert found.returned is None


# What it says by itself


async def test_its_word_is_taken_for_what_it_says_and_nobody_elses(company: Company, account: str) -> None:
    gateway, made = company.gateway, await paid(company, account, save_card=True)
    body, headers = await company.told("payment_intent.succeeded", made.id)
    notice = gateway.notice(body, headers)
    assert (notice.kind, notice.account_id, notice.is_ours) == ("payment_intent.succeeded", account, True)
    assert gateway.intent_in(notice) == made
    assert gateway.told(body) == notice
    for forged_body, forged_headers in company.forged(body, headers):
        with pytest.raises(NoticeForged):
            gateway.notice(forged_body, forged_headers)


async def test_it_tells_of_accounts_and_refunds(company: Company, account: str) -> None:
    gateway, made = company.gateway, await paid(company, account)
    body, headers = await company.told("account.updated", account)
    assert gateway.account_in(gateway.notice(body, headers)) == await gateway.account(account)
    back = await gateway.refund(
        account,
        charge_id=made.charge_id or "",
        amount=Money(2000, "NZD"),
        key=new_id("rfnd"),
        metadata={},
        with_fee=True,
    )
    body, headers = await company.told("refund.created", back.id)
    assert replace(gateway.repayment_in(gateway.notice(body, headers)), fee=None) == replace(back, fee=None)


# Trouble


async def test_a_company_that_is_slow_is_given_up_in_time_and_the_same_key_finds_what_was_made(
    company: Company, account: str
) -> None:
    one, key = order(account), new_id("pay")
    await company.trouble(account, delay=10)
    began = time.monotonic()
    with pytest.raises(PaymentServiceUnavailable):
        await company.gateway.ask(one, key=key, save_card=True)
    assert time.monotonic() - began < 3.5
    await company.trouble(account)
    found = await _until_it_answers(company, one, key)
    assert found.amount == one.amount
    assert await company.gateway.ask(one, key=key, save_card=True) == found


async def test_a_company_that_breaks_is_away_and_well_again_afterwards(company: Company, account: str) -> None:
    one, key = order(account), new_id("pay")
    # As often as the same question is put before it is given up.
    await company.trouble(account, fail=3)
    with pytest.raises(PaymentServiceUnavailable):
        await company.gateway.ask(one, key=key, save_card=False)
    assert (await company.gateway.ask(one, key=key, save_card=False)).status == "requires_payment"


async def test_what_one_account_suffers_the_others_do_not(company: Company, account: str) -> None:
    other = await company.gateway.open_account(
        key=new_id("acc"), country="NZ", email=None, name="Other", metadata={"tenant_id": "ten_9"}
    )
    await company.onboard(other.id)
    await company.trouble(account, fail=100)
    for _ in range(25):
        with pytest.raises(PaymentServiceUnavailable):
            await company.gateway.ask(order(account), key=new_id("pay"), save_card=False)
    assert (await company.gateway.ask(order(other.id), key=new_id("pay"), save_card=False)).client_secret
    await company.trouble(account)
    await _until_it_answers(company, order(account), new_id("pay"))


# The description


async def test_every_request_is_valid_by_the_companys_own_description(company: Company, account: str) -> None:
    """One of each: what a stand-in takes that checks every parameter, the company takes."""
    assert isinstance(company, AtStripe)
    gateway, before = company.gateway, len(company.asked)
    opened = await gateway.open_account(
        key=new_id("acc"), country="NZ", email="jo@example.com", name="Joe", metadata={"tenant_id": "ten_1"}
    )
    await gateway.onboarding_url(opened.id, return_url=RETURN, refresh_url=RETURN)
    await gateway.dashboard_url(account)
    await gateway.cancel(account, (await gateway.ask(order(account), key=new_id("pay"), save_card=True)).id)
    made = await paid(company, account, save_card=True)
    await gateway.intent(account, made.id, with_cost=True)
    await gateway.find(account, customer_id=made.customer_id or "", payment_id=made.metadata["payment_id"])
    await gateway.charge(
        order(account),
        key=new_id("pay"),
        customer_id=made.customer_id or "",
        payment_method_id=made.payment_method_id or "",
    )
    expires_at = datetime.now(UTC) + timedelta(hours=20)
    for save_card in (True, False):
        link = await gateway.open_link(
            order(account), key=new_id("pay"), return_url=RETURN, expires_at=expires_at, save_card=save_card
        )
        await gateway.link(account, link.id)
        await gateway.close_link(account, link.id)
    back = await gateway.refund(
        account,
        charge_id=made.charge_id or "",
        amount=made.amount,
        key=new_id("rfnd"),
        metadata={"refund_id": "rfnd_1"},
        with_fee=True,
    )
    await gateway.repayment(account, back.id)
    await gateway.repayments(account, charge_id=made.charge_id or "")
    disputed = await paid(company, account, DISPUTED)
    await gateway.dispute(account, await _dispute_of(company, account, disputed))

    assert {one.call for one in company.asked[before:]} == {
        "POST /v1/accounts",
        "GET /v1/accounts/{id}",
        "POST /v1/accounts/{id}/login_links",
        "POST /v1/account_links",
        "POST /v1/customers",
        "GET /v1/payment_intents",
        "POST /v1/payment_intents",
        "GET /v1/payment_intents/{id}",
        "POST /v1/payment_intents/{id}/cancel",
        "POST /v1/checkout/sessions",
        "GET /v1/checkout/sessions/{id}",
        "POST /v1/checkout/sessions/{id}/expire",
        "POST /v1/refunds",
        "GET /v1/refunds",
        "GET /v1/refunds/{id}",
        "GET /v1/disputes/{id}",
        "GET /v1/balance_transactions",
    }
    assert {one.status for one in company.asked[before:]} == {200}
    # What the other tests sent may have been refused, and never for its shape.
    assert not [one for one in company.asked if one.status == 501 or one.code in _SHAPE]
    # Our mails are the only ones that a customer gets.
    assert not any("receipt_email" in name for one in company.asked for name in one.sent)


async def _until_it_answers(company: Company, one: Order, key: str) -> Intent:
    """The adapter leaves a company alone for a while that did not answer."""
    found: list[Intent] = []

    async def answers() -> bool:
        with suppress(PaymentServiceUnavailable):
            found.append(await company.gateway.ask(one, key=key, save_card=True))
        return bool(found)

    await eventually(answers, "the company answers again", every=0.2)
    return found[0]


async def _dispute_of(company: Company, account: str, made: Intent) -> str:
    found: list[str] = []

    async def is_there() -> bool:
        lines = await company.gateway.movements(account, since=_an_hour_ago(), until=_soon())
        found.extend(line.about for line in lines if line.kind == "dispute" and line.about)
        return bool(found)

    await eventually(is_there, f"the payment {made.id} is disputed")
    return found[0]


def _an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def _soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=1)
