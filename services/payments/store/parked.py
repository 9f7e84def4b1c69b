"""What the company says and does not fit what was asked, until a person has looked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from services.kernel import ids
from services.kernel.db import Tx

Kind: TypeAlias = Literal["payment", "refund", "dispute", "link"]
Reason: TypeAlias = Literal["unknown", "account", "amount", "currency", "state"]

_COLUMNS: Final = "id, tenant_id, account_id, kind, object_id, payment_id, reason, expected, found, parked_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class Misfit:
    """Something of the company's that does not fit, and why; `object_id` is the company's id of it."""

    kind: Kind
    object_id: str
    reason: Reason
    account_id: str | None = None
    payment_id: str | None = None
    expected: str | None = None
    found: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked(Misfit):
    """One that waits for a person."""

    id: str
    tenant_id: str | None
    parked_at: datetime


async def add(tx: Tx, misfit: Misfit, at: datetime) -> None:
    """Once, however often the company says it."""
    await tx.run(
        f"INSERT INTO parked ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
        " ON CONFLICT ON CONSTRAINT parked_once DO NOTHING",
        ids.new_id("park"),
        tx.tenant_id,
        misfit.account_id,
        misfit.kind,
        misfit.object_id,
        misfit.payment_id,
        misfit.reason,
        misfit.expected,
        misfit.found,
        at,
    )


async def count(tx: Tx) -> int:
    found: int = await tx.value("SELECT count(*) FROM parked WHERE settled_at IS NULL")
    return found


async def waiting(tx: Tx, *, limit: int) -> Sequence[Parked]:
    rows = await tx.rows(f"SELECT {_COLUMNS} FROM parked WHERE settled_at IS NULL ORDER BY id LIMIT $1", limit)
    return [Parked(**dict(row.items())) for row in rows]


async def settle(tx: Tx, parked_id: str, at: datetime) -> bool:
    """A person has looked."""
    return bool(await tx.run("UPDATE parked SET settled_at = $2 WHERE id = $1 AND settled_at IS NULL", parked_id, at))
