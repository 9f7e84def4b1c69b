"""Pages of the company's on which a balance is paid."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from services.kernel.db import Row, Tx

_COLUMNS: Final = "link_id, payment_id, account_id, url, status, expires_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLink:
    """As the company last told of it."""

    link_id: str
    payment_id: str
    account_id: str
    url: str
    status: Literal["open", "complete", "expired"]
    expires_at: datetime


async def add(tx: Tx, link: StoredLink) -> bool:
    """Whether it is new."""
    return bool(
        await tx.run(
            f"INSERT INTO links ({_COLUMNS}, tenant_id) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
            link.link_id,
            link.payment_id,
            link.account_id,
            link.url,
            link.status,
            link.expires_at,
            tx.tenant_id,
        )
    )


async def find(tx: Tx, link_id: str) -> StoredLink | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM links WHERE link_id = $1", link_id))


async def of_payment(tx: Tx, payment_id: str) -> StoredLink | None:
    return _one(await tx.row(f"SELECT {_COLUMNS} FROM links WHERE payment_id = $1", payment_id))


async def end(tx: Tx, link_id: str, status: Literal["complete", "expired"]) -> None:
    await tx.run("UPDATE links SET status = $2 WHERE link_id = $1 AND status = 'open'", link_id, status)


def _one(row: Row | None) -> StoredLink | None:
    return None if row is None else StoredLink(**dict(row.items()))
