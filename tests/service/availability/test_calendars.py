"""When somebody works, as the tradie says it: weekly hours, dates that are otherwise, blocked times."""

import asyncio
from typing import Any

import pytest

from tests.service.availability.world import Caller, World, opened
from tests.support.servers import Servers

HOURS = "/api/availability"
OVERRIDES = "/api/availability/overrides"
BLOCKS = "/api/availability/blocked-dates"

NINE_TO_FIVE = {"startTime": "09:00", "endTime": "17:00"}
MONDAY = {"dayOfWeek": 1, **NINE_TO_FIVE}


def _holds(answered: dict[str, Any], sent: dict[str, Any]) -> bool:
    """Whether what was sent is in the answer, as it was sent."""
    return all(answered[name] == value for name, value in sent.items())


# Weekly hours


async def test_a_business_begins_without_hours(world: World) -> None:
    tenant = await world.tenant()
    answer = await tenant.owner.get(HOURS)
    assert answer.data == []
    assert answer.meta == {"page": 1, "limit": 100, "total": 0}


@pytest.mark.parametrize(
    "sent",
    [
        MONDAY,
        {"dayOfWeek": 5, "startTime": "22:00", "endTime": "06:00"},
        {"dayOfWeek": 0, "startTime": "00:00", "endTime": "24:00"},
        {"dayOfWeek": 6, "startTime": "18:00", "endTime": "24:00"},
        {"dayOfWeek": 6, "startTime": "18:00", "endTime": "00:00"},
        {"dayOfWeek": 2, "startTime": "09:00", "endTime": "08:59"},
        {**MONDAY, "validFrom": "2026-06-01", "validUntil": "2026-06-01"},
    ],
)
async def test_weekly_hours_come_back_as_they_were_sent(world: World, sent: dict[str, Any]) -> None:
    tenant = await world.tenant()
    made = await tenant.owner.post(HOURS, sent)
    assert made.status == 201
    assert made.data["id"].startswith("rul_")
    assert _holds(made.data, sent)
    assert (await tenant.owner.get(HOURS)).data == [made.data]


async def test_weekly_hours_are_changed_in_part_and_removed(world: World) -> None:
    tenant = await world.tenant()
    rule = (await tenant.owner.post(HOURS, {**MONDAY, "validFrom": "2026-03-01"})).data
    changed = await tenant.owner.put(f"{HOURS}/{rule['id']}", {"endTime": "02:00", "validFrom": None})
    assert changed.data == {**rule, "endTime": "02:00", "validFrom": None}
    assert (await tenant.owner.get(HOURS)).data == [changed.data]
    assert (await tenant.owner.delete(f"{HOURS}/{rule['id']}")).status == 200
    assert (await tenant.owner.get(HOURS)).data == []
    assert (await tenant.owner.delete(f"{HOURS}/{rule['id']}")).code == "NOT_FOUND"
    assert (await tenant.owner.put(f"{HOURS}/{rule['id']}", {"endTime": "03:00"})).code == "NOT_FOUND"


async def test_a_change_is_judged_together_with_what_stays(world: World) -> None:
    tenant = await world.tenant()
    rule = (await tenant.owner.post(HOURS, {**MONDAY, "validUntil": "2026-05-31"})).data
    refused = await tenant.owner.put(f"{HOURS}/{rule['id']}", {"startTime": "17:00", "validFrom": "2026-06-01"})
    assert set(refused.details) == {"endTime", "validUntil"}
    assert (await tenant.owner.get(HOURS)).data == [rule]


async def test_the_whole_week_is_replaced_at_once(world: World) -> None:
    tenant = await world.tenant()
    staff_id = await tenant.staff_id()
    await tenant.owner.post(HOURS, MONDAY)
    week = [
        {"dayOfWeek": 0, "startTime": "10:00", "endTime": "12:00"},
        {"dayOfWeek": 3, "startTime": "08:00", "endTime": "12:00", "staffId": staff_id},
        {"dayOfWeek": 3, "startTime": "13:00", "endTime": "17:00", "validFrom": "2026-04-01"},
    ]
    answer = await tenant.owner.put(HOURS, {"rules": list(reversed(week))})
    assert len(answer.data) == len(week)
    assert all(_holds(rule, sent) for rule, sent in zip(answer.data, week, strict=True))
    assert (await tenant.owner.get(HOURS)).data == answer.data
    assert (await tenant.owner.put(HOURS, {"rules": []})).data == []


