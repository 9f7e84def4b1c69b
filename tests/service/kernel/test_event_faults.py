"""What becomes of events when something breaks: nothing is lost, nothing applied twice, nothing blocks the rest."""

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aio_pika
import asyncpg
import pytest

from services.kernel import errors, events, replay
from services.kernel.context import Context
from services.kernel.events import Delivery
from services.kernel.ids import new_id, new_uuid
from tests.support import identities, probe
from tests.support.contexts import connected, eventually, process, running
from tests.support.environ import environ_of
from tests.support.proxy import Wire
from tests.support.servers import Servers

Note = Delivery[probe.NoteTaken]


async def take_note(context: Context, tenant: str, number: int, note_id: str | None = None) -> str:
    async with context.tools.db.transaction(tenant) as tx:
        return await probe.take_note(tx, context.tools.outbox, note_id or new_id("note"), number)


async def publish(context: Context, event_id: str, body: bytes, subject: str = "note") -> None:
    """Straight to the broker, as a relay does it."""
    await context.bus.publish(
        event_id=event_id,
        event_type=probe.NoteTaken.TYPE,
        body=body,
        headers=events.headers(
            event_id=event_id,
            event_type=probe.NoteTaken.TYPE,
            subject=subject,
            sequence=1,
            tenant_id=None,
            at=datetime(2026, 3, 1, tzinfo=UTC),
            traceparent="",
        ),
    )


async def waiting(servers: Servers, queue: str) -> int:
    connection = await aio_pika.connect(servers.rabbitmq)
    async with connection, connection.channel() as channel:
        declared = await channel.get_queue(queue)
        return declared.declaration_result.message_count or 0


def counted(sql: asyncpg.Connection, expected: int) -> Callable[[], Awaitable[bool]]:
    async def is_there() -> bool:
        return bool(await sql.fetchval("SELECT count(*) FROM echo.heard") >= expected)

    return is_there


async def assert_each_once(sql: asyncpg.Connection, event_ids: list[str]) -> None:
    rows = await sql.fetch("SELECT event_id FROM echo.heard")
    assert sorted(row["event_id"] for row in rows) == sorted(event_ids)


async def test_a_relay_killed_between_publishing_and_commit_is_followed_by_one_that_sends_again(
    fresh: Servers, echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str, tmp_path: Path
) -> None:
    environ = environ_of(fresh, "probe")
    writer, hearer = probe.compose("probe", environ), probe.compose("echo", echo_environ)
    relay = ("tests.support.probe",)
    await writer.tools.open()
    try:
        async with running(hearer):
            await connected(hearer)
            sent = [await take_note(writer, tenant, number) for number in range(5)]
            # The relay may read and lock its rows, and publish; marking them as sent has to wait.
            lock = sql.transaction()
            await lock.start()
            await sql.execute("LOCK TABLE probe.outbox IN SHARE MODE")
            async with process("probe", environ, "consume", folder=tmp_path, module=relay) as first:
                await eventually(counted(sql, 5), "the events arrive while their sending is not committed")
                first.kill()
            await lock.rollback()
            assert await sql.fetchval("SELECT count(*) FROM probe.outbox WHERE sent_at IS NULL") == 5
            async with process("probe", environ, "consume", folder=tmp_path, module=relay):

                async def all_sent() -> bool:
                    return not await sql.fetchval("SELECT count(*) FROM probe.outbox WHERE sent_at IS NULL")

                await eventually(all_sent, "the second relay sends them again")
                # A last event shows that those before it have been through.
                writer_id = await take_note(writer, tenant, 99)
                await eventually(counted(sql, 6), "the last one arrives")
            await assert_each_once(sql, [*sent, writer_id])
    finally:
        await writer.tools.close()


