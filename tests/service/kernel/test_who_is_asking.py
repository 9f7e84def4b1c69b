"""Nobody gets in by an identity that is forged, old, or somebody else's."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx
import msgspec
import pytest

from services.kernel import errors
from services.kernel.calls import Calls, ContextUnavailable
from services.kernel.context import Context
from services.kernel.http.who import CrossSite, refuse_cross_site
from services.kernel.ids import new_id
from stack.ports import free_port
from tests.support import identities, probe
from tests.support.clock import FrozenClock
from tests.support.contexts import running


@pytest.fixture
def context(probe_environ: dict[str, str], clock: FrozenClock) -> Context:
    return probe.compose("probe", probe_environ, clock=clock)


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with running(context, "serve") as asking:
        yield asking


def refused(answer: httpx.Response, status: int, code: str) -> None:
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


async def test_without_an_identity_private_paths_are_closed(client: httpx.AsyncClient) -> None:
    refused(await client.get("/api/notes"), 401, "UNAUTHENTICATED")
    refused(await client.get("/internal/notes/1"), 401, "UNAUTHENTICATED")
    assert (await client.post("/api/public", json={"city": "Napier"})).status_code == 201


async def test_an_identity_lasts_a_minute(client: httpx.AsyncClient, clock: FrozenClock, tenant: str) -> None:
    headers = identities.person("usr_1", tenant_id=tenant, clock=clock)
    clock.advance(seconds=60)
    assert (await client.get("/api/notes", headers=headers)).status_code == 200
    clock.advance(seconds=6)
    refused(await client.get("/api/notes", headers=headers), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b.c",
        "....",
        "eyJhbGciOiJub25lIn0.e30.",
        "x" * 5000,
        "caf\u00e9",
        "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9." + "W1tb" * 900 + ".AA",
    ],
)
async def test_nonsense_is_nobody(client: httpx.AsyncClient, token: str) -> None:
    headers = {b"X-Identity": token.encode("latin-1")}
    refused(await client.get("/api/notes", headers=headers), 401, "UNAUTHENTICATED")
    refused(await client.get("/internal/notes/1", headers=headers), 401, "UNAUTHENTICATED")


async def test_somebody_without_a_business_is_asked_to_name_one(client: httpx.AsyncClient, clock: FrozenClock) -> None:
    headers = identities.person("usr_1", clock=clock)
    refused(await client.get("/api/notes", headers=headers), 403, "PROFILE_INCOMPLETE")


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("admin", 403), ("tech", 403)])
async def test_only_who_has_the_role_may(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, role: Any, status: int
) -> None:
    headers = identities.person("usr_1", tenant_id=tenant, role=role, clock=clock)
    assert (await client.delete("/api/notes", headers=headers)).status_code == status


async def test_another_tenants_record_is_not_there(client: httpx.AsyncClient, clock: FrozenClock, tenant: str) -> None:
    owner = identities.person("usr_1", tenant_id=tenant, clock=clock)
    stranger = identities.person("usr_2", tenant_id=new_id("ten"), clock=clock)
    made = (await client.post("/api/notes", json={"number": 1, "words": "mine"}, headers=owner)).json()["data"]
    theirs = await client.get(f"/api/notes/{made['noteId']}", headers=stranger)
    nobodys = await client.get(f"/api/notes/{new_id('note')}", headers=stranger)
    refused(theirs, 404, "NOT_FOUND")
    assert theirs.json()["error"] == nobodys.json()["error"]
    assert (await client.get("/api/notes", headers=stranger)).json()["data"] == []


async def test_internal_calls_are_for_contexts_that_signed_for_this_one(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str
) -> None:
    async def status(headers: dict[str, str]) -> int:
        return (await client.get("/internal/notes/1", headers=headers)).status_code

    assert await status(identities.context("echo", "probe", clock)) == 200
    assert await status(identities.context("echo", "auth", clock)) == 401
    assert await status(identities.person("usr_1", tenant_id=tenant, clock=clock)) == 401
    # A context is no person either.
    answer = await client.get("/api/notes", headers=identities.context("echo", "probe", clock))
    refused(answer, 401, "UNAUTHENTICATED")


async def test_no_context_but_auth_vouches_for_a_person(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str
) -> None:
    forged = identities.signer("booking", clock).person("usr_1", tenant_id=tenant, role="owner", session_id="ses")
    refused(await client.get("/api/notes", headers={"X-Identity": forged}), 401, "UNAUTHENTICATED")


# Calls from one context to another, over the wire


class Answering:
    """Another context, which answers one after the other; None hangs up without a word."""

    def __init__(self, *answers: bytes | None, takes: float = 0.0) -> None:
        self.answers = list(answers)
        self.takes = takes
        self.requests: list[bytes] = []
        self.talks: set[asyncio.Task[None] | None] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks.add(asyncio.current_task())
        with suppress(asyncio.IncompleteReadError, OSError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                self.requests.append(head + await reader.readexactly(len(b'{"a":1}')))
                await asyncio.sleep(self.takes)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                if answer is None:
                    break
                writer.write(answer)
        writer.close()


def answering(status: int, content: bytes) -> bytes:
    return b"HTTP/1.1 %d Whatever\r\ncontent-length: %d\r\n\r\n%b" % (status, len(content), content)


GOOD = answering(200, b'{"success": true, "data": "yes"}')


def failing(status: int, code: str = "SOME_CODE", **details: str) -> bytes:
    body = {"success": False, "error": {"code": code, "message": "a sentence", "details": details}}
    return answering(status, msgspec.json.encode(body))


async def asked(other: Answering, *, deadline: float = 3.0) -> str:
    calls = Calls(identities.signer("echo"), deadline=deadline)
    server = await asyncio.start_server(other, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        return await calls.ask("probe", f"http://127.0.0.1:{port}", "POST", "/internal/x", str, body={"a": 1})
    finally:
        await calls.close()
        server.close()
        await asyncio.gather(*filter(None, other.talks))


async def test_a_call_is_signed_for_the_one_it_asks() -> None:
    other = Answering(GOOD)
    assert await asked(other) == "yes"
    (request,) = other.requests
    lines = request.decode().split("\r\n")
    assert lines[0] == "POST /internal/x HTTP/1.1"
    assert lines[-1] == '{"a":1}'
    said = dict(line.split(": ", 1) for line in lines[1:-2])
    assert said["content-length"] == "7"
    identity = identities.verifier("probe").context(said["x-identity"])
    assert (identity.iss, identity.aud) == ("echo", "probe")


async def test_a_call_is_tried_again_only_where_nobody_can_have_answered_it() -> None:
    assert await asked(Answering(None, None, GOOD)) == "yes"
    slow = Answering(GOOD, takes=0.2)
    with pytest.raises(ContextUnavailable):
        await asked(slow, deadline=0.05)
    assert len(slow.requests) == 1
    nonsense = Answering(b"nothing of an answer\r\n\r\n", GOOD)
    with pytest.raises(ContextUnavailable):
        await asked(nonsense)
    assert len(nonsense.requests) == 1
    gone = Answering(None)
    with pytest.raises(ContextUnavailable):
        await asked(gone)
    assert len(gone.requests) == 3


async def test_where_nobody_listens_a_call_is_given_up_soon() -> None:
    calls = Calls(identities.signer("echo"))
    with pytest.raises(ContextUnavailable):
        await calls.ask("probe", f"http://127.0.0.1:{free_port()}", "GET", "/internal/x", str)
    await calls.close()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failing(400), errors.Invalid),
        (failing(403), errors.Forbidden),
        (failing(404), errors.NotFound),
        (failing(409), errors.Conflict),
        (failing(429), errors.TooOften),
        (failing(503), ContextUnavailable),
        (failing(500), ContextUnavailable),
        # Keys that don't fit are the operator's matter: the person who asks is signed in all the same.
        (failing(401), ContextUnavailable),
        (answering(502, b"<html>"), ContextUnavailable),
        (answering(404, b"[]"), ContextUnavailable),
    ],
)
async def test_what_the_other_refuses_is_refused_here(answer: bytes, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        await asked(Answering(answer))


async def test_a_conflict_keeps_its_own_code_and_details() -> None:
    with pytest.raises(errors.Conflict) as caught:
        await asked(Answering(failing(409, "SLOT_UNAVAILABLE", time="is taken")))
    assert (caught.value.code, caught.value.details) == ("SLOT_UNAVAILABLE", {"time": "is taken"})
    assert errors.Conflict.code == "CONFLICT"


# Cross-site calls

OWN = "https://peepopay.example"


@pytest.mark.parametrize(
    ("method", "origin", "site", "is_refused"),
    [
        ("POST", OWN, None, False),
        ("POST", "https://PEEPOPAY.example:443", None, False),
        ("POST", "https://trusted.example", None, False),
        ("POST", "https://evil.example", None, True),
        ("POST", "http://peepopay.example", None, True),
        ("POST", "https://peepopay.example:8443", None, True),
        ("POST", "https://peepopay.example.evil.example", None, True),
        ("POST", "null", None, True),
        ("POST", "", None, True),
        ("POST", "https://[broken", None, True),
        ("DELETE", "https://evil.example", None, True),
        ("POST", None, "cross-site", True),
        ("POST", None, "same-origin", False),
        ("POST", None, None, False),
        ("GET", "https://evil.example", "cross-site", False),
        ("HEAD", "null", None, False),
    ],
)
def test_a_changing_call_from_another_site(method: str, origin: str | None, site: str | None, is_refused: bool) -> None:
    def ask() -> None:
        refuse_cross_site(
            method=method, origin=origin, fetch_site=site, own=OWN, trusted=("https://trusted.example", "null")
        )

    if is_refused:
        with pytest.raises(CrossSite):
            ask()
    else:
        ask()
