"""The stand-in for Stripe, what goes back: refunds, fees in proportion, disputes; and pages on which one pays once."""

from typing import Any

import pytest
import stripe

from tests.service.sandbox.served import Environ
from tests.service.sandbox.shop import Shop, at_once, opened, refused

# The package gives bytes to httpx in a way that httpx would like to see go.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def give_back(shop: Shop, intent: Any, **sent: Any) -> Any:
    return await shop.v1.refunds.create_async({"payment_intent": intent.id, **sent}, shop.options)


async def test_a_refund_returns_the_fee_in_proportion_and_never_more_than_is_left(environ: Environ) -> None:
    async with opened(environ) as shop:
        paid = await shop.pay(amount=9000, application_fee_amount=450)
        back = await give_back(
            shop, paid, amount=3000, refund_application_fee=True, metadata={"operation_id": "mop_1"}, reason="duplicate"
        )
        assert (back.status, back.amount, back.metadata["operation_id"]) == ("succeeded", 3000, "mop_1")
        (fee,) = (await shop.v1.application_fees.list_async({"charge": paid.latest_charge})).data
        assert (fee.amount_refunded, fee.refunded, fee.refunds.data[0].amount) == (150, False, 150)
        line = (
            await shop.v1.refunds.retrieve_async(back.id, {"expand": ["balance_transaction"]}, shop.options)
        ).balance_transaction
        assert (line.amount, line.fee, line.net) == (-3000, -150, -2850)
        with pytest.raises(stripe.InvalidRequestError, match=r"\(\$60\.01\) is greater .* \(\$60\.00\)"):
            await give_back(shop, paid, amount=6001)
        assert (await give_back(shop, paid, refund_application_fee=True)).amount == 6000
        await refused(give_back(shop, paid), stripe.InvalidRequestError, code="charge_already_refunded")
        charge = await shop.charge(paid.latest_charge, "refunds")
        assert (charge.refunded, charge.amount_refunded) == (True, 9000)
        assert [refund.amount for refund in charge.refunds.data] == [6000, 3000]
        assert (await shop.v1.application_fees.retrieve_async(fee.id)).refunded
        assert [name for name in await shop.told() if "refund" in name] == ["charge.refunded", "refund.created"] * 2
        names = await shop.told(account="platform")
        assert names.count("application_fee.refunded") == 2

        keeps = await shop.pay(amount=1000, application_fee_amount=100)
        await give_back(shop, keeps)
        (fee, *_) = (await shop.v1.application_fees.list_async({"charge": keeps.latest_charge})).data
        assert fee.amount_refunded == 0
        gift = await shop.v1.application_fees.refunds.create_async(fee.id, {"amount": 40})
        assert (gift.amount, (await shop.v1.application_fees.retrieve_async(fee.id)).amount_refunded) == (40, 40)


async def test_refunds_at_the_same_moment_never_exceed_the_charge(environ: Environ) -> None:
    async with opened(environ) as shop:
        paid = await shop.pay(amount=5000, application_fee_amount=125)
        made, late = await at_once(*[give_back(shop, paid, amount=1500, refund_application_fee=True) for _ in range(8)])
        assert (len(made), len(late)) == (3, 5)
        charge = await shop.charge(paid.latest_charge)
        assert charge.amount_refunded == 4500
        listed = (await shop.v1.refunds.list_async({"payment_intent": paid.id}, shop.options)).data
        assert sum(refund.amount for refund in listed) == 4500
        (fee,) = (await shop.v1.application_fees.list_async({"charge": paid.latest_charge})).data
        assert fee.amount_refunded == 113, "125 times nine tenths, half a cent up"
        whole, _ = await at_once(*[give_back(shop, paid, refund_application_fee=True) for _ in range(4)])
        assert [refund.amount for refund in whole] == [500]


async def test_some_refunds_come_later_some_fail_and_some_wait_for_money(environ: Environ) -> None:
    async with opened(environ) as shop:
        later = await give_back(shop, await shop.pay("pm_card_pendingRefund"))
        assert (later.status, later.pending_reason) == ("pending", "processing")
        failing = await give_back(shop, paid := await shop.pay("pm_card_refundFail"), amount=2000)
        assert failing.status == "succeeded"
        await shop.control("_control", refundsWait=True, accountId=shop.account)
        waiting = await give_back(shop, await shop.pay())
        assert (waiting.status, waiting.pending_reason) == ("pending", "insufficient_funds")
        await shop.let_time_pass(5)

        async def now(refund: Any) -> Any:
            return await shop.v1.refunds.retrieve_async(refund.id, options=shop.options)

        assert (await now(later)).status == "succeeded"
        failed = await now(failing)
        assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
        assert (await shop.charge(paid.latest_charge)).amount_refunded == 0
        assert "refund.failed" in await shop.told(about=failing.id)
        assert await shop.told(about=later.id) == ["refund.created", "refund.updated", "charge.refund.updated"]
        assert (await now(waiting)).status == "pending"
        await refused(shop.v1.refunds.cancel_async(waiting.id, {}, shop.options), stripe.InvalidRequestError)
        await shop.control("_control", reset=True, accountId=shop.account)
        await shop.let_time_pass(5)
        assert (await now(waiting)).status == "succeeded"

        await shop.control("_control", refuseRefunds=True)
        poor = await shop.pay()
        await refused(give_back(shop, poor), stripe.InvalidRequestError, code="balance_insufficient")
        await shop.control("_control", reset=True)
        assert (await give_back(shop, poor)).status == "succeeded"


