"""From a free time to the money in the business's account and back again: through the door, as browsers do it."""

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.support.business import ALWAYS_ASKS, AUCKLAND, DECLINED, WEEK, Business, customer, soon
from tests.support.product import Product, fresh_address

PRICE, DEPOSIT, FEE = 20_000, 5_000, 125
PAID: dict[str, Any] = {"price": PRICE, "depositType": "fixed", "depositAmount": DEPOSIT}


@pytest.fixture(scope="module")
def shop(product: Product) -> Iterator[Business]:
    """One for all tests of this file; each books on a day of its own."""
    with Business.opened(product) as found:
        found.said("PUT", "/api/availability", rules=WEEK)
        found.can_be_paid()
        yield found


@pytest.fixture(scope="module")
def tap(shop: Business) -> str:
    """A service with a deposit."""
    return shop.service(**PAID)


def money(found: Any) -> int:
    amount: int = found["amount"]
    return amount


def test_a_service_without_deposit_is_booked_at_once(shop: Business) -> None:
    free = shop.service(name="Quote")
    someone = customer(address="1 Queen Street\nTaupō", name="Zoë 🛠 <script>")
    booked = shop.books(free, soon(7), "09:00", customer=someone, notes="Mind the dog")
    assert booked["status"] == "confirmed"
    assert booked["payment"] is None
    assert booked["stripeClientSecret"] is None
    assert "09:00" not in shop.times(free, soon(7))
    found = shop.booking(booked["bookingId"])
    assert found["reference"] == booked["reference"]
    assert found["customer"]["name"] == someone["name"]
    assert found["customer"]["address"] == someone["address"]
    assert found["notes"] == "Mind the dog"
    assert found["depositStatus"] == "none"
    told = shop.product.awaited_message(someone["email"], "Confirmed")
    assert booked["reference"] in told["subject"]
    assert told["links"][0].endswith(f"/manage/{booked['manageToken']}")
    heard = shop.product.awaited_message(shop.email, booked["reference"])
    assert "New booking" in heard["subject"]
    assert "+64 21 123 4567" in heard["text"]


def test_a_paid_deposit_confirms_the_booking_and_each_is_told_once(shop: Business, tap: str) -> None:
    someone = customer()
    booked = shop.books(tap, soon(8), "09:00", customer=someone)
    assert booked["status"] == "pending"
    assert money(booked["depositAmount"]) == DEPOSIT
    assert booked["payment"]["stripeAccountId"] == shop.account == booked["stripeAccountId"]
    assert booked["payment"]["clientSecret"] == booked["stripeClientSecret"]
    left = datetime.fromisoformat(booked["expiresAt"]) - datetime.now(AUCKLAND)
    assert timedelta(minutes=14) < left <= timedelta(minutes=15)
    assert shop.pays(booked).json()["status"] == "succeeded"
    found = shop.until_it_is("confirmed", booked["bookingId"])
    assert found["depositStatus"] == "paid"
    assert (money(found["amountPaid"]), money(found["amountDue"])) == (DEPOSIT, PRICE - DEPOSIT)
    (payment,) = shop.said("GET", f"/api/payments?bookingId={booked['bookingId']}")
    assert payment["kind"] == "deposit"
    assert payment["status"] == "succeeded"
    assert (money(payment["amount"]), money(payment["platformFee"]), money(payment["net"])) == (
        DEPOSIT,
        FEE,
        DEPOSIT - FEE,
    )
    shop.product.awaited_message(someone["email"], "Confirmed")
    time.sleep(1)
    assert len([mail for mail in shop.product.messages(someone["email"]) if "Confirmed" in mail["subject"]]) == 1
    mails = shop.product.messages(shop.email)
    assert len([mail for mail in mails if booked["reference"] in mail["subject"]]) == 1


def test_26_a_first_card_is_refused_and_a_second_one_taken(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(8), "10:00")
    refused = shop.pays(booked, DECLINED)
    assert refused.status_code == 402
    assert refused.json()["error"]["code"] == "card_declined"
    found = shop.until(booked["bookingId"], lambda one: one["depositStatus"] == "failed", "the try is told")
    assert found["status"] == "pending"
    assert shop.pays(booked).json()["status"] == "succeeded"
    shop.until_it_is("confirmed", booked["bookingId"])
    payments = shop.said("GET", f"/api/payments?bookingId={booked['bookingId']}")
    assert [payment["status"] for payment in payments] == ["succeeded"]


