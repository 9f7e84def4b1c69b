"""What the page lists, what the business sees, and why a time is not offered."""

import asyncio
from datetime import date, timedelta
from typing import Any, cast

import pytest

from services.availability.use_cases import slots
from services.availability.use_cases.tools import Tools
from services.contracts.auth import TenantRegistered
from services.kernel.ids import new_id
from tests.service.availability.booker import ALL_DAY, MONDAY, TUESDAY, Booker, opened_shop
from tests.service.availability.heard import statements
from tests.service.availability.world import Answer, Tenant, World, profile_fact

# The clocks of Auckland are put back on the fifth of April and forward on the twenty-seventh of September.
BACK = date(2026, 4, 5)
FORWARD = date(2026, 9, 27)


def tools_of(world: World) -> Tools:
    return cast("Tools", world.contexts[0].provides["tools"])


async def day(shop: Booker, when: date = TUESDAY, **more: Any) -> Answer:
    path = f"/api/widget/{shop.tenant.slug}/availability"
    return await shop.world.anybody(shop.replica).get(path, serviceId=shop.service_id, date=when.isoformat(), **more)


async def month(shop: Booker, which: str, **more: Any) -> Answer:
    path = f"/api/widget/{shop.tenant.slug}/availability"
    return await shop.world.anybody().get(path, serviceId=shop.service_id, month=which, **more)


async def explained(shop: Booker, starts_at: str, **more: Any) -> list[str]:
    """The rules that hide the time; that it can be had is the same as that there are none."""
    answer = await shop.tenant.tech.get(
        "/api/availability/explain", serviceId=shop.service_id, startsAt=starts_at, **more
    )
    assert answer.data["available"] == (not answer.data["reasons"])
    assert all(reason["message"] for reason in answer.data["reasons"])
    return [reason["rule"] for reason in answer.data["reasons"]]


async def night(world: World, start: str, end: str) -> Booker:
    """Open every day at these hours, with a start every half hour."""
    shop = await opened_shop(world, slot_step_minutes=30)
    await shop.tenant.open_daily(start, end)
    return shop


async def test_a_day_says_when_by_the_wall_clock_and_by_instants(shop: Booker) -> None:
    answer = await day(shop)
    assert answer.data["date"] == "2026-03-03"
    assert answer.data["timezone"] == "Pacific/Auckland"
    assert answer.data["slots"][0] == {
        "time": "09:00",
        "startsAt": "2026-03-03T09:00:00+13:00",
        "endsAt": "2026-03-03T10:00:00+13:00",
        "available": True,
    }
    assert [slot["time"] for slot in answer.data["slots"]] == ALL_DAY


async def test_a_month_counts_what_its_days_list(shop: Booker) -> None:
    await shop.booked(shop.at("10:00"))
    await shop.block("14:00", "16:30")
    answer = await month(shop, "2026-03")
    counts = {found["date"]: found["available"] for found in answer.data["days"]}
    assert answer.data["month"] == "2026-03"
    assert list(counts) == [f"2026-03-{number:02}" for number in range(1, 32)]
    for when in (MONDAY - timedelta(days=1), MONDAY, TUESDAY, date(2026, 3, 31)):
        assert counts[when.isoformat()] == len(await shop.offered(when))
    assert counts["2026-03-03"] == 4


@pytest.mark.parametrize("when", ["2020-05-05", "2026-03-01", "2027-06-01", "2099-12-31"])
async def test_a_day_that_is_over_or_too_far_away_has_nothing(shop: Booker, when: str) -> None:
    assert (await day(shop, date.fromisoformat(when))).data["slots"] == []


