"""The stand-in for Stripe: objects by account, events on their way out, keys used, faults asked for, the clock."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final

import asyncpg
import msgspec

from services.kernel.db import Row, Tx
from services.sandbox.domain.stripe.webhooks import Endpoint, State

Body = dict[str, Any]

# Lists may ask for these without reading every object's body.
_INDEXED: Final = frozenset({"type", "customer", "payment_intent", "charge"})
_COLUMNS: Final = "o.account, o.id, o.kind, o.position, o.body::text AS body, o.private::text AS private"

# Two transactions wait for each other; the server ends one of them, which may be tried again.
Deadlock = asyncpg.DeadlockDetectedError


# Objects


@dataclass(slots=True)
class Held:
    """An object as it is stored: `body` is what Stripe would show, `private` what only the stand-in knows of it."""

    account: str
    body: Body
    private: Body = field(default_factory=dict)
    position: int = 0

    @property
    def id(self) -> str:
        object_id: str = self.body["id"]
        return object_id

    @property
    def kind(self) -> str:
        kind: str = self.body["object"]
        return kind


async def add_object(tx: Tx, held: Held, *, now: int) -> None:
    held.position = await tx.value(
        "INSERT INTO stripe_objects (account, id, kind, body, private, created)"
        " VALUES ($1, $2, $3, $4::json, $5::json, $6) RETURNING position",
        held.account,
        held.id,
        held.kind,
        _json(held.body),
        _json(held.private),
        held.body.get("created", now),
    )


async def save_object(tx: Tx, held: Held) -> None:
    await tx.run(
        "UPDATE stripe_objects SET body = $3::json, private = $4::json WHERE account = $1 AND id = $2",
        held.account,
        held.id,
        _json(held.body),
        _json(held.private),
    )


async def delete_object(tx: Tx, held: Held) -> None:
    await tx.run("DELETE FROM stripe_objects AS o WHERE account = $1 AND id = $2", held.account, held.id)


async def object_by_id(tx: Tx, account: str, object_id: str, *, is_locked: bool) -> Held | None:
    """Locked, it stays as it is until the transaction ends; whoever wants it too waits and sees what became of it."""
    row = await tx.row(
        f"SELECT {_COLUMNS} FROM stripe_objects AS o WHERE account = $1 AND id = $2 {'FOR UPDATE' if is_locked else ''}",
        account,
        object_id,
    )
    return None if row is None else _held(row)


async def object_anywhere(tx: Tx, kind: str, object_id: str) -> Held | None:
    """For pages that are asked for by an object's id alone: ids are never the same in two accounts."""
    row = await tx.row(
        f"SELECT {_COLUMNS} FROM stripe_objects AS o WHERE kind = $1 AND id = $2 LIMIT 1", kind, object_id
    )
    return None if row is None else _held(row)


async def objects(
    tx: Tx,
    account: str | None,
    kind: str,
    *,
    where: Mapping[str, str | int | bool],
    created: Mapping[str, int],
    older_than: int | None = None,
    newer_than: int | None = None,
    types: Sequence[str] | None = None,
    limit: int,
) -> list[Held]:
    """Newest first; with `newer_than`, those that come next after it, oldest first. No account means all of them."""
    values: list[Any] = [kind, limit]
    wanted = ["kind = $1"]

    def want(sql: str, value: object) -> None:
        values.append(value)
        wanted.append(sql.replace("?", f"${len(values)}"))

    if account is not None:
        want("account = ?", account)
    for name, value in where.items():
        if name in _INDEXED:
            want(f"{name} = ?", value)
        else:
            want("body::jsonb @> ?::jsonb", _json({name: value}))
    for name, sign in (("gt", ">"), ("gte", ">="), ("lt", "<"), ("lte", "<=")):
        if name in created:
            want(f"created {sign} ?", created[name])
    if types is not None:
        want("type LIKE ANY(?::text[])", [_pattern(name) for name in types])
    if older_than is not None:
        want("position < ?", older_than)
    if newer_than is not None:
        want("position > ?", newer_than)
    order = "ASC" if newer_than is not None else "DESC"
    rows = await tx.rows(
        f"SELECT {_COLUMNS} FROM stripe_objects AS o WHERE {' AND '.join(wanted)} ORDER BY position {order} LIMIT $2",
        *values,
    )
    return [_held(row) for row in rows]


def _pattern(event_type: str) -> str:
    """`charge.*` as SQL says it."""
    return event_type.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_").replace("*", "%")


def _held(row: Row) -> Held:
    return Held(row["account"], msgspec.json.decode(row["body"]), msgspec.json.decode(row["private"]), row["position"])


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


