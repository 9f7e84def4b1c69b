"""Nobody gets in by an identity that is forged, old, or somebody else's."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from services.kernel import errors
from services.kernel.calls import Calls, ContextUnavailable
from services.kernel.context import Context
from services.kernel.http.who import CrossSite, refuse_cross_site
from services.kernel.ids import new_id
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
    """Another context, as httpx sees it."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


def failing(status: int, code: str = "SOME_CODE", **details: str) -> httpx.Response:
    body = {"success": False, "error": {"code": code, "message": "a sentence", "details": details}}
    return httpx.Response(status, content=msgspec.json.encode(body))


async def asked(other: Answering) -> str:
    calls = Calls(identities.signer("echo"))
    await calls._client.aclose()
    calls._client = httpx.AsyncClient(transport=httpx.MockTransport(other))
    try:
        return await calls.ask("probe", "http://probe", "POST", "/internal/x", str, body={"a": 1})
    finally:
        await calls.close()


async def test_a_call_is_signed_for_the_one_it_asks() -> None:
    other = Answering(httpx.Response(200, content=b'{"success": true, "data": "yes"}'))
    assert await asked(other) == "yes"
    identity = identities.verifier("probe").context(other.requests[0].headers["x-identity"])
    assert (identity.iss, identity.aud) == ("echo", "probe")


async def test_a_call_is_tried_again_only_where_nobody_can_have_heard_it() -> None:
    good = httpx.Response(200, content=b'{"success": true, "data": "yes"}')
    unreachable = Answering(httpx.ConnectError("no"), httpx.ConnectTimeout("no"), good)
    assert await asked(unreachable) == "yes"
    slow = Answering(httpx.ReadTimeout("late"), good)
    with pytest.raises(ContextUnavailable):
        await asked(slow)
    assert len(slow.requests) == 1
    with pytest.raises(ContextUnavailable):
        await asked(Answering(httpx.ConnectError("no")))


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
        (httpx.Response(502, content=b"<html>"), ContextUnavailable),
        (httpx.Response(404, content=b"[]"), ContextUnavailable),
    ],
)
async def test_what_the_other_refuses_is_refused_here(answer: httpx.Response, kind: type[Exception]) -> None:
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
