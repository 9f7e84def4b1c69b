"""Availability without any of its thought: the floor under a time that is taken.

It believes whoever asks, gives everything to the business's first person, looks for nothing and refuses nothing, and
writes the same rows as the real one, all in one statement.
"""

import os
import sys
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from litestar import Request, post
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from bench import businesses
from services.availability.settings import AvailabilitySettings
from services.availability.store.changes import Changes
from services.kernel.context import Context, Tools
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.kernel.ids import new_id
from services.kernel.run import run

_WRITE: Final = """
WITH booking AS (
    INSERT INTO bookings (
        booking_id, tenant_id, version, state, settled, service_id, staff_id, starts_at, ends_at, changed_at
    ) VALUES ($1, $2, 1, 'booked', true, $3, $4, $5, $6, $7)
),
claim AS (
    INSERT INTO claims (
        id, tenant_id, role, booking_id, service_id, staff_id, kind, starts_at, ends_at, taken_from, taken_until
    ) VALUES ($8, $2, 'current', $1, $3, $4, 'booking', $5, $6, $5, $6)
),
timer AS (
    INSERT INTO timers (booking_id, tenant_id, task, due_at) VALUES ($1, $2, 'forget', $9)
)
INSERT INTO changes (tenant_id) VALUES ($2) RETURNING id
"""
# Nobody looks at what was settled before then, so that nothing follows from these rows.
_FORGOTTEN_AFTER: Final = timedelta(days=400)


class Wanted(msgspec.Struct, rename="camel"):
    """The part of what booking says that is written."""

    tenant_id: str
    booking_id: str
    service_id: str
    starts_at: datetime


@post("/internal/holds", status_code=200, include_in_schema=False)
async def hold(
    request: Request[Any, Any, Any],
    tools: NamedDependency[SkipValidation[Tools]],
    changes: NamedDependency[SkipValidation[Changes]],
) -> Ok[dict[str, Any]]:
    wanted = msgspec.json.decode(await request.body(), type=Wanted)
    claim_id, now = new_id("clm"), tools.clock.now()
    staff_id = businesses.staff_id(businesses.number_of(wanted.tenant_id))
    ends_at = wanted.starts_at + businesses.LENGTH
    async with tools.db.transaction(wanted.tenant_id) as tx:
        change = await tx.value(
            _WRITE,
            wanted.booking_id,
            wanted.tenant_id,
            wanted.service_id,
            staff_id,
            wanted.starts_at,
            ends_at,
            now,
            claim_id,
            ends_at + _FORGOTTEN_AFTER,
        )
    changes.told(change)
    return envelope.ok({"claimId": claim_id, "staffId": staff_id, "endsAt": ends_at})


def compose(environ: Mapping[str, str]) -> Context:
    tools = Tools.build("availability", AvailabilitySettings.read(environ))
    changes = Changes(tools.db)
    return Context(
        tools,
        about="The floor under a time that is taken.",
        routes=(hold,),
        provides={"tools": tools, "changes": changes},
        background=[changes.forget_told],
    )


if __name__ == "__main__":
    run(compose(os.environ), "serve", "127.0.0.1", int(sys.argv[1]))