# Faults and the clock


@dataclass(frozen=True, slots=True)
class StripeFaults:
    """What goes wrong on demand."""

    delay_ms: int = 0
    fail_next: int = 0
    drop_webhooks: bool = False
    # How many more of each.
    duplicate_webhooks: int = 0
    shuffle_webhooks: bool = False
    decline_all: bool = False
    # The account's balance is too low: refunds wait for money, or are not taken at all.
    refunds_wait: bool = False
    refuse_refunds: bool = False


NO_FAULTS: Final = StripeFaults()
FAULT_NAMES: Final = tuple(each.name for each in fields(StripeFaults))
_FAULTS: Final = ", ".join(FAULT_NAMES)
# Where something was asked for an account and for everybody, the worse of both holds.
_TOGETHER: Final = ", ".join(
    f"coalesce(bool_or({each.name}), false) AS {each.name}"
    if isinstance(each.default, bool)
    else f"coalesce(max({each.name}), 0) AS {each.name}"
    for each in fields(StripeFaults)
)


async def faults(tx: Tx, scope: str) -> StripeFaults:
    """What was asked for this account alone, or for everybody where it is empty."""
    row = await tx.row(f"SELECT {_FAULTS} FROM stripe_faults WHERE account = $1", scope)
    return StripeFaults() if row is None else StripeFaults(**row)


async def set_faults(tx: Tx, scope: str, wanted: StripeFaults) -> None:
    places = ", ".join(f"${number}" for number in range(2, len(FAULT_NAMES) + 2))
    changes = ", ".join(f"{name} = excluded.{name}" for name in FAULT_NAMES)
    await tx.run(
        f"INSERT INTO stripe_faults (account, {_FAULTS}) VALUES ($1, {places})"
        f" ON CONFLICT (account) DO UPDATE SET {changes}",
        scope,
        *astuple(wanted),
    )


async def forget_faults(tx: Tx, scope: str | None) -> None:
    """Of one scope, or all of them."""
    await tx.run("DELETE FROM stripe_faults WHERE $1::text IS NULL OR account = $1", scope)


async def spend_failure(tx: Tx, account: str) -> bool:
    """Whether this call is one of those that must fail; then there is one less to fail."""
    return bool(
        await tx.value(
            "WITH met AS (SELECT account FROM stripe_faults WHERE account IN ('', $1) AND fail_next > 0"
            " ORDER BY account DESC LIMIT 1 FOR UPDATE)"
            " UPDATE stripe_faults AS f SET fail_next = f.fail_next - 1 FROM met WHERE f.account = met.account"
            " AND f.fail_next > 0 RETURNING true",
            account,
        )
    )


@dataclass(frozen=True, slots=True)
class Opening:
    """What every call begins with."""

    # Never given twice; ids are made of it.
    number: int
    seconds_ahead: int
    # What was asked for this account and for everybody, together.
    faults: StripeFaults
    # The connected account's own object, which the platform keeps; none where there is no such account.
    connected: Held | None


async def open_call(tx: Tx, account: str, platform: str) -> Opening:
    row = await tx.row(
        f"SELECT nextval('stripe_requests') AS number, f.*, {_COLUMNS},"
        " coalesce((SELECT seconds_ahead FROM stripe_clock), 0) AS seconds_ahead"
        f" FROM (SELECT {_TOGETHER} FROM stripe_faults WHERE account IN ('', $1)) AS f"
        " LEFT JOIN stripe_objects AS o ON o.account = $2 AND o.id = $1 AND o.kind = 'account'",
        account,
        platform,
    )
    if row is None:
        raise LookupError("there is always one row of faults, put together")
    return Opening(
        row["number"],
        row["seconds_ahead"],
        StripeFaults(**{name: row[name] for name in FAULT_NAMES}),
        None if row["id"] is None else _held(row),
    )


async def advance_clock(tx: Tx, seconds: int) -> int:
    """How far the stand-in's clock is ahead of the machine's now."""
    ahead: int = await tx.value(
        "INSERT INTO stripe_clock AS c (id, seconds_ahead) VALUES (1, $1)"
        " ON CONFLICT (id) DO UPDATE SET seconds_ahead = c.seconds_ahead + excluded.seconds_ahead"
        " RETURNING seconds_ahead",
        seconds,
    )
    return ahead


# Idempotency keys

# As long as Stripe remembers one.
KEY_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class FirstAnswer:
    """What was answered when a key was used first, and to what."""

    fingerprint: bytes
    request_id: str
    status: int
    answer: bytes