async def test_the_same_hours_twice_are_harmless(world: World) -> None:
    tenant = await world.tenant()
    first, second = (await tenant.owner.post(HOURS, MONDAY)).data, (await tenant.owner.post(HOURS, MONDAY)).data
    assert first["id"] != second["id"]


async def test_a_repeated_call_with_its_key_adds_nothing(world: World) -> None:
    tenant = await world.tenant()
    key = {"idempotency-key": "one-and-the-same"}
    first = await tenant.owner.post(HOURS, MONDAY, headers=key)
    assert (await tenant.owner.post(HOURS, MONDAY, headers=key)).data == first.data
    assert (await tenant.owner.get(HOURS)).meta["total"] == 1


async def test_a_list_has_pages_where_they_are_asked_for(world: World) -> None:
    tenant = await world.tenant()
    await tenant.hours(*({**MONDAY, "dayOfWeek": day} for day in range(7)))
    answer = await tenant.owner.get(HOURS, page=2, limit=3)
    assert [rule["dayOfWeek"] for rule in answer.data] == [3, 4, 5]
    assert answer.meta == {"page": 2, "limit": 3, "total": 7}


async def test_five_hundred_rules_are_kept_and_no_more(world: World) -> None:
    tenant = await world.tenant()
    assert (await tenant.owner.put(HOURS, {"rules": [MONDAY] * 499})).meta["total"] == 499
    answers = await asyncio.gather(*(tenant.owner.post(HOURS, MONDAY) for _ in range(4)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"LIMIT_REACHED"}
    refused = await tenant.owner.put(HOURS, {"rules": [MONDAY] * 10_000})
    assert refused.details == {"rules": "must have at most 500 entries"}
    assert (await tenant.owner.get(HOURS)).meta["total"] == 500


# Dates with hours of their own


async def test_a_date_has_hours_of_its_own_and_several_add_up(world: World) -> None:
    tenant = await world.tenant()
    sent: dict[str, Any] = {"date": "2026-03-14", "windows": [NINE_TO_FIVE, {"startTime": "20:00", "endTime": "24:00"}]}
    other: dict[str, Any] = {"date": "2026-03-14", "windows": [{"startTime": "18:00", "endTime": "00:00"}]}
    closed: dict[str, Any] = {"date": "2026-03-15", "windows": []}
    made = [(await tenant.owner.post(OVERRIDES, body)).data for body in (sent, other, closed)]
    assert all(_holds(answered, body) for answered, body in zip(made, (sent, other, closed), strict=True))
    assert (await tenant.owner.get(OVERRIDES)).data == made


async def test_no_windows_said_at_all_means_closed(world: World) -> None:
    tenant = await world.tenant()
    assert (await tenant.owner.post(OVERRIDES, {"date": "2026-03-15"})).data["windows"] == []


async def test_overrides_are_listed_by_days_and_by_whose_they_are(world: World) -> None:
    tenant = await world.tenant()
    staff_id = await tenant.staff_id()
    days = ["2026-03-01", "2026-03-31", "2026-04-01"]
    for day in days:
        await tenant.owner.post(OVERRIDES, {"date": day})
    await tenant.owner.post(OVERRIDES, {"date": "2026-03-31", "staffId": staff_id})

    async def found(**query: str) -> list[str]:
        return [override["date"] for override in (await tenant.owner.get(OVERRIDES, **query)).data]

    assert await found(from_="2026-03-02", to="2026-03-31") == ["2026-03-31", "2026-03-31"]
    assert await found(from_="2026-04-01") == ["2026-04-01"]
    assert await found(to="2026-03-01") == ["2026-03-01"]
    assert await found(staffId=staff_id) == ["2026-03-31"]
    assert await found(staffId="stf_nobody") == []


async def test_an_override_is_changed_in_part_and_removed(world: World) -> None:
    tenant = await world.tenant()
    override = (await tenant.owner.post(OVERRIDES, {"date": "2026-03-14", "windows": [NINE_TO_FIVE]})).data
    changed = await tenant.owner.put(f"{OVERRIDES}/{override['id']}", {"date": "2026-03-16"})
    assert changed.data == {**override, "date": "2026-03-16"}
    closed = await tenant.owner.put(f"{OVERRIDES}/{override['id']}", {"windows": []})
    assert closed.data == {**override, "date": "2026-03-16", "windows": []}
    assert (await tenant.owner.delete(f"{OVERRIDES}/{override['id']}")).status == 200
    assert (await tenant.owner.get(OVERRIDES)).data == []
    assert (await tenant.owner.delete(f"{OVERRIDES}/{override['id']}")).code == "NOT_FOUND"


async def test_an_override_wholly_in_the_hour_that_is_skipped_is_refused(world: World) -> None:
    tenant = await world.tenant(zone="Pacific/Auckland")
    missing = {"startTime": "02:00", "endTime": "03:00"}
    refused = await tenant.owner.post(OVERRIDES, {"date": "2026-09-27", "windows": [NINE_TO_FIVE, missing]})
    assert set(refused.details) == {"windows.1"}
    assert "2026-09-27" in refused.details["windows.1"]
    # A minute more is a minute that exists, and on any other day the hour is one like all others.
    longer = {"startTime": "02:00", "endTime": "03:01"}
    assert (await tenant.owner.post(OVERRIDES, {"date": "2026-09-27", "windows": [longer]})).status == 201
    other = (await tenant.owner.post(OVERRIDES, {"date": "2026-09-26", "windows": [missing]})).data
    moved = await tenant.owner.put(f"{OVERRIDES}/{other['id']}", {"date": "2026-09-27"})
    assert set(moved.details) == {"windows.0"}
    elsewhere = await world.tenant(zone="Australia/Brisbane")
    assert (await elsewhere.owner.post(OVERRIDES, {"date": "2026-09-27", "windows": [missing]})).status == 201


# Blocked times


@pytest.mark.parametrize(
    "sent",
    [
        {"startDate": "2026-03-14"},
        {"startDate": "2026-03-14", "endDate": "2026-03-20", "reason": "By the sea\nwith the children 🏖"},
        {"startDate": "2026-03-14", "startTime": "12:00", "endTime": "12:30"},
        {"startDate": "2026-03-14", "startTime": "12:00"},
        {"startDate": "2026-03-14", "endTime": "12:00"},
        {"startDate": "2026-03-14", "startTime": "18:00", "endTime": "24:00"},
        {"startDate": "2026-03-14", "startTime": "18:00", "endTime": "00:00"},
        {"startDate": "2026-03-14", "endDate": "2026-03-15", "startTime": "22:00", "endTime": "06:00"},
        {"startDate": "2026-03-14", "endDate": "2026-03-15", "startTime": "22:00", "endTime": "00:00"},
        {"startDate": "2026-03-14", "endDate": "2026-03-15", "startTime": "22:00", "endTime": "24:00"},
        {"startDate": "2026-03-14", "endDate": "2029-03-14"},
    ],
)
async def test_a_blocked_time_comes_back_as_it_was_sent(world: World, sent: dict[str, Any]) -> None:
    tenant = await world.tenant()
    made = await tenant.owner.post(BLOCKS, sent)
    assert made.status == 201
    assert made.data["id"].startswith("blk_")
    assert _holds(made.data, {"endDate": sent["startDate"], "reason": None, "staffId": None, **sent})
    assert (await tenant.owner.get(BLOCKS)).data == [made.data]


async def test_blocked_times_are_listed_where_they_reach_into_the_days(world: World) -> None:
    tenant = await world.tenant()
    for start, end in (("2026-03-01", "2026-03-09"), ("2026-03-05", "2026-03-20"), ("2026-03-15", "2026-03-16")):
        await tenant.owner.post(BLOCKS, {"startDate": start, "endDate": end})
    found = await tenant.owner.get(BLOCKS, from_="2026-03-10", to="2026-03-14")
    assert [block["startDate"] for block in found.data] == ["2026-03-05"]
    found = await tenant.owner.get(BLOCKS, from_="2026-03-09", to="2026-03-15")
    assert [block["startDate"] for block in found.data] == ["2026-03-01", "2026-03-05", "2026-03-15"]


async def test_a_blocked_time_is_changed_in_part_and_removed(world: World) -> None:
    tenant = await world.tenant()
    block = (await tenant.owner.post(BLOCKS, {"startDate": "2026-03-14", "startTime": "18:00", "reason": "Out"})).data
    changed = await tenant.owner.put(f"{BLOCKS}/{block['id']}", {"endDate": "2026-03-15", "endTime": "08:00"})
    assert changed.data == {**block, "endDate": "2026-03-15", "endTime": "08:00"}
    refused = await tenant.owner.put(f"{BLOCKS}/{block['id']}", {"endDate": None})
    assert set(refused.details) == {"endTime"}
    assert (await tenant.owner.get(BLOCKS)).data == [changed.data]
    assert (await tenant.owner.delete(f"{BLOCKS}/{block['id']}")).status == 200
    assert (await tenant.owner.delete(f"{BLOCKS}/{block['id']}")).code == "NOT_FOUND"


# What is refused, and that it says why

_WINDOW = "windows.0"


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        (HOURS, {}, {"dayOfWeek", "startTime", "endTime"}),
        (HOURS, {**MONDAY, "dayOfWeek": 7}, {"dayOfWeek"}),
        (HOURS, {**MONDAY, "dayOfWeek": -1}, {"dayOfWeek"}),
        (HOURS, {**MONDAY, "dayOfWeek": "1"}, {"dayOfWeek"}),
        (HOURS, {**MONDAY, "dayOfWeek": 1.5}, {"dayOfWeek"}),
        (HOURS, {**MONDAY, "endTime": "09:00"}, {"endTime"}),
        (HOURS, {**MONDAY, "startTime": "00:00", "endTime": "00:00"}, {"endTime"}),
        (HOURS, {**MONDAY, "startTime": "24:00"}, {"startTime"}),
        (HOURS, {**MONDAY, "endTime": "34:00"}, {"endTime"}),
        (HOURS, {**MONDAY, "endTime": "24:01"}, {"endTime"}),
        (HOURS, {**MONDAY, "startTime": "9:00", "endTime": "17:60"}, {"startTime", "endTime"}),
        (HOURS, {**MONDAY, "startTime": "09:00:00"}, {"startTime"}),
        (HOURS, {**MONDAY, "startTime": "\u0660\u0669:\u0660\u0660"}, {"startTime"}),
        (HOURS, {**MONDAY, "startTime": "09:00\n"}, {"startTime"}),
        (HOURS, {**MONDAY, "startTime": None}, {"startTime"}),
        (HOURS, {**MONDAY, "validFrom": "0001-01-01"}, {"validFrom"}),
        (HOURS, {**MONDAY, "validUntil": "9999-12-31"}, {"validUntil"}),
        (HOURS, {**MONDAY, "validFrom": "1999-12-31", "validUntil": "2101-01-01"}, {"validFrom", "validUntil"}),
        (HOURS, {**MONDAY, "validFrom": "2026-02-29"}, {"validFrom"}),
        (HOURS, {**MONDAY, "validFrom": "2026-06-02", "validUntil": "2026-06-01"}, {"validUntil"}),
        (HOURS, {**MONDAY, "staffId": "stf_nobody"}, {"staffId"}),
        (HOURS, {**MONDAY, "staffId": "x" * 65}, {"staffId"}),
        (HOURS, {**MONDAY, "staffId": "stf_\0"}, {"staffId"}),
        (HOURS, {**MONDAY, "price": 1}, {"price"}),
        (HOURS, [MONDAY], {"body"}),
        (HOURS, b'{"dayOfWeek": 1, "startTime": "\\ud800"}', {"body"}),
        (HOURS, b"{", {"body"}),
        (OVERRIDES, {"windows": []}, {"date"}),
        (OVERRIDES, {"date": "0001-01-01"}, {"date"}),
        (OVERRIDES, {"date": "10000-01-01"}, {"date"}),
        (OVERRIDES, {"date": "2026-3-1"}, {"date"}),
        (OVERRIDES, {"date": 20260301}, {"date"}),
        (OVERRIDES, {"date": "2026-03-14", "windows": None}, {"windows"}),
        (OVERRIDES, {"date": "2026-03-14", "windows": [NINE_TO_FIVE] * 25}, {"windows"}),
        (
            OVERRIDES,
            {"date": "2026-03-14", "windows": [{"startTime": "10:00", "endTime": "34:00"}]},
            {f"{_WINDOW}.endTime"},
        ),
        (
            OVERRIDES,
            {"date": "2026-03-14", "windows": [{"startTime": "10:00", "endTime": "10:00"}]},
            {f"{_WINDOW}.endTime"},
        ),
        (OVERRIDES, {"date": "2026-03-14", "windows": [{"startTime": "10:00"}]}, {f"{_WINDOW}.endTime"}),
        (OVERRIDES, {"date": "2026-03-14", "staffId": "stf_nobody"}, {"staffId"}),
        (BLOCKS, {}, {"startDate"}),
        (BLOCKS, {"startDate": "2026-03-14", "endDate": "2026-03-13"}, {"endDate"}),
        (BLOCKS, {"startDate": "2026-03-14", "endDate": "2029-03-16"}, {"endDate"}),
        (BLOCKS, {"startDate": "2026-03-14", "endDate": "9999-12-31"}, {"endDate"}),
        (BLOCKS, {"startDate": "2026-03-14", "startTime": "12:00", "endTime": "11:59"}, {"endTime"}),
        (BLOCKS, {"startDate": "2026-03-14", "startTime": "12:00", "endTime": "12:00"}, {"endTime"}),
        (BLOCKS, {"startDate": "2026-03-14", "endTime": "25:00"}, {"endTime"}),
        (BLOCKS, {"startDate": "2026-03-14", "reason": "x" * 501}, {"reason"}),
        (BLOCKS, {"startDate": "2026-03-14", "reason": "\x07"}, {"reason"}),
        (BLOCKS, {"startDate": "2026-03-14", "reason": "\0"}, {"reason"}),
        (BLOCKS, {"startDate": "2026-03-14", "staffId": "stf_nobody"}, {"staffId"}),
    ],
)
async def test_what_is_wrong_is_named(world: World, path: str, body: Any, fields: set[str]) -> None:
    tenant = await world.tenant()
    refused = await tenant.owner.post(path, body)
    assert (refused.status, refused.code) == (400, "VALIDATION_ERROR")
    assert set(refused.details) == fields
    assert (await tenant.owner.get(path)).data == []


