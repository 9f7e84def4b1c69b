"""The stand-in for Stripe, paid at with Stripe's own package: intents, cards, refunds, fees, and no cent twice."""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import stripe

from tests.service.sandbox.served import Environ
from tests.service.sandbox.shop import NEVER, at_once, opened, refused

# The package gives bytes to httpx in a way that httpx would like to see go.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


async def test_a_deposit_is_paid_on_the_businesss_account_with_the_platforms_fee(environ: Environ) -> None:
    async with opened(environ) as shop:
        customer = await shop.v1.customers.create_async({"email": "sam@example.com", "name": "Sam"}, shop.options)
        asked = await shop.ask(
            10_000,
            customer=customer.id,
            application_fee_amount=250,
            setup_future_usage="off_session",
            metadata={"booking_id": "book_1"},
        )
        assert (asked.status, asked.latest_charge) == ("requires_payment_method", None)
        assert "charges" not in asked
        await shop.v1.payment_intents.confirm_async(asked.id, {"payment_method": "pm_card_visa"}, shop.options)
        paid = await shop.intent(asked.id, "latest_charge.balance_transaction", "latest_charge.application_fee")
        charge = paid.latest_charge
        assert (paid.status, paid.amount_received, paid.metadata["booking_id"]) == ("succeeded", 10_000, "book_1")
        assert charge.receipt_url.startswith("http")
        line = charge.balance_transaction
        assert (line.amount, line.fee, line.net) == (10_000, 550, 9450)
        assert {part.type: part.amount for part in line.fee_details} == {"application_fee": 250, "stripe_fee": 300}
        assert (charge.application_fee.amount, charge.application_fee.account) == (250, shop.account)
        (kept,) = (
            await shop.v1.payment_methods.list_async({"customer": customer.id, "type": "card"}, shop.options)
        ).data
        assert (kept.id, kept.card.last4) == (paid.payment_method, "4242")

        assert await shop.told() == [
            "account.updated",
            "customer.created",
            "payment_intent.created",
            "payment_method.attached",
            "charge.succeeded",
            "payment_intent.succeeded",
            "charge.updated",
        ]
        assert "application_fee.created" in await shop.told(account="platform")
        balance = await shop.v1.balance.retrieve_async({}, shop.options)
        assert (balance.pending[0].amount, balance.available[0].amount) == (9450, 0)
        await shop.control("_clock", advanceSeconds=4 * 86_400)
        balance = await shop.v1.balance.retrieve_async({}, shop.options)
        assert (balance.pending[0].amount, balance.available[0].amount) == (0, 9450)
        (line,) = (await shop.v1.balance_transactions.list_async({"type": "charge"}, shop.options)).data
        assert line.status == "available"


async def test_accounts_know_nothing_of_each_other(environ: Environ) -> None:
    async with opened(environ) as shop:
        other = {"stripe_account": await shop.open_account()}
        paid = await shop.pay(application_fee_amount=100)
        for options in (other, {}):
            await refused(
                shop.v1.payment_intents.retrieve_async(paid.id, options=options),
                stripe.InvalidRequestError,
                code="resource_missing",
            )
            await refused(
                shop.v1.refunds.create_async({"payment_intent": paid.id}, options),
                stripe.InvalidRequestError,
                code="resource_missing",
            )
        assert (await shop.v1.payment_intents.list_async({}, other)).data == []


DECLINED = [
    ("4000000000000002", "card_declined", "generic_decline"),
    ("4000000000009995", "card_declined", "insufficient_funds"),
    ("4000000000009987", "card_declined", "lost_card"),
    ("4000000000000069", "expired_card", "expired_card"),
    ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
    ("4000000000000119", "processing_error", "processing_error"),
    ("4000000000006975", "card_declined", "card_velocity_exceeded"),
]


