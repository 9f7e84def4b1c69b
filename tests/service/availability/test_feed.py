"""The feed of bookings, subscribed to as a calendar program does."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
import vobject

from services.contracts.booking import BookingCancelled, BookingConfirmed
from tests.service.availability.booker import Booker, opened_shop
from tests.service.availability.world import Answer, World, opened, profile_fact, registered_fact
from tests.support.servers import Servers

_PATH = "/api/availability/calendar"


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with opened(servers, PUBLIC_URL="https://book.example.com") as world:
        yield world


@pytest.fixture
async def shop(world: World) -> Booker:
    return await opened_shop(world)


async def _address(shop: Booker) -> str:
    """The path of the feed, without the host that the gateway answers as."""
    data: dict[str, str] = (await shop.tenant.owner.get(_PATH)).data
    assert data["url"].startswith("https://book.example.com/api/availability/calendar/")
    assert data["webcalUrl"] == data["url"].replace("https:", "webcal:")
    return urlsplit(data["url"]).path


async def _events(shop: Booker) -> dict[str, Any]:
    """The feed's bookings by their UIDs, read by another library."""
    answer = await shop.world.anybody().get(await _address(shop))
    assert (answer.status, answer.headers["content-type"]) == (200, "text/calendar; charset=utf-8")
    calendar = vobject.readOne(answer.content.decode())
    events = calendar.contents.get("vevent", [])
    return {event.uid.value: event for event in events if event.uid.value.startswith("book_")}


async def _confirmed(shop: Booker, at: datetime, **given: Any) -> str:
    """A booking that stands, and of which booking has told."""
    claim = (await shop.hold(at, kind="booking", **given)).data
    fact = BookingConfirmed(
        tenant_id=shop.tenant.id,
        booking_id=claim["bookingId"],
        version=1,
        reference="PP-7K2M",
        service_id=claim["serviceId"],
        staff_id=claim["staffId"],
        starts_at=datetime.fromisoformat(claim["startsAt"]),
        ends_at=datetime.fromisoformat(claim["endsAt"]),
    )
    await shop.world.tell(fact, about=fact.booking_id)
    await shop.world.holds(shop.tenant.id, "SELECT 1 FROM bookings WHERE booking_id = $1 AND settled", fact.booking_id)
    return fact.booking_id


@pytest.mark.usefixtures("server_zone")
async def test_scenario_11_a_booking_keeps_its_uid_when_it_moves_and_its_sequence_grows(shop: Booker) -> None:
    booking_id = await _confirmed(shop, shop.at("09:00"))
    uid = f"{booking_id}@book.example.com"
    event = (await _events(shop))[uid]
    assert event.dtstart.value == shop.at("09:00")
    assert event.dtend.value == shop.at("10:00")
    assert event.summary.value == "Blocked drain · PP-7K2M"
    assert (event.status.value, event.sequence.value) == ("CONFIRMED", "0")
    shop.world.clock.advance(minutes=5)
    await shop.move(booking_id, shop.at("15:00"), version=2)
    moved = (await _events(shop))[uid]
    assert moved.dtstart.value == shop.at("15:00")
    assert int(moved.sequence.value) == 1
    assert moved.last_modified.value == shop.world.clock.now()
    await shop.release(booking_id, version=3)
    gone = (await _events(shop))[uid]
    assert (gone.status.value, gone.sequence.value) == ("CANCELLED", "2")
    shop.world.clock.advance(days=31)
    assert await _events(shop) == {}


@pytest.mark.usefixtures("server_zone")
async def test_scenario_11_over_a_change_of_clocks_both_passes_are_different_instants(world: World) -> None:
    shop = await opened_shop(world)
    lord_howe = await world.tenant(zone="Australia/Lord_Howe", country="AU")
    await lord_howe.open_daily("00:00", "24:00")
    there = Booker(world, lord_howe, await lord_howe.service(duration_minutes=30, slot_step_minutes=15))
    # The clocks go back by half an hour at 02:00 on the 5th of April.
    first = datetime(2026, 4, 4, 14, 45, tzinfo=UTC)
    ids = [await _confirmed(there, first + timedelta(minutes=30 * number)) for number in range(3)]
    events = await _events(there)
    starts = [events[f"{booking_id}@book.example.com"].dtstart.value for booking_id in ids]
    assert starts == [first + timedelta(minutes=30 * number) for number in range(3)]
    local = [f"{start.astimezone(first.astimezone(tz=_zone(there)).tzinfo):%H:%M%z}" for start in starts]
    assert local == ["01:45+1100", "01:45+1030", "02:15+1030"]
    assert await _events(shop) == {}


def _zone(shop: Booker) -> Any:
    return shop.at("09:00").tzinfo


async def test_what_is_only_held_or_was_never_booked_is_not_in_it(shop: Booker) -> None:
    await shop.held(shop.at("09:00"))
    expired = await shop.held(shop.at("10:00"))
    await shop.release(expired)
    orphan = await shop.booked(shop.at("11:00"))
    await shop.release(orphan, version=2)
    assert await _events(shop) == {}


async def test_a_team_is_told_who_does_the_job(shop: Booker) -> None:
    ana = await shop.colleague("Ana, the second")
    booking_id = await _confirmed(shop, shop.at("09:00"), staffId=ana)
    event = (await _events(shop))[f"{booking_id}@book.example.com"]
    assert event.summary.value == "Blocked drain · Ana, the second · PP-7K2M"