async def test_a_dispute_takes_the_money_until_the_bank_has_decided(environ: Environ) -> None:
    async with opened(environ) as shop:
        for evidence, status, net in (("winning_evidence", "won", 0), ("losing_evidence", "lost", -6500)):
            paid = await shop.pay("pm_card_createDispute")
            charge = await shop.charge(paid.latest_charge)
            assert charge.disputed
            (dispute,) = (await shop.v1.disputes.list_async({"charge": charge.id}, shop.options)).data
            assert (dispute.status, dispute.amount, dispute.reason) == ("needs_response", 5000, "fraudulent")
            await refused(give_back(shop, paid), stripe.InvalidRequestError, code="charge_disputed")
            closed = await shop.v1.disputes.update_async(
                dispute.id, {"evidence": {"uncategorized_text": evidence}, "submit": True}, shop.options
            )
            assert closed.status == status
            assert sum(line.net for line in closed.balance_transactions) == net
            told = await shop.told(about=dispute.id)
            assert told[:2] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
            assert "charge.dispute.closed" in told
            assert ("charge.dispute.funds_reinstated" in told) is (status == "won")
        paid = await shop.pay("pm_card_createDispute")
        (dispute,) = (await shop.v1.disputes.list_async({"payment_intent": paid.id}, shop.options)).data
        assert (await shop.v1.disputes.close_async(dispute.id, {}, shop.options)).status == "lost"


async def _session(shop: Shop, **sent: Any) -> Any:
    price = {"currency": "usd", "unit_amount": 9000, "product_data": {"name": "Balance of your booking"}}
    terms = {
        "mode": "payment",
        "line_items": [{"price_data": price, "quantity": 1}],
        "payment_intent_data": {"application_fee_amount": 225, "metadata": {"booking_id": "book_1"}},
        "success_url": "https://shop.example/thanks",
        "metadata": {"operation_id": "mop_1"},
        **sent,
    }
    return await shop.v1.checkout.sessions.create_async(terms, shop.options)


async def _pay_on_page(shop: Shop, intent: Any, number: str) -> Any:
    form = {
        "client_secret": intent.client_secret,
        "use_stripe_sdk": "true",
        "return_url": "https://shop.example/thanks",
        "payment_method_data[type]": "card",
        "payment_method_data[card][number]": number,
        "payment_method_data[card][exp_month]": "12",
        "payment_method_data[card][exp_year]": "2034",
        "payment_method_data[card][cvc]": "123",
        "payment_method_data[billing_details][email]": "sam@example.com",
    }
    return (await shop.browser("POST", f"/v1/payment_intents/{intent.id}/confirm", form)).json()


async def test_a_page_is_paid_once_whatever_the_first_cards_do(environ: Environ) -> None:
    async with opened(environ) as shop:
        session = await _session(shop, expand=["line_items"])
        assert (session.status, session.payment_status, session.payment_intent) == ("open", "unpaid", None)
        assert session.line_items.data[0].amount_total == session.amount_total == 9000
        page = await shop.http.get(f"/sandbox/stripe/checkout/{session.id}")
        assert (page.status_code, "Balance of your booking" in page.text) == (200, True)
        assert session.url == f"http://localhost:8080/sandbox/stripe/checkout/{session.id}"
        seen = [await shop.look(session) for _ in range(2)]
        assert {one.session["line_items"]["data"][0]["description"] for one in seen} == {"Balance of your booking"}
        (intent,) = (await shop.v1.payment_intents.list_async({}, shop.options)).data
        assert {one.client_secret for one in seen} == {intent.client_secret}
        assert (intent.amount, intent.application_fee_amount, intent.metadata["booking_id"]) == (9000, 225, "book_1")
        await refused(
            shop.v1.payment_intents.cancel_async(intent.id, {}, shop.options),
            stripe.InvalidRequestError,
            code="payment_intent_unexpected_state",
        )
        assert (await _pay_on_page(shop, intent, "4000000000000002"))["error"]["code"] == "card_declined"
        assert (await _pay_on_page(shop, intent, "4000002760003184"))["status"] == "requires_action"
        await shop.answer_bank(intent, "complete")
        paid = await shop.v1.checkout.sessions.retrieve_async(session.id, options=shop.options)
        assert (paid.status, paid.payment_status, paid.payment_intent) == ("complete", "paid", intent.id)
        assert paid.customer_details.email == "sam@example.com"
        assert (paid.url, paid.metadata["operation_id"]) == (None, "mop_1")
        assert await shop.told(about=session.id) == ["checkout.session.completed"]
        await refused(shop.v1.checkout.sessions.expire_async(session.id, {}, shop.options), stripe.InvalidRequestError)
        assert (await shop.look(session)).client_secret is None
        assert len((await shop.v1.payment_intents.list_async({}, shop.options)).data) == 1


