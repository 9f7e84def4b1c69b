"""`bench webhook`: how soon Stripe has its answer, against a bare route that keeps one row, at the same concurrency."""

import asyncio
import hashlib
import hmac
import itertools
import json
import sys
import time
from collections.abc import Callable, Iterator
from statistics import quantiles
from typing import Any, Final
from urllib.parse import urlsplit

import asyncpg

from bench import intake, place
from bench.figures import Figure
from bench.place import Place
from stack.errors import Trouble

_DOOR: Final = "/api/webhooks/stripe"
_CONNECTIONS: Final = 16
_OF_EACH: Final = 40
_ROUNDS: Final = 5
_ACCOUNT: Final = "acct_of_the_bench"
_DRAINED_WITHIN: Final = 120.0
_PREPARED: Final = """
CREATE TABLE payments.bench_kept (id text COLLATE "C" PRIMARY KEY, body bytea NOT NULL);
GRANT INSERT ON payments.bench_kept TO peepopay_payments;
INSERT INTO payments.account_tenants VALUES ('{account}', 'ten_00000000000000000000000000')
"""
_LEFT: Final = "SELECT count(*) FROM payments.notices WHERE done_at IS NULL"
_numbers: Final = itertools.count(1)


def measured() -> list[Figure]:
    """In a minute. The product's own payments works on what the probe has taken in, as two processes do in production."""
    with place.started() as stack:
        environ = stack.environ_of("payments")
        secret = environ["STRIPE_CONNECT_WEBHOOK_SECRET"]
        asyncio.run(_execute(stack.database_url, _PREPARED.format(account=_ACCOUNT)))
        with stack.program("bench.intake", environ, "probe-webhook") as url:
            took = asyncio.run(_both(stack, url, secret))
    p99 = {name: quantiles(samples, n=100)[98] * 1000 for name, samples in took.items()}
    what = f"Stripe's webhook answered, p99, {_CONNECTIONS} at once; floor: a bare route with one INSERT"
    return [Figure(what, p99["bare"], p99["webhook"], "ms", 2, "at most")]


async def _both(stack: Place, url: str, secret: str) -> dict[str, list[float]]:
    """In turn, so that what else goes on in the machine meets both alike."""
    took: dict[str, list[float]] = {"bare": [], "webhook": []}
    for number in range(_ROUNDS + 1):
        _say(f"round {number} of {_ROUNDS}" if number else "warming up")
        bare = await _round(url, lambda: _request(url, intake.PATH, _event(), {}))
        webhook = await _round(url, lambda: _signed(url, secret))
        await _drained(stack.database_url)
        # Connections are made and statements planned before anything counts.
        if number:
            took["bare"] += bare
            took["webhook"] += webhook
    return took


async def _round(url: str, make: Callable[[], bytes]) -> list[float]:
    """How long each answer took. The requests are ready before the first of them goes."""
    requests = [[make() for _ in range(_OF_EACH)] for _ in range(_CONNECTIONS)]
    found = await asyncio.gather(*(_one_after_the_other(url, some) for some in requests))
    return [seconds for some in found for seconds in some]


async def _one_after_the_other(url: str, requests: list[bytes]) -> list[float]:
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    took: list[float] = []
    try:
        for request in requests:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(_length(head))
            took.append(time.perf_counter() - began)
            if not head.startswith(b"HTTP/1.1 200 "):
                raise Trouble(f"{request[:60]!r} was answered {head[:200]!r}")
    finally:
        writer.close()
    return took


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _signed(url: str, secret: str) -> bytes:
    body = _event()
    at = int(time.time())
    signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return _request(url, _DOOR, body, {"stripe-signature": f"t={at},v1={signature}"})


def _request(url: str, path: str, body: bytes, headers: dict[str, str]) -> bytes:
    said = {"host": urlsplit(url).netloc, "content-type": "application/json", "content-length": str(len(body))}
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in {**said, **headers}.items())]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _event() -> bytes:
    """A payment that the business took by itself, as large as such events are: looked at, and left alone."""
    number = next(_numbers)
    intent: dict[str, Any] = {
        "id": f"pi_{number:024}",
        "object": "payment_intent",
        "amount": 5000,
        "amount_received": 5000,
        "currency": "nzd",
        "latest_charge": f"ch_{number:024}",
        "metadata": {},
        "status": "succeeded",
        **{f"field_{place}": None for place in range(40)},
    }
    event: dict[str, Any] = {
        "id": f"evt_{number:024}",
        "object": "event",
        "account": _ACCOUNT,
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": intent},
        "livemode": False,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
        "type": "payment_intent.succeeded",
    }
    return json.dumps(event, indent=2).encode()


async def _drained(url: str) -> None:
    """Until all of it was worked on, for the next round to find the machine as this one did."""
    connection = await asyncpg.connect(url)
    try:
        for _ in _until(_DRAINED_WITHIN):
            if not await connection.fetchval(_LEFT):
                return
            await asyncio.sleep(0.1)
    finally:
        await connection.close()
    raise Trouble("What the webhooks told was not worked on.")


def _until(seconds: float) -> Iterator[None]:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield


async def _execute(url: str, statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


def _say(what: str) -> None:
    sys.stderr.write(f"  {what}\n")
    sys.stderr.flush()