async def test_every_bad_rule_of_a_week_is_named_and_the_old_week_stays(world: World) -> None:
    tenant = await world.tenant()
    await tenant.hours(MONDAY)
    wrong = [MONDAY, {**MONDAY, "endTime": "34:00"}, {**MONDAY, "dayOfWeek": 9, "startTime": ""}]
    assert set((await tenant.owner.put(HOURS, {"rules": wrong})).details) == {
        "rules.1.endTime",
        "rules.2.dayOfWeek",
        "rules.2.startTime",
    }
    wrong = [MONDAY, {**MONDAY, "endTime": "09:00"}, {**MONDAY, "validFrom": "2026-02-01", "validUntil": "2026-01-01"}]
    assert set((await tenant.owner.put(HOURS, {"rules": wrong})).details) == {"rules.1.endTime", "rules.2.validUntil"}
    wrong = [MONDAY, {**MONDAY, "staffId": "stf_nobody"}]
    assert set((await tenant.owner.put(HOURS, {"rules": wrong})).details) == {"rules.1.staffId"}
    assert [rule["dayOfWeek"] for rule in (await tenant.owner.get(HOURS)).data] == [1]


_NINE_TO_NINE = {"startTime": "09:00", "endTime": "09:00"}
_SKIPPED = {"startTime": "02:00", "endTime": "03:00"}