async def test_a_page_that_has_expired_takes_no_money(environ: Environ) -> None:
    async with opened(environ) as shop:
        session = await _session(shop)
        await shop.look(session)
        (intent,) = (await shop.v1.payment_intents.list_async({}, shop.options)).data
        ended = await shop.v1.checkout.sessions.expire_async(session.id, {}, shop.options)
        assert (ended.status, ended.url) == ("expired", None)
        assert (await shop.intent(intent.id)).status == "canceled"
        assert (await _pay_on_page(shop, intent, "4242424242424242"))["error"][
            "code"
        ] == "payment_intent_unexpected_state"

        raced = await _session(shop)
        await shop.look(raced)
        (asked, _) = (await shop.v1.payment_intents.list_async({}, shop.options)).data
        await at_once(
            _pay_on_page(shop, asked, "4242424242424242"),
            shop.v1.checkout.sessions.expire_async(raced.id, {}, shop.options),
        )
        session = await shop.v1.checkout.sessions.retrieve_async(raced.id, options=shop.options)
        state = (await shop.intent(asked.id)).status
        assert (session.status, state) in {("complete", "succeeded"), ("expired", "canceled")}

        forgotten = await _session(shop)
        await shop.let_time_pass(86_400 + 10)
        assert (await shop.v1.checkout.sessions.retrieve_async(forgotten.id, options=shop.options)).status == "expired"
        assert await shop.told(about=forgotten.id) == ["checkout.session.expired"]


async def test_a_bank_account_pays_later_also_on_a_page(environ: Environ) -> None:
    async with opened(environ) as shop:
        slow = await shop.pay("pm_usBankAccount_success", application_fee_amount=100)
        bad = await shop.pay("pm_usBankAccount_insufficientFunds")
        stuck = await shop.pay("pm_usBankAccount_processing")
        assert (slow.status, bad.status, stuck.status) == ("processing", "processing", "processing")
        await refused(give_back(shop, slow), stripe.InvalidRequestError)
        await refused(
            shop.v1.payment_intents.cancel_async(slow.id, {}, shop.options),
            stripe.InvalidRequestError,
            code="payment_intent_unexpected_state",
        )
        assert (await shop.v1.payment_intents.cancel_async(stuck.id, {}, shop.options)).status == "canceled"
        session = await _session(shop)
        seen = await shop.look(session)
        on_page = {"client_secret": str(seen.client_secret), "payment_method": "pm_usBankAccount_success"}
        on_page["return_url"] = "https://shop.example/thanks"
        intent_id = str(seen.client_secret).partition("_secret_")[0]
        answer = await shop.browser("POST", f"/v1/payment_intents/{intent_id}/confirm", on_page)
        assert answer.json()["status"] == "processing"
        left = await shop.v1.checkout.sessions.retrieve_async(session.id, options=shop.options)
        assert (left.status, left.payment_status) == ("complete", "unpaid")

        await shop.let_time_pass(5)
        assert await shop.told(about=slow.id) == [
            "payment_intent.created",
            "payment_intent.processing",
            "payment_intent.succeeded",
        ]
        failed = await shop.intent(bad.id)
        assert (failed.status, failed.last_payment_error.code) == ("requires_payment_method", "insufficient_funds")
        left = await shop.v1.checkout.sessions.retrieve_async(session.id, options=shop.options)
        assert left.payment_status == "paid"
        assert await shop.told(about=session.id) == [
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
        ]
        assert (await give_back(shop, slow, refund_application_fee=True)).status == "succeeded"


async def test_a_page_that_keeps_the_card_makes_a_customer(environ: Environ) -> None:
    async with opened(environ) as shop:
        data = {"setup_future_usage": "off_session"}
        session = await _session(shop, payment_intent_data=data, customer_email="sam@example.com")
        await shop.look(session)
        (intent,) = (await shop.v1.payment_intents.list_async({}, shop.options)).data
        await _pay_on_page(shop, intent, "4242424242424242")
        paid = await shop.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["customer"]}, shop.options)
        assert paid.customer.email == "sam@example.com"
        method = (await shop.intent(intent.id)).payment_method
        assert (await shop.pay(method, customer=paid.customer.id, off_session=True)).status == "succeeded"


async def test_a_page_that_could_not_be_paid_is_refused(environ: Environ) -> None:
    async with opened(environ) as shop:
        tiny = {"currency": "usd", "unit_amount": 49, "product_data": {"name": "x"}}
        for wrong in (
            {"line_items": [{"price_data": tiny, "quantity": 1}]},
            {"payment_intent_data": {"application_fee_amount": 9001}},
            {"customer": "cus_nobody"},
            {"expires_at": 1_000_000_000},
        ):
            await refused(_session(shop, **wrong), stripe.InvalidRequestError)
        await refused(_session(shop, mode="subscription"), stripe.APIError)
