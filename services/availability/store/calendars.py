"""Calendars kept elsewhere: where they lie, what was read of them last, and the time they take."""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import msgspec

from services.availability.domain.facts import Span
from services.kernel.db import Tx, read
from services.kernel.ids import new_id


class Calendar(msgspec.Struct, frozen=True, kw_only=True):
    """A calendar that somebody keeps elsewhere; its address is a secret."""

    id: str
    staff_id: str
    name: str
    address: bytes
    created_at: datetime
    etag: str | None = None
    modified: str | None = None
    digest: bytes | None = None
    read_for: str | None = None
    fetched_at: datetime | None = None
    failures: int = 0
    last_error: str | None = None
    events: int = 0
    skipped: int = 0


class Due(NamedTuple):
    """A calendar that is to be fetched, by whoever has this lease."""

    calendar_id: str
    tenant_id: str
    lease: int


class Around(NamedTuple):
    """What a calendar is read for: the business's zone, and how many days ahead it can be booked."""

    zone: str | None
    days: int


class Piece(NamedTuple):
    """A claim of an external calendar, in minutes since the epoch."""

    claim_id: str
    span: Span


class Place(NamedTuple):
    """Where a piece stands among all that are taken of a business, the nearest first."""

    start: int
    calendar_id: str


_FIELDS: Final = ", ".join(field.name for field in msgspec.structs.fields(Calendar))

# No statement may take long.
_AT_ONCE: Final = 2000

_TAKE: Final = """
UPDATE calendar_timers SET due_at = $1::timestamptz + $2::interval, lease = lease + 1
WHERE calendar_id IN (
    SELECT calendar_id FROM calendar_timers WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING calendar_id, tenant_id, lease
"""

_CLAIM: Final = """
INSERT INTO claims (
    id, tenant_id, staff_id, kind, calendar_id, starts_at, ends_at, taken_from, taken_until
)
SELECT id, $1, $2, 'external', $3, starts_at, ends_at, starts_at, ends_at
FROM unnest($4::text[], $5::timestamptz[], $6::timestamptz[]) AS piece (id, starts_at, ends_at)
"""

# By the index on calendars, which the fence lets be used.
_OF_OTHERS: Final = "kind = 'external' AND calendar_id = ANY (ARRAY(SELECT id FROM calendars WHERE id <> $1))"
_COUNT_OF_OTHERS: Final = f"SELECT count(*) FROM claims WHERE {_OF_OTHERS}"
_PLACES_OF_OTHERS: Final = f"SELECT starts_at, calendar_id FROM claims WHERE {_OF_OTHERS}"
_GIVE_UP_FROM: Final = (
    f"DELETE FROM claims WHERE {_OF_OTHERS} AND (starts_at, calendar_id) >= ($2, $3) RETURNING calendar_id"
)


async def everything(tx: Tx) -> list[Calendar]:
    """In the order they came."""
    return [read(Calendar, row) for row in await tx.rows(f"SELECT {_FIELDS} FROM calendars ORDER BY id")]


async def find(tx: Tx, calendar_id: str) -> Calendar | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM calendars WHERE id = $1", calendar_id)
    return None if row is None else read(Calendar, row)


async def count(tx: Tx) -> int:
    number: int = await tx.value("SELECT count(*) FROM calendars")
    return number


async def add(tx: Tx, calendar: Calendar, *, due_at: datetime) -> None:
    await tx.run(
        "INSERT INTO calendars (id, tenant_id, staff_id, name, address, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        calendar.id,
        tx.tenant_id,
        calendar.staff_id,
        calendar.name,
        calendar.address,
        calendar.created_at,
    )
    await tx.run(
        "INSERT INTO calendar_timers (calendar_id, tenant_id, due_at) VALUES ($1, $2, $3)",
        calendar.id,
        tx.tenant_id,
        due_at,
    )


async def remove(tx: Tx, calendar_id: str) -> bool:
    """Whether it was there; the time it took is free."""
    # The timer first: whoever is about to take times for it holds its row, and afterwards finds none.
    await tx.run("DELETE FROM calendar_timers WHERE calendar_id = $1", calendar_id)
    await tx.run("DELETE FROM claims WHERE calendar_id = $1 AND kind = 'external'", calendar_id)
    return bool(await tx.run("DELETE FROM calendars WHERE id = $1", calendar_id))


async def hurry(tx: Tx, calendar_id: str, at: datetime) -> None:
    await tx.run("UPDATE calendar_timers SET due_at = least(due_at, $2) WHERE calendar_id = $1", calendar_id, at)


