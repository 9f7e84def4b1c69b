"""Objects of the stand-in for Stripe with which something happens by itself, and when."""

from dataclasses import dataclass

from services.kernel.db import Tx


@dataclass(frozen=True, slots=True)
class Due:
    """An object whose time has come."""

    account: str
    id: str
    kind: str


async def remember(tx: Tx, account: str, object_id: str, kind: str, *, due: int | None) -> None:
    """When, by the stand-in's own clock; nothing where it is over."""
    if due is None:
        await tx.run("DELETE FROM stripe_due WHERE account = $1 AND id = $2", account, object_id)
        return
    await tx.run(
        "INSERT INTO stripe_due (account, id, kind, due) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (account, id) DO UPDATE SET due = excluded.due",
        account,
        object_id,
        kind,
        due,
    )


async def come(tx: Tx, *, now: int, limit: int) -> list[Due]:
    """Those whose time has come, by a machine's clock `now` and what the stand-in's is ahead of it."""
    rows = await tx.rows(
        "SELECT account, id, kind FROM stripe_due"
        " WHERE due <= $1 + coalesce((SELECT seconds_ahead FROM stripe_clock), 0) ORDER BY due LIMIT $2",
        now,
        limit,
    )
    return [Due(**row) for row in rows]
