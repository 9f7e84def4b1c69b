"""Booking, as availability meets it: asks for times by bookings' ids, and what must hold of claims whatever it asks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

import asyncpg

from services.kernel.ids import new_id
from tests.service.availability.world import Answer, Tenant, World
from tests.support.clock import MORNING
from tests.support.servers import Servers

MONDAY: Final = date(2026, 3, 2)
TUESDAY: Final = date(2026, 3, 3)
ALL_DAY: Final = ["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]

# Each finds something that must never be.
_LAWS: Final = {
    "two bookings have the same time of one person": """
        SELECT a.booking_id, b.booking_id FROM availability.claims AS a JOIN availability.claims AS b
            ON a.staff_id = b.staff_id AND a.booking_id < b.booking_id AND a.during && b.during
        WHERE a.kind <> 'external' AND b.kind <> 'external'
    """,
    "a booking has two times, or one that is not its present one": """
        SELECT booking_id FROM availability.claims WHERE kind <> 'external'
        GROUP BY booking_id HAVING count(*) > 1 OR bool_or(role <> 'current')
    """,
    "a booking that stands has no time, or another than is remembered": """
        SELECT b.booking_id FROM availability.bookings AS b LEFT JOIN availability.claims AS c USING (booking_id)
        WHERE b.state = 'booked' AND (
            c.kind IS DISTINCT FROM 'booking' OR c.starts_at <> b.starts_at OR c.ends_at <> b.ends_at
            OR c.staff_id <> b.staff_id OR c.service_id <> b.service_id
        )
    """,
    "a booking that is over, or unknown, has a time": """
        SELECT c.booking_id FROM availability.claims AS c LEFT JOIN availability.bookings AS b USING (booking_id)
        WHERE c.kind <> 'external' AND (b.state IS NULL OR b.state IN ('released', 'lapsed'))
    """,
    "nobody will look at a booking again": """
        SELECT b.booking_id FROM availability.bookings AS b LEFT JOIN availability.timers AS t USING (booking_id)
        WHERE t.task IS NULL OR (t.task = 'end') <> (b.state = 'held')
            OR (t.task = 'ask') <> (b.state = 'booked' AND NOT b.settled)
    """,
}


async def assert_sound(servers: Servers) -> None:
    """Of all businesses together: never two, never none, nothing half done."""
    connection = await asyncpg.connect(servers.postgres)
    try:
        for law, statement in _LAWS.items():
            assert await connection.fetch(statement) == [], law
    finally:
        await connection.close()


async def deadlocks(servers: Servers) -> int:
    """How many the server has ever found in this database."""
    connection = await asyncpg.connect(servers.postgres)
    try:
        # What a session counted is seen by others once that session is idle for a moment.
        await asyncio.sleep(0.1)
        return int(
            await connection.fetchval("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
    finally:
        await connection.close()


@dataclass
class Booker:
    """The calls for one business, to one replica."""

    world: World
    tenant: Tenant
    service_id: str
    replica: int = 0

    def at(self, clock_time: str, day: date = TUESDAY) -> datetime:
        """An instant by the business's wall clock."""
        return datetime.combine(day, time.fromisoformat(clock_time), tzinfo=ZoneInfo(self.tenant.zone))

    def of(self, service_id: str) -> "Booker":
        """The same for another service."""
        return Booker(self.world, self.tenant, service_id, self.replica)

    async def hold(self, at: datetime, booking_id: str | None = None, **given: Any) -> Answer:
        """A hold of a new booking, unless said."""
        body = {
            "tenantId": self.tenant.id,
            "bookingId": booking_id or new_id("book"),
            "serviceId": self.service_id,
            "startsAt": at.isoformat(),
            "version": 1,
            "kind": "hold",
            **given,
        }
        return await self._post("/internal/holds", body)

    async def held(self, at: datetime, **given: Any) -> str:
        """The id of a booking that holds that time."""
        claim: dict[str, Any] = (await self.hold(at, **given)).data
        return str(claim["bookingId"])

    async def booked(self, at: datetime, **given: Any) -> str:
        return await self.held(at, kind="booking", **given)

    async def confirm(self, booking_id: str, version: int = 2) -> Answer:
        return await self._act(booking_id, "confirm", version=version)

    async def release(self, booking_id: str, version: int = 3) -> Answer:
        return await self._act(booking_id, "release", version=version)

    async def renew(self, booking_id: str, seconds: int, version: int = 1) -> Answer:
        return await self._act(booking_id, "renew", version=version, seconds=seconds)

    async def move(
        self, booking_id: str, at: datetime, version: int = 3, move_id: str | None = None, **given: Any
    ) -> Answer:
        move_id = move_id or new_id("move")
        return await self._act(booking_id, "move", version=version, moveId=move_id, startsAt=at.isoformat(), **given)

    async def known(self, booking_id: str) -> Answer:
        path = f"/internal/claims/{booking_id}"
        return await self.world.another(replica=self.replica).get(path, tenantId=self.tenant.id)

    async def state(self, booking_id: str) -> str:
        return str((await self.known(booking_id)).data["state"])

    async def time_of(self, booking_id: str) -> str | None:
        """By the wall clock; nothing where it has none."""
        claim = (await self.known(booking_id)).data["claim"]
        if claim is None:
            return None
        local = datetime.fromisoformat(claim["startsAt"]).astimezone(ZoneInfo(self.tenant.zone))
        return f"{local:%H:%M}"

    async def is_remembered(self, booking_id: str, state: str) -> bool:
        """In the table, whatever the time is now."""
        sql = "SELECT 1 FROM bookings WHERE booking_id = $1 AND state = $2"
        return bool(await self.world.rows(self.tenant.id, sql, booking_id, state))

    async def colleague(self, name: str = "Ana", **facts: Any) -> str:
        """One more of the staff, with the business's hours."""
        found: str = (await self.tenant.owner.post("/api/staff", {"name": name, **facts})).data["id"]
        return found

    async def block(self, start: str, end: str, **other: Any) -> None:
        """On that Tuesday."""
        body = {"startDate": TUESDAY.isoformat(), "startTime": start, "endTime": end, **other}
        answer = await self.tenant.owner.post("/api/availability/blocked-dates", body)
        assert answer.status == 201, answer.body

    async def offered(self, day: date = TUESDAY) -> Sequence[str]:
        """The times that the page lists."""
        path = f"/api/widget/{self.tenant.slug}/availability"
        answer = await self.world.anybody(self.replica).get(path, serviceId=self.service_id, date=day.isoformat())
        return [slot["time"] for slot in answer.data["slots"]]

    async def _act(self, booking_id: str, act: str, **body: Any) -> Answer:
        return await self._post(f"/internal/claims/{booking_id}/{act}", {"tenantId": self.tenant.id, **body})

    async def _post(self, path: str, body: Any) -> Answer:
        return await self.world.another(replica=self.replica).post(path, body)


async def opened_shop(world: World, **service: Any) -> Booker:
    """A business that is open every day from nine to five, and books its one service of an hour."""
    # Tests of a file share their clock.
    world.clock.set(MORNING)
    tenant = await world.tenant()
    await tenant.open_daily()
    return Booker(world, tenant, await tenant.service(**service))