async def take_due(tx: Tx, now: datetime, *, lease: timedelta, limit: int) -> list[Due]:
    """Calendars of any tenant whose time has come; nobody else is given them during the lease."""
    return [Due(**dict(row.items())) for row in await tx.rows(_TAKE, now, lease, limit)]


async def settle(tx: Tx, due: Due, next_at: datetime) -> bool:
    """Whether the lease still holds, and nobody can take it until the commit."""
    return bool(
        await tx.run(
            "UPDATE calendar_timers SET due_at = $3 WHERE calendar_id = $1 AND lease = $2",
            due.calendar_id,
            due.lease,
            next_at,
        )
    )


async def forget_timer(tx: Tx, calendar_id: str) -> None:
    await tx.run("DELETE FROM calendar_timers WHERE calendar_id = $1", calendar_id)


async def has_person(tx: Tx, staff_id: str) -> bool:
    """Whether the one whose calendar it is still works here."""
    return bool(await tx.value("SELECT true FROM staff WHERE id = $1 AND removed_at IS NULL", staff_id))


async def around(tx: Tx) -> Around:
    row = await tx.row(
        "SELECT (SELECT zone FROM tenants) AS zone,"
        " (SELECT coalesce(max(window_days), 0) FROM services WHERE active AND NOT archived) AS days"
    )
    return Around(None, 0) if row is None else Around(row["zone"], row["days"])


async def booked(tx: Tx, since: datetime) -> list[str]:
    """The bookings from an instant on, whatever has become of them."""
    rows = await tx.rows("SELECT booking_id FROM bookings WHERE starts_at >= $1", since)
    return [row["booking_id"] for row in rows]


async def keep(tx: Tx, calendar: Calendar) -> None:
    """What was read of it."""
    await tx.run(
        "UPDATE calendars SET etag = $2, modified = $3, digest = $4, read_for = $5, fetched_at = $6, failures = $7,"
        " last_error = $8, events = $9, skipped = $10 WHERE id = $1",
        calendar.id,
        calendar.etag,
        calendar.modified,
        calendar.digest,
        calendar.read_for,
        calendar.fetched_at,
        calendar.failures,
        calendar.last_error,
        calendar.events,
        calendar.skipped,
    )


async def keep_visit(tx: Tx, calendar: Calendar) -> None:
    """That it was looked at, and nothing new was read."""
    await tx.run(
        "UPDATE calendars SET fetched_at = $2, failures = $3, last_error = $4 WHERE id = $1",
        calendar.id,
        calendar.fetched_at,
        calendar.failures,
        calendar.last_error,
    )


async def pieces(tx: Tx, calendar_id: str) -> list[Piece]:
    """The time it takes now."""
    rows = await tx.rows(
        "SELECT id, starts_at, ends_at FROM claims WHERE calendar_id = $1 AND kind = 'external'", calendar_id
    )
    return [Piece(row["id"], (_minute(row["starts_at"]), _minute(row["ends_at"]))) for row in rows]


async def places_of_others(tx: Tx, calendar_id: str, *, more_than: int) -> list[Place]:
    """Where the pieces of all other calendars stand; nothing where there are no more than so many."""
    number: int = await tx.value(_COUNT_OF_OTHERS, calendar_id)
    if number <= more_than:
        return []
    rows = await tx.rows(_PLACES_OF_OTHERS, calendar_id)
    return [Place(_minute(row["starts_at"]), row["calendar_id"]) for row in rows]


async def give_up_from(tx: Tx, calendar_id: str, edge: Place, told: str) -> None:
    """What all other calendars take from there on. They are read anew: there may be room for it again."""
    rows = await tx.rows(_GIVE_UP_FROM, calendar_id, _instant(edge.start), edge.calendar_id)
    cut = {row["calendar_id"] for row in rows}
    await tx.run("UPDATE calendars SET read_for = NULL, last_error = $2 WHERE id = ANY ($1)", sorted(cut), told)


async def give_up(tx: Tx, claim_ids: Collection[str]) -> None:
    await tx.run("DELETE FROM claims WHERE id = ANY ($1) AND kind = 'external'", list(claim_ids))


async def claim(tx: Tx, calendar: Calendar, spans: Iterable[Span]) -> None:
    """Take these times of the one whose calendar it is."""
    wanted: Sequence[Span] = list(spans)
    for begin in range(0, len(wanted), _AT_ONCE):
        some = wanted[begin : begin + _AT_ONCE]
        await tx.run(
            _CLAIM,
            tx.tenant_id,
            calendar.staff_id,
            calendar.id,
            [new_id("clm") for _ in some],
            [_instant(start) for start, _ in some],
            [_instant(end) for _, end in some],
        )


def _minute(instant: datetime) -> int:
    return int(instant.timestamp()) // 60


def _instant(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)
