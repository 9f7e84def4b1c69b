"""One account of the stand-in for Stripe without a database: what an act leaves behind is what the next one finds."""

import copy
import itertools
from typing import Any

from services.sandbox.domain.stripe import attempts, intents, methods, refunds
from services.sandbox.domain.stripe.attempts import Way
from services.sandbox.domain.stripe.changes import Change, Object, Scene

PLATFORM = "acct_platform"
BUSINESS = "acct_business"
NOW = 1_790_000_000


class Desk:
    def __init__(self, account: str = BUSINESS) -> None:
        self.account = account
        self.now = NOW
        self.declines_all = False
        self.refunds_wait = False
        self.objects: dict[str, Object] = {}
        self.accounts: dict[str, str] = {}
        self.told: list[tuple[str, Object]] = []
        self._numbers = itertools.count(1)

    def change(self) -> Change:
        scene = Scene(
            account=self.account,
            platform=PLATFORM,
            now=self.now,
            url="http://localhost/sandbox/stripe",
            declines_all=self.declines_all,
            refunds_wait=self.refunds_wait,
        )
        return Change(scene, lambda prefix, _length=24: f"{prefix}_{next(self._numbers)}")

    def keep(self, change: Change) -> list[str]:
        """Stores what was done and gives the types of the events."""
        for object_id, (account, thing) in change.kept.items():
            self.objects[object_id] = copy.deepcopy(thing)
            self.accounts[object_id] = account
        events = [(told.type, told.object) for told in change.told]
        self.told += events
        return [name for name, _ in events]

    def get(self, object_id: str) -> Object:
        return copy.deepcopy(self.objects[object_id])

    def every(self, kind: str, *, account: str | None = None) -> list[Object]:
        return [
            thing
            for thing in self.objects.values()
            if thing["object"] == kind and account in {None, self.accounts[thing["id"]]}
        ]

    def card(self, number: str) -> Object:
        change = self.change()
        sent = {"number": number, "exp_month": 12, "exp_year": 2034, "cvc": "123"}
        method = methods.from_data(change, {"type": "card", "card": sent})
        self.keep(change)
        return method

    def bank_account(self, name: str) -> Object:
        change = self.change()
        method = methods.from_alias(change, name)
        assert method is not None
        self.keep(change)
        return method

    def ask(self, amount: int = 5000, **sent: Any) -> Object:
        change = self.change()
        intent = intents.created(change, {"amount": amount, "currency": "usd", **sent}, None)
        self.keep(change)
        return intent

    def confirm(self, intent_id: str, method: Object | None, **sent: Any) -> Change:
        """Confirms it; where a refusal is raised, nothing is kept."""
        change = self.change()
        intent = self.get(intent_id)
        wished = {"return_url": "https://shop.example/done", **sent}
        intents.confirm(change, intent, method, wished, Way.of(wished))
        self.keep(change)
        return change

    def answer_bank(self, intent_id: str, *, passed: bool) -> Change:
        change = self.change()
        intent = self.get(intent_id)
        attempts.answer_bank(change, intent, self.get(intent["payment_method"]), passed=passed)
        self.keep(change)
        return change

    def pay(self, number: str = "4242424242424242", amount: int = 5000, **sent: Any) -> Object:
        """The charge of a payment that succeeds."""
        intent = self.ask(amount, **sent)
        self.confirm(intent["id"], self.card(number))
        return self.get(self.get(intent["id"])["latest_charge"])

    def arrive(self, intent_id: str) -> None:
        change = self.change()
        intent = self.get(intent_id)
        method = self.get(intent["payment_method"])
        attempts.arrived(change, intent, self.get(intent["latest_charge"]), method)
        self.keep(change)

    def refund(self, charge_id: str, **sent: Any) -> Object:
        change = self.change()
        charge = self.get(charge_id)
        fee = self.get(charge["application_fee"]) if charge["application_fee"] else None
        refund = refunds.made(change, charge, fee, sent)
        self.keep(change)
        return refund

    def let_time_pass(self, refund_id: str) -> list[str]:
        self.now += refunds.LATER
        change = self.change()
        refund = self.get(refund_id)
        refunds.due(change, refund, self.get(refund["charge"]))
        return self.keep(change)
