"""A business of a test's own on the running product, its customers, and what Stripe's side says of it."""

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Final, Self
from uuid import uuid4
from zoneinfo import ZoneInfo

import httpx

from tests.support.product import Product, fresh_address

AUCKLAND: Final = ZoneInfo("Pacific/Auckland")
WEEK: Final = [{"dayOfWeek": day, "startTime": "09:00", "endTime": "17:00"} for day in range(7)]
# What the sandbox knows the product by.
SECRET: Final = "sk_test_sandbox"
VISA: Final = "4242424242424242"
DECLINED: Final = "4000000000000002"
ALWAYS_ASKS: Final = "4000002760003184"


class Business:
    """A signed-in owner, and the widget's view of the same business."""

    def __init__(self, product: Product, client: httpx.Client, public: httpx.Client, **given: Any) -> None:
        self.client = client
        # Of nobody in particular: it has no cookie.
        self.public = public
        self.product = product
        asked = {"country": "NZ", "timezone": "Pacific/Auckland", "currency": "NZD", **given}
        person = product.sign_up(client, **asked)
        answer = client.post("/api/auth/login", json={"email": person["email"], "password": person["password"]})
        assert answer.status_code == 200, answer.text
        self.email: str = person["email"]
        self.slug: str = person["tenant"]["slug"]
        self.account = ""

    @classmethod
    @contextmanager
    def opened(cls, product: Product, **given: Any) -> Iterator[Self]:
        with product.client() as client, product.client() as public:
            yield cls(product, client, public, **given)

    def said(self, method: str, path: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.request(method, path, json=body or None)
        assert answer.status_code == status, answer.text
        return answer.json().get("data")

    def service(self, **given: Any) -> str:
        asked = {"name": "Tap", "depositType": "none", "durationMinutes": 60, "slotStepMinutes": 60, **given}
        created: str = self.said("POST", "/api/services", 201, **asked)["id"]
        return created

    def times(self, service: str, day: date) -> list[str]:
        answer = self.public.get(
            f"/api/widget/{self.slug}/availability", params={"serviceId": service, "date": day.isoformat()}
        )
        assert answer.status_code == 200, answer.text
        return [slot["time"] for slot in answer.json()["data"]["slots"]]

    def can_be_paid(self) -> None:
        """An account at Stripe, with all questions answered there."""
        self.said("POST", "/api/stripe/connect/create-account")
        self.account = self.said("GET", "/api/stripe/connect/status")["accountId"]
        answer = self.client.post("/sandbox/stripe/_complete-onboarding", json={"accountId": self.account})
        assert answer.status_code == 200, answer.text
        assert self.said("GET", "/api/stripe/connect/status")["chargesEnabled"] is True

    def books(self, service: str, day: date, at: str, status: int = 201, **given: Any) -> Any:
        """What the widget is answered; its data where it was booked, else the whole answer."""
        body = {"serviceId": service, "date": day.isoformat(), "time": at, "customer": customer(), **given}
        answer = self.public.post(f"/api/widget/{self.slug}/book", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()["data"] if status == httpx.codes.CREATED else answer.json()

    def stripe(self, method: str, path: str, **form: Any) -> httpx.Response:
        """As the business's own account, with the platform's secret key."""
        headers = {"Authorization": f"Bearer {SECRET}", "Stripe-Account": self.account}
        options: dict[str, Any] = {"params": form} if method == "GET" else {"data": form}
        return self.client.request(method, f"/sandbox/stripe{path}", headers=headers, **options)

    def listed(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """All objects of a kind on the business's account, the newest first."""
        found: list[dict[str, Any]] = []
        while True:
            after = {"starting_after": found[-1]["id"]} if found else {}
            answer = self.stripe("GET", path, limit=100, **query, **after)
            assert answer.status_code == 200, answer.text
            page = answer.json()
            found += page["data"]
            if not page["has_more"]:
                return found

    def platform_fees(self) -> list[dict[str, Any]]:
        """What the platform has taken of this business."""
        answer = self.client.get(
            "/sandbox/stripe/v1/application_fees", params={"limit": 100}, headers={"Authorization": f"Bearer {SECRET}"}
        )
        assert answer.status_code == 200, answer.text
        return [fee for fee in answer.json()["data"] if fee["account"] == self.account]

    def pays(self, booked: Mapping[str, Any], card: str = VISA) -> httpx.Response:
        """What Stripe's script does in the customer's browser."""
        payment = booked["payment"]
        secret: str = payment["clientSecret"]
        return self.public.post(
            f"{payment['apiBase']}/v1/payment_intents/{secret.partition('_secret_')[0]}/confirm",
            data={
                "key": payment["publishableKey"],
                "client_secret": secret,
                "payment_method_data[type]": "card",
                "payment_method_data[card][number]": card,
                "payment_method_data[card][exp_month]": "12",
                "payment_method_data[card][exp_year]": "2034",
                "payment_method_data[card][cvc]": "123",
                "return_url": "https://example.com/back",
            },
            headers={"Stripe-Account": payment["stripeAccountId"]},
        )

    def answers_bank(self, booked: Mapping[str, Any], *, passes: bool) -> httpx.Response:
        """What the customer does in the bank's dialog."""
        secret: str = booked["payment"]["clientSecret"]
        outcome = "complete" if passes else "fail"
        form = {"intent": secret.partition("_secret_")[0], "client_secret": secret, "outcome": outcome}
        headers = {
            "Authorization": f"Bearer {booked['payment']['publishableKey']}",
            "Stripe-Account": booked["payment"]["stripeAccountId"],
        }
        return self.public.post("/sandbox/stripe/_authenticate", data=form, headers=headers)

    def booking(self, booking_id: str) -> Any:
        return self.said("GET", f"/api/bookings/{booking_id}")

    def until(self, booking_id: str, is_so: Callable[[Any], bool], what: str, *, seconds: float = 15) -> Any:
        """The booking as soon as that holds of it."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.booking(booking_id)
            if is_so(found):
                return found
            assert time.monotonic() < deadline, f"not within {seconds} s: {what}; it is {found}"
            time.sleep(0.05)

    def until_it_is(self, state: str, booking_id: str, *, seconds: float = 15) -> Any:
        return self.until(booking_id, lambda found: found["status"] == state, f"it is {state}", seconds=seconds)


def customer(**given: Any) -> dict[str, Any]:
    return {"name": f"Mia {uuid4().hex[:6]}", "email": fresh_address("mia"), "phone": "+64 21 123 4567", **given}


def soon(days: int = 7) -> date:
    return datetime.now(AUCKLAND).date() + timedelta(days=days)