async def test_declined_cards_say_why_and_the_next_one_pays(environ: Environ) -> None:
    async with opened(environ) as shop:
        intent = await shop.ask(application_fee_amount=250)
        for number, code, decline_code in DECLINED:
            error = await refused(
                shop.v1.payment_intents.confirm_async(
                    intent.id, {"payment_method": await shop.card(number)}, shop.options
                ),
                stripe.CardError,
                code=code,
                decline_code=decline_code,
            )
            assert error.http_status == 402
            assert error.error.payment_intent.status == "requires_payment_method"
            assert error.error.payment_intent.last_payment_error.decline_code == decline_code
            now = await shop.intent(intent.id, "latest_charge")
            assert (now.last_payment_error.code, now.latest_charge.status) == (code, "failed")
        await shop.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"}, shop.options)
        tries = (await shop.v1.charges.list_async({"payment_intent": intent.id}, shop.options)).data
        assert [one.status for one in tries] == ["succeeded", *["failed"] * len(DECLINED)]
        told = await shop.told(about=intent.id)
        assert told == [
            "payment_intent.created",
            *["payment_intent.payment_failed"] * len(DECLINED),
            "payment_intent.succeeded",
        ]

        for sent, code in (
            ({"number": "4242424242424241"}, "incorrect_number"),
            ({"exp_year": 2020}, "invalid_expiry_year"),
            ({"cvc": "1"}, "invalid_cvc"),
        ):
            card = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2034, "cvc": "123", **sent}
            await refused(
                shop.v1.payment_methods.create_async({"type": "card", "card": card}, shop.options),
                stripe.CardError,
                code=code,
            )
        await shop.control("_control", declineAll=True, accountId=shop.account)
        await refused(shop.pay(), stripe.CardError, decline_code="generic_decline")


async def test_what_stripe_refuses_is_refused(environ: Environ) -> None:
    async with opened(environ) as shop:
        intents = shop.v1.payment_intents
        wrong: list[tuple[dict[str, Any], dict[str, Any]]] = [
            ({"amount": 49}, {"code": "amount_too_small", "param": "amount"}),
            ({"amount": 100_000_000}, {"code": "amount_too_large"}),
            ({"amount": 1001, "currency": "kwd"}, {"param": "amount"}),
            ({"amount": 1050, "currency": "isk"}, {"param": "amount"}),
            ({"currency": "xyz"}, {"param": "currency"}),
            ({"application_fee_amount": 5001}, {"param": "application_fee_amount"}),
            ({"off_session": True}, {"param": "off_session"}),
            ({"return_url": "https://shop.example"}, {"param": "return_url"}),
            ({"customer": "cus_nobody"}, {"code": "resource_missing", "param": "customer"}),
            ({"payment_method": "pm_nothing"}, {"code": "resource_missing"}),
            ({"allowed_payment_method_types": ["card"], "automatic_payment_methods": NEVER}, {}),
        ]
        for sent, said in wrong:
            params = {"amount": 5000, "currency": "usd", **sent}
            await refused(intents.create_async(params, shop.options), stripe.InvalidRequestError, **said)
        await refused(
            intents.create_async({"amount": 5000, "currency": "usd", "application_fee_amount": 250}),
            stripe.InvalidRequestError,
            param="application_fee_amount",
        )
        await refused(
            intents.create_async({"amount": 5000, "currency": "usd", "transfer_group": "x"}, shop.options),
            stripe.APIError,
        )
        plain = await intents.create_async({"amount": 5000, "currency": "usd"}, shop.options)
        await refused(
            intents.confirm_async(plain.id, {"payment_method": "pm_card_visa"}, shop.options),
            stripe.InvalidRequestError,
            param="return_url",
        )
        await refused(
            intents.confirm_async(plain.id, {}, shop.options),
            stripe.InvalidRequestError,
            code="payment_intent_unexpected_state",
        )
        await intents.cancel_async(plain.id, {"cancellation_reason": "abandoned"}, shop.options)
        error = await refused(
            intents.cancel_async(plain.id, {}, shop.options),
            stripe.InvalidRequestError,
            code="payment_intent_unexpected_state",
        )
        assert error.error.payment_intent.status == "canceled"
        with pytest.raises(stripe.InvalidRequestError, match="payment_method_types"):
            await shop.client.raw_request_async(
                "post", "/v1/payment_intents", amount=5000, currency="usd", payment_method_types=["card"]
            )
        unready = (await shop.v1.accounts.create_async({"type": "express", "country": "US"})).id
        await refused(
            intents.create_async({"amount": 5000, "currency": "usd"}, {"stripe_account": unready}),
            stripe.InvalidRequestError,
            code="account_invalid",
        )
        await shop.control("_restrict", accountId=shop.account)
        await refused(shop.ask(), stripe.InvalidRequestError, code="account_invalid")