@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({}, {"serviceId", "date"}),
        ({"serviceId": "svc"}, {"date"}),
        ({"serviceId": "svc", "date": "2026-03-03", "month": "2026-03"}, {"month"}),
        ({"serviceId": "svc", "date": "2026-02-30"}, {"date"}),
        ({"serviceId": "svc", "date": "03.03.2026"}, {"date"}),
        ({"serviceId": "svc", "date": "0001-01-01"}, {"date"}),
        ({"serviceId": "svc", "date": "9999-12-31"}, {"date"}),
        ({"serviceId": "svc", "date": "\uff12\uff10\uff12\uff16-03-03"}, {"date"}),
        ({"serviceId": "svc", "month": "2026-13"}, {"month"}),
        ({"serviceId": "svc", "month": "1999-12"}, {"month"}),
        ({"serviceId": "svc", "month": "2026"}, {"month"}),
        ({"serviceId": "svc", "date": ""}, {"date"}),
        ({"serviceId": "svc", "date": "2026-03-03", "staffId": "joe"}, {"staffId"}),
    ],
)
async def test_what_makes_no_sense_is_named(shop: Booker, query: dict[str, str], fields: set[str]) -> None:
    asked = {name: shop.service_id if value == "svc" else value for name, value in query.items()}
    answer = await shop.world.anybody().get(f"/api/widget/{shop.tenant.slug}/availability", **asked)
    assert (answer.status, answer.code, set(answer.details)) == (400, "VALIDATION_ERROR", fields)


async def test_what_is_not_offered_is_not_found(shop: Booker) -> None:
    resting = await shop.tenant.service(active=False)
    elsewhere = await opened_shop(shop.world)
    for service_id in (resting, new_id("svc"), elsewhere.service_id, "no id at all", "svc_'; --"):
        answer = await day(shop.of(service_id))
        assert (answer.status, answer.code) == (404, "SERVICE_NOT_FOUND")
    answer = await shop.world.anybody().get(
        "/api/widget/nobody-at-all/availability", serviceId=shop.service_id, date="2026-03-03"
    )
    assert (answer.status, answer.code) == (404, "NOT_FOUND")


async def test_of_a_certain_person_only_that_persons_times_are_listed(shop: Booker) -> None:
    first = await shop.tenant.staff_id()
    second = await shop.colleague()
    await shop.booked(shop.at("09:00"), staffId=first)
    times = {
        person: [slot["time"] for slot in (await day(shop, staffId=person)).data["slots"]] for person in (first, second)
    }
    assert list(times.values()) == [ALL_DAY[1:], ALL_DAY]
    assert await shop.offered() == ALL_DAY


async def test_whoever_does_not_work_here_is_not_found_and_takes_no_room(shop: Booker) -> None:
    elsewhere = await opened_shop(shop.world)
    left, resting = await shop.colleague("Ana"), await shop.colleague("Ben", active=False)
    assert (await day(shop, staffId=left)).status == 200
    assert (await shop.tenant.owner.delete(f"/api/staff/{left}")).status == 200
    kept = tools_of(shop.world).kept.size
    calendar = {"serviceId": shop.service_id, "from_": "2026-03-03", "to": "2026-03-03"}
    instant = {"serviceId": shop.service_id, "startsAt": "2026-03-03T12:00:00+13:00"}
    for staff_id in (left, new_id("stf"), await elsewhere.tenant.staff_id()):
        for answer in (
            await day(shop, staffId=staff_id),
            await month(shop, "2026-03", staffId=staff_id),
            await shop.tenant.owner.get("/api/availability/slots", **calendar, staffId=staff_id),
            await shop.tenant.owner.get("/api/availability/explain", **instant, staffId=staff_id),
        ):
            assert (answer.status, answer.code) == (404, "STAFF_NOT_FOUND")
        stored = [key async for key in tools_of(shop.world).valkey.scan_iter(f"*{staff_id}*")]
        # What was answered while she was there is of another generation.
        assert len(stored) == (1 if staff_id == left else 0)
    assert tools_of(shop.world).kept.size <= kept
    # Who rests is of the business all the same.
    assert (await day(shop, staffId=resting)).data["slots"] == []
    for path, asked in (("slots", calendar), ("explain", instant)):
        answer = await shop.tenant.owner.get(f"/api/availability/{path}", **asked, staffId="joe")
        assert (answer.status, set(answer.details)) == (400, {"staffId"})


