"""Services, also those no longer offered."""

from datetime import datetime
from typing import Final

from services.catalog.domain.services import Service
from services.kernel.db import Row, Tx

_FIELDS = (
    "id, tenant_id, version, currency, name, description, price, deposit_type, deposit_amount, deposit_points,"
    " duration_minutes, buffer_before_minutes, buffer_after_minutes, min_notice_minutes, booking_window_days,"
    " slot_step_minutes, max_per_day, staff_ids, active, display_order, created_at, changed_at, archived_at"
)
_NAMES: Final = [name.strip() for name in _FIELDS.split(",")]
_PLACES = ", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))


async def find(tx: Tx, service_id: str) -> Service | None:
    row = await tx.row(f"SELECT {_FIELDS} FROM services WHERE id = $1", service_id)
    return None if row is None else _service(row)


async def page(
    tx: Tx, tenant_id: str, *, active: bool | None, archived: bool, offset: int, limit: int
) -> tuple[list[Service], int]:
    """Some of them in the order they are shown in, and how many there are."""
    which = "tenant_id = $1 AND (archived_at IS NOT NULL) = $2 AND ($3::boolean IS NULL OR active = $3)"
    total = await tx.value(f"SELECT count(*) FROM services WHERE {which}", tenant_id, archived, active)
    rows = await tx.rows(
        f"SELECT {_FIELDS} FROM services WHERE {which} ORDER BY display_order, id OFFSET $4 LIMIT $5",
        tenant_id,
        archived,
        active,
        offset,
        limit,
    )
    return [_service(row) for row in rows], int(total)


async def offered(tx: Tx, tenant_id: str) -> list[Service]:
    """What customers can choose from, in order."""
    rows = await tx.rows(
        f"SELECT {_FIELDS} FROM services WHERE tenant_id = $1 AND archived_at IS NULL AND active"
        " ORDER BY display_order, id",
        tenant_id,
    )
    return [_service(row) for row in rows]


async def kept(tx: Tx, tenant_id: str) -> list[Service]:
    """All that are not archived; there are only so many."""
    rows = await tx.rows(
        f"SELECT {_FIELDS} FROM services WHERE tenant_id = $1 AND archived_at IS NULL ORDER BY display_order, id",
        tenant_id,
    )
    return [_service(row) for row in rows]


async def after(tx: Tx, tenant_id: str, service_id: str, *, limit: int) -> list[Service]:
    """The next ones by age, archived ones too."""
    rows = await tx.rows(
        f"SELECT {_FIELDS} FROM services WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3",
        tenant_id,
        service_id,
        limit,
    )
    return [_service(row) for row in rows]


async def room(tx: Tx, tenant_id: str) -> tuple[int, int]:
    """How many are not archived, and the place after the last of them."""
    row = await tx.row(
        "SELECT count(*) AS number, coalesce(max(display_order) + 1, 0) AS next FROM services"
        " WHERE tenant_id = $1 AND archived_at IS NULL",
        tenant_id,
    )
    if row is None:
        raise AssertionError("a count is always a row")
    return int(row["number"]), int(row["next"])


async def add(tx: Tx, service: Service) -> None:
    await tx.run(f"INSERT INTO services ({_FIELDS}) VALUES ({_PLACES})", *_values(service))


async def save(tx: Tx, service: Service) -> None:
    await tx.run(f"UPDATE services SET ({_FIELDS}) = ROW ({_PLACES}) WHERE id = $1", *_values(service))


async def archive(tx: Tx, service_id: str, now: datetime) -> int | None:
    """The version it is archived under; nothing where it was archived already."""
    version: int | None = await tx.value(
        "UPDATE services SET archived_at = $2, changed_at = $2, version = version + 1"
        " WHERE id = $1 AND archived_at IS NULL RETURNING version",
        service_id,
        now,
    )
    return version


def _service(row: Row) -> Service:
    values = dict(row)
    if values["staff_ids"] is not None:
        values["staff_ids"] = tuple(values["staff_ids"])
    return Service(**values)


def _values(service: Service) -> list[object]:
    values = {name: getattr(service, name) for name in _NAMES}
    if service.staff_ids is not None:
        values["staff_ids"] = list(service.staff_ids)
    return list(values.values())