async def hold_key(tx: Tx, key: bytes) -> bool:
    """Whether nobody else is using the key at this moment; held until the transaction ends."""
    number = int.from_bytes(key[:8], "big", signed=True)
    return bool(await tx.value("SELECT pg_try_advisory_xact_lock($1)", number))


async def first_answer(tx: Tx, key: bytes, *, forgotten: datetime) -> FirstAnswer | None:
    row = await tx.row(
        "SELECT fingerprint, request_id, status, answer FROM stripe_keys WHERE id = $1 AND used_at > $2", key, forgotten
    )
    return None if row is None else FirstAnswer(**row)


async def keep_answer(tx: Tx, key: bytes, answer: FirstAnswer, *, now: datetime) -> None:
    await tx.run(
        "INSERT INTO stripe_keys (id, fingerprint, request_id, status, answer, used_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)"
        " ON CONFLICT (id) DO UPDATE SET fingerprint = excluded.fingerprint, request_id = excluded.request_id,"
        " status = excluded.status, answer = excluded.answer, used_at = excluded.used_at",
        key,
        answer.fingerprint,
        answer.request_id,
        answer.status,
        answer.answer,
        now,
    )


async def prune_keys(tx: Tx, *, forgotten: datetime) -> None:
    await tx.run("DELETE FROM stripe_keys WHERE used_at < $1", forgotten)


# Webhooks


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """One event on its way to one endpoint."""

    id: int
    account: str
    event_id: str
    endpoint: Endpoint
    tries: int
    first_tried_at: datetime
    body: Body


async def add_event(
    tx: Tx, event: Held, endpoint: Endpoint, *, due: Sequence[datetime], state: State = "waiting"
) -> None:
    """The event and its deliveries, as many as there are times at which one is due."""
    await tx.run(
        "WITH event AS (INSERT INTO stripe_objects (account, id, kind, body, private, created)"
        " VALUES ($1, $2, 'event', $3::json, '{}', $4))"
        " INSERT INTO stripe_deliveries (account, event_id, endpoint, state, due_at)"
        " SELECT $1, $2, $5, $6, due FROM unnest($7::timestamptz[]) AS due",
        event.account,
        event.id,
        _json(event.body),
        event.body["created"],
        endpoint,
        state,
        list(due),
    )


async def add_delivery(tx: Tx, event: Held, endpoint: Endpoint, *, due: datetime) -> None:
    """Once more, because somebody asked for it."""
    await tx.run(
        "INSERT INTO stripe_deliveries (account, event_id, endpoint, state, due_at) VALUES ($1, $2, $3, 'waiting', $4)",
        event.account,
        event.id,
        endpoint,
        due,
    )


async def take_due(tx: Tx, *, now: datetime, hands_off: timedelta, limit: int) -> list[Delivery]:
    """Deliveries that are due. Nobody else takes them for a while; whoever dies over one leaves it to the next."""
    rows = await tx.rows(
        "WITH due AS (SELECT id FROM stripe_deliveries WHERE state = 'waiting' AND due_at <= $1"
        " ORDER BY due_at, id LIMIT $3 FOR UPDATE SKIP LOCKED)"
        " UPDATE stripe_deliveries AS d SET due_at = $1::timestamptz + $2::interval, tries = d.tries + 1,"
        " last_tried_at = $1, first_tried_at = coalesce(d.first_tried_at, $1)"
        " FROM due, stripe_objects AS o WHERE d.id = due.id AND o.account = d.account AND o.id = d.event_id"
        " RETURNING d.id, d.account, d.event_id, d.endpoint, d.tries, d.first_tried_at, o.body::text AS body",
        now,
        hands_off,
        limit,
    )
    taken = [Delivery(**{**row, "body": msgspec.json.decode(row["body"])}) for row in rows]
    return sorted(taken, key=lambda delivery: delivery.id)


async def put_back(tx: Tx, delivery_ids: Sequence[int], *, now: datetime) -> None:
    """Deliveries that nobody brings any more, and nobody settled."""
    await tx.run(
        "UPDATE stripe_deliveries SET due_at = $2 WHERE id = ANY($1) AND state = 'waiting' AND due_at > $2",
        list(delivery_ids),
        now,
    )


async def next_due(tx: Tx) -> datetime | None:
    due: datetime | None = await tx.value("SELECT min(due_at) FROM stripe_deliveries WHERE state = 'waiting'")
    return due


async def settle_delivery(tx: Tx, delivery_id: int, *, state: State, outcome: str, due: datetime) -> None:
    await tx.run(
        "UPDATE stripe_deliveries SET state = $2, outcome = $3, due_at = $4 WHERE id = $1",
        delivery_id,
        state,
        outcome,
        due,
    )