async def test_public_holidays_stand_in_it(shop: Booker) -> None:
    answer = await shop.world.anybody().get(await _address(shop))
    days = {
        event.dtstart.value.isoformat(): event.summary.value
        for event in vobject.readOne(answer.content.decode()).vevent_list
    }
    assert days["2026-12-25"] == "Christmas Day"
    assert days["2026-04-25"] == "Anzac Day"


async def test_an_unchanged_feed_is_not_sent_again(shop: Booker) -> None:
    path = await _address(shop)
    public = shop.world.anybody()
    answer = await public.get(path)
    etag = answer.headers["etag"]
    assert answer.headers["cache-control"].startswith("private")
    for condition in (etag, f'"x", W/{etag}'):
        again = await public.call("GET", path, headers={"If-None-Match": condition})
        assert (again.status, again.content, again.headers["etag"]) == (304, b"", etag)
    head = await public.call("HEAD", path)
    assert (head.status, head.content, head.headers["etag"]) == (200, b"", etag)
    await _confirmed(shop, shop.at("09:00"))
    assert (await public.call("GET", path, headers={"If-None-Match": etag})).status == 200


async def test_it_is_called_as_the_business_is_and_a_new_name_is_a_new_version(shop: Booker) -> None:
    path, public = await _address(shop), shop.world.anybody()
    first = await public.get(path)
    assert b"X-WR-CALNAME:Joe's Plumbing\r\n" in first.content
    renamed = msgspec.structs.replace(
        profile_fact(registered_fact()),
        tenant_id=shop.tenant.id,
        slug=shop.tenant.slug,
        version=2,
        business_name="Miller & Sons",
    )
    await shop.world.tell(renamed, about=renamed.tenant_id, sequence=2)
    await shop.world.holds(shop.tenant.id, "SELECT 1 FROM tenants WHERE profile_version = 2")
    etag = first.headers["etag"]
    second = await public.call("GET", path, headers={"If-None-Match": etag})
    assert second.status == 200
    assert second.headers["etag"] != etag
    assert b"X-WR-CALNAME:Miller & Sons\r\n" in second.content


async def test_renewed_the_old_address_leads_nowhere_at_once(shop: Booker) -> None:
    old = await _address(shop)
    assert await _address(shop) == old
    public = shop.world.anybody()
    assert (await public.get(old)).status == 200
    renewed = urlsplit((await shop.tenant.admin.post(f"{_PATH}/renew")).data["url"]).path
    assert renewed != old
    assert (await public.get(old)).status == 404
    assert (await public.get(renewed)).status == 200
    assert await _address(shop) == renewed


async def test_a_wrong_token_is_told_nothing(shop: Booker) -> None:
    path = await _address(shop)
    token = path.removesuffix(".ics").rpartition("/")[2]
    other = "A" if token[0] != "A" else "B"
    wrong = [f"{_PATH}/{other}{token[1:]}.ics", f"{_PATH}/{token}", f"{_PATH}/.ics", f"{_PATH}/{token}x.ics",
             f"{_PATH}/{'a' * 90}.ics", f"{_PATH}/{token[:-1]}.ics", f"{_PATH}/%F0%9F%9A%BF.ics"]  # fmt: skip
    answers: list[Answer] = [await shop.world.anybody().get(one) for one in wrong]
    assert {(answer.status, answer.code) for answer in answers} == {(404, "NOT_FOUND")}
    assert len({str(answer.error) for answer in answers}) == 1


async def test_the_token_is_not_in_the_database(shop: Booker) -> None:
    token = (await _address(shop)).removesuffix(".ics").rpartition("/")[2]
    rows = await shop.world.rows(None, "SELECT * FROM feeds")
    assert rows
    assert token not in repr(rows)
    assert token.encode() not in b"".join(row["fingerprint"] for row in rows)


async def test_its_address_is_for_those_in_charge_and_each_business_has_its_own(shop: Booker) -> None:
    other = await opened_shop(shop.world)
    assert await _address(shop) != await _address(other)
    booking_id = await _confirmed(shop, shop.at("09:00"))
    assert f"{booking_id}@book.example.com" in await _events(shop)
    assert await _events(other) == {}
    for act in (shop.tenant.tech.get(_PATH), shop.tenant.tech.post(f"{_PATH}/renew")):
        assert (await act).code == "FORBIDDEN"
    for act in (shop.world.anybody().get(_PATH), shop.world.anybody().post(f"{_PATH}/renew")):
        assert (await act).status == 401


async def test_a_business_that_nobody_told_of_has_a_feed_too(world: World) -> None:
    tenant = await world.tenant(is_announced=False)
    shop = Booker(world, tenant, "svc_none")
    assert await _events(shop) == {}


async def test_who_asks_all_the_time_is_told_to_wait(shop: Booker) -> None:
    path = await _address(shop)
    public = shop.world.anybody()
    statuses = [(await public.get(path)).status for _ in range(45)]
    assert statuses[:40] == [200] * 40
    assert statuses[-1] == 429
    assert (await public.get(path)).headers["retry-after"]


async def test_a_booking_that_booking_itself_ended_is_cancelled_in_it(shop: Booker) -> None:
    booking_id = await _confirmed(shop, shop.at("09:00"))
    fact = BookingCancelled(tenant_id=shop.tenant.id, booking_id=booking_id, version=4, by="customer")
    await shop.world.tell(fact, about=booking_id, sequence=2)
    await shop.world.holds(
        shop.tenant.id, "SELECT 1 FROM bookings WHERE booking_id = $1 AND state = 'released'", booking_id
    )
    assert (await _events(shop))[f"{booking_id}@book.example.com"].status.value == "CANCELLED"
