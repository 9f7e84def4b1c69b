"""Lists of bookings: filtered, searched, page by page, and as a whole for a table."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from services.booking.domain.bookings import Booking
from services.booking.store.bookings import COLUMNS, booking_of
from services.booking.store.where import Where
from services.kernel.db import Database, Tx

Filter: TypeAlias = Literal["upcoming", "past"]

# No job takes longer, so the index on the start finds what is going on, too.
_LONGEST_JOB: Final = timedelta(days=1)
_TO_COME: Final = ["pending", "confirmed", "in_progress"]
_DONE_WITH: Final = ["completed", "no_show"]
_BATCH: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Which bookings are asked for. Those that are still being made are nobody's business."""

    now: datetime
    filter: Filter | None = None
    states: Sequence[str] = ()
    starts_from: datetime | None = None
    starts_before: datetime | None = None
    customer_id: str | None = None
    # All of these pieces are found in it, each in one of its spellings.
    pieces: Sequence[Sequence[str]] = ()

    @property
    def latest_first(self) -> bool:
        """What is to come, as it comes; everything else from the latest on."""
        return self.filter != "upcoming"


async def page(tx: Tx, question: Question, *, offset: int, limit: int) -> tuple[list[Booking], int]:
    """Part of them, and how many there are. Equal starts follow one another by their ids, so no page is mixed up."""
    if question.pieces:
        return await _searched(tx, question, offset=offset, limit=limit)
    where = _where(question)
    total: int = await tx.value(f"SELECT count(*) FROM bookings WHERE {where}", *where.values)
    if offset >= total:
        return [], total
    sql = (
        f"SELECT {COLUMNS} FROM bookings WHERE {where} ORDER BY {_order(question)}"
        f" LIMIT {where.place(limit)} OFFSET {where.place(offset)}"
    )
    return [booking_of(row) for row in await tx.rows(sql, *where.values)], total


async def _searched(tx: Tx, question: Question, *, offset: int, limit: int) -> tuple[list[Booking], int]:
    """Every booking of the business is looked at, and once is enough for both the page and the count."""
    where = _where(question)
    order = _order(question)
    sql = (
        f"WITH found AS MATERIALIZED (SELECT id, starts_at FROM bookings WHERE {where})"
        " SELECT (SELECT count(*) FROM found) AS total, ARRAY("
        f"SELECT id FROM found ORDER BY {order} LIMIT {where.place(limit)} OFFSET {where.place(offset)}) AS ids"
    )
    row = await tx.row(sql, *where.values)
    if row is None or not row["ids"]:
        return [], 0 if row is None else row["total"]
    rows = await tx.rows(f"SELECT {COLUMNS} FROM bookings WHERE id = ANY ($1) ORDER BY {order}", row["ids"])
    return [booking_of(row) for row in rows], row["total"]


def _order(question: Question) -> str:
    direction = "DESC" if question.latest_first else "ASC"
    return f"starts_at {direction}, id {direction}"


async def all_of(db: Database, tenant_id: str, question: Question, *, at_most: int) -> AsyncIterator[Sequence[Booking]]:
    """All of them in the order of their start, some at a time: however many there are, few are in memory."""
    last: Booking | None = None
    left = at_most
    while left > 0:
        where = _where(question)
        if last is not None:
            where.said.append(f"(starts_at, id) > ({where.place(last.starts_at)}, {where.place(last.id)})")
        sql = (
            f"SELECT {COLUMNS} FROM bookings WHERE {where}"
            f" ORDER BY starts_at, id LIMIT {where.place(min(_BATCH, left))}"
        )
        async with db.transaction(tenant_id) as tx:
            found = [booking_of(row) for row in await tx.rows(sql, *where.values)]
        if found:
            yield found
        if len(found) < _BATCH:
            return
        last = found[-1]
        left -= len(found)


def _where(question: Question) -> Where:
    where = Where("state <> 'draft'")
    now = question.now
    if question.filter == "upcoming":
        where.said.append(f"starts_at > {where.place(now - _LONGEST_JOB)} AND ends_at > {where.place(now)}")
        if not question.states:
            where.said.append(f"state = ANY ({where.place(_TO_COME)})")
    elif question.filter == "past":
        where.said.append(f"(ends_at <= {where.place(now)} OR state = ANY ({where.place(_DONE_WITH)}))")
    if question.states:
        where.said.append(f"state = ANY ({where.place(list(question.states))})")
    if question.starts_from is not None:
        where.said.append(f"starts_at >= {where.place(question.starts_from)}")
    if question.starts_before is not None:
        where.said.append(f"starts_at < {where.place(question.starts_before)}")
    if question.customer_id is not None:
        where.said.append(f"customer_id = {where.place(question.customer_id)}")
    where.found_by(question.pieces)
    return where