async def test_the_broker_breaks_off_under_load_and_nothing_is_lost_or_applied_twice(
    fresh: Servers, sql: asyncpg.Connection, tenant: str
) -> None:
    async with Wire(fresh.rabbitmq) as tellers_wire, Wire(fresh.rabbitmq) as hearers_wire:
        teller = probe.compose("probe", environ_of(fresh, "probe", RABBITMQ_URL=tellers_wire.url))
        hearer = probe.compose("echo", environ_of(fresh, "echo", RABBITMQ_URL=hearers_wire.url))
        async with running(teller) as client, running(hearer):
            await connected(teller, hearer)
            sent: list[str] = []

            async def write() -> None:
                for number in range(400):
                    sent.append(await take_note(teller, tenant, number))
                    await asyncio.sleep(0.005)

            async def disturb() -> None:
                for _ in range(2):
                    await asyncio.sleep(0.4)
                    await tellers_wire.cut()
                    await asyncio.sleep(0.2)
                    await hearers_wire.cut()
                    await asyncio.sleep(0.3)
                    assert (await client.get("/health/rabbitmq")).status_code == 503
                    await tellers_wire.mend()
                    await asyncio.sleep(0.3)
                    await hearers_wire.mend()

            await asyncio.gather(write(), disturb())
            await eventually(counted(sql, 400), "every event is applied", within=40)
            await asyncio.sleep(0.3)
            await assert_each_once(sql, sent)
            await eventually(lambda: teller.bus.is_connected and hearer.bus.is_connected, "both are well again")
            assert (await client.get("/health/ready")).status_code == 200


