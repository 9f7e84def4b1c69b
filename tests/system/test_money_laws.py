"""Whatever is booked, paid, moved, cancelled, refunded and forgotten, in any order: the laws of time and money hold."""

import asyncio
import json
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, ClassVar, Final

import asyncpg
import httpx
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from stack.servers import Postgres
from tests.support.business import ALWAYS_ASKS, DECLINED, VISA, WEEK, Business, soon
from tests.support.product import Product, own_product

# So short that bookings run out while the machine goes on.
HOLD_SECONDS: Final = 4
LIVE: Final = {"pending", "confirmed", "in_progress", "completed", "no_show"}
STANDS: Final = {"confirmed", "in_progress", "completed", "no_show"}
# As long as a booking may take to hear of its money where nothing is lost.
PATIENCE: Final = 20.0


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product on which unpaid bookings run out soon."""
    with own_product(tmp_path_factory.mktemp("hasty"), PEEPOPAY_HOLD_SECONDS=str(HOLD_SECONDS)) as product:
        yield product


@dataclass
class Shop:
    """A business with services that compete for the same person's time."""

    business: Business
    services: dict[str, str] = field(default_factory=dict)
    days: Iterator[int] = field(default_factory=lambda: iter(range(5, 300)))

    @classmethod
    def opened(cls, business: Business) -> "Shop":
        business.said("PUT", "/api/availability", rules=WEEK)
        business.can_be_paid()
        given: dict[str, dict[str, Any]] = {
            "deposit": {"price": 20_000, "depositType": "fixed", "depositAmount": 3_333},
            "full": {"price": 7_777, "depositType": "full", "durationMinutes": 90, "slotStepMinutes": 30},
            "free": {"bufferAfterMinutes": 30, "slotStepMinutes": 30},
        }
        return cls(business, {name: business.service(name=name, **facts) for name, facts in given.items()})


@dataclass
class Told:
    """A booking as its customer knows it."""

    id: str
    token: str
    payment: Any


class Bookings(RuleBasedStateMachine):
    """Everything that customers, the tradie, Stripe and the clock do, in any order."""

    shop: ClassVar[Shop]

    def __init__(self) -> None:
        super().__init__()
        self.day = soon(next(self.shop.days))
        self.told: list[Told] = []
        self.http = self.shop.business.client

    # What people do

    @rule(
        kind=st.sampled_from(["deposit", "full", "free"]),
        at=st.sampled_from(["09:00", "09:30", "10:00", "10:30"]),
        save_card=st.booleans(),
    )
    def book(self, kind: str, at: str, save_card: bool) -> None:
        body = {
            "serviceId": self.shop.services[kind],
            "date": self.day.isoformat(),
            "time": at,
            "saveCard": save_card,
            "customer": {"name": "Mia", "email": "mia@example.com", "phone": "+6421123456"},
        }
        answer = self.http.post(f"/api/widget/{self.shop.business.slug}/book", json=body)
        if answer.status_code == 201:
            data = answer.json()["data"]
            self.told.append(Told(data["bookingId"], data["manageToken"], data["payment"] and data))
        else:
            assert answer.json()["error"]["code"] == "SLOT_UNAVAILABLE", answer.text

    @precondition(lambda self: self.told)
    @rule(data=st.data(), card=st.sampled_from([VISA, VISA, DECLINED, ALWAYS_ASKS]), passes=st.booleans())
    def pay(self, data: st.DataObject, card: str, passes: bool) -> None:
        told = data.draw(st.sampled_from(self.told))
        if told.payment is None:
            return
        answer = self.shop.business.pays(told.payment, card)
        assert answer.status_code in {200, 400, 402}, answer.text
        said = answer.json()
        if said.get("status") == "requires_action":
            done = self.shop.business.answers_bank(told.payment, passes=passes)
            assert done.status_code in {200, 400, 402}, done.text

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        told = data.draw(st.sampled_from(self.told))
        self._allowed(self.http.post(f"/api/manage/{told.token}/cancel"), 200, 409)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), at=st.sampled_from(["09:00", "09:30", "11:00"]), by_tradie=st.booleans())
    def move(self, data: st.DataObject, at: str, by_tradie: bool) -> None:
        told = data.draw(st.sampled_from(self.told))
        path = f"/api/bookings/{told.id}" if by_tradie else f"/api/manage/{told.token}"
        body = {"date": self.day.isoformat(), "time": at}
        self._allowed(self.http.post(f"{path}/reschedule", json=body), 200, 409)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), status=st.sampled_from(["cancelled", "in_progress", "completed", "no_show"]))
    def set_status(self, data: st.DataObject, status: str) -> None:
        told = data.draw(st.sampled_from(self.told))
        self._allowed(self.http.put(f"/api/bookings/{told.id}/status", json={"status": status}), 200, 409)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), amount=st.sampled_from([None, 100, 3_333, 9_999]))
    def refund(self, data: st.DataObject, amount: int | None) -> None:
        told = data.draw(st.sampled_from(self.told))
        body = {} if amount is None else {"amount": amount}
        self._allowed(self.http.post(f"/api/bookings/{told.id}/refund", json=body), 200, 409)

    @precondition(lambda self: self.told)
    @rule(data=st.data(), final=st.sampled_from([5_000, 20_000, 33_333]))
    def charge_balance(self, data: st.DataObject, final: int) -> None:
        told = data.draw(st.sampled_from(self.told))
        self._allowed(self.http.post(f"/api/bookings/{told.id}/charge-balance", json={"finalAmount": final}), 200, 409)

    # What the world does

    @rule(faults=st.sampled_from([{}, {"duplicateWebhooks": 3}, {"shuffleWebhooks": True}]))
    def webhooks_come(self, faults: dict[str, Any]) -> None:
        plain = {"duplicateWebhooks": 1, "shuffleWebhooks": False}
        body = {"accountId": self.shop.business.account, **plain, **faults}
        self._allowed(self.http.post("/sandbox/stripe/_control", json=body), 200)

    @rule(seconds=st.sampled_from([0.3, 1.5]))
    def time_passes(self, seconds: float) -> None:
        time.sleep(seconds)

    def _allowed(self, answer: httpx.Response, *statuses: int) -> None:
        assert answer.status_code in statuses, f"{answer.request.method} {answer.request.url}: {answer.text}"

    # What holds at the end of every run, and some of it always

    def check_invariants(self, *args: Any, **kwargs: Any) -> None:
        super().check_invariants(*args, **kwargs)
        bookings = self._bookings()
        _nobody_is_booked_twice(bookings)
        for booking in bookings:
            if booking["status"] in STANDS and booking["depositAmount"]:
                deposits = self._payments(booking["id"], kind="deposit")
                assert [one["status"] for one in deposits] == ["succeeded"], booking

    def teardown(self) -> None:
        """Once everything has come to rest, every cent is where it belongs."""
        deadline = time.monotonic() + HOLD_SECONDS + PATIENCE
        while (wrong := self._what_is_wrong()) is not None:
            assert time.monotonic() < deadline, wrong
            time.sleep(0.3)

    def _what_is_wrong(self) -> str | None:
        charges, intents = self._charges(), self._intents()
        for booking in self._bookings():
            if booking["status"] == "pending":
                return f"it still waits: {booking}"
            own = [charge for charge in charges if intents.get(charge["payment_intent"]) == booking["id"]]
            taken = sum(charge["amount"] for charge in own if charge["paid"])
            back = sum(charge["amount_refunded"] for charge in own)
            paid, refunded = booking["amountPaid"]["amount"], booking["amountRefunded"]["amount"]
            if (taken, back) != (paid, refunded):
                return f"Stripe took {taken} and gave back {back}: {booking}"
            if booking["status"] == "expired" and taken != back:
                return f"paid for nothing: {booking}"
        return None

    def _bookings(self) -> list[Any]:
        known = {told.id for told in self.told}
        day = self.day.isoformat()
        answer = self.http.get("/api/bookings", params={"from": day, "to": day, "limit": 100})
        assert answer.status_code == 200, answer.text
        found = answer.json()["data"]
        # What was refused left nothing behind.
        assert {booking["id"] for booking in found} <= known
        return [booking for booking in found if booking["id"] in known]

    def _payments(self, booking_id: str, *, kind: str) -> list[Any]:
        answer = self.http.get("/api/payments", params={"bookingId": booking_id, "limit": 100})
        assert answer.status_code == 200, answer.text
        return [payment for payment in answer.json()["data"] if payment["kind"] == kind]

    def _charges(self) -> list[Any]:
        return self.shop.business.listed("/v1/charges")

    def _intents(self) -> dict[str, str]:
        return {
            one["id"]: one["metadata"].get("booking_id", "") for one in self.shop.business.listed("/v1/payment_intents")
        }