@pytest.mark.parametrize(
    ("path", "body", "fields"),
    [
        (
            HOURS,
            {**MONDAY, **_NINE_TO_NINE, "dayOfWeek": 9, "staffId": "stf_nope"},
            {"dayOfWeek", "endTime", "staffId"},
        ),
        (
            HOURS,
            {"startTime": "25:00", "validFrom": "2027-02-01", "validUntil": "2027-01-01", "price": 1},
            {"dayOfWeek", "startTime", "endTime", "validUntil", "price"},
        ),
        (
            OVERRIDES,
            {"date": "2027-09-26", "windows": [_SKIPPED, _NINE_TO_NINE], "staffId": "stf_nope"},
            {"windows.0", "windows.1.endTime", "staffId"},
        ),
        (
            OVERRIDES,
            {"date": "2027-09-26", "windows": [_SKIPPED, {"startTime": 9}, 5, NINE_TO_FIVE, _NINE_TO_NINE]},
            {"windows.0", "windows.1.startTime", "windows.1.endTime", "windows.2", "windows.4.endTime"},
        ),
        (OVERRIDES, {"date": "2027-09-26", "windows.0": 1, "staffId": "stf_nope"}, {"windows.0", "staffId"}),
        (OVERRIDES, {"windows": [_SKIPPED, _NINE_TO_NINE], "staffId": 5}, {"date", "windows.1.endTime", "staffId"}),
        (
            BLOCKS,
            {
                "startDate": "2027-02-03",
                "endDate": "2027-02-01",
                "startTime": "25:00",
                "reason": "x" * 900,
                "staffId": "stf_nope",
            },
            {"endDate", "startTime", "reason", "staffId"},
        ),
        (
            BLOCKS,
            {"startDate": "2027-02-03", "startTime": "12:00", "endTime": "11:00", "reason": 5},
            {"endTime", "reason"},
        ),
    ],
)
async def test_everything_that_is_wrong_is_named_at_once(
    world: World, path: str, body: dict[str, Any], fields: set[str]
) -> None:
    tenant = await world.tenant(zone="Pacific/Auckland")
    refused = await tenant.owner.post(path, body)
    assert (refused.status, refused.code, set(refused.details)) == (400, "VALIDATION_ERROR", fields)
    assert (await tenant.owner.get(path)).data == []


