"""Contexts as processes of their own, as production runs them."""

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import asyncpg
import httpx

from services import CONTEXTS
from stack.home import ROOT
from tests.support import identities
from tests.support.collector import Span, collecting
from tests.support.contexts import Process, eventually, process
from tests.support.environ import environ_of
from tests.support.servers import Servers

OURS = ("tests.support.probe",)


async def test_a_rate_limit_holds_exactly_across_two_processes(fresh: Servers, tmp_path: Path) -> None:
    environ = environ_of(fresh, "probe")
    async with (
        process("probe", environ, "serve", folder=tmp_path, module=OURS) as one,
        process("probe", environ, "serve", folder=tmp_path, module=OURS) as other,
        one.client() as first,
        other.client() as second,
    ):
        answers = await asyncio.gather(*((first, second)[number % 2].post("/api/metered") for number in range(60)))
        passed = [answer for answer in answers if answer.status_code == 201]
        stopped = [answer for answer in answers if answer.status_code == 429]
        assert (len(passed), len(stopped)) == (10, 50)
        for answer in stopped:
            error = answer.json()["error"]
            assert (error["code"], error["retryable"]) == ("RATE_LIMITED", True)
            assert 1 <= int(answer.headers["retry-after"]) <= 60
        # Asked to stop while it works on something, it finishes that, takes nothing new, and ends well.
        busy = asyncio.create_task(first.post("/api/public", json={"city": "Napier"}))
        await asyncio.sleep(0)
        assert (await busy).status_code == 201
        assert await asyncio.to_thread(one.terminate) == 0
        assert await asyncio.to_thread(other.terminate) == 0


async def test_one_trace_goes_through_http_database_broker_and_the_other_context(
    fresh: Servers, sql: asyncpg.Connection, tenant: str, tmp_path: Path
) -> None:
    trace_id, caller = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with collecting() as collector:
        given = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        async with (
            process("probe", environ_of(fresh, "probe", **given), folder=tmp_path, module=OURS) as teller,
            process("echo", environ_of(fresh, "echo", **given), folder=tmp_path, module=OURS) as hearer,
            teller.client() as client,
        ):
            for one in (teller, hearer):
                await eventually(lambda one=one: _is_ready(one), "it is ready", every=0.1)  # type: ignore[misc]
            answer = await client.post(
                "/api/notes",
                json={"number": 1, "words": "someone@example.com says hello"},
                headers={
                    **identities.person("usr_1", tenant_id=tenant),
                    "traceparent": f"00-{trace_id}-{caller}-01",
                    "x-request-id": "the-request",
                },
            )
            assert answer.status_code == 201

            async def is_heard() -> bool:
                return bool(await sql.fetchval("SELECT count(*) FROM echo.heard"))

            await eventually(is_heard, "the event is applied")
            await eventually(
                lambda: any(span.name.startswith("echo.probe") for span in collector.of(trace_id)),
                "the other context's part of the trace arrives",
            )
            await eventually(
                lambda: any(span.name == "POST request" for span in collector.of(trace_id)),
                "the first context's part of the trace arrives",
            )
            logged = [json.loads(line) for line in teller.log.read_text("utf-8").splitlines() if line[:1] == "{"]
    spans = {span.span_id: span for span in collector.of(trace_id)}
    (root,) = [span for span in spans.values() if span.name == "POST request"]
    assert (root.context, root.parent_id) == ("peepopay-probe", caller)
    (handling,) = [span for span in spans.values() if span.name == "echo.probe probe.note.taken.v1"]
    assert handling.context == "peepopay-echo"
    assert root in ancestors(handling, spans)
    statements = [span for span in spans.values() if span.name == "db.statement"]
    assert {span.context for span in statements} == {"peepopay-probe", "peepopay-echo"}
    assert all(root in ancestors(span, spans) for span in statements)
    # The log of the same request can be found by either name, and tells nothing of the person.
    (line,) = [line for line in logged if line.get("requestId") == "the-request" and line["logger"] == "access"]
    assert (line["status"], line["route"], line["tenantId"]) == (201, "/api/notes", tenant)
    assert "example.com" not in teller.log.read_text("utf-8")


def ancestors(span: Span, spans: dict[str, Span]) -> list[Span]:
    found = []
    while span.parent_id in spans:
        span = spans[span.parent_id]
        found.append(span)
    return found


async def test_a_context_of_the_product_starts_while_every_server_is_away(fresh: Servers, tmp_path: Path) -> None:
    nobody = "127.0.0.1:9"
    environ = environ_of(
        fresh,
        "catalog",
        DATABASE_URL=f"postgresql://peepopay_catalog:pw@{nobody}/peepopay",
        REDIS_URL=f"redis://{nobody}/0",
        RABBITMQ_URL=f"amqp://guest:guest@{nobody}/",
    )
    async with process("catalog", environ, folder=tmp_path) as alone, alone.client() as client:
        assert (await client.get("/health")).json() == {"success": True, "data": {"status": "ok", "checks": {}}}
        ready = await client.get("/health/ready")
        assert ready.status_code == 503
        assert set(ready.json()["error"]["details"]) == {"db", "redis", "rabbitmq"}
        assert (await client.get("/schema/openapi.json")).status_code == 200
        assert (await client.get("/metrics")).status_code == 200
        assert await asyncio.to_thread(alone.terminate) == 0


def test_a_context_that_lacks_settings_names_all_of_them_and_does_not_start() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.kernel.run", "catalog"],
        cwd=ROOT,
        env={"SECRET_KEY": "short", "PUBLIC_URL": "nonsense"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 2
    said = done.stderr.splitlines()
    for variable in ("DATABASE_URL", "REDIS_URL", "RABBITMQ_URL", "IDENTITY_PRIVATE_KEY", *map(address, CONTEXTS[:6])):
        assert f"catalog: {variable} is missing" in said
    assert "catalog: SECRET_KEY must be 32 bytes in base64" in said
    assert any("PUBLIC_URL must be an address" in sentence for sentence in said)
    assert len(said) == len(set(said)), "each is said once"
    assert "Traceback" not in done.stderr


def address(context: str) -> str:
    return f"{context.upper()}_URL"


async def _is_ready(running: Process) -> bool:
    async with running.client() as client:
        try:
            return (await client.get("/health/ready")).status_code == 200
        except httpx.HTTPError:
            return False
