"""Calendars kept elsewhere: fetched from a real server, their busy times taken, and everything that can go wrong with them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from litestar.types import Receive, Scope, Send

from stack.ports import free_port
from tests.service.availability.booker import TUESDAY, Booker, opened_shop
from tests.service.availability.world import Tenant, World, opened
from tests.service.sandbox.served import served
from tests.support.contexts import eventually
from tests.support.servers import Servers

_PATH = "/api/availability/calendars"


@dataclass
class Elsewhere:
    """A server that keeps calendars."""

    url: str
    files: dict[str, str] = field(default_factory=dict)
    headers: dict[str, Mapping[str, str]] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)

    def at(self, path: str) -> str:
        return f"{self.url}{path}"

    def keep(self, path: str, *lines: str, etag: str | None = None) -> str:
        """The calendar there, from now on; its address."""
        self.files[path] = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])
        self.headers[path] = {} if etag is None else {"etag": etag}
        return self.at(path)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if str(scope["type"]) != "http":
            await receive()
            return
        path = scope["path"]
        self.asked[path] += 1
        given = {name.decode(): value.decode() for name, value in scope["headers"]}
        told = self.headers.get(path, {})
        status = self.status.get(path, 200 if path in self.files else 404)
        if status == 200 and "etag" in told and given.get("if-none-match") == told["etag"]:
            self.unchanged[path] += 1
            status = 304
        headers = [(name.encode(), value.encode()) for name, value in told.items()]
        body = self.files.get(path, "nothing").encode() if status != 304 else b""
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})


@pytest.fixture(scope="module")
async def elsewhere() -> AsyncIterator[Elsewhere]:
    port = free_port()
    server = Elsewhere(f"http://127.0.0.1:{port}")
    async with served(server, port):
        yield server


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    # Two replicas share the fetching; this machine's own servers are the operator's exception.
    async with opened(servers, replicas=2, OUTSIDE_ALLOWED="127.0.0.1/32") as world:
        yield world


@pytest.fixture
async def shop(world: World) -> Booker:
    return await opened_shop(world)


def _event(start: str, *lines: str, uid: str = "1@elsewhere", length: str = "PT1H") -> list[str]:
    zone = "" if start.endswith("Z") else ";TZID=Pacific/Auckland"
    return ["BEGIN:VEVENT", f"UID:{uid}", f"DTSTART{zone}:{start}", f"DURATION:{length}", *lines, "END:VEVENT"]


async def _added(tenant: Tenant, url: str, **more: Any) -> str:
    answer = await tenant.owner.post(_PATH, {"url": url, **more})
    assert answer.status == 201, answer.body
    return str(answer.data["id"])


async def _view(tenant: Tenant, calendar_id: str) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await tenant.owner.get(_PATH)).data
    return next(one for one in found if one["id"] == calendar_id)


async def _becomes(tenant: Tenant, calendar_id: str, status: str) -> dict[str, Any]:
    async def has_become() -> bool:
        return bool((await _view(tenant, calendar_id))["status"] == status)

    await eventually(has_become, f"the calendar is {status}", every=0.1)
    return await _view(tenant, calendar_id)


async def _fetched_again(world: World, tenant: Tenant, calendar_id: str, *, after: timedelta) -> dict[str, Any]:
    """Once the clock has moved on by so much, and somebody has looked."""
    world.clock.advance(after)
    now = world.clock.now()

    async def is_settled() -> bool:
        sql = "SELECT 1 FROM calendar_timers WHERE calendar_id = $1 AND due_at > $2::timestamptz + interval '4 minutes'"
        return bool(await world.rows(tenant.id, sql, calendar_id, now))

    await eventually(is_settled, "the calendar is looked at again")
    return await _view(tenant, calendar_id)


async def _claims(world: World, tenant: Tenant) -> list[tuple[str, datetime, datetime]]:
    sql = "SELECT id, starts_at, ends_at FROM claims WHERE kind = 'external' ORDER BY starts_at"
    return [tuple(row) for row in await world.rows(tenant.id, sql)]


@pytest.mark.usefixtures("server_zone")
async def test_scenario_11_its_busy_times_can_t_be_had_and_the_rest_can(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep(
        "/private-3f9a/busy.ics",
        *_event("20260303T093000"),
        *_event("20260303T130000", "TRANSP:TRANSPARENT", uid="2"),
        *_event("20260303T140000", "STATUS:CANCELLED", uid="3"),
        *_event("20260224T150000", "RRULE:FREQ=WEEKLY", "EXDATE;TZID=Pacific/Auckland:20260310T150000", uid="4"),
        *_event("nonsense", uid="5"),
    )
    calendar_id = await _added(shop.tenant, address, name="Jo's own")
    view = await _becomes(shop.tenant, calendar_id, "ok")
    assert (view["name"], view["lastError"], view["skipped"]) == ("Jo's own", None, 1)
    assert view["events"] > 50
    assert view["staffId"] == await shop.tenant.staff_id()
    assert await shop.offered() == ["11:00", "12:00", "13:00", "14:00", "16:00"]
    assert "15:00" in await shop.offered(date(2026, 3, 10))
    assert "15:00" not in await shop.offered(date(2026, 3, 17))
    refused = await shop.hold(shop.at("10:00"))
    assert (refused.code, {*refused.details}) == ("SLOT_UNAVAILABLE", {"calendar"})


async def test_the_address_is_a_secret_in_the_answer_and_in_the_database(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep("/private-secretsecret/basic.ics")
    answer = await shop.tenant.owner.post(_PATH, {"url": address})
    assert answer.data["url"] == f"{elsewhere.url}/….ics"
    assert answer.data["name"] == "127.0.0.1"
    assert answer.data["status"] == "pending"
    rows = await shop.world.rows(shop.tenant.id, "SELECT * FROM calendars")
    assert b"secretsecret" not in b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))
    assert "secretsecret" not in repr([{k: v for k, v in row.items() if k != "address"} for row in rows])


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/c.ics", "http://169.254.169.254/latest/meta-data/", "https://[::1]:8443/c.ics", "http://[fd00::1]/",
     "http://2130706434/", "http://0/", "http://192.168.1.1.:8080/", "ftp://example.com/c.ics", "example.com/c.ics",
     "https://user:pass@example.com/", "http://example.com:25/", ""],
)  # fmt: skip
async def test_an_address_that_is_none_or_lies_inside_is_refused_by_name(shop: Booker, url: str) -> None:
    answer = await shop.tenant.owner.post(_PATH, {"url": url})
    assert (answer.status, answer.code, {*answer.details}) == (400, "VALIDATION_ERROR", {"url"})


async def test_what_is_wrong_is_all_named(shop: Booker) -> None:
    answer = await shop.tenant.owner.post(_PATH, {"name": "\n", "staffId": 5, "more": 1})
    assert {*answer.details} == {"url", "name", "staffId", "more"}
    other = await shop.world.tenant()
    address = {"url": "https://calendar.invalid/c.ics"}
    for staff_id in ("stf_nobody", await other.staff_id()):
        answer = await shop.tenant.owner.post(_PATH, {**address, "staffId": staff_id})
        assert (answer.status, {*answer.details}) == (400, {"staffId"})


async def test_it_is_one_person_s_calendar_and_the_others_are_free(shop: Booker, elsewhere: Elsewhere) -> None:
    ana = await shop.colleague()
    address = elsewhere.keep("/ana.ics", *_event("20260303T090000", length="PT8H"))
    await _becomes(shop.tenant, await _added(shop.tenant, address, staffId=ana), "ok")
    assert len(await shop.offered()) == 8
    first = await shop.hold(shop.at("09:00"))
    assert first.data["staffId"] == await shop.tenant.staff_id()
    assert (await shop.hold(shop.at("09:00"))).code == "SLOT_UNAVAILABLE"


async def test_only_what_changed_is_written_and_nothing_where_nothing_did(shop: Booker, elsewhere: Elsewhere) -> None:
    """Neither a claim is touched nor a kept answer dropped while the calendar stays as it is."""
    world, tenant = shop.world, shop.tenant
    address = elsewhere.keep("/diff.ics", *_event("20260303T100000"), *_event("20260304T100000", uid="2"), etag='"1"')
    calendar_id = await _added(tenant, address)
    await _becomes(tenant, calendar_id, "ok")
    before = await _claims(world, tenant)
    assert len(before) == 2
    generation = await _generation(shop)
    # The same version, by its name; then the same content under another name.
    await _fetched_again(world, tenant, calendar_id, after=timedelta(minutes=15))
    assert elsewhere.unchanged["/diff.ics"] == 1
    elsewhere.keep("/diff.ics", *_event("20260303T100000"), *_event("20260304T100000", uid="2"), etag='"2"')
    view = await _fetched_again(world, tenant, calendar_id, after=timedelta(minutes=15))
    assert view["lastFetchedAt"] == f"{world.clock.now():%Y-%m-%dT%H:%M:%SZ}"
    # Other words, the same times.
    elsewhere.keep(
        "/diff.ics", *_event("20260303T100000", "SUMMARY:x"), *_event("20260304T100000", uid="2"), etag='"3"'
    )
    await _fetched_again(world, tenant, calendar_id, after=timedelta(minutes=15))
    assert await _claims(world, tenant) == before
    assert await _generation(shop) == generation
    # One moves: its claim is another, the other is the same.
    elsewhere.keep("/diff.ics", *_event("20260303T110000"), *_event("20260304T100000", uid="2"), etag='"4"')
    await _fetched_again(world, tenant, calendar_id, after=timedelta(minutes=15))
    after = await _claims(world, tenant)
    assert after[1] == before[1]
    assert after[0][0] != before[0][0]
    assert await _generation(shop) != generation
    assert "11:00" not in await shop.offered()
    assert "10:00" in await shop.offered()


async def _generation(shop: Booker) -> object:
    """Under what the business's finished answers are kept."""
    await shop.offered()
    found = await shop.world.contexts[0].tools.valkey.get(f"availability:generation:{shop.tenant.id}")
    assert found is not None
    return found


