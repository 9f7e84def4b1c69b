"""`bench book`: bookings a second through the gateway, against bare programs that make the same hops and write the same rows."""

import asyncio
import itertools
import json
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Final
from urllib.parse import urlsplit

import asyncpg

from bench import businesses, place
from bench.businesses import Time
from bench.figures import Figure
from bench.place import Place
from stack.errors import Trouble

AT_ONCE: Final = 16
# On two cores; more of them only make it more.
NEVER_UNDER: Final = 150
_ROUNDS: Final = 5
_SECONDS: Final = 6.0
_WARMING: Final = 2.0
_DRAINED_WITHIN: Final = 180.0
_CREATED: Final = b"HTTP/1.1 201 "

# What is still to be done for the bookings that were made: events to send, to hear, and messages.
_LEFT: Final = """
SELECT (SELECT count(*) FROM booking.outbox WHERE sent_at IS NULL)
    + (SELECT count(*) FROM availability.bookings WHERE state = 'booked' AND NOT settled)
    + (SELECT count(*) FROM booking.bookings WHERE state = 'confirmed') * 2
    - (SELECT count(*) FROM notify.messages WHERE state = 'sent') - $1
"""
# The floor's bookings are nobody's to tell.
_UNTOLD: Final = "SELECT count(*) * 2 FROM booking.bookings WHERE reference = id"


@dataclass(frozen=True, slots=True)
class Door:
    """Where is booked, and what is left to book there."""

    url: str
    times: Iterator[Time]


def measured() -> list[Figure]:
    """In about three minutes. The product's consumers, its relay and its mails are at work while it is measured."""
    first_day = datetime.now(UTC).date() + timedelta(days=2)
    with place.started() as stack:
        _say("filling the databases")
        asyncio.run(businesses.fill(stack.database_url, first=1, count=2 * businesses.COUNT))
        with _bare(stack) as bare:
            floor = Door(bare, businesses.times(1, first_day))
            product = Door(stack.url, businesses.times(1 + businesses.COUNT, first_day))
            floors, values = asyncio.run(_both(stack, floor, product))
    what = f"bookings without a deposit, {AT_ONCE} at once, through the gateway"
    return [
        Figure(f"{what}; floor: the same hops and rows", median(floors), median(values), "/s", 0.6, "at least"),
        Figure(f"{what}, on two cores", NEVER_UNDER, median(values), "/s", 1, "at least"),
    ]


@contextmanager
def _bare(stack: Place) -> Iterator[str]:
    """The same way through programs that do not think: a door of its own, behind it two contexts on the same tables."""
    availability, booking = stack.environ_of("availability"), stack.environ_of("booking")
    with ExitStack() as programs:
        changed = {
            "AVAILABILITY_URL": programs.enter_context(
                stack.program("bench.bare_availability", availability, "bare-availability")
            )
        }
        changed["BOOKING_URL"] = programs.enter_context(
            stack.program("bench.bare_booking", {**booking, **changed}, "bare-booking")
        )
        yield programs.enter_context(stack.gateway(changed, "bare-gateway"))


async def _both(stack: Place, floor: Door, product: Door) -> tuple[list[float], list[float]]:
    """In turn, so that what else goes on in the machine meets both alike."""
    floors: list[float] = []
    values: list[float] = []
    for number in range(_ROUNDS + 1):
        # Connections are made and statements planned before anything counts.
        seconds = _SECONDS if number else _WARMING
        bare = await booked(floor, seconds=seconds)
        value = await booked(product, seconds=seconds)
        behind = await _drained(stack.database_url)
        told = f"floor {bare:.0f}/s, value {value:.0f}/s, all told {behind:.0f} s later"
        _say(f"round {number} of {_ROUNDS}: {told}" if number else f"warming up: {told}")
        if number:
            floors.append(bare)
            values.append(value)
    return floors, values


async def booked(door: Door, *, seconds: float) -> float:
    """Bookings a second; any answer but 201 is trouble."""
    began = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        callers = [tasks.create_task(_one_after_the_other(door, began + seconds)) for _ in range(AT_ONCE)]
    return sum(caller.result() for caller in callers) / (time.perf_counter() - began)


async def _one_after_the_other(door: Door, until: float) -> int:
    """How many there were until then, on one connection."""
    parts = urlsplit(door.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        for done in itertools.count():
            if time.perf_counter() >= until:
                return done
            writer.write(request(parts.netloc, next(door.times)))
            head = await reader.readuntil(b"\r\n\r\n")
            body = await reader.readexactly(length_of(head))
            if not head.startswith(_CREATED):
                raise Trouble(f"A booking was answered {head[:40]!r} {body[:400]!r}")
    finally:
        writer.close()
    raise AssertionError("nothing ends this but the time")


def request(host: str, wanted: Time) -> bytes:
    """Another customer for each time."""
    who = f"{wanted.slug}-{wanted.starts_at:%Y%m%d%H%M}"
    said = {
        "serviceId": wanted.service_id,
        "startsAt": wanted.starts_at.isoformat(),
        "customer": {"name": "Ana Müller", "email": f"{who}@example.com", "phone": "+64 21 555 0123"},
    }
    body = json.dumps(said).encode()
    lines = [
        f"POST /api/widget/{wanted.slug}/book HTTP/1.1",
        f"host: {host}",
        "content-type: application/json",
        f"content-length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def length_of(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


async def _drained(url: str) -> float:
    """Until all were told of everything, for the next round to find the machine as this one did; how long it took."""
    connection = await asyncpg.connect(url)
    began = time.monotonic()
    try:
        untold = await connection.fetchval(_UNTOLD)
        while await connection.fetchval(_LEFT, untold):
            if time.monotonic() - began > _DRAINED_WITHIN:
                raise Trouble("Not all were told of the bookings.")
            await asyncio.sleep(0.25)
    finally:
        await connection.close()
    return time.monotonic() - began


def _say(what: str) -> None:
    sys.stderr.write(f"  {what}\n")
    sys.stderr.flush()
