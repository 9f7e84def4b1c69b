"""The ledger beside Stripe's own books: every difference is named, by a program that says 1 where there is one."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.payments.use_cases import reconciling
from stack.home import ROOT
from tests.service.payments.told import Listener, Object, Paying, opened, outside_id
from tests.support.servers import Servers, emptied


@pytest.fixture
async def listener(servers: Servers) -> AsyncIterator[Listener]:
    await emptied(servers, "payments")
    async with opened(servers) as listener:
        yield listener


@dataclass
class Books:
    """A booking's money as both have written it down: paid, partly refunded, demanded back."""

    listener: Listener
    paying: Paying
    refund_id: str
    dispute_id: str
    lines: list[Object]

    def publish(self) -> None:
        said = {"object": "list", "data": self.lines, "has_more": False, "url": "/v1/balance_transactions"}
        self.listener.company.knows(self.paying.account_id, "balance_transactions", said)

    def line(self, source: str) -> Object:
        return next(line for line in self.lines if line["source"] == source)

    async def compared(self) -> list[tuple[str, str]]:
        self.publish()
        found = await reconciling.compared(self.listener.tools, since=self.listener.clock.now() - timedelta(days=2))
        assert found.unread == ()
        return [(one.kind, one.about) for one in found.differences]


def line(kind: str, source: str, amount: int, parts: dict[str, int], *, at: int, category: str | None = None) -> Object:
    fee = sum(parts.values())
    return {
        "id": outside_id("txn"),
        "object": "balance_transaction",
        "amount": amount,
        "created": at,
        "currency": "nzd",
        "fee": fee,
        "fee_details": [{"amount": share, "currency": "nzd", "type": name} for name, share in parts.items()],
        "net": amount - fee,
        "reporting_category": category or kind,
        "source": source,
        "type": kind,
    }


@pytest.fixture
async def books(listener: Listener) -> Books:
    paying = await listener.paying()
    refund_id, dispute_id, account = outside_id("re"), outside_id("du"), paying.account_id
    # The company says what it takes only when it is asked for the charge's line in its books.
    charge = {
        **paying.charge(),
        "balance_transaction": {
            "amount": 5000,
            "currency": "nzd",
            "fee": 300,
            "fee_details": [{"amount": 125, "type": "application_fee"}, {"amount": 175, "type": "stripe_fee"}],
        },
    }
    paid = paying.intent("succeeded", latest_charge=charge)
    listener.company.knows(account, f"payment_intents/{paying.intent_id}", paid)
    refund = {**paying.refund(refund_id, "succeeded"), "metadata": {}}
    listener.company.knows(account, f"refunds/{refund_id}", refund)
    dispute = paying.dispute(dispute_id, "needs_response")
    listener.company.knows(account, f"disputes/{dispute_id}", dispute)
    await listener.told(listener.event("payment_intent.succeeded", paid, account))
    await listener.told(listener.event("refund.updated", refund, account, after=3))
    await listener.told(listener.event("charge.dispute.created", dispute, account, after=6))
    fee_back = await listener.superuser.fetchval("SELECT fee FROM refunds WHERE booking_id = $1", paying.booking_id)
    at = int((listener.clock.now() - timedelta(minutes=2)).timestamp())
    # All of it was heard two minutes ago as well, so that nothing counts as still on its way.
    await listener.superuser.execute("UPDATE ledger_sets SET at = at - interval '2 minutes'")
    return Books(
        listener,
        paying,
        refund_id,
        dispute_id,
        [
            line("charge", paying.charge_id, 5000, {"application_fee": 125, "stripe_fee": 175}, at=at),
            line("refund", refund_id, -2000, {"application_fee": -fee_back}, at=at),
            line("adjustment", dispute_id, -3000, {"stripe_fee": 1500}, at=at, category="dispute"),
            line("payout", outside_id("po"), -1000, {}, at=at),
        ],
    )


async def test_books_that_agree_have_no_difference(books: Books) -> None:
    assert await books.compared() == []


async def test_what_only_stripe_knows_of_is_missing_here(books: Books) -> None:
    stray = {**books.line(books.paying.charge_id), "id": "txn_stray", "source": "ch_stray"}
    books.lines.append(stray)
    assert await books.compared() == [("missing_here", "ch_stray")]


async def test_what_only_we_know_of_is_missing_there(books: Books) -> None:
    books.lines.remove(books.line(books.refund_id))
    assert await books.compared() == [("missing_there", books.refund_id)]


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({"amount": 4999}, "amount"),
        ({"fee": 301}, "cost"),
        ({"fee_details": [{"amount": 124, "type": "application_fee"}, {"amount": 176, "type": "stripe_fee"}]}, "fee"),
    ],
)
async def test_another_figure_is_named(books: Books, changed: dict[str, Any], kind: str) -> None:
    books.line(books.paying.charge_id).update(changed)
    found = await books.compared()
    assert (kind, books.paying.charge_id) in found
    assert {about for _, about in found} == {books.paying.charge_id}


async def test_an_entry_of_ours_that_somebody_altered_is_named(books: Books) -> None:
    await books.listener.superuser.execute(
        "UPDATE ledger_sets SET customer = customer - 7, tenant = tenant + 7 WHERE kind = 'refund'"
    )
    assert await books.compared() == [("amount", books.refund_id)]


async def test_what_lies_before_the_day_that_was_named_is_left_out(books: Books) -> None:
    books.lines.remove(books.line(books.refund_id))
    books.publish()
    later = books.listener.clock.now() + timedelta(minutes=1)
    assert (await reconciling.compared(books.listener.tools, since=later)).differences == ()


async def test_books_that_can_not_be_read_are_said(books: Books) -> None:
    books.publish()
    books.listener.company.is_away = True
    found = await reconciling.compared(books.listener.tools, since=books.listener.clock.now())
    assert [account for account, _ in found.unread] == [books.paying.account_id]


async def test_the_command_names_it_and_says_one(books: Books, tmp_path: Path) -> None:
    file = tmp_path / "found.json"

    async def run(*arguments: str) -> tuple[int | None, str]:
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "services.payments.commands.reconcile", "--json", str(file), *arguments),
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **books.listener.environ},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        said, problems = await program.communicate()
        assert problems == b""
        return program.returncode, said.decode()

    books.publish()
    code, said = await run()
    assert (code, said.endswith(" entries of 1 accounts: no difference\n")) == (0, True)
    books.line(books.refund_id).update(amount=-1999)
    books.publish()
    code, said = await run("--since", "2026-01-01")
    assert code == 1
    assert f"{books.refund_id} (rfnd_" in said
    assert "has another amount: -2000 here, -1999 there, NZD" in said
    differences = json.loads(file.read_text(encoding="utf-8"))["differences"]
    assert [(one["kind"], one["about"], one["here"], one["there"]) for one in differences] == [
        ("amount", books.refund_id, -2000, -1999)
    ]
    code, said = await run("--since", "2027-01-01")
    assert (code, said.endswith("no difference\n")) == (0, True)