async def test_everything_that_is_wrong_with_a_week_is_named_at_once(world: World) -> None:
    tenant = await world.tenant()
    week = [
        {**NINE_TO_FIVE, "dayOfWeek": 9},
        {**_NINE_TO_NINE, "dayOfWeek": 1},
        {"dayOfWeek": 2, "startTime": "09:00", "staffId": "stf_nope"},
        "always",
        {**MONDAY, "validFrom": "2027-02-01", "validUntil": "2027-01-01", "startTime": None},
        MONDAY,
    ]
    assert set((await tenant.owner.put(HOURS, {"rules": week, "more": 1})).details) == {
        "rules.0.dayOfWeek",
        "rules.1.endTime",
        "rules.2.endTime",
        "rules.2.staffId",
        "rules.3",
        "rules.4.startTime",
        "rules.4.validUntil",
        "more",
    }
    assert (await tenant.owner.put(HOURS, {})).details == {"rules": "is required"}


@pytest.mark.parametrize(
    ("path", "body", "changes", "fields"),
    [
        (
            HOURS,
            MONDAY,
            {"startTime": "17:00", "dayOfWeek": 9, "staffId": "stf_nope"},
            {"endTime", "dayOfWeek", "staffId"},
        ),
        # What is bad is not judged by what was there before it.
        (HOURS, MONDAY, {"startTime": "25:00", "endTime": "09:00"}, {"startTime"}),
        (
            OVERRIDES,
            {"date": "2027-09-25", "windows": [_SKIPPED]},
            {"date": "2027-09-26", "staffId": "stf_nope"},
            {"windows.0", "staffId"},
        ),
        (
            BLOCKS,
            {"startDate": "2027-02-03", "startTime": "12:00"},
            {"endTime": "11:00", "reason": "x" * 501, "staffId": "stf_nope"},
            {"endTime", "reason", "staffId"},
        ),
    ],
)
async def test_everything_that_is_wrong_with_a_change_is_named_at_once(
    world: World, path: str, body: dict[str, Any], changes: dict[str, Any], fields: set[str]
) -> None:
    tenant = await world.tenant(zone="Pacific/Auckland")
    made = (await tenant.owner.post(path, body)).data
    refused = await tenant.owner.put(f"{path}/{made['id']}", changes)
    assert (refused.status, set(refused.details)) == (400, fields)
    assert (await tenant.owner.get(path)).data == [made]