async def test_a_browser_that_has_the_answer_already_is_told_so(shop: Booker) -> None:
    path = f"/api/widget/{shop.tenant.slug}/availability"
    tag = (await day(shop)).headers["etag"]
    # Each time but the first it is kept.
    for _ in range(2):
        first = await day(shop)
        assert first.headers["etag"] == tag
        assert first.headers["cache-control"] == "no-cache"
        for spelled in (tag, f'"other", W/{tag}'):
            again = await shop.world.anybody().call(
                "GET", path, headers={"if-none-match": spelled}, serviceId=shop.service_id, date="2026-03-03"
            )
            assert (again.status, again.content, again.headers["etag"]) == (304, b"", tag)
    await shop.booked(shop.at("09:00"))
    changed = await shop.world.anybody().call(
        "GET", path, headers={"if-none-match": tag}, serviceId=shop.service_id, date="2026-03-03"
    )
    assert changed.status == 200


async def test_head_says_what_get_would(shop: Booker) -> None:
    path = f"/api/widget/{shop.tenant.slug}/availability"
    full = await day(shop)
    # A day that is kept, and one that is not.
    for when in ("2026-03-03", "2026-03-04"):
        head = await shop.world.clients[0].head(path, params={"serviceId": shop.service_id, "date": when})
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == full.headers["content-length"]


async def test_what_is_kept_is_there_to_be_read_only(shop: Booker) -> None:
    assert (await day(shop)).status == 200
    path = f"/api/widget/{shop.tenant.slug}/availability"
    asked = await shop.world.clients[0].post(path, params={"serviceId": shop.service_id, "date": TUESDAY.isoformat()})
    assert asked.status_code == 405


@pytest.mark.usefixtures("server_zone")
async def test_2_both_passes_of_a_repeated_hour_are_told_apart(world: World) -> None:
    shop = await night(world, "01:00", "05:00")
    slots = (await day(shop, BACK)).data["slots"]
    assert [(slot["time"], slot["startsAt"][-6:], slot.get("label")) for slot in slots] == [
        ("01:00", "+13:00", None),
        ("01:30", "+13:00", None),
        ("02:00", "+13:00", "02:00 NZDT"),
        ("02:30", "+13:00", "02:30 NZDT"),
        ("02:00", "+12:00", "02:00 NZST"),
        ("02:30", "+12:00", "02:30 NZST"),
        ("03:00", "+12:00", None),
        ("03:30", "+12:00", None),
        ("04:00", "+12:00", None),
    ]
    first, second = slots[2], slots[4]
    assert (first["endsAt"], second["endsAt"]) == ("2026-04-05T02:00:00+12:00", "2026-04-05T03:00:00+12:00")


@pytest.mark.usefixtures("server_zone")
async def test_2_the_hour_that_does_not_exist_is_not_offered(world: World) -> None:
    shop = await night(world, "01:00", "05:00")
    assert await shop.offered(FORWARD) == ["01:00", "01:30", "03:00", "03:30", "04:00"]


async def test_3_an_override_in_the_missing_hour_gives_no_time_and_a_reason(world: World) -> None:
    """Nobody can enter one, but the business may move to where the hour is missing."""
    tenant = await world.tenant(zone="Australia/Sydney")
    await tenant.open_daily()
    shop = Booker(world, tenant, await tenant.service())
    body = {"date": FORWARD.isoformat(), "windows": [{"startTime": "02:00", "endTime": "03:00"}]}
    assert (await tenant.owner.post("/api/availability/overrides", body)).status == 201
    await _move_to(tenant, "Pacific/Auckland")
    assert await shop.offered(FORWARD) == []
    assert await explained(shop, f"{FORWARD}T09:00:00+13:00") == ["override"]


