"""The same key with the same body gives the first answer again, and does its work once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import asyncpg
import httpx
import pytest

from services.kernel import idempotency
from services.kernel.context import Context
from services.kernel.ids import new_id
from tests.support import identities, probe
from tests.support.clock import FrozenClock
from tests.support.contexts import running

BODY = {"number": 1, "words": "a very recognisable word"}


@pytest.fixture
def context(probe_environ: dict[str, str], clock: FrozenClock) -> Context:
    return probe.compose("probe", probe_environ, clock=clock)


@pytest.fixture
async def client(context: Context) -> AsyncIterator[httpx.AsyncClient]:
    async with running(context, "serve") as asking:
        yield asking


def asking(
    clock: FrozenClock, tenant: str, key: str = "key-1", role: str = "owner", user: str = "usr_1"
) -> dict[str, str]:
    who = identities.person(user, tenant_id=tenant, role=role, clock=clock)  # type: ignore[arg-type]
    return {**who, "Idempotency-Key": key}


async def notes(sql: asyncpg.Connection) -> int:
    return int(await sql.fetchval("SELECT count(*) FROM probe.notes"))


async def test_the_first_answer_comes_again(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    first = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    second = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["content-type"] == first.headers["content-type"]
    assert second.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert await notes(sql) == 1
    assert await sql.fetchval("SELECT count(*) FROM probe.outbox") == 1


async def test_another_body_or_another_address_under_the_same_key_is_a_conflict(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    other = await client.post("/api/notes", json={**BODY, "number": 2}, headers=asking(clock, tenant))
    elsewhere = await client.post("/api/public", json={"city": "Napier"}, headers=asking(clock, tenant))
    for answer in (other, elsewhere):
        assert answer.status_code == 409
        assert answer.json()["error"]["code"] == "IDEMPOTENCY_KEY_REUSED"
        assert answer.json()["requestId"] == answer.headers["x-request-id"]
    assert await notes(sql) == 1


async def test_many_at_once_with_one_key_do_the_work_once(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    answers = await asyncio.gather(
        *(client.post("/api/notes", json=BODY, headers=asking(clock, tenant)) for _ in range(20))
    )
    assert await notes(sql) == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code == 409:
            error = answer.json()["error"]
            assert (error["code"], error["retryable"]) == ("IDEMPOTENCY_KEY_IN_USE", True)
    assert (await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))).content in made


async def test_a_request_whose_process_died_may_be_tried_again_after_its_lease(
    context: Context, client: httpx.AsyncClient, clock: FrozenClock, tenant: str
) -> None:
    body = b'{"city": "Napier"}'
    tools = context.tools
    # What a request leaves behind that was begun and never ended.
    store = idempotency._Store(tools.db, tools.keyring, clock, f"{tenant}:usr_1", "key-1")
    await store.begin(hashlib.sha256(b"/api/public\0" + body).digest())
    headers = asking(clock, tenant)
    early = await client.post("/api/public", content=body, headers=headers)
    assert early.status_code == 409
    assert early.json()["error"]["code"] == "IDEMPOTENCY_KEY_IN_USE"
    clock.advance(seconds=31)
    headers = asking(clock, tenant)
    first = await client.post("/api/public", content=body, headers=headers)
    assert first.status_code == 201
    assert (await client.post("/api/public", content=body, headers=headers)).content == first.content


async def test_what_failed_on_our_side_is_done_again(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    body = {**BODY, "words": "break afterwards"}
    for tried in (1, 2):
        answer = await client.post("/api/notes", json=body, headers=asking(clock, tenant))
        assert answer.status_code == 500
        assert await notes(sql) == tried
    assert await sql.fetchval("SELECT count(*) FROM probe.idempotency") == 0


async def test_what_calls_itself_worth_another_try_is_done_again(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    body = {**BODY, "words": "busy afterwards"}
    for tried in (1, 2):
        answer = await client.post("/api/notes", json=body, headers=asking(clock, tenant))
        assert (answer.status_code, answer.json()["error"]["retryable"]) == (409, True)
        assert "idempotency-replayed" not in answer.headers
        assert await notes(sql) == tried


async def test_a_refusal_of_the_callers_mistake_comes_again_too(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str
) -> None:
    headers = asking(clock, tenant)
    answers = [await client.post("/api/notes", json={"number": -1}, headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert answers[0].json()["error"] == answers[1].json()["error"]


async def test_what_one_person_may_not_is_not_kept_for_the_next(client: httpx.AsyncClient, clock: FrozenClock) -> None:
    nobody = {**identities.person("usr_1", clock=clock), "Idempotency-Key": "key-1"}
    for _ in range(2):
        refused = await client.post("/api/notes", json=BODY, headers=nobody)
        assert refused.status_code == 403
        assert "idempotency-replayed" not in refused.headers


async def test_two_businesses_may_use_the_same_key(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    one = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    other = await client.post("/api/notes", json=BODY, headers=asking(clock, new_id("ten")))
    assert (one.status_code, other.status_code) == (201, 201)
    assert one.json()["data"]["noteId"] != other.json()["data"]["noteId"]
    assert await notes(sql) == 2


async def test_nobody_gets_the_stored_answer_of_another_of_the_team(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    owners = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    others = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant, user="usr_2"))
    assert owners.json()["data"]["noteId"] != others.json()["data"]["noteId"]
    assert await notes(sql) == 2


async def test_a_key_is_forgotten_after_a_day_and_not_before(
    context: Context, client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    first = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    clock.advance(hours=23, minutes=59)
    await idempotency.prune(context.tools.db, clock)
    again = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    assert again.content == first.content
    clock.advance(minutes=2)
    fresh = await client.post("/api/notes", json=BODY, headers=asking(clock, tenant))
    assert fresh.status_code == 201
    assert fresh.content != first.content
    clock.advance(hours=25)
    await idempotency.prune(context.tools.db, clock)
    assert await sql.fetchval("SELECT count(*) FROM probe.idempotency") == 0


async def test_stored_answers_and_keys_can_not_be_read_in_the_database(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    await client.post("/api/notes", json=BODY, headers=asking(clock, tenant, key="a-recognisable-key"))
    row = await sql.fetchrow("SELECT * FROM probe.idempotency")
    stored = b"".join(value for value in row.values() if isinstance(value, bytes))
    assert row["answer"]
    assert b"recognisable" not in stored


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "tab\there", "caf\u00e9"])
async def test_a_key_that_is_none(client: httpx.AsyncClient, clock: FrozenClock, tenant: str, key: str) -> None:
    headers = {name.encode(): value.encode("latin-1") for name, value in asking(clock, tenant, key).items()}
    answer = await client.post("/api/notes", json=BODY, headers=headers)
    assert answer.status_code == 400
    assert list(answer.json()["error"]["details"]) == ["Idempotency-Key"]


async def test_a_commit_that_failed_keeps_no_answer(
    client: httpx.AsyncClient, clock: FrozenClock, tenant: str, sql: asyncpg.Connection
) -> None:
    for _ in range(2):
        answer = await client.post("/api/pairs", headers=asking(clock, tenant))
        assert answer.status_code == 500
        assert "idempotency-replayed" not in answer.headers
    assert await sql.fetchval("SELECT count(*) FROM probe.pairs") == 0