async def test_currencies_are_counted_as_stripe_counts_them(environ: Environ) -> None:
    async with opened(environ) as shop:
        for amount, currency, cut in ((1000, "jpy", 57), (12_340, "kwd", 433), (100_000, "isk", 2730)):
            paid = await shop.pay(amount=amount, currency=currency)
            charge = await shop.charge(paid.latest_charge, "balance_transaction")
            assert (charge.currency, charge.balance_transaction.fee) == (currency, cut)
        with pytest.raises(stripe.InvalidRequestError, match=r"¥1,001.*¥1,000"):
            jpy = (await shop.v1.charges.list_async({}, shop.options)).data[-1]
            await shop.v1.refunds.create_async({"charge": jpy.id, "amount": 1001}, shop.options)


async def test_the_saved_card_pays_the_balance_while_the_customer_is_away(environ: Environ) -> None:
    async with opened(environ) as shop:
        customer = (await shop.v1.customers.create_async({}, shop.options)).id

        async def later(method: str, **sent: Any) -> Any:
            terms = {"customer": customer, "off_session": True, "application_fee_amount": 225, **sent}
            return await shop.v1.payment_intents.create_async(
                {"amount": 9000, "currency": "usd", "payment_method": method, "confirm": True, **terms}, shop.options
            )

        card = await shop.card("4000002500003155")
        first = await shop.pay(
            card, customer=customer, setup_future_usage="off_session", return_url="https://shop.example"
        )
        assert (first.status, first.next_action.type) == ("requires_action", "redirect_to_url")
        assert (await shop.answer_bank(first, "complete"))["status"] == "succeeded"
        balance = await later(card, expand=["latest_charge.balance_transaction"])
        assert (balance.status, balance.latest_charge.balance_transaction.amount) == ("succeeded", 9000)
        again = await shop.pay(card, customer=customer, return_url="https://shop.example")
        assert again.status == "requires_action", "while the customer is there, the bank asks every time"

        fresh = await shop.card("4000002500003155")
        for method in (fresh, "pm_card_authenticationRequired"):
            error = await refused(
                later(method), stripe.CardError, code="authentication_required", decline_code="authentication_required"
            )
            waiting = error.error.payment_intent
            assert (waiting.status, waiting.client_secret.startswith(waiting.id)) == ("requires_payment_method", True)
        assert (await later("pm_card_authenticationRequiredSetupForOffSession")).status == "succeeded"
        fails = await shop.card("4000000000000341")
        await shop.v1.payment_methods.attach_async(fails, {"customer": customer}, shop.options)
        await refused(later(fails), stripe.CardError, code="card_declined")
        await refused(
            shop.v1.payment_methods.attach_async("pm_card_visa_chargeDeclined", {"customer": customer}, shop.options),
            stripe.CardError,
            code="card_declined",
        )
        used = await shop.card("4242424242424242")
        await shop.pay(used)
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            await shop.pay(used)