async def test_everything_that_is_wrong_with_a_calendar_kept_elsewhere_is_named_at_once(world: World) -> None:
    tenant = await world.tenant()
    path = f"{HOURS}/calendars"
    refused = await tenant.owner.post(path, {"url": "x", "name": "", "staffId": "stf_nope"})
    assert (refused.status, refused.code) == (400, "VALIDATION_ERROR")
    assert set(refused.details) == {"url", "name", "staffId"}
    refused = await tenant.owner.post(path, {"staffId": "stf_nope", "name": "Jo\u202e"})
    assert set(refused.details) == {"url", "name", "staffId"}
    assert (await tenant.owner.get(path)).data == []


@pytest.mark.parametrize("path", [OVERRIDES, BLOCKS])
@pytest.mark.parametrize(
    ("query", "fields"),
    [
        ({"from_": "2026-03-02", "to": "2026-03-01"}, {"to"}),
        ({"from_": "2026-01-01", "to": "2027-02-05"}, {"to"}),
        ({"from_": "0001-01-01", "to": "9999-12-31"}, {"from", "to"}),
        ({"from_": "yesterday"}, {"from"}),
        ({"from_": "2026-02-30", "to": "12"}, {"from", "to"}),
        ({"to": "2026-03-01T00:00:00Z"}, {"to"}),
        ({"page": 0, "limit": 101}, {"page", "limit"}),
        ({"page": "one", "limit": "ten"}, {"page", "limit"}),
        ({"staffId": "\0"}, {"address"}),
        ({"staffId": "x" * 65}, {"staffId"}),
    ],
)
async def test_days_that_can_not_be_asked_for_are_named(
    world: World, path: str, query: dict[str, Any], fields: set[str]
) -> None:
    tenant = await world.tenant()
    refused = await tenant.owner.get(path, **query)
    assert refused.status == 400
    assert set(refused.details) == fields
    assert all("RFC" not in sentence for sentence in refused.details.values())


