"""Many at once, at two processes: one wins, the others are told so, and nothing is left half done."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from services.kernel.ids import new_id
from tests.service.availability.booker import Booker, assert_sound, deadlocks, opened_shop
from tests.service.availability.wire import Reply, Wire
from tests.service.availability.world import opened
from tests.support import identities
from tests.support.contexts import process
from tests.support.servers import Servers

_AT_ONCE: Final = 64


@dataclass
class Replicas:
    """Processes of availability, each with its own connections, asked by booking as fast as they answer."""

    shops: Mapping[str, Booker]
    urls: list[str]

    async def ask(self, shop: str, asked: Iterable[tuple[str, Mapping[str, Any]]]) -> list[Reply | None]:
        """Each in turn, by as many connections as may ask at once; nothing where the process was gone."""
        questions = iter([*asked])
        headers = identities.context("booking", "availability")
        tenant_id = self.shops[shop].tenant.id
        replies: list[Reply | None] = []

        async def go_on(url: str) -> None:
            wire: Wire | None = None
            for path, body in questions:
                try:
                    wire = wire or await Wire.to(url)
                    replies.append(await wire.post(path, {"tenantId": tenant_id, **body}, headers))
                except (OSError, asyncio.IncompleteReadError):
                    replies.append(None)
                    if wire is not None:
                        wire.drop()
                        wire = None
            if wire is not None:
                await wire.close()

        await asyncio.gather(*(go_on(self.urls[number % len(self.urls)]) for number in range(_AT_ONCE)))
        return replies

    def hold(
        self, shop: str, at: datetime, booking_id: str | None = None, **given: Any
    ) -> tuple[str, Mapping[str, Any]]:
        wanted = {
            "bookingId": booking_id or new_id("book"),
            "serviceId": self.shops[shop].service_id,
            "startsAt": at.isoformat(),
            "version": 1,
            "kind": "hold",
        }
        return "/internal/holds", {**wanted, **given}

    def nine(self, shop: str, days: int = 3) -> datetime:
        """In the morning, in some days: processes have the machine's own clock."""
        return self.shops[shop].at("09:00", datetime.now(UTC).date() + timedelta(days=days))


@pytest.fixture(scope="module")
async def replicas(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Replicas]:
    # The businesses are there before any process is.
    async with opened(servers) as world:
        shops = {
            "quarters": await opened_shop(world, duration_minutes=15, slot_step_minutes=15),
            "mixed": await opened_shop(world, slot_step_minutes=5, buffer_after_minutes=5, max_per_day=4),
            "killed": await opened_shop(world, duration_minutes=15, slot_step_minutes=15),
        }
    folder = tmp_path_factory.mktemp("replicas")
    environ = {**world.environ, "LOG_LEVEL": "WARNING"}
    async with (
        process("availability", environ, folder=folder) as one,
        process("availability", environ, folder=folder) as two,
    ):
        yield Replicas(shops, [one.url, two.url])


@pytest.mark.timeout(180)
async def test_of_ten_thousand_attempts_at_a_hundred_times_a_hundred_win(replicas: Replicas, servers: Servers) -> None:
    before = await deadlocks(servers)
    times = [
        replicas.nine("quarters", 3 + day) + place * timedelta(minutes=15) for day in range(4) for place in range(25)
    ]
    replies = await replicas.ask("quarters", [replicas.hold("quarters", at) for at in times for _ in range(100)])
    assert Counter((reply.status, reply.code) for reply in replies if reply) == {
        (200, None): 100,
        (409, "SLOT_UNAVAILABLE"): 9_900,
    }
    won = [reply.data for reply in replies if reply and reply.status == 200]
    assert {datetime.fromisoformat(claim["startsAt"]) for claim in won} == {*times}
    await assert_sound(servers)
    assert await deadlocks(servers) == before


@pytest.mark.timeout(120)
async def test_overlapping_times_moves_and_ends_at_once_leave_nothing_half_done(
    replicas: Replicas, servers: Servers
) -> None:
    """Everything that can be said of claims, at random, about few bookings that all want the same morning."""
    before = await deadlocks(servers)
    chance = random.Random(20_260_302)
    start = replicas.nine("mixed")
    bookings = [new_id("book") for _ in range(60)]

    def at_some_time() -> datetime:
        return start + timedelta(minutes=5 * chance.randrange(60))

    def something() -> tuple[str, Mapping[str, Any]]:
        booking_id, version = chance.choice(bookings), chance.randrange(6)
        path = f"/internal/claims/{booking_id}"
        match chance.choice(["hold", "hold", "hold", "replace", "confirm", "move", "move", "renew", "release"]):
            case "hold":
                return replicas.hold("mixed", at_some_time(), new_id("book") if chance.random() < 0.5 else booking_id)
            case "replace":
                bookings.append(new_id("book"))
                return replicas.hold("mixed", at_some_time(), bookings[-1], replaces=booking_id)
            case "move":
                starts_at = at_some_time().isoformat()
                return f"{path}/move", {"version": version, "moveId": new_id("move"), "startsAt": starts_at}
            case "renew":
                return f"{path}/renew", {"version": version, "seconds": 60}
            case act:
                return f"{path}/{act}", {"version": version}

    replies = await replicas.ask("mixed", [something() for _ in range(1_200)])
    said = Counter((reply.status, reply.code) for reply in replies if reply)
    assert {status for status, _ in said} == {200, 404, 409}
    assert said[200, None] > 100
    await assert_sound(servers)
    assert await deadlocks(servers) == before


async def test_a_process_that_is_killed_leaves_nothing_half_done(
    replicas: Replicas, servers: Servers, tmp_path: Path
) -> None:
    start = replicas.nine("killed")
    bookings = {new_id("book"): start + timedelta(minutes=15 * (place % 30)) for place in range(300)}
    asked = [replicas.hold("killed", at, booking_id) for booking_id, at in bookings.items()]
    environ = {**replicas.shops["killed"].world.environ, "LOG_LEVEL": "WARNING"}
    async with process("availability", environ, "serve", folder=tmp_path) as doomed:
        asking = asyncio.create_task(Replicas(replicas.shops, [doomed.url, *replicas.urls]).ask("killed", asked))
        await asyncio.sleep(0.1)
        doomed.kill()
        answered = await asking
    assert None in answered
    await assert_sound(servers)
    # Whoever got no answer asks another process: each booking is told the same as before, or what is so now.
    again = await replicas.ask("killed", asked)
    told = {reply.data["bookingId"]: reply.data["claimId"] for reply in answered if reply and reply.status == 200}
    won = {reply.data["bookingId"]: reply.data["claimId"] for reply in again if reply and reply.status == 200}
    assert told.items() <= won.items()
    assert len(won) == 30
    assert {reply.code for reply in again if reply and reply.status != 200} == {"SLOT_UNAVAILABLE"}
    await assert_sound(servers)
