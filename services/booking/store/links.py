"""Manage links, stored hashed; looked up before the tenant is known."""

from typing import NamedTuple

from services.kernel.db import Tx


class Link(NamedTuple):
    """Where a link leads."""

    booking_id: str
    tenant_id: str


async def find(tx: Tx, fingerprint: bytes) -> Link | None:
    row = await tx.row("SELECT booking_id, tenant_id FROM manage_links WHERE fingerprint = $1", fingerprint)
    return None if row is None else Link(row["booking_id"], row["tenant_id"])