async def test_a_message_delivered_twice_is_applied_once(
    probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", echo_environ)
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        twice = new_uuid()
        body = b'{"noteId": "note", "number": 1}'
        await asyncio.gather(*(publish(teller, twice, body) for _ in range(10)))
        last = await take_note(teller, tenant, 2)
        await eventually(counted(sql, 2), "the last one arrives")
        await asyncio.sleep(0.2)
        await assert_each_once(sql, [twice, last])


async def test_a_handler_cut_off_before_its_acknowledgement_hears_the_event_again_and_applies_it_once(
    fresh: Servers, probe_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    async with Wire(fresh.rabbitmq) as wire:
        deliveries: list[str] = []

        async def apply_and_break(delivery: Note) -> None:
            deliveries.append(delivery.id)
            await probe.applying(hearer.tools.db)(delivery)
            if len(deliveries) == 1:
                await wire.cut()
                await wire.mend()

        teller = probe.compose("probe", probe_environ)
        hearer = probe.compose("echo", environ_of(fresh, "echo", RABBITMQ_URL=wire.url), handler=apply_and_break)
        async with running(teller), running(hearer):
            await connected(teller, hearer)
            event_id = await take_note(teller, tenant, 1)
            await eventually(lambda: len(deliveries) >= 2, "the event comes again")
            await asyncio.sleep(0.2)
            assert set(deliveries) == {event_id}
            await assert_each_once(sql, [event_id])


async def test_poisoned_messages_are_tried_with_growing_delays_then_parked_while_others_pass(
    fresh: Servers,
    probe_environ: dict[str, str],
    echo_environ: dict[str, str],
    sql: asyncpg.Connection,
    tenant: str,
) -> None:
    tries: dict[int, list[float]] = {}
    is_repaired = False

    async def stumble(delivery: Note) -> None:
        tries.setdefault(delivery.event.number, []).append(time.monotonic())
        if delivery.event.number == 13 and not is_repaired:
            raise KeyError("a bug")
        await probe.applying(hearer.tools.db)(delivery)

    teller = probe.compose("probe", probe_environ)
    hearer = probe.compose("echo", echo_environ, handler=stumble)
    async with running(teller), running(hearer) as client:
        await connected(teller, hearer)
        broken, wrong = new_uuid(), new_uuid()
        await publish(teller, broken, b'{"noteId": "note", "number"')
        await publish(teller, wrong, b'{"noteId": "note", "number": "two"}')
        ids = {number: await take_note(teller, tenant, number) for number in (12, 13, 14)}
        took = await eventually(counted(sql, 2), "the others are applied", within=5)
        assert took < sum(probe.DELAYS), "the others waited for the poisoned ones"
        await assert_each_once(sql, [ids[12], ids[14]])

        async def all_parked() -> bool:
            return await waiting(fresh, "echo.probe.parked") == 3

        await eventually(all_parked, "the poisoned ones are parked", every=0.1)
        assert len(tries[13]) == 1 + len(probe.DELAYS)
        pauses = [after - before for before, after in itertools.pairwise(tries[13])]
        assert all(pause >= delay for pause, delay in zip(pauses, probe.DELAYS, strict=True)), pauses
        exposition = (await client.get("/metrics")).text
        assert 'events_parked_waiting{queue="echo.probe"} 3.0' in exposition

        # Not repaired yet: they end where they were, with nothing lost on the way.
        assert await replay.parked(probe.compose("echo", echo_environ)) == {"echo.probe": 3}
        await eventually(all_parked, "they are parked again", every=0.1)
        assert len(tries[13]) == 2 * (1 + len(probe.DELAYS))

        is_repaired = True
        assert await replay.parked(probe.compose("echo", echo_environ)) == {"echo.probe": 3}
        await eventually(counted(sql, 3), "the repaired one is applied")
        await assert_each_once(sql, list(ids.values()))

        async def two_parked() -> bool:
            return await waiting(fresh, "echo.probe.parked") == 2

        await eventually(two_parked, "what is broken for good is parked for good", every=0.1)


async def test_a_handler_that_needs_what_is_away_waits_for_it_and_never_parks(
    fresh: Servers,
    probe_environ: dict[str, str],
    echo_environ: dict[str, str],
    sql: asyncpg.Connection,
    tenant: str,
) -> None:
    attempts: list[int] = []
    is_away = True

    async def need(delivery: Note) -> None:
        attempts.append(delivery.attempt)
        if is_away:
            raise errors.Unavailable
        await probe.applying(hearer.tools.db)(delivery)

    teller = probe.compose("probe", probe_environ)
    hearer = probe.compose("echo", echo_environ, handler=need, delays=(0.05, 0.1))
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        event_id = await take_note(teller, tenant, 1)
        # More often than a bug would be tried before it is parked.
        await eventually(lambda: len(attempts) >= 8, "it is tried again and again")
        assert await waiting(fresh, "echo.probe.parked") == 0
        is_away = False
        await eventually(counted(sql, 1), "it is applied when what it needs is back")
        await assert_each_once(sql, [event_id])
    # Waiting for something is no try.
    assert set(attempts) == {0}


async def test_a_database_that_is_away_makes_its_events_wait(
    fresh: Servers, probe_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    async with Wire(fresh.postgres) as wire:
        environ = environ_of(fresh, "echo", DATABASE_URL=wire.of(fresh.database_of("echo")))
        teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", environ, delays=(0.05, 0.1))
        async with running(teller), running(hearer):
            await connected(teller, hearer)
            await wire.cut()
            sent = [await take_note(teller, tenant, number) for number in range(10)]
            await asyncio.sleep(1)
            assert await waiting(fresh, "echo.probe.parked") == 0
            await wire.mend()
            await eventually(counted(sql, 10), "all are applied when it is back")
            await assert_each_once(sql, sent)


async def test_a_message_that_cannot_be_put_aside_goes_back_to_its_queue(
    fresh: Servers, probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    tries = 0

    async def stumble_twice(delivery: Note) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise KeyError("a bug")
        await probe.applying(hearer.tools.db)(delivery)

    teller = probe.compose("probe", probe_environ)
    hearer = probe.compose("echo", echo_environ, handler=stumble_twice, delays=(0.07,))
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        connection = await aio_pika.connect(fresh.rabbitmq)
        async with connection, connection.channel() as channel:
            # An operator's mistake: there is no place any more where it could wait.
            await channel.queue_delete("peepopay.delay.0.07s")
        event_id = await take_note(teller, tenant, 1)
        await eventually(counted(sql, 1), "it is applied all the same")
        await assert_each_once(sql, [event_id])


async def test_a_context_whose_broker_is_away_serves_and_finds_it_later(
    fresh: Servers, sql: asyncpg.Connection, tenant: str, echo_environ: dict[str, str]
) -> None:
    wire = Wire(fresh.rabbitmq)
    teller = probe.compose("probe", environ_of(fresh, "probe", RABBITMQ_URL=wire.url))
    hearer = probe.compose("echo", echo_environ)
    async with running(teller) as client, running(hearer):
        await connected(hearer)
        headers = identities.person("usr_1", tenant_id=tenant)
        for number in range(3):
            answer = await client.post("/api/notes", json={"number": number, "words": "w"}, headers=headers)
            assert answer.status_code == 201
        assert (await client.get("/health/rabbitmq")).status_code == 503
        assert (await client.get("/health/db")).status_code == 200
        assert await sql.fetchval("SELECT count(*) FROM probe.outbox WHERE sent_at IS NULL") == 3
        # The relay does not sit on its rows meanwhile.
        held = (
            "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND usename = 'peepopay_probe'"
        )
        found = []
        for _ in range(20):
            found.append(await sql.fetchval(held))
            await asyncio.sleep(0.02)
        assert min(found) == 0
        async with wire:
            await eventually(counted(sql, 3), "the events go out when it is there")
            assert (await client.get("/health/rabbitmq")).status_code == 200


async def test_a_context_ends_soon_though_its_broker_was_never_there(fresh: Servers) -> None:
    began = time.monotonic()
    wire = Wire(fresh.rabbitmq)
    for name in probe.NAMES:
        async with running(probe.compose(name, environ_of(fresh, name, RABBITMQ_URL=wire.url))) as client:
            assert (await client.get("/health")).status_code == 200
    assert time.monotonic() - began < 5


async def test_an_event_of_a_type_that_nobody_knows_passes(
    fresh: Servers, probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", echo_environ)
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        async with teller.tools.db.transaction(tenant) as tx:
            await teller.tools.outbox.add(tx, probe.NoteBurnt(note_id="note"), about="note")
        last = await take_note(teller, tenant, 1)
        await eventually(counted(sql, 1), "the one after it arrives")
        await assert_each_once(sql, [last])

        async def nothing_left() -> bool:
            return await waiting(fresh, "echo.probe") == 0

        await eventually(nothing_left, "its queue is empty")
        assert await waiting(fresh, "echo.probe.parked") == 0


async def test_a_field_that_a_later_version_adds_disturbs_nobody(
    probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection
) -> None:
    teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", echo_environ)
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        event_id = new_uuid()
        await publish(teller, event_id, b'{"noteId": "note", "number": 1, "colour": "green"}')
        await eventually(counted(sql, 1), "it is applied")
        await assert_each_once(sql, [event_id])


@pytest.mark.parametrize("role", ["serve", "consume"])
async def test_the_event_side_takes_no_calls_and_the_web_side_hears_nothing(
    fresh: Servers, role: Any, sql: asyncpg.Connection, tenant: str, probe_environ: dict[str, str]
) -> None:
    teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", environ_of(fresh, "echo"))
    whole = probe.compose("echo", environ_of(fresh, "echo"))
    async with running(whole):
        # Once, so that its queue is there.
        await connected(whole)
    async with running(teller), running(hearer, role) as client:
        await connected(teller, hearer)
        await take_note(teller, tenant, 1)
        status = (await client.post("/api/public", json={"city": "Napier"})).status_code
        assert status == (201 if role == "serve" else 404)
        assert (await client.get("/health/ready")).status_code == 200
        if role == "consume":
            await eventually(counted(sql, 1), "it is heard")
        else:
            await asyncio.sleep(0.5)
            assert await sql.fetchval("SELECT count(*) FROM echo.heard") == 0