@pytest.mark.usefixtures("server_zone")
@pytest.mark.parametrize(
    ("zone", "first"),
    [
        ("Pacific/Kiritimati", "2026-03-03T09:00:00+14:00"),
        ("Pacific/Pago_Pago", "2026-03-03T09:00:00-11:00"),
        ("Pacific/Chatham", "2026-03-03T09:00:00+13:45"),
        ("Asia/Kathmandu", "2026-03-03T09:00:00+05:45"),
        ("Australia/Lord_Howe", "2026-03-03T09:00:00+11:00"),
    ],
)
async def test_6_a_day_is_the_businesss_own_wherever_it_is(world: World, zone: str, first: str) -> None:
    tenant = await world.tenant(zone=zone)
    await tenant.open_daily()
    shop = Booker(world, tenant, await tenant.service())
    await shop.booked(shop.at("16:00"))
    slots = (await day(shop)).data["slots"]
    assert slots[0]["startsAt"] == first
    assert [slot["time"] for slot in slots] == ALL_DAY[:-1]


async def test_9_a_business_that_moves_keeps_its_bookings_instants(shop: Booker) -> None:
    await shop.booked(shop.at("12:00"))
    await _move_to(shop.tenant, "Australia/Sydney")
    answer = await day(shop)
    assert answer.data["timezone"] == "Australia/Sydney"
    # Noon in Auckland is ten in Sydney.
    assert [slot["time"] for slot in answer.data["slots"]] == ["09:00", *ALL_DAY[2:]]


async def test_14_buffers_of_neighbours_add_up_between_services(shop: Booker) -> None:
    short = await shop.tenant.service(slot_step_minutes=15, buffer_before_minutes=30)
    long = await shop.tenant.service(duration_minutes=120, buffer_after_minutes=15)
    await shop.of(long).booked(shop.at("10:00"))
    offered = await shop.of(short).offered()
    # Twelve is the end of the job, a quarter past that of its buffer, and half an hour must lie before the next one.
    assert [time for time in offered if time < "13:00"] == ["09:00", "12:45"]


@pytest.mark.parametrize(
    ("starts_at", "rules"),
    [
        ("2026-03-03T12:00:00+13:00", []),
        ("2026-03-02T23:00:00Z", []),
        ("2026-03-03T12:00:30+13:00", ["step"]),
        ("2026-03-03T12:30:00+13:00", ["step"]),
        ("2026-03-03T08:00:00+13:00", ["hours"]),
        ("2026-02-27T12:00:00+13:00", ["past"]),
        ("2026-03-02T10:00:00+13:00", ["notice"]),
        ("2028-03-03T12:00:00+13:00", ["window"]),
        ("2026-03-04T12:00:00+13:00", ["override"]),
        ("2026-03-05T12:00:00+13:00", ["block"]),
        ("2026-03-06T12:00:00+13:00", ["booking"]),
        ("2026-03-06T13:00:00+13:00", ["buffer"]),
        ("2026-03-07T12:00:00+13:00", ["limit"]),
    ],
)
async def test_18_the_rule_that_hides_a_time_is_named(world: World, starts_at: str, rules: list[str]) -> None:
    shop = await opened_shop(world, min_notice_minutes=120, buffer_after_minutes=15, max_per_day=2)
    owner = shop.tenant.owner
    assert (await owner.post("/api/availability/overrides", {"date": "2026-03-04", "windows": []})).status == 201
    assert (await owner.post("/api/availability/blocked-dates", {"startDate": "2026-03-05"})).status == 201
    await shop.booked(shop.at("12:00", date(2026, 3, 6)))
    for start in ("09:00", "15:00"):
        await shop.booked(shop.at(start, date(2026, 3, 7)))
    found = await explained(shop, starts_at)
    assert found[: len(rules)] == rules
    assert bool(found) == bool(rules)


async def test_18_of_a_service_that_rests_and_of_a_person_who_does_not_do_it(shop: Booker) -> None:
    resting = await shop.tenant.service(active=False)
    assert (await explained(shop.of(resting), "2026-03-03T12:00:00+13:00"))[0] == "service"
    other = await shop.colleague(serviceIds=[resting])
    assert (await explained(shop, "2026-03-03T12:00:00+13:00", staffId=other))[0] == "staff"


