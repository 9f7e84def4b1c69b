"""The short line to Valkey: replies belong to their questions, whatever breaks between."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from services.kernel.ids import new_id
from services.kernel.line import Line, Script
from tests.support.proxy import Wire
from tests.support.servers import Servers

ECHO = Script("return {KEYS[1], ARGV[1], 7, false}")


@pytest.fixture
async def wire(servers: Servers) -> AsyncIterator[Wire]:
    async with Wire(servers.valkey) as wire:
        yield wire


@pytest.fixture
async def line(wire: Wire) -> AsyncIterator[Line]:
    client: Redis = Redis.from_url(wire.url)
    line = Line(client)
    yield line
    line.close()
    await client.aclose()


async def test_each_gets_the_reply_to_its_own_question(line: Line) -> None:
    keys = [new_id("key").encode() for _ in range(200)]
    # The largest are longer than what comes in one piece.
    values = [b"%d" % number * (number * 40 + 1) for number in range(200)]
    said = await asyncio.gather(*(line.ask(b"SET", *pair, b"PX", b"60000") for pair in zip(keys, values, strict=True)))
    assert said == [b"OK"] * 200
    assert await asyncio.gather(*(line.ask(b"GET", key) for key in keys)) == values
    assert await line.ask(b"GET", b"nobody ever set it") is None
    assert await line.ask(b"DEL", *keys) == 200


async def test_a_script_is_told_to_a_server_that_does_not_know_it(line: Line) -> None:
    await line.ask(b"SCRIPT", b"FLUSH")
    for _ in range(2):
        assert await line.run(ECHO, [b"a key"], [b"a\r\nvalue"]) == [b"a key", b"a\r\nvalue", 7, None]


async def test_a_refusal_is_one_and_breaks_nothing(line: Line) -> None:
    with pytest.raises(ResponseError):
        await line.ask(b"NONSENSE")
    assert await line.ask(b"PING") == b"PONG"


async def test_after_a_break_it_connects_anew(line: Line, wire: Wire) -> None:
    assert await line.ask(b"PING") == b"PONG"
    await wire.cut()
    with pytest.raises((RedisError, OSError)):
        await line.ask(b"PING")
    with pytest.raises((RedisError, OSError)):
        await line.ask(b"PING")
    await wire.mend()
    assert await asyncio.gather(*(line.ask(b"PING") for _ in range(20))) == [b"PONG"] * 20


async def test_a_server_that_hangs_is_given_up_and_its_late_replies_belong_to_nobody(line: Line, wire: Wire) -> None:
    assert await line.ask(b"ECHO", b"before") == b"before"
    wire.stall()
    late = await asyncio.gather(*(line.ask(b"ECHO", b"%d" % n) for n in range(3)), return_exceptions=True)
    assert all(isinstance(error, RedisError | OSError) for error in late)
    await wire.mend()
    assert await asyncio.gather(*(line.ask(b"ECHO", b"%d" % n) for n in range(5, 9))) == [b"5", b"6", b"7", b"8"]


async def test_one_who_gives_up_does_not_take_anothers_reply(line: Line) -> None:
    await line.ask(b"PING")
    impatient = asyncio.create_task(line.ask(b"ECHO", b"first"))
    patient = asyncio.create_task(line.ask(b"ECHO", b"second"))
    await asyncio.sleep(0)
    impatient.cancel()
    assert await patient == b"second"


async def test_a_closed_line_refuses_who_waits_and_can_be_used_again(line: Line, wire: Wire) -> None:
    wire.stall()
    waiting = asyncio.create_task(line.ask(b"PING"))
    await asyncio.sleep(0.05)
    line.close()
    with pytest.raises(RedisError):
        await waiting
    await wire.mend()
    assert await line.ask(b"PING") == b"PONG"