async def test_what_comes_again_reaches_further_every_day_though_the_calendar_is_unchanged(
    shop: Booker, elsewhere: Elsewhere
) -> None:
    world, tenant = shop.world, shop.tenant
    address = elsewhere.keep("/daily.ics", *_event("20260303T100000", "RRULE:FREQ=DAILY"), etag='"1"')
    calendar_id = await _added(tenant, address)
    await _becomes(tenant, calendar_id, "ok")
    first = await _claims(world, tenant)
    await _fetched_again(world, tenant, calendar_id, after=timedelta(days=3))
    later = await _claims(world, tenant)
    assert later[-1][1] - first[-1][1] == timedelta(days=3)
    assert elsewhere.unchanged["/daily.ics"] == 0
    # What is over is forgotten, and what stays is the same.
    assert {claim[0] for claim in later} & {claim[0] for claim in first} == {claim[0] for claim in first[1:]}
    assert 400 < len(later) < 410


async def test_a_service_that_can_be_booked_further_ahead_is_followed(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep("/far.ics", *_event("20260303T100000", "RRULE:FREQ=DAILY"))
    await shop.tenant.service(booking_window_days=900)
    await _becomes(shop.tenant, await _added(shop.tenant, address), "ok")
    last = (await _claims(shop.world, shop.tenant))[-1][1]
    assert last > shop.world.clock.now() + timedelta(days=900)


async def test_while_it_fails_the_times_stay_taken_and_it_is_told_why(shop: Booker, elsewhere: Elsewhere) -> None:
    world, tenant = shop.world, shop.tenant
    address = elsewhere.keep("/flaky.ics", *_event("20260303T100000"))
    calendar_id = await _added(tenant, address)
    await _becomes(tenant, calendar_id, "ok")
    for broken, told in (
        (503, "status 503"),
        (200, "no calendar"),
    ):
        elsewhere.status["/flaky.ics"] = broken
        elsewhere.files["/flaky.ics"] = "<html>Please sign in</html>"
        view = await _fetched_again(world, tenant, calendar_id, after=timedelta(hours=1))
        assert view["status"] == "failing"
        assert told in view["lastError"]
        assert "10:00" not in await shop.offered()
    due = await world.rows(None, "SELECT due_at FROM calendar_timers WHERE calendar_id = $1", calendar_id)
    assert due[0]["due_at"] == world.clock.now() + timedelta(minutes=10)
    del elsewhere.status["/flaky.ics"]
    elsewhere.keep("/flaky.ics", *_event("20260303T120000"))
    view = await _fetched_again(world, tenant, calendar_id, after=timedelta(minutes=10))
    assert (view["status"], view["lastError"]) == ("ok", None)
    assert "10:00" in await shop.offered()
    assert "12:00" not in await shop.offered()


async def test_stored_under_another_secret_key_it_is_told_so_and_its_times_stay_taken(
    shop: Booker, elsewhere: Elsewhere
) -> None:
    world, tenant = shop.world, shop.tenant
    calendar_id = await _added(tenant, elsewhere.keep("/locked.ics", *_event("20260303T100000")))
    await _becomes(tenant, calendar_id, "ok")
    await world.rows(tenant.id, "UPDATE calendars SET address = '\\x00' WHERE id = $1 RETURNING id", calendar_id)
    view = await _fetched_again(world, tenant, calendar_id, after=timedelta(hours=1))
    assert view["status"] == "failing"
    assert "add it again" in view["lastError"]
    assert "10:00" not in await shop.offered()


async def test_a_redirect_into_the_network_is_not_followed(shop: Booker, elsewhere: Elsewhere) -> None:
    elsewhere.keep("/trap.ics")
    elsewhere.status["/trap.ics"] = 302
    elsewhere.headers["/trap.ics"] = {"location": "http://169.254.169.254/latest/meta-data/"}
    view = await _becomes(shop.tenant, await _added(shop.tenant, elsewhere.at("/trap.ics")), "failing")
    assert view["lastError"] == "This address does not lead to the open internet."


async def test_a_file_that_is_too_large_is_refused(shop: Booker, elsewhere: Elsewhere) -> None:
    elsewhere.keep("/large.ics", *["X-NOTHING:" + "x" * 60_000] * 100)
    view = await _becomes(shop.tenant, await _added(shop.tenant, elsewhere.at("/large.ics")), "failing")
    assert "too large" in view["lastError"]


async def test_asked_to_it_is_fetched_now(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep("/now.ics")
    calendar_id = await _added(shop.tenant, address)
    await _becomes(shop.tenant, calendar_id, "ok")
    elsewhere.keep("/now.ics", *_event("20260303T100000"))
    assert (await shop.tenant.admin.post(f"{_PATH}/{calendar_id}/refresh")).status == 202

    async def is_taken() -> bool:
        return "10:00" not in await shop.offered()

    await eventually(is_taken, "the new time is taken")


async def test_removed_its_times_can_be_had_at_once(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep("/gone.ics", *_event("20260303T100000"))
    calendar_id = await _added(shop.tenant, address)
    await _becomes(shop.tenant, calendar_id, "ok")
    assert "10:00" not in await shop.offered()
    assert (await shop.tenant.owner.delete(f"{_PATH}/{calendar_id}")).status == 200
    assert "10:00" in await shop.offered()
    assert (await shop.tenant.owner.get(_PATH)).data == []
    assert (await shop.tenant.owner.delete(f"{_PATH}/{calendar_id}")).status == 404
    assert await shop.world.rows(None, "SELECT 1 FROM calendar_timers WHERE calendar_id = $1", calendar_id) == []


async def test_removed_while_it_is_fetched_it_leaves_nothing_behind(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep("/brief.ics", *_event("20260303T100000", "RRULE:FREQ=DAILY"))

    async def come_and_go(number: int) -> None:
        calendar_id = await _added(shop.tenant, address)
        # From before it is taken to after its times are.
        await asyncio.sleep(number * 0.1)
        assert (await shop.tenant.owner_at(number % 2).delete(f"{_PATH}/{calendar_id}")).status == 200

    await asyncio.gather(*(come_and_go(number) for number in range(18)))
    await asyncio.sleep(0.5)
    assert await _claims(shop.world, shop.tenant) == []
    assert (await shop.tenant.owner.get(_PATH)).data == []


async def test_who_was_removed_has_no_calendar_any_more(shop: Booker, elsewhere: Elsewhere) -> None:
    ana = await shop.colleague()
    calendar_id = await _added(shop.tenant, elsewhere.keep("/left.ics", *_event("20260303T100000")), staffId=ana)
    await _becomes(shop.tenant, calendar_id, "ok")
    assert (await shop.tenant.owner.delete(f"/api/staff/{ana}")).status == 200
    shop.world.clock.advance(minutes=15)

    async def is_gone() -> bool:
        return (await shop.tenant.owner.get(_PATH)).data == [] and not await _claims(shop.world, shop.tenant)

    await eventually(is_gone, "the calendar went with its owner")


async def test_one_s_own_bookings_do_not_come_back_as_somebody_else_s(shop: Booker, elsewhere: Elsewhere) -> None:
    booking_id = await shop.booked(shop.at("10:00"))
    address = elsewhere.keep(
        "/echo.ics",
        *_event("20260303T100000", uid=f"{booking_id}@localhost"),
        *_event("20260303T120000", uid="book_of_another_business@localhost"),
    )
    await _becomes(shop.tenant, await _added(shop.tenant, address), "ok")
    assert len(await _claims(shop.world, shop.tenant)) == 1
    await shop.release(booking_id)
    assert "10:00" in await shop.offered()
    assert "12:00" not in await shop.offered()


async def test_another_business_s_calendars_are_not_there(shop: Booker, elsewhere: Elsewhere) -> None:
    calendar_id = await _added(shop.tenant, elsewhere.keep("/mine.ics"))
    other = await shop.world.tenant()
    assert (await other.owner.get(_PATH)).data == []
    assert (await other.owner.delete(f"{_PATH}/{calendar_id}")).code == "NOT_FOUND"
    assert (await other.owner.post(f"{_PATH}/{calendar_id}/refresh")).code == "NOT_FOUND"
    assert (await shop.tenant.tech.post(_PATH, {"url": elsewhere.at("/x")})).code == "FORBIDDEN"
    assert (await shop.tenant.tech.delete(f"{_PATH}/{calendar_id}")).code == "FORBIDDEN"
    assert (await shop.tenant.tech.get(_PATH)).status == 200
    assert (await shop.world.anybody().get(_PATH)).status == 401


async def test_there_are_at_most_twenty_also_where_many_are_added_at_once(shop: Booker, elsewhere: Elsewhere) -> None:
    address = elsewhere.keep("/many.ics")
    callers = [shop.tenant.owner_at(number % 2) for number in range(24)]
    answers = await asyncio.gather(*(caller.post(_PATH, {"url": address}) for caller in callers))
    assert Counter(answer.status for answer in answers) == {201: 20, 409: 4}
    assert {answer.code for answer in answers if answer.status == 409} == {"LIMIT_REACHED"}


async def test_two_replicas_share_the_work_and_fetch_each_calendar_once(shop: Booker, elsewhere: Elsewhere) -> None:
    paths = [f"/shared-{number}.ics" for number in range(12)]
    ids = [await _added(shop.tenant, elsewhere.keep(path, *_event("20260303T100000"))) for path in paths]
    for calendar_id in ids:
        await _becomes(shop.tenant, calendar_id, "ok")
    assert [elsewhere.asked[path] for path in paths] == [1] * 12
    assert len(await _claims(shop.world, shop.tenant)) == 12


async def test_thousands_of_times_are_taken_in_a_moment(shop: Booker, elsewhere: Elsewhere) -> None:
    lines = [
        line
        for minute in range(0, 60, 15)
        for line in _event(f"20260301T00{minute:02}00Z", "RRULE:FREQ=HOURLY;COUNT=4000", uid=str(minute), length="PT5M")
    ]
    calendar_id = await _added(shop.tenant, elsewhere.keep("/dense.ics", *lines))
    view = await _becomes(shop.tenant, calendar_id, "ok")
    assert view["events"] == 16_000
    assert "nearest 5,000" in view["lastError"]
    assert len(await _claims(shop.world, shop.tenant)) == 5_000
    assert await shop.offered(TUESDAY) == []
    assert (await shop.tenant.owner.delete(f"{_PATH}/{calendar_id}")).status == 200


async def test_of_all_calendars_together_the_nearest_times_are_taken_and_more_where_there_is_room(
    shop: Booker, elsewhere: Elsewhere
) -> None:
    """Four take all there is room for; a fifth, all of whose times are nearer than the others' last, takes from them."""
    world, tenant = shop.world, shop.tenant
    rule = "RRULE:FREQ=MINUTELY;INTERVAL={};COUNT=5000"

    async def added(number: int, interval: int) -> str:
        lines = _event(f"20260301T00{number:02}00Z", rule.format(interval), uid=str(number), length="PT1M")
        calendar_id = await _added(tenant, elsewhere.keep(f"/full-{number}.ics", *lines))
        await _becomes(tenant, calendar_id, "ok")
        return calendar_id

    first = [await added(number, 60) for number in range(4)]
    assert {(await _view(tenant, one))["lastError"] for one in first} == {None}
    assert len(await _claims(world, tenant)) == 20_000
    near = await added(4, 30)
    assert len(await _claims(world, tenant)) == 20_000
    assert len(await _taken_by(world, tenant, near)) == 5_000
    assert {len(await _taken_by(world, tenant, one)) for one in first} == {3_750}
    views = [await _view(tenant, one) for one in first]
    assert all("all calendars together" in view["lastError"] for view in views)
    assert (await _view(tenant, near))["lastError"] is None
    before = await _claims(world, tenant)
    # Read again, each leaves the others what is theirs.
    for one in first[:2]:
        await _fetched_again(world, tenant, one, after=timedelta(minutes=15))
    assert await _claims(world, tenant) == before
    assert (await tenant.owner.delete(f"{_PATH}/{near}")).status == 200
    world.clock.advance(minutes=15)

    async def has_all_again() -> bool:
        return len(await _claims(world, tenant)) == 20_000

    await eventually(has_all_again, "there is room for all again")
    await asyncio.gather(*(tenant.owner.delete(f"{_PATH}/{one}") for one in first))


async def _taken_by(world: World, tenant: Tenant, calendar_id: str) -> list[Any]:
    return await world.rows(tenant.id, "SELECT 1 FROM claims WHERE calendar_id = $1", calendar_id)


async def test_while_a_file_made_to_keep_us_busy_is_read_everybody_else_is_answered(
    shop: Booker, elsewhere: Elsewhere
) -> None:
    endless = [
        line
        for number in range(12_000)
        for line in _event("20260301T000000Z", "RRULE:FREQ=MINUTELY;INTERVAL=2", uid=str(number), length="PT1M")
    ]
    sixty = ",".join(map(str, range(60)))
    zone = ["BEGIN:VTIMEZONE", "TZID:X", "BEGIN:STANDARD", "DTSTART:20250101T000000", "TZOFFSETFROM:+0000",
            "TZOFFSETTO:+0100", f"RRULE:FREQ=HOURLY;BYMINUTE={sixty};BYSECOND={sixty}", "END:STANDARD",
            "END:VTIMEZONE"]  # fmt: skip
    kept = [
        elsewhere.keep("/endless.ics", *endless),
        elsewhere.keep("/zone.ics", *zone, *_event("20260303T100000")),
    ]
    hostile = [await _added(shop.tenant, address) for address in kept]
    slowest = 0.0
    loop = asyncio.get_running_loop()

    async def are_refused() -> bool:
        nonlocal slowest
        began = loop.time()
        await asyncio.sleep(0)
        answer = await shop.world.anybody().get("/health")
        slowest = max(slowest, loop.time() - began)
        assert answer.status == 200
        return {(await _view(shop.tenant, one))["status"] for one in hostile} == {"failing"}

    await eventually(are_refused, "both are refused", within=40, every=0.1)
    told = {(await _view(shop.tenant, one))["lastError"] for one in hostile}
    assert told == {"This calendar is too complicated to be read."}
    assert slowest < 1
    await _becomes(shop.tenant, await _added(shop.tenant, elsewhere.keep("/good.ics")), "ok")


async def test_what_nobody_thought_of_is_that_calendar_s_own_failure_and_is_tried_less_and_less(
    shop: Booker, elsewhere: Elsewhere
) -> None:
    world, tenant = shop.world, shop.tenant
    elsewhere.keep("/bent.ics")
    elsewhere.status["/bent.ics"] = 302
    elsewhere.headers["/bent.ics"] = {"location": "http://[bad"}
    bent = await _added(tenant, elsewhere.at("/bent.ics"))
    view = await _becomes(tenant, bent, "failing")
    assert view["lastError"] == "The server at this address gives an answer that can't be read."
    odd = await _added(tenant, elsewhere.keep("/odd.ics", etag='"1"'))
    await _becomes(tenant, odd, "ok")
    # No server can have said this, and no header can say it back.
    await world.rows(tenant.id, "UPDATE calendars SET etag = '€' WHERE id = $1 RETURNING id", odd)
    view = await _fetched_again(world, tenant, odd, after=timedelta(minutes=15))
    assert (view["status"], view["lastError"]) == ("failing", "This calendar can't be read.")
    for calendar_id, pause in ((bent, 10), (odd, 5)):
        due = await world.rows(None, "SELECT due_at FROM calendar_timers WHERE calendar_id = $1", calendar_id)
        assert due[0]["due_at"] == world.clock.now() + timedelta(minutes=pause)


async def test_a_zone_at_the_end_of_time_keeps_nothing_pending(shop: Booker, elsewhere: Elsewhere) -> None:
    zone = ["BEGIN:VTIMEZONE", "TZID:X", "BEGIN:STANDARD", "DTSTART:99991231T235959", "TZOFFSETFROM:+0000",
            "TZOFFSETTO:+1400", "END:STANDARD", "END:VTIMEZONE"]  # fmt: skip
    address = elsewhere.keep("/end.ics", *zone, *_event("20260303T100000"))
    await _becomes(shop.tenant, await _added(shop.tenant, address), "ok")
    assert "10:00" not in await shop.offered()