def _nobody_is_booked_twice(bookings: list[Any]) -> None:
    by_staff: defaultdict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
    for booking in bookings:
        if booking["status"] in LIVE:
            starts, ends = (datetime.fromisoformat(booking[name]) for name in ("startsAt", "endsAt"))
            by_staff[booking["staffId"]].append((starts, ends))
    for times in by_staff.values():
        for (_, ends), (starts, _) in pairwise(sorted(times)):
            assert ends <= starts, times


@pytest.mark.timeout(400)
def test_the_laws_of_time_and_money_hold_in_any_order(hasty: Product) -> None:
    with Business.opened(hasty) as business:
        shop = Bookings.shop = Shop.opened(business)
        run_state_machine_as_test(
            Bookings,
            settings=settings(
                max_examples=8,
                stateful_step_count=14,
                # A run takes seconds, and no second one is like the first: nothing is made smaller.
                phases=[Phase.generate],
                report_multiple_bugs=False,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
        # Whatever was drawn, somebody has paid.
        booked = shop.business.books(shop.services["deposit"], soon(next(shop.days)), "09:00")
        assert shop.business.pays(booked).status_code == 200
        shop.business.until_it_is("confirmed", booked["bookingId"])
        charges = shop.business.listed("/v1/charges")
        kept = sum(charge["amount"] - charge["amount_refunded"] for charge in charges if charge["paid"])
        sums = asyncio.run(_ledger(hasty, shop.business.account))
        assert sums["customer"] == -kept
        assert sum(sums.values()) == 0
        fees = shop.business.platform_fees()
        assert sums["platform"] == sum(fee["amount"] - fee["amount_refunded"] for fee in fees)
        reconciled = hasty.command("reconcile", "--json", str(hasty.home / "reconciled.json"))
        assert reconciled.returncode == 0, reconciled.stdout + reconciled.stderr


async def _ledger(product: Product, account: str) -> dict[str, int]:
    """What everybody has by the ledger."""
    ports = json.loads((product.home / "ports.json").read_text(encoding="utf-8"))
    connection = await asyncpg.connect(Postgres(product.home / "postgres", ports["postgres"]).url)
    try:
        row = await connection.fetchrow(
            "SELECT sum(customer)::bigint AS customer, sum(tenant)::bigint AS tenant, sum(platform)::bigint AS platform,"
            " sum(stripe)::bigint AS stripe FROM payments.ledger_sets WHERE account_id = $1",
            account,
        )
    finally:
        await connection.close()
    assert row is not None
    return dict(row)