async def test_the_bank_is_answered_in_the_page(environ: Environ) -> None:
    async with opened(environ) as shop:
        form = {
            "client_secret": "",
            "use_stripe_sdk": "true",
            "return_url": "https://shop.example/done",
            "payment_method_data[type]": "card",
            "payment_method_data[card][number]": "4000 0027 6000 3184",
            "payment_method_data[card][exp_month]": "12",
            "payment_method_data[card][exp_year]": "34",
            "payment_method_data[card][cvc]": "123",
            "payment_method_data[billing_details][name]": "Sam",
        }
        intent = await shop.ask(application_fee_amount=100, metadata={"secret": "not for browsers"})
        path = f"/v1/payment_intents/{intent.id}"
        for secret in ("", "wrong", f"{intent.id}_secret_guess"):
            answer = await shop.browser("POST", f"{path}/confirm", {**form, "client_secret": secret})
            assert answer.status_code == 400, "without the intent's own secret a browser may do nothing"
        form["client_secret"] = intent.client_secret
        for outcome, status in (("fail", "requires_payment_method"), ("complete", "succeeded")):
            answer = await shop.browser("POST", f"{path}/confirm", form)
            shown = answer.json()
            assert (shown["status"], shown["next_action"]["type"]) == ("requires_action", "use_stripe_sdk")
            assert not {"metadata", "application_fee_amount", "customer", "latest_charge"} & shown.keys()
            shown = await shop.answer_bank(intent, outcome)
            assert shown["status"] == status
            if outcome == "fail":
                assert shown["last_payment_error"]["code"] == "payment_intent_authentication_failure"
        shown = (await shop.browser("GET", path, {"client_secret": intent.client_secret})).json()
        assert (shown["status"], shown["amount"]) == ("succeeded", 5000)
        over = await shop.browser("POST", f"{path}/confirm", form)
        assert over.json()["error"]["code"] == "payment_intent_unexpected_state"
        assert "metadata" not in over.json()["error"]["payment_intent"]
        told = [name for name in await shop.told(about=intent.id) if name != "payment_intent.created"]
        assert told == [
            "payment_intent.requires_action",
            "payment_intent.payment_failed",
            "payment_intent.requires_action",
            "payment_intent.succeeded",
        ]

        other = await shop.ask()
        declined = {
            **form,
            "client_secret": other.client_secret,
            "payment_method_data[card][number]": "4000000000009995",
        }
        answer = await shop.browser("POST", f"/v1/payment_intents/{other.id}/confirm", declined)
        error = answer.json()["error"]
        assert (answer.status_code, error["decline_code"]) == (402, "insufficient_funds")
        assert "metadata" not in error["payment_intent"]
        poor = {**form, "client_secret": other.client_secret, "payment_method_data[card][number]": "4000008260003178"}
        await shop.browser("POST", f"/v1/payment_intents/{other.id}/confirm", poor)
        shown = await shop.answer_bank(other, "complete")
        assert shown["last_payment_error"]["decline_code"] == "insufficient_funds"
        alias = {"client_secret": other.client_secret, "payment_method": "pm_card_visa", "key": "pk_test_sandbox"}
        assert (await shop.browser("POST", f"/v1/payment_intents/{other.id}/confirm", alias)).json()[
            "status"
        ] == "succeeded"


async def test_the_bank_is_answered_on_a_page_of_its_own_and_the_customer_comes_back(environ: Environ) -> None:
    async with opened(environ) as shop:
        receipts = []
        for outcome, status, said in (
            ("fail", "requires_payment_method", "failed"),
            ("complete", "succeeded", "succeeded"),
        ):
            intent = await shop.pay("pm_card_authenticationRequired", return_url="https://shop.example/done?a=1")
            action = intent.next_action.redirect_to_url
            assert action.return_url == "https://shop.example/done?a=1"
            page = action.url.removeprefix("http://localhost:8080")
            assert (await shop.http.get(page.partition("?")[0])).status_code == 404, "an id alone opens nothing"
            shown = await shop.http.get(page)
            assert (shown.status_code, "50.00 USD" in shown.text) == (200, True)
            form = {"client_secret": intent.client_secret, "outcome": outcome}
            answer = await shop.http.post(page.partition("?")[0], data=form)
            assert answer.status_code == 303
            back = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
            assert (back["payment_intent"], back["redirect_status"], back["a"]) == (intent.id, said, "1")
            after = await shop.intent(intent.id, "latest_charge")
            assert after.status == status
            receipts += [after.latest_charge.receipt_url] if after.latest_charge else []
            assert "SIMULATED" in (await shop.http.get(page)).text
        (address,) = receipts
        receipt = await shop.http.get(address.removeprefix("http://localhost:8080"))
        assert "50.00 USD" in receipt.text


async def test_a_browser_may_give_its_key_as_a_field(environ: Environ) -> None:
    async with opened(environ) as shop:
        intent = await shop.ask()
        path = f"/sandbox/stripe/v1/payment_intents/{intent.id}/confirm"
        form = {"client_secret": intent.client_secret, "payment_method": "pm_card_visa"}
        headers = {"Stripe-Account": shop.account}
        absent = await shop.browser("POST", path.removeprefix("/sandbox/stripe"), {**form, "off_session": "true"})
        assert (absent.status_code, absent.json()["error"]["param"]) == (400, "off_session"), "only a server says so"
        assert (await shop.http.post(path, data=form, headers=headers)).status_code == 401
        paid = await shop.http.post(path, data={**form, "key": "pk_test_sandbox"}, headers=headers)
        assert (paid.status_code, paid.json()["status"]) == (200, "succeeded")