def test_the_same_key_books_once_and_gives_the_first_answer_again(shop: Business, tap: str) -> None:
    body = {"serviceId": tap, "date": soon(8).isoformat(), "time": "11:00", "customer": customer()}
    path = f"/api/widget/{shop.slug}/book"

    def ask(_: int) -> httpx.Response:
        return shop.public.post(path, json=body, headers={"Idempotency-Key": "once-and-only"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    answers.append(ask(9))
    made = [answer.json()["data"] for answer in answers if answer.status_code == 201]
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert answers[-1].status_code == 201
    assert len({one["bookingId"] for one in made}) == 1
    assert len({one["payment"]["clientSecret"] for one in made}) == 1
    other = shop.public.post(path, json={**body, "time": "12:00"}, headers={"Idempotency-Key": "once-and-only"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")


def test_19_of_many_at_once_one_is_booked_and_one_intent_made(shop: Business, tap: str) -> None:
    before = len(shop.listed("/v1/payment_intents"))
    path = f"/api/widget/{shop.slug}/book"

    def ask(_: int) -> httpx.Response:
        body = {"serviceId": tap, "date": soon(9).isoformat(), "time": "09:00", "customer": customer()}
        return shop.public.post(path, json=body)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, range(32)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 31
    codes = {answer.json()["error"]["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"SLOT_UNAVAILABLE"}
    assert len(shop.listed("/v1/payment_intents")) == before + 1


def test_33_cancelling_pays_what_the_preview_said(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(10), "09:00")
    shop.pays(booked)
    shop.until_it_is("confirmed", booked["bookingId"])
    path = f"/api/manage/{booked['manageToken']}"
    preview = shop.said("GET", path)
    assert preview["cancellation"]["allowed"] is True
    assert money(preview["cancellation"]["refund"]) == DEPOSIT
    shop.said("PUT", "/api/settings", cancellationPolicy=[{"hoursBefore": 500, "refundPercent": 10}])
    try:
        shop.said("POST", f"{path}/cancel")
    finally:
        shop.said("PUT", "/api/settings", cancellationPolicy=[{"hoursBefore": 24, "refundPercent": 100}])
    assert "09:00" in shop.times(tap, soon(10))
    found = shop.until(booked["bookingId"], lambda one: one["depositStatus"] == "refunded", "the money went back")
    assert found["status"] == "cancelled"
    assert money(found["amountRefunded"]) == DEPOSIT
    (charge,) = [one for one in shop.listed("/v1/charges") if one["payment_intent"] == intent_of(booked)]
    assert charge["amount_refunded"] == DEPOSIT
    # The platform's fee goes back as well.
    assert charge["application_fee_amount"] == FEE
    (payment,) = shop.said("GET", f"/api/payments?bookingId={booked['bookingId']}")
    assert (payment["status"], money(payment["refundedAmount"])) == ("succeeded", DEPOSIT)


def test_36_a_booking_moves_onto_its_own_time_and_never_onto_a_sold_one(shop: Business, tap: str) -> None:
    day = soon(11)
    half = shop.service(name="Long", durationMinutes=90, slotStepMinutes=30, **PAID)
    booked, other = shop.books(half, day, "09:00"), shop.books(tap, day, "13:00")
    shop.pays(booked)
    shop.until_it_is("confirmed", booked["bookingId"])
    path = f"/api/manage/{booked['manageToken']}/reschedule"
    moved = shop.said("POST", path, date=day.isoformat(), time="09:30")
    assert datetime.fromisoformat(moved["startsAt"]).astimezone(AUCKLAND).strftime("%H:%M") == "09:30"
    refused = shop.client.post(path, json={"date": day.isoformat(), "time": "12:30"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "SLOT_UNAVAILABLE")
    found = shop.booking(booked["bookingId"])
    assert datetime.fromisoformat(found["startsAt"]).astimezone(AUCKLAND).strftime("%H:%M") == "09:30"
    assert found["status"] == "confirmed"
    assert "09:30" not in shop.times(half, day)
    assert len(shop.said("GET", f"/api/payments?bookingId={booked['bookingId']}")) == 1
    assert shop.booking(other["bookingId"])["status"] == "pending"


def test_31_a_refund_over_deposit_and_balance_is_exact(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(12), "09:00")
    shop.pays(booked)
    booking_id = booked["bookingId"]
    shop.until_it_is("confirmed", booking_id)
    charged = shop.said("POST", f"/api/bookings/{booking_id}/charge-balance", finalAmount=PRICE)
    assert charged["status"] == "succeeded"
    assert money(charged["amountCharged"]) == PRICE - DEPOSIT
    again = shop.client.post(f"/api/bookings/{booking_id}/charge-balance", json={"finalAmount": PRICE})
    assert (again.status_code, again.json()["error"]["code"]) == (409, "NOTHING_DUE")
    shop.said("POST", f"/api/bookings/{booking_id}/refund", amount=17_000)
    found = shop.until(booking_id, lambda one: money(one["amountRefunded"]) == 17_000, "it is refunded")
    assert money(found["amountPaid"]) == PRICE
    more = shop.client.post(f"/api/bookings/{booking_id}/refund", json={"amount": 3_001})
    assert (more.status_code, more.json()["error"]["code"]) == (409, "REFUND_EXCEEDS_PAYMENT")

    def rest(_: int) -> int:
        with shop.product.client(cookies=shop.client.cookies) as client:
            return client.post(f"/api/bookings/{booking_id}/refund", json={"amount": 3_000}).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(rest, range(4)))
    assert statuses.count(200) == 1
    assert set(statuses) <= {200, 409}
    intents = {
        one["id"] for one in shop.listed("/v1/payment_intents") if one["metadata"].get("booking_id") == booking_id
    }
    charges = [one for one in shop.listed("/v1/charges") if one["payment_intent"] in intents]
    assert sum(one["amount_refunded"] for one in charges) == PRICE


def test_32_a_bank_that_asks_for_the_customer_means_a_link_and_never_a_second_charge(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(13), "09:00")
    asked = shop.pays(booked, ALWAYS_ASKS).json()
    assert asked["status"] == "requires_action"
    done = shop.answers_bank(booked, passes=True)
    assert done.status_code == 200, done.text
    booking_id = booked["bookingId"]
    shop.until_it_is("confirmed", booking_id)
    charged = shop.said("POST", f"/api/bookings/{booking_id}/charge-balance", finalAmount=PRICE)
    assert charged["status"] == "requires_action"
    assert re.match(r"https?://", charged["paymentUrl"])
    assert shop.client.get(charged["paymentUrl"]).status_code == 200
    same = shop.said("POST", f"/api/bookings/{booking_id}/charge-balance", finalAmount=PRICE)
    assert same["paymentUrl"] == charged["paymentUrl"]
    intents = {
        one["id"] for one in shop.listed("/v1/payment_intents") if one["metadata"].get("booking_id") == booking_id
    }
    paid = [one for one in shop.listed("/v1/charges") if one["payment_intent"] in intents and one["paid"]]
    assert [one["amount"] for one in paid] == [DEPOSIT]


def test_34_a_refund_made_at_stripe_shows_up_here(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(14), "09:00")
    shop.pays(booked)
    shop.until_it_is("confirmed", booked["bookingId"])
    made = shop.stripe("POST", "/v1/refunds", payment_intent=intent_of(booked), amount=2_000)
    assert made.status_code == 200, made.text
    found = shop.until(
        booked["bookingId"], lambda one: one["depositStatus"] == "partially_refunded", "the refund is seen"
    )
    assert money(found["amountRefunded"]) == 2_000


def test_a_business_that_cannot_be_paid_holds_no_time(product: Product) -> None:
    with Business.opened(product) as shop:
        shop.said("PUT", "/api/availability", rules=WEEK)
        service = shop.service(**PAID)
        refused = shop.books(service, soon(), "09:00", 409)
        assert refused["error"]["code"] == "PAYMENTS_NOT_READY"
        assert "09:00" in shop.times(service, soon())


def test_what_nobody_gave_away_opens_nothing(shop: Business, tap: str, product: Product) -> None:
    """37: guessed links, another tenant's ids."""
    booked = shop.books(tap, soon(15), "09:00")
    for token in ("x", "0" * 52, booked["bookingId"], booked["manageToken"][:-1], f"{booked['manageToken']}x"):
        answer = shop.client.get(f"/api/manage/{token}")
        assert answer.status_code == 404, token
        assert booked["reference"] not in answer.text
    with Business.opened(product) as other:
        for method, path in (
            ("GET", ""), ("PATCH", ""), ("PUT", "/status"), ("POST", "/refund"), ("POST", "/charge-balance"),
            ("POST", "/reschedule"),
        ):  # fmt: skip
            body = {"status": "cancelled", "finalAmount": 1, "date": soon().isoformat(), "time": "09:00"}
            answer = other.client.request(
                method, f"/api/bookings/{booked['bookingId']}{path}", json=None if method == "GET" else body
            )
            assert answer.status_code in {400, 404}, (method, path, answer.text)
            assert booked["reference"] not in answer.text
        assert other.said("GET", "/api/bookings") == []
    assert shop.booking(booked["bookingId"])["status"] == "pending"


@pytest.mark.timeout(150)
def test_a_paid_deposit_whose_webhook_is_lost_is_confirmed_all_the_same(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(16), "09:00")
    control(shop, dropWebhooks=True)
    try:
        assert shop.pays(booked).json()["status"] == "succeeded"
        time.sleep(0.5)
    finally:
        control(shop, dropWebhooks=False)
    shop.until_it_is("confirmed", booked["bookingId"], seconds=90)


def test_a_stripe_that_is_slow_is_told_within_five_seconds_and_the_time_is_free_again(shop: Business, tap: str) -> None:
    control(shop, delayMs=10_000)
    try:
        began = time.monotonic()
        refused = shop.books(tap, soon(17), "09:00", 503)
        assert time.monotonic() - began < 5
    finally:
        control(shop, delayMs=0)
    assert refused["error"]["code"] == "PAYMENT_SERVICE_UNAVAILABLE"
    assert refused["error"]["retryable"] is True
    deadline = time.monotonic() + 5
    while "09:00" not in shop.times(tap, soon(17)):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_customers_calendar_and_receipt(shop: Business, tap: str) -> None:
    booked = shop.books(tap, soon(18), "09:00")
    shop.pays(booked)
    shop.until_it_is("confirmed", booked["bookingId"])
    path = f"/api/manage/{booked['manageToken']}"
    calendar = shop.client.get(f"{path}/calendar.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    assert "BEGIN:VEVENT" in calendar.text
    receipt = shop.client.get(f"{path}/receipt")
    assert receipt.headers["content-type"] == "application/pdf"
    assert receipt.content.startswith(b"%PDF-")


def test_a_forged_webhook_changes_nothing(shop: Business) -> None:
    for headers in ({}, {"Stripe-Signature": "t=1,v1=00"}, {"Stripe-Signature": "nonsense"}):
        answer = shop.client.post("/api/webhooks/stripe", content=b'{"id": "evt_1"}', headers=headers)
        assert answer.status_code == 400, answer.text


def control(shop: Business, **wanted: Any) -> None:
    """Faults of the stand-in, for this business alone."""
    answer = shop.client.post("/sandbox/stripe/_control", json={"accountId": shop.account, **wanted})
    assert answer.status_code == 200, answer.text


def intent_of(booked: Any) -> str:
    secret: str = booked["payment"]["clientSecret"]
    return secret.partition("_secret_")[0]


def test_28_a_price_that_changes_meanwhile_is_not_the_customers(shop: Business) -> None:
    service = shop.service(name="Pipe", **PAID)
    booked = shop.books(service, soon(19), "09:00", customer=customer(email=fresh_address("kai")))
    shop.said("PUT", f"/api/services/{service}", price=90_000, depositAmount=80_000)
    shop.pays(booked)
    found = shop.until_it_is("confirmed", booked["bookingId"])
    assert (money(found["price"]), money(found["amountPaid"])) == (PRICE, DEPOSIT)
