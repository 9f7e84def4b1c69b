"""The stand-in for Stripe as the sandbox's page shows it: over all accounts, newest first."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from services.kernel.db import Tx
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.store.stripe import FAULT_NAMES, NO_FAULTS, Body, Held, StripeFaults, objects

_FAULTS: Final = ", ".join(FAULT_NAMES)


@dataclass(slots=True)
class Payment:
    """An intent with everything that came of it."""

    intent: Held
    charges: list[Body] = field(default_factory=list)
    refunds: list[Body] = field(default_factory=list)
    disputes: list[Body] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Try:
    """How far an event has come on its way to an endpoint."""

    endpoint: str
    state: str
    tries: int
    outcome: str
    due_at: datetime
    last_tried_at: datetime | None


@dataclass(slots=True)
class Sent:
    """An event with its ways out."""

    event: Held
    tries: list[Try] = field(default_factory=list)


async def count(tx: Tx, kind: str) -> int:
    number: int = await tx.value("SELECT count(*) FROM stripe_objects WHERE kind = $1 AND id <> $2", kind, PLATFORM)
    return number


async def accounts(tx: Tx, *, limit: int) -> list[Held]:
    """The businesses' ones."""
    held = await objects(tx, None, "account", where={}, created={}, limit=limit + 1)
    return [account for account in held if account.id != PLATFORM][:limit]


async def payments(tx: Tx, *, limit: int) -> list[Payment]:
    intents = await objects(tx, None, "payment_intent", where={}, created={}, limit=limit)
    found = {intent.id: Payment(intent) for intent in intents}
    rows = await tx.rows(
        "SELECT payment_intent, kind, body::text AS body FROM stripe_objects"
        " WHERE payment_intent = ANY($1::text[]) AND kind IN ('charge', 'refund', 'dispute') ORDER BY position",
        list(found),
    )
    for row in rows:
        payment = found[row["payment_intent"]]
        kinds = {"charge": payment.charges, "refund": payment.refunds, "dispute": payment.disputes}
        kinds[row["kind"]].append(msgspec.json.decode(row["body"]))
    return list(found.values())


async def events(tx: Tx, *, limit: int) -> list[Sent]:
    held = await objects(tx, None, "event", where={}, created={}, limit=limit)
    found = {event.id: Sent(event) for event in held}
    rows = await tx.rows(
        "SELECT event_id, endpoint, state, tries, outcome, due_at, last_tried_at FROM stripe_deliveries"
        " WHERE event_id = ANY($1::text[]) ORDER BY id",
        list(found),
    )
    for row in rows:
        facts = dict(row)
        found[facts.pop("event_id")].tries.append(Try(**facts))
    return list(found.values())


async def faults(tx: Tx) -> dict[str, StripeFaults]:
    """By account; what holds for everybody has no account."""
    rows = await tx.rows(f"SELECT account, {_FAULTS} FROM stripe_faults ORDER BY account")
    found = {}
    for row in rows:
        facts = dict(row)
        account = facts.pop("account")
        if (wanted := StripeFaults(**facts)) != NO_FAULTS:
            found[account] = wanted
    return found