async def test_what_was_set_aside_is_captured_in_part_or_released(environ: Environ) -> None:
    async with opened(environ) as shop:
        held = await shop.pay(capture_method="manual", application_fee_amount=500)
        assert (held.status, held.amount_capturable) == ("requires_capture", 5000)
        taken = await shop.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 2000}, shop.options)
        assert (taken.status, taken.amount_received) == ("succeeded", 2000)
        charge = await shop.charge(held.latest_charge, "balance_transaction")
        assert (charge.amount_captured, charge.balance_transaction.amount) == (2000, 2000)
        released = await shop.pay(capture_method="manual")
        assert (await shop.v1.payment_intents.cancel_async(released.id, {}, shop.options)).status == "canceled"
        by_charge = await shop.pay(capture_method="manual")
        charge = await shop.v1.charges.capture_async(by_charge.latest_charge, {}, shop.options)
        assert charge.captured
        assert (await shop.intent(by_charge.id)).status == "succeeded"


async def test_a_setup_intent_keeps_a_card(environ: Environ) -> None:
    async with opened(environ) as shop:
        customer = (await shop.v1.customers.create_async({}, shop.options)).id
        setup = await shop.v1.setup_intents.create_async(
            {"customer": customer, "automatic_payment_methods": NEVER}, shop.options
        )
        card = await shop.card("4000002500003155")
        setup = await shop.v1.setup_intents.confirm_async(setup.id, {"payment_method": card}, shop.options)
        assert (setup.status, setup.next_action.type) == ("requires_action", "use_stripe_sdk")
        assert (await shop.answer_bank(setup, "complete"))["status"] == "succeeded"
        paid = await shop.pay(card, customer=customer, off_session=True)
        assert paid.status == "succeeded"
        error = await refused(
            shop.v1.setup_intents.create_async(
                {
                    "customer": customer,
                    "payment_method": "pm_card_chargeDeclined",
                    "confirm": True,
                    "automatic_payment_methods": NEVER,
                },
                shop.options,
            ),
            stripe.CardError,
            code="card_declined",
        )
        assert error.error.setup_intent.status == "requires_payment_method"
        await shop.v1.payment_methods.detach_async(card, {}, shop.options)
        assert (await shop.v1.customers.payment_methods.list_async(customer, {}, shop.options)).data == []


async def test_two_who_confirm_at_once_charge_once(environ: Environ) -> None:
    async with opened(environ) as shop:
        intent = await shop.ask()
        cards = [await shop.card("4242424242424242") for _ in range(6)]
        paid, late = await at_once(
            *[
                shop.v1.payment_intents.confirm_async(intent.id, {"payment_method": card}, shop.options)
                for card in cards
            ]
        )
        assert (len(paid), {error.code for error in late}) == (1, {"payment_intent_unexpected_state"})
        charges = (await shop.v1.charges.list_async({"payment_intent": intent.id}, shop.options)).data
        assert [charge.amount for charge in charges] == [5000]

        other = await shop.ask()
        done, _ = await at_once(
            shop.v1.payment_intents.confirm_async(other.id, {"payment_method": "pm_card_visa"}, shop.options),
            shop.v1.payment_intents.cancel_async(other.id, {}, shop.options),
        )
        assert len(done) == 1
        assert (await shop.intent(other.id)).status == done[0].status


async def test_the_same_key_asks_once(environ: Environ) -> None:
    async with opened(environ) as shop:
        options = {**shop.options, "idempotency_key": "booking:1:deposit"}
        terms = {"amount": 5000, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True}
        terms["automatic_payment_methods"] = NEVER
        for _ in range(2):
            await refused(
                shop.v1.payment_intents.create_async(terms, options), stripe.CardError, decline_code="generic_decline"
            )
        assert len((await shop.v1.payment_intents.list_async({}, shop.options)).data) == 1
        with pytest.raises(stripe.IdempotencyError):
            await shop.v1.payment_intents.create_async({**terms, "amount": 5001}, options)