async def test_a_plus_that_nobody_encoded_is_a_plus(shop: Booker) -> None:
    query = f"serviceId={shop.service_id}&startsAt=2026-03-03T12:00:00+13:00"
    answer = await shop.tenant.owner.get(f"/api/availability/explain?{query}")
    assert answer.data == {"available": True, "reasons": []}


@pytest.mark.parametrize(
    "starts_at", ["2026-03-03T12:00:00", "2026-03-03", "noon", "", "0001-01-01T00:00:00Z", "2026-03-03T25:00:00Z"]
)
async def test_an_instant_without_its_offset_is_none(shop: Booker, starts_at: str) -> None:
    answer = await shop.tenant.owner.get("/api/availability/explain", serviceId=shop.service_id, startsAt=starts_at)
    assert (answer.status, set(answer.details)) == (400, {"startsAt"})


async def test_the_business_sees_who_is_free_and_what_day_it_is(shop: Booker) -> None:
    first = await shop.tenant.staff_id()
    second = await shop.colleague()
    await shop.booked(shop.at("09:00", date(2026, 4, 3)), staffId=first)
    answer = await shop.tenant.tech.get(
        "/api/availability/slots", serviceId=shop.service_id, from_="2026-04-02", to="2026-04-04"
    )
    assert answer.data["timezone"] == "Pacific/Auckland"
    before, friday, after = answer.data["days"]
    assert [(found["date"], found["holiday"]) for found in (before, friday, after)] == [
        ("2026-04-02", None),
        ("2026-04-03", "Good Friday"),
        ("2026-04-04", None),
    ]
    assert [slot["time"] for slot in friday["slots"]] == ALL_DAY
    assert [slot["staffIds"] for slot in friday["slots"][:2]] == [[second], [first, second]]
    assert friday["slots"][0]["startsAt"] == "2026-04-03T09:00:00+13:00"


async def test_a_business_that_closes_on_holidays_lists_none_then(shop: Booker) -> None:
    friday = date(2026, 4, 3)
    assert await shop.offered(friday) == ALL_DAY
    assert (await shop.tenant.owner.put("/api/availability/holidays", {"closed": True})).status == 200
    assert await shop.offered(friday) == []
    assert await explained(shop, "2026-04-03T12:00:00+13:00") == ["holiday"]


@pytest.mark.parametrize(
    ("since", "to", "fields"),
    [
        ("2026-03-01", "2026-05-01", set()),
        ("2026-03-01", "2026-05-02", {"to"}),
        ("2026-03-01", "2027-04-05", {"to"}),
        ("2026-03-02", "2026-03-01", {"to"}),
        ("2026-03-32", "9999-12-31", {"from", "to"}),
        ("1999-12-31", "2000-01-01", {"from"}),
    ],
)
async def test_the_business_sees_at_most_sixty_two_days(shop: Booker, since: str, to: str, fields: set[str]) -> None:
    answer = await shop.tenant.owner.get("/api/availability/slots", serviceId=shop.service_id, from_=since, to=to)
    assert (answer.status, set(answer.details) if fields else set()) == (400 if fields else 200, fields)


async def calendar(shop: Booker, to: str, **more: Any) -> Answer:
    return await shop.tenant.owner.get(
        "/api/availability/slots", serviceId=shop.service_id, from_="2026-03-03", to=to, **more
    )


async def test_ten_people_round_the_clock_fit_into_two_months(world: World) -> None:
    shop = await opened_shop(world, duration_minutes=15, slot_step_minutes=15)
    await shop.tenant.open_daily("00:00", "24:00")
    for number in range(9):
        await shop.colleague(f"No. {number}")
    answer = await calendar(shop, "2026-05-03")
    days = answer.data["days"]
    assert len(days) == 62
    # One of them has an hour twice.
    assert sum(len(slot["staffIds"]) for day in days for slot in day["slots"]) == (62 * 24 + 1) * 4 * 10