async def test_four_hundred_days_can_be_asked_for(world: World) -> None:
    tenant = await world.tenant()
    assert (await tenant.owner.get(BLOCKS, from_="2026-01-01", to="2027-02-04")).status == 200


# Whose calendar it is

_EVERYTHING = [(HOURS, MONDAY), (OVERRIDES, {"date": "2026-03-14"}), (BLOCKS, {"startDate": "2026-03-14"})]


@pytest.mark.parametrize(("path", "body"), _EVERYTHING)
async def test_another_business_sees_and_changes_nothing(world: World, path: str, body: dict[str, Any]) -> None:
    tenant, stranger = await world.tenant(), await world.tenant()
    made = (await tenant.owner.post(path, body)).data
    assert (await stranger.owner.get(path)).data == []
    assert (await stranger.owner.put(f"{path}/{made['id']}", {})).code == "NOT_FOUND"
    assert (await stranger.owner.delete(f"{path}/{made['id']}")).code == "NOT_FOUND"
    foreign = await stranger.owner.post(path, {**body, "staffId": await tenant.staff_id()})
    assert (foreign.status, set(foreign.details)) == (400, {"staffId"})
    assert (await tenant.owner.get(path)).data == [made]


@pytest.mark.parametrize(("path", "body"), _EVERYTHING)
async def test_the_team_reads_and_who_is_in_charge_writes(world: World, path: str, body: dict[str, Any]) -> None:
    tenant = await world.tenant()
    made = (await tenant.admin.post(path, body)).data
    assert (await tenant.tech.get(path)).data == [made]
    assert (await tenant.tech.post(path, body)).code == "FORBIDDEN"
    assert (await tenant.tech.put(f"{path}/{made['id']}", {})).code == "FORBIDDEN"
    assert (await tenant.tech.delete(f"{path}/{made['id']}")).code == "FORBIDDEN"
    anybody = world.anybody()
    assert (await anybody.get(path)).code == "UNAUTHENTICATED"
    assert (await anybody.post(path, body)).code == "UNAUTHENTICATED"
    homeless = Caller(world.clients[0], world.clock, user_id="usr_01m7zg85h6e689yq33m0m113xb")
    assert (await homeless.get(path)).code == "PROFILE_INCOMPLETE"


@pytest.mark.parametrize("path", [HOURS, OVERRIDES, BLOCKS])
@pytest.mark.parametrize("record", ["x", "rul_%00", "rul_\u00e9", "' OR 1=1 --", "y" * 200])
async def test_an_id_that_is_none_is_nowhere(world: World, path: str, record: str) -> None:
    tenant = await world.tenant()
    answer = await tenant.owner.delete(f"{path}/{record}")
    assert answer.status in {400, 404}


# Several at once


async def test_of_two_who_replace_the_week_at_once_one_wins_wholly(servers: Servers) -> None:
    async with opened(servers, replicas=2) as world:
        tenant = await world.tenant()
        for _ in range(5):
            weeks = [[{**MONDAY, "dayOfWeek": day} for day in range(7) for _ in range(3)], [MONDAY] * 40]
            answers = await asyncio.gather(
                *(tenant.owner_at(replica).put(HOURS, {"rules": week}) for replica, week in enumerate(weeks))
            )
            assert [answer.status for answer in answers] == [200, 200]
            left = [(await tenant.owner_at(replica).get(HOURS)).data for replica in range(2)]
            assert left[0] == left[1]
            assert left[0] in [answer.data for answer in answers]
