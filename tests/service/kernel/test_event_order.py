"""From the commit to the handler: each event once, in the order of its aggregate, and soon."""

import asyncio
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from services.kernel import inbox
from services.kernel.context import Context
from services.kernel.db import Database
from services.kernel.events import Delivery
from services.kernel.ids import new_id, new_uuid
from services.kernel.outbox import Relay
from tests.support import probe
from tests.support.contexts import connected, eventually, running


async def take_note(context: Context, tenant: str, note_id: str, number: int = 1) -> None:
    async with context.tools.db.transaction(tenant) as tx:
        await probe.take_note(tx, context.tools.outbox, note_id, number)


async def heard(sql: asyncpg.Connection) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await sql.fetch("SELECT * FROM echo.heard ORDER BY id")
    return rows


async def test_an_event_goes_from_the_commit_to_its_handler(
    probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    arrived: list[Delivery[probe.NoteTaken]] = []

    async def keep(delivery: Delivery[probe.NoteTaken]) -> None:
        arrived.append(delivery)

    teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", echo_environ, handler=keep)
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        note = new_id("note")
        await take_note(teller, tenant, note, 5)
        await eventually(lambda: bool(arrived), "the event arrives")

        async def is_marked() -> bool:
            return bool(await sql.fetchval("SELECT sent_at IS NOT NULL FROM probe.outbox"))

        await eventually(is_marked, "it is marked as sent")
    (delivery,) = arrived
    assert delivery.event == probe.NoteTaken(note_id=note, number=5)
    assert (delivery.subject, delivery.sequence, delivery.tenant_id) == (note, 1, tenant)
    assert (delivery.queue, delivery.attempt) == ("echo.probe", 0)
    assert delivery.at.tzinfo is not None
    assert await sql.fetchval("SELECT event_id FROM probe.outbox") == delivery.id


async def test_the_events_of_one_aggregate_stay_in_order_under_concurrent_writers(
    probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    sequences: dict[str, list[int]] = {}

    async def note_down(delivery: Delivery[probe.NoteTaken]) -> None:
        sequences.setdefault(delivery.subject, []).append(delivery.sequence)

    # Two relays, as two replicas have; the writers are a third process's.
    tellers = [probe.compose("probe", probe_environ) for _ in range(3)]
    hearer = probe.compose("echo", echo_environ, handler=note_down)
    notes = [new_id("note") for _ in range(4)]
    async with (
        running(tellers[0], "consume"),
        running(tellers[1], "consume"),
        running(tellers[2], "serve"),
        running(hearer),
    ):
        await connected(*tellers, hearer)

        async def write(number: int) -> None:
            await asyncio.sleep(0.002 * (number % 7))
            await take_note(tellers[2], tenant, notes[number % len(notes)], number)

        await asyncio.gather(*(write(number) for number in range(120)))
        await eventually(lambda: sum(map(len, sequences.values())) >= 120, "every event arrives")
    # Several handlers of one queue run at once, so only what was sent has an order.
    assert {note: sorted(found) for note, found in sequences.items()} == {note: [*range(1, 31)] for note in notes}
    sent = await sql.fetch("SELECT aggregate_id, sequence FROM probe.outbox ORDER BY sent_at, id")
    for note in notes:
        assert [row["sequence"] for row in sent if row["aggregate_id"] == note] == [*range(1, 31)]


async def test_two_relays_share_the_work_and_send_nothing_twice(
    probe_environ: dict[str, str], tenant: str, sql: asyncpg.Connection
) -> None:
    teller = probe.compose("probe", probe_environ)
    await teller.tools.open()
    sent: list[tuple[str, str]] = []

    def relay(name: str) -> Relay:
        async def publish(*, event_id: str, **_: Any) -> None:
            sent.append((name, event_id))
            await asyncio.sleep(0.005)

        return Relay(teller.tools.db, publish, "nobody")

    try:
        for number in range(500):
            await take_note(teller, tenant, new_id("note"), number)
        one, other = asyncio.create_task(relay("one").run()), asyncio.create_task(relay("other").run())
        await eventually(lambda: len(sent) >= 500, "all are sent")
        await asyncio.sleep(0.2)
        for task in (one, other):
            task.cancel()
        await asyncio.gather(one, other, return_exceptions=True)
    finally:
        await teller.tools.close()
    assert len({event_id for _, event_id in sent}) == len(sent) == 500
    assert min(Counter(name for name, _ in sent).values()) >= 100
    assert await sql.fetchval("SELECT count(*) FROM probe.outbox WHERE sent_at IS NULL") == 0


async def test_a_relay_sends_only_the_earliest_unsent_event_of_an_aggregate(
    probe_environ: dict[str, str], tenant: str
) -> None:
    teller = probe.compose("probe", probe_environ)
    await teller.tools.open()
    sequences: list[str] = []
    is_broken = True

    async def publish(*, headers: dict[str, str], **_: Any) -> None:
        sequences.append(headers["cloudEvents:sequence"])
        if is_broken:
            raise ConnectionError

    try:
        note = new_id("note")
        for number in range(3):
            await take_note(teller, tenant, note, number)
        relay = Relay(teller.tools.db, publish, "nobody")
        assert await relay.send_batch() == (1, 0)
        assert await relay.send_batch() == (1, 0)
        is_broken = False
        assert [await relay.send_batch() for _ in range(4)] == [(1, 1), (1, 1), (1, 1), (0, 0)]
    finally:
        await teller.tools.close()
    assert sequences == ["1", "1", "1", "2", "3"]


async def test_a_commit_wakes_the_relay_of_another_process_at_once(
    probe_environ: dict[str, str], echo_environ: dict[str, str], tenant: str
) -> None:
    heard_at: dict[str, float] = {}

    async def keep(delivery: Delivery[probe.NoteTaken]) -> None:
        heard_at[delivery.subject] = time.monotonic()

    serving, relaying = probe.compose("probe", probe_environ), probe.compose("probe", probe_environ)
    hearer = probe.compose("echo", echo_environ, handler=keep)
    async with running(serving, "serve"), running(relaying, "consume"), running(hearer):
        await connected(serving, relaying, hearer)
        await asyncio.sleep(0.3)
        took = []
        for number in range(12):
            note = new_id("note")
            began = time.monotonic()
            await take_note(serving, tenant, note, number)
            await eventually(lambda note=note: note in heard_at, "the event arrives", every=0.002)  # type: ignore[misc]
            took.append(heard_at[note] - began)
            # Never in step with the sweep, which comes every second.
            await asyncio.sleep(0.07)
    # By the sweep alone it would be half a second.
    assert statistics.median(took) < 0.2, took


async def test_a_rolled_back_event_never_existed(
    probe_environ: dict[str, str], tenant: str, sql: asyncpg.Connection
) -> None:
    teller = probe.compose("probe", probe_environ)
    await teller.tools.open()
    try:
        note = new_id("note")
        with pytest.raises(ZeroDivisionError):
            async with teller.tools.db.transaction(tenant) as tx:
                await probe.take_note(tx, teller.tools.outbox, note, 1)
                raise ZeroDivisionError
        await take_note(teller, tenant, note)
    finally:
        await teller.tools.close()
    # Nor does it leave a gap that a listener would wait for.
    assert await sql.fetchval("SELECT array_agg(sequence) FROM probe.outbox") == [1]


# The inbox


def delivery(sequence: int, subject: str = "note", attempt: int = 0) -> Delivery[probe.NoteTaken]:
    return Delivery(
        id=new_uuid(),
        event=probe.NoteTaken(note_id=subject, number=sequence),
        subject=subject,
        sequence=sequence,
        tenant_id=None,
        at=datetime(2026, 3, 1, tzinfo=UTC),
        queue="echo.probe",
        attempt=attempt,
    )


async def taken(db: Database, given: Delivery[probe.NoteTaken], order: inbox.Order) -> bool | str:
    try:
        async with db.transaction() as tx:
            return await inbox.take(tx, given, order=order)
    except inbox.OutOfTurn:
        return "waits"


@pytest.fixture
async def echo_db(echo_environ: dict[str, str]) -> AsyncIterator[Database]:
    database = Database(echo_environ["DATABASE_URL"], schema="echo")
    await database.open()
    yield database
    await database.close()


async def test_an_event_is_taken_once_however_often_it_comes(echo_db: Database) -> None:
    for order in ("any", "latest", "every"):
        given = delivery(1, subject=order)
        found = await asyncio.gather(*(taken(echo_db, given, order) for _ in range(8)))
        assert sorted(found) == [False] * 7 + [True]


async def test_any_order_takes_the_late_ones_too(echo_db: Database) -> None:
    assert [await taken(echo_db, delivery(number), "any") for number in (3, 1, 2)] == [True, True, True]


async def test_latest_drops_what_is_older_than_the_last_applied(echo_db: Database) -> None:
    order = [await taken(echo_db, delivery(number), "latest") for number in (2, 1, 5, 3, 6)]
    assert order == [True, False, True, False, True]


async def test_every_waits_for_the_one_before_and_goes_on_when_it_was_there(echo_db: Database) -> None:
    second = delivery(2)
    assert await taken(echo_db, second, "every") == "waits"
    assert await taken(echo_db, delivery(1), "every") is True
    assert await taken(echo_db, second, "every") is True
    assert await taken(echo_db, delivery(1), "every") is False


async def test_every_waits_no_longer_than_its_patience(echo_db: Database) -> None:
    late = delivery(7, attempt=5)
    assert await taken(echo_db, delivery(7, attempt=4), "every") == "waits"
    assert await taken(echo_db, late, "every") is True


async def test_the_order_of_one_aggregate_is_nothing_to_another(echo_db: Database) -> None:
    assert await taken(echo_db, delivery(9, "one"), "latest") is True
    assert await taken(echo_db, delivery(1, "other"), "latest") is True


async def test_an_event_whose_application_failed_is_taken_again(echo_db: Database) -> None:
    given = delivery(1)
    with pytest.raises(ZeroDivisionError):
        async with echo_db.transaction() as tx:
            assert await inbox.take(tx, given)
            raise ZeroDivisionError
    assert await taken(echo_db, given, "any") is True


async def test_events_that_overtake_each_other_are_applied_in_order_where_that_is_asked_for(
    probe_environ: dict[str, str], echo_environ: dict[str, str], sql: asyncpg.Connection, tenant: str
) -> None:
    teller, hearer = probe.compose("probe", probe_environ), probe.compose("echo", echo_environ, order="every")
    note = new_id("note")
    async with running(teller), running(hearer):
        await connected(teller, hearer)
        for number in range(1, 16):
            await take_note(teller, tenant, note, number)

        async def all_heard() -> bool:
            return len(await heard(sql)) == 15

        await eventually(all_heard, "all are applied")
    assert [row["number"] for row in await heard(sql)] == [*range(1, 16)]
