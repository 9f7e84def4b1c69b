"""What comes in: bodies are read to their end, and too many requests at once are refused at once."""

import asyncio
from pathlib import Path
from typing import Any

import httpx

from services.kernel.http.intake import Intake
from tests.support.contexts import process
from tests.support.environ import environ_of
from tests.support.servers import Servers

OURS = ("tests.support.probe",)


async def test_a_body_that_nobody_reads_does_not_break_the_connection(fresh: Servers, tmp_path: Path) -> None:
    async with process("probe", environ_of(fresh, "probe"), "serve", folder=tmp_path, module=OURS) as probe:
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1)
        async with httpx.AsyncClient(base_url=probe.url, limits=limits) as client:
            for size in (60_000, 200_000, 900_000, 1_500_000, 3_900_000):
                refused = await client.request("DELETE", "/api/notes", content=b"x" * size)
                assert refused.status_code in {401, 413}, size
                unknown = await client.post("/nothing", content=b"x" * size)
                assert unknown.status_code == 404, size
                alive = await client.get("/api/notes")
                assert alive.status_code == 401


async def test_what_is_beyond_all_measure_is_refused(fresh: Servers, tmp_path: Path) -> None:
    async with (
        process("probe", environ_of(fresh, "probe"), "serve", folder=tmp_path, module=OURS) as probe,
        probe.client() as client,
    ):
        answer = await client.post("/api/public", content=b"x" * 4_500_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")


async def test_too_many_at_once_are_refused_at_once_and_the_others_answered() -> None:
    gate = asyncio.Event()

    async def slow(_: Any, __: Any, send: Any) -> None:
        await gate.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    intake = Intake(slow)
    transport = httpx.ASGITransport(app=intake)  # type: ignore[arg-type] # the two libraries' words for one thing
    async with httpx.AsyncClient(transport=transport, base_url="http://context") as client:
        asked = [asyncio.create_task(client.get("/api/x")) for _ in range(300)]
        done, waiting = await asyncio.wait(asked, timeout=2)
        refused = [task.result() for task in done]
        assert (len(refused), len(waiting)) == (44, 256)
        for answer in refused:
            assert (answer.status_code, answer.json()["error"]["code"]) == (503, "SERVICE_BUSY")
            assert answer.json()["error"]["retryable"] is True
            assert answer.headers["retry-after"] == "1"
        gate.set()
        assert {answer.status_code for answer in await asyncio.gather(*waiting)} == {200}
        assert (await client.get("/api/x")).status_code == 200
