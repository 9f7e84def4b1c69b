"""The short way of HTTP: each gets the answer to its own question, whatever breaks between."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from granian.constants import Interfaces
from granian.server.embed import Server

from services.kernel.lanes import Broken, Lanes, Unreachable
from stack.ports import free_port
from tests.support.proxy import Wire

HEAD = b"HTTP/1.1 200 OK\r\n"


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """What was asked, as the server that all contexts run in gives it on; in pieces where that is wished for."""
    if scope["type"] != "http":
        await receive()
        return
    message = await receive()
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    body = json.dumps([scope["method"], scope["path"], scope["query_string"].decode(), headers]).encode()
    await asyncio.sleep(float(headers.get("takes", "0")))
    status = int(headers.get("wants", "200"))
    await send({"type": "http.response.start", "status": status, "headers": []})
    if status == 204:
        await send({"type": "http.response.body", "body": b"", "more_body": False})
        return
    if "in-pieces" in headers:
        for at in range(0, len(body), 7):
            await send({"type": "http.response.body", "body": body[at : at + 7], "more_body": True})
    else:
        await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": message["body"], "more_body": False})


@pytest.fixture
async def base() -> AsyncIterator[str]:
    port = free_port()
    server = Server(echo, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    serving = asyncio.create_task(server.serve())
    yield f"http://127.0.0.1:{port}"
    server.stop()  # type: ignore[no-untyped-call] # Granian's
    await serving


@pytest.fixture
async def lanes(base: str) -> AsyncIterator[Lanes]:
    lanes = Lanes(most=8)
    for _ in range(200):
        try:
            await ask(lanes, base, "/")
            break
        except Unreachable:
            await asyncio.sleep(0.02)
    yield lanes
    await lanes.close()


async def ask(lanes: Lanes, base: str, path: str, content: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return await lanes.ask("GET" if content is None else "POST", base, path, named, content, seconds=3)


@asynccontextmanager
async def saying(*words: bytes) -> AsyncIterator[str]:
    """A server that says these words to whoever asks, whatever is asked, and hangs up."""
    talks: set[asyncio.Task[None] | None] = set()

    async def say(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.add(asyncio.current_task())
        with suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            for word in words:
                writer.write(word)
                await writer.drain()
                await asyncio.sleep(0.01)
        writer.close()

    server = await asyncio.start_server(say, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*filter(None, talks))


async def test_each_gets_the_answer_to_its_own_question(lanes: Lanes, base: str) -> None:
    # More than there are lanes, and the largest longer than what comes in one piece.
    bodies = [b"%d" % number * (number * 40 + 1) for number in range(100)]
    answers = await asyncio.gather(*(ask(lanes, base, f"/{place}", body) for place, body in enumerate(bodies)))
    for place, (status, said) in enumerate(answers):
        assert status == 200
        told, end = json.JSONDecoder().raw_decode(said.decode())
        assert told[:2] == ["POST", f"/{place}"]
        assert said[end:] == bodies[place]


async def test_an_answer_in_pieces_is_put_together(lanes: Lanes, base: str) -> None:
    for _ in range(2):
        status, said = await ask(lanes, base, "/x", b"and the rest", in_pieces="1")
        assert (status, said[-12:]) == (200, b"and the rest")
    assert await ask(lanes, base, "/x", b"", wants="204") == (204, b"")
    assert (await ask(lanes, base, "/x", wants="503"))[0] == 503


async def test_what_an_address_cannot_hold_is_written_so_that_it_can(lanes: Lanes, base: str) -> None:
    _, said = await ask(lanes, f"{base}/before", "/ü b\r\nx: y/%41?a=b c&d=é")
    _, path, query, headers = json.loads(said)
    assert (path, query) == ("/before/ü b\r\nx: y/A", "a=b%20c&d=%C3%A9")
    assert "x" not in headers
    with pytest.raises(ValueError, match="end of a line"):
        await ask(lanes, base, "/", x="1\r\ny: 2")


async def test_who_gives_up_takes_the_answer_from_nobody(lanes: Lanes, base: str) -> None:
    with pytest.raises(TimeoutError):
        await lanes.ask("GET", base, "/slow", {"takes": "0.3"}, None, seconds=0.1)
    _, said = await ask(lanes, base, "/quick")
    assert json.loads(said)[1] == "/quick"


async def test_after_a_break_it_connects_anew(lanes: Lanes, base: str) -> None:
    async with Wire(base) as wire:
        away = wire.of(base)
        assert (await ask(lanes, away, "/"))[0] == 200
        await wire.cut()
        with pytest.raises(Unreachable):
            await ask(lanes, away, "/")
        await wire.mend()
        assert (await ask(lanes, away, "/"))[0] == 200


@pytest.mark.parametrize(
    "words",
    [
        (HEAD + b"content-length: 9\r\n\r\nhalf",),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n4\r\nhalf\r\n",),
        (HEAD + b"transfer-encoding: chunked\r\n\r\n3\r\nmore\r\n0\r\n\r\n",),
        (HEAD + b"transfer-encoding: chunked\r\n\r\nzz\r\n",),
        (HEAD + b"\r\nwithout a length",),
        (HEAD + b"x: " + b"y" * 70_000, b"z"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n",),
        (HEAD,),
    ],
)
async def test_half_an_answer_is_none(words: tuple[bytes, ...]) -> None:
    lanes = Lanes()
    async with saying(*words) as base:
        with pytest.raises(Broken):
            await ask(lanes, base, "/")
    await lanes.close()


async def test_a_connection_that_the_other_ends_is_not_used_again() -> None:
    lanes = Lanes()
    async with saying(HEAD + b"connection: close\r\ncontent-", b"length: 2\r\n\r\no", b"k") as base:
        for _ in range(3):
            assert await ask(lanes, base, "/") == (200, b"ok")
    with pytest.raises(Unreachable):
        await ask(lanes, base, "/")
    await lanes.close()


async def test_one_who_hangs_up_without_a_word_was_not_reached() -> None:
    lanes = Lanes()
    async with saying() as base:
        with pytest.raises(Unreachable):
            await ask(lanes, base, "/")
    await lanes.close()
