"""When the company must be asked again, and about what. Found before the tenant is known: ids only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, TypeAlias

from services.kernel.db import Tx

Task: TypeAlias = Literal["intent", "stray", "link", "refund", "cost", "account"]

# Whoever takes a row has it for so long; if he dies, another takes it then.
_TAKE: Final = """
UPDATE timers AS t SET due_at = $2::timestamptz + $4::interval, tries = tries + 1
FROM (
    SELECT task, id FROM timers WHERE task = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
) AS due
WHERE t.task = due.task AND t.id = due.id
RETURNING t.id, t.tenant_id, t.tries
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something to be asked about now, for so many times."""

    id: str
    tenant_id: str
    tries: int


async def set(tx: Tx, task: Task, about: str, due_at: datetime) -> None:  # noqa: A001 - timers.set reads as it should
    await tx.run(
        "INSERT INTO timers (task, id, tenant_id, due_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (task, id) DO UPDATE SET due_at = excluded.due_at",
        task,
        about,
        tx.tenant_id,
        due_at,
    )


async def end(tx: Tx, task: Task, about: str) -> None:
    await tx.run("DELETE FROM timers WHERE task = $1 AND id = $2", task, about)


async def postpone(tx: Tx, task: Task, about: str, due_at: datetime) -> None:
    """Where it still runs."""
    await tx.run("UPDATE timers SET due_at = $3 WHERE task = $1 AND id = $2", task, about, due_at)


async def take(tx: Tx, task: Task, now: datetime, *, given_for: timedelta, limit: int) -> Sequence[Due]:
    """Those that are due, each to one of all who ask."""
    rows = await tx.rows(_TAKE, task, now, limit, given_for)
    return [Due(**dict(row.items())) for row in rows]