async def test_more_times_than_an_answer_holds_are_refused_by_name(world: World) -> None:
    shop = await opened_shop(world, duration_minutes=1, slot_step_minutes=1)
    await shop.tenant.open_daily("00:00", "24:00")
    assert len((await calendar(shop, "2026-03-15")).data["days"]) == 13
    for number in range(3):
        await shop.colleague(f"No. {number}")
    for to, more in (("2026-03-16", {"staffId": await shop.tenant.staff_id()}), ("2026-03-14", {})):
        answer = await calendar(shop, to, **more)
        assert (answer.status, answer.code, set(answer.details)) == (400, "VALIDATION_ERROR", {"to"})
        assert "fewer days" in answer.details["to"]


async def test_others_have_their_turn_between_the_days_of_a_calendar(shop: Booker) -> None:
    tools = tools_of(shop.world)
    first, last = TUESDAY, TUESDAY + timedelta(days=2)
    found = await slots.loaded(
        tools, tenant_id=shop.tenant.id, service_id=shop.service_id, first=first, last=last, with_jobs=False
    )
    turns: list[tuple[date, str]] = []

    async def follow(who: str) -> None:
        async for when, free in slots.staffed_slots(found, first, last, shop.world.clock.now().timestamp()):
            assert len(free) == len(ALL_DAY)
            turns.append((when, who))

    await asyncio.gather(follow("one"), follow("another"))
    assert turns == [(first + timedelta(days=number), who) for number in range(3) for who in ("one", "another")]


async def test_what_strangers_ask_for_takes_nothing_from_a_hold(shop: Booker) -> None:
    invented = [await day(shop.of(new_id("svc"))) for _ in range(80)]
    assert {answer.status for answer in invented} == {404, 429}
    fresh = shop.of(await shop.tenant.service(is_announced=False))
    assert (await day(fresh)).status == 429
    assert (await fresh.hold(shop.at("09:00"))).status == 200
    assert await fresh.offered() == ALL_DAY[1:]


async def test_strangers_see_neither_the_business_view_nor_a_reason(shop: Booker) -> None:
    elsewhere = await opened_shop(shop.world)
    query = {"serviceId": shop.service_id, "from_": "2026-03-03", "to": "2026-03-03"}
    instant = {"serviceId": shop.service_id, "startsAt": "2026-03-03T12:00:00Z"}
    for path, asked in (("slots", query), ("explain", instant)):
        assert (await shop.world.anybody().get(f"/api/availability/{path}", **asked)).status == 401
        answer = await elsewhere.tenant.owner.get(f"/api/availability/{path}", **asked)
        assert (answer.status, answer.code) == (404, "SERVICE_NOT_FOUND")


async def test_one_statement_whatever_there_is(world: World) -> None:
    """Of one person's empty day, and of a month with three people and thirty bookings."""
    small, large = await opened_shop(world), await opened_shop(world)
    for name in ("Ana", "Ben"):
        await large.colleague(name)
    for number in range(30):
        await large.booked(large.at(ALL_DAY[number % 8], TUESDAY + timedelta(days=number // 4)))
    await large.tenant.owner.post("/api/availability/overrides", {"date": "2026-03-09", "windows": []})
    await large.block("10:00", "11:00")
    for shop in (small, large):
        # From here on it is known whose slug it is, and every connection is there.
        await asyncio.gather(*(day(shop, date(2026, 5, number)) for number in range(1, 13)))
    with statements(world) as said:
        await day(small)
        await month(small, "2026-04")
        of_small = list(said)
        said.clear()
        await day(large)
        await month(large, "2026-03")
    assert len(of_small) == len(said) == 2


async def _move_to(tenant: Tenant, zone: str) -> None:
    registered = TenantRegistered(
        tenant_id=tenant.id,
        version=1,
        slug=tenant.slug,
        name="Joe's Plumbing",
        country="NZ",
        timezone=zone,
        currency="NZD",
        owner_id=tenant.owner_id,
    )
    await tenant.world.tell(profile_fact(registered, version=2), about=tenant.id, sequence=2)
    await tenant.world.holds(tenant.id, "SELECT 1 FROM tenants WHERE zone = $1", zone)
