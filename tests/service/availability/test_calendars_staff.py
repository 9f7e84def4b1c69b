"""Who works, and on which public holidays nobody does."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.auth import MemberChanged
from services.kernel.ids import new_id
from tests.service.availability.world import Tenant, World, take

STAFF = "/api/staff"
HOLIDAYS = "/api/availability/holidays"


async def _joined(tenant: Tenant) -> str:
    """A new member of the team, of whom auth has told."""
    user_id = new_id("usr")
    fact = MemberChanged(tenant_id=tenant.id, version=1, user_id=user_id, role="tech", status="active")
    await tenant.world.tell(fact, about=new_id("mem"))
    await tenant.world.holds(tenant.id, "SELECT 1 FROM members WHERE user_id = $1", user_id)
    return user_id


async def _booked(tenant: Tenant, staff_id: str, *, ahead: timedelta) -> None:
    async with tenant.world.contexts[0].tools.db.transaction(tenant.id) as tx:
        await take(tx, staff_id, tenant.world.clock.now() + ahead)


async def test_every_business_starts_with_one_who_is_its_owner(world: World) -> None:
    tenant = await world.tenant()
    (first,) = (await tenant.owner.get(STAFF)).data
    assert first["id"].startswith("stf_")
    assert (first["name"], first["active"], first["serviceIds"]) == ("Joe's Plumbing", True, None)
    assert first["userId"] == tenant.owner_id


async def test_a_business_that_nobody_has_told_of_has_its_first_one_all_the_same(world: World) -> None:
    tenant = await world.tenant(is_announced=False)
    answers = await asyncio.gather(*(tenant.owner.get(STAFF) for _ in range(8)))
    ids = [[person["id"] for person in answer.data] for answer in answers]
    assert len(ids[0]) == 1
    assert all(each == ids[0] for each in ids)


async def test_somebody_is_added_changed_in_part_and_removed(world: World) -> None:
    tenant = await world.tenant()
    service_id = await tenant.service()
    user_id = await _joined(tenant)
    sent: dict[str, Any] = {"name": "Ana 🔧", "userId": user_id, "active": True, "serviceIds": [service_id]}
    made = await tenant.owner.post(STAFF, sent)
    assert made.status == 201
    assert {name: made.data[name] for name in sent} == sent

    changed = await tenant.owner.put(f"{STAFF}/{made.data['id']}", {"name": "Ana Kahu"})
    assert changed.data == {**made.data, "name": "Ana Kahu", "bookingsAhead": 0}
    changed = await tenant.owner.put(f"{STAFF}/{made.data['id']}", {"userId": None, "serviceIds": None})
    assert (changed.data["userId"], changed.data["serviceIds"]) == (None, None)
    changed = await tenant.owner.put(f"{STAFF}/{made.data['id']}", {"serviceIds": [], "active": False})
    assert (changed.data["active"], changed.data["serviceIds"]) == (False, [])
    assert [person["name"] for person in (await tenant.owner.get(STAFF)).data] == ["Joe's Plumbing", "Ana Kahu"]

    gone = await tenant.owner.delete(f"{STAFF}/{made.data['id']}")
    assert gone.data == {"id": made.data["id"], "bookingsAhead": 0}
    assert [person["name"] for person in (await tenant.owner.get(STAFF)).data] == ["Joe's Plumbing"]
    assert (await tenant.owner.delete(f"{STAFF}/{made.data['id']}")).code == "NOT_FOUND"
    assert (await tenant.owner.put(f"{STAFF}/{made.data['id']}", {"name": "Back"})).code == "NOT_FOUND"


async def test_who_leaves_takes_hours_and_leave_along(world: World) -> None:
    tenant = await world.tenant()
    staff_id = (await tenant.owner.post(STAFF, {"name": "Ana"})).data["id"]
    rule = {"dayOfWeek": 1, "startTime": "09:00", "endTime": "17:00"}
    records: list[tuple[str, dict[str, Any]]] = [
        ("/api/availability", rule),
        ("/api/availability/overrides", {"date": "2026-03-14"}),
        ("/api/availability/blocked-dates", {"startDate": "2026-03-14"}),
    ]
    for path, body in records:
        for more in ({}, {"staffId": staff_id}):
            assert (await tenant.owner.post(path, {**body, **more})).status == 201
    await tenant.owner.delete(f"{STAFF}/{staff_id}")
    for path, body in records:
        assert [record["staffId"] for record in (await tenant.owner.get(path)).data] == [None]
        refused = await tenant.owner.post(path, {**body, "staffId": staff_id})
        assert set(refused.details) == {"staffId"}


async def test_the_last_one_who_works_stays(world: World) -> None:
    tenant = await world.tenant()
    first = await tenant.staff_id()
    assert (await tenant.owner.delete(f"{STAFF}/{first}")).code == "LAST_STAFF"
    assert (await tenant.owner.put(f"{STAFF}/{first}", {"active": False})).code == "LAST_STAFF"
    idle = (await tenant.owner.post(STAFF, {"name": "Ana", "active": False})).data["id"]
    refused = await tenant.owner.delete(f"{STAFF}/{first}")
    assert (refused.status, refused.code) == (409, "LAST_STAFF")
    assert (await tenant.owner.put(f"{STAFF}/{idle}", {"active": True})).status == 200
    assert (await tenant.owner.delete(f"{STAFF}/{first}")).status == 200
    assert [person["id"] for person in (await tenant.owner.get(STAFF)).data] == [idle]


async def test_two_who_remove_each_other_at_once_leave_one(world: World) -> None:
    tenant = await world.tenant()
    first = await tenant.staff_id()
    second = (await tenant.owner.post(STAFF, {"name": "Ana"})).data["id"]
    answers = await asyncio.gather(*(tenant.owner.delete(f"{STAFF}/{one}") for one in (first, second)))
    assert sorted(answer.status for answer in answers) == [200, 409]
    assert len((await tenant.owner.get(STAFF)).data) == 1


async def test_the_tradie_is_told_of_jobs_that_somebody_must_see_to(world: World) -> None:
    tenant = await world.tenant()
    staff_id = (await tenant.owner.post(STAFF, {"name": "Ana"})).data["id"]
    for ahead in (timedelta(days=-1), timedelta(minutes=-30), timedelta(days=2), timedelta(days=300)):
        await _booked(tenant, staff_id, ahead=ahead)
    await _booked(tenant, await tenant.staff_id(), ahead=timedelta(days=2))
    assert (await tenant.owner.put(f"{STAFF}/{staff_id}", {"active": False})).data["bookingsAhead"] == 3
    assert (await tenant.owner.delete(f"{STAFF}/{staff_id}")).data["bookingsAhead"] == 3
    claims = await world.rows(tenant.id, "SELECT 1 FROM claims WHERE staff_id = $1", staff_id)
    assert len(claims) == 4


async def test_a_job_that_is_being_booked_at_that_moment_is_among_them(world: World) -> None:
    tenant = await world.tenant()
    staff_id = (await tenant.owner.post(STAFF, {"name": "Ana"})).data["id"]
    async with world.contexts[0].tools.db.transaction(tenant.id) as tx:
        await take(tx, staff_id, world.clock.now() + timedelta(days=2))
        leaving = asyncio.create_task(tenant.owner.delete(f"{STAFF}/{staff_id}"))
        await asyncio.wait([leaving], timeout=0.2)
        assert not leaving.done()
    assert (await leaving).data["bookingsAhead"] == 1


async def test_a_service_that_the_copy_lacks_is_asked_for_once(world: World) -> None:
    tenant, stranger = await world.tenant(), await world.tenant()
    late = await tenant.service(is_announced=False)
    foreign = await stranger.service()
    path = f"/catalog/internal/tenants/{tenant.id}/services"
    made = await tenant.owner.post(STAFF, {"name": "Ana", "serviceIds": [late, late]})
    assert made.data["serviceIds"] == [late]
    assert world.neighbours.asked[f"{path}/{late}"] == 1
    unknown = new_id("svc")
    for _ in range(3):
        refused = await tenant.owner.post(STAFF, {"name": "Bo", "serviceIds": [late, unknown, foreign, "svc_x"]})
        assert set(refused.details) == {"serviceIds.1", "serviceIds.2", "serviceIds.3"}
    assert world.neighbours.asked[f"{path}/{unknown}"] == 1
    assert world.neighbours.asked[f"{path}/{late}"] == 1


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"name"}),
        ({"name": ""}, {"name"}),
        ({"name": " \u200b"}, {"name"}),
        ({"name": "A\nB"}, {"name"}),
        ({"name": "\0"}, {"name"}),
        ({"name": "Jo\u202e"}, {"name"}),
        ({"name": "x" * 121}, {"name"}),
        ({"name": None, "active": None}, {"name", "active"}),
        ({"name": "Ana", "active": "yes"}, {"active"}),
        ({"name": "Ana", "serviceIds": ["x"]}, {"serviceIds.0"}),
        ({"name": "Ana", "serviceIds": [1]}, {"serviceIds.0"}),
        ({"name": "Ana", "serviceIds": ["x"] * 201}, {"serviceIds"}),
        ({"name": "Ana", "userId": "usr_nobody"}, {"userId"}),
        ({"name": "Ana", "userId": new_id("usr")}, {"userId"}),
        ({"name": "Ana", "color": "red"}, {"color"}),
        ({"name": "", "userId": "usr_x", "serviceIds": ["nope"]}, {"name", "userId", "serviceIds.0"}),
        ({"userId": "usr_x", "active": 1, "serviceIds": ["nope"]}, {"name", "userId", "active", "serviceIds.0"}),
    ],
)
async def test_what_is_wrong_with_somebody_is_named(world: World, body: Any, fields: set[str]) -> None:
    tenant = await world.tenant()
    refused = await tenant.owner.post(STAFF, body)
    assert (refused.status, refused.code) == (400, "VALIDATION_ERROR")
    assert set(refused.details) == fields
    assert len((await tenant.owner.get(STAFF)).data) == 1


async def test_everything_that_is_wrong_with_a_change_of_somebody_is_named_at_once(world: World) -> None:
    tenant = await world.tenant()
    (present,) = (await tenant.owner.get(STAFF)).data
    changes = {"name": "", "userId": "usr_x", "active": False, "serviceIds": ["nope"]}
    refused = await tenant.owner.put(f"{STAFF}/{present['id']}", changes)
    assert (refused.status, set(refused.details)) == (400, {"name", "userId", "serviceIds.0"})
    assert (await tenant.owner.get(STAFF)).data == [present]


async def test_a_person_has_one_calendar(world: World) -> None:
    tenant = await world.tenant()
    refused = await tenant.owner.post(STAFF, {"name": "Joe again", "userId": tenant.owner_id})
    assert set(refused.details) == {"userId"}
    await tenant.owner.put(f"{STAFF}/{await tenant.staff_id()}", {"userId": None})
    assert (await tenant.owner.post(STAFF, {"name": "Joe again", "userId": tenant.owner_id})).status == 201


async def test_two_hundred_are_kept_and_no_more(world: World) -> None:
    tenant = await world.tenant()
    async with world.contexts[0].tools.db.transaction(tenant.id) as tx:
        await tx.run_many(
            "INSERT INTO staff (id, tenant_id, name, active, created_at) VALUES ($1, $2, 'Somebody', true, now())",
            [(new_id("stf"), tenant.id) for _ in range(198)],
        )
    answers = await asyncio.gather(*(tenant.owner.post(STAFF, {"name": "Ana"}) for _ in range(3)))
    assert sorted(answer.status for answer in answers) == [201, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"LIMIT_REACHED"}


async def test_another_business_sees_and_changes_nobody(world: World) -> None:
    tenant, stranger = await world.tenant(), await world.tenant()
    staff_id = (await tenant.owner.post(STAFF, {"name": "Ana"})).data["id"]
    assert len((await stranger.owner.get(STAFF)).data) == 1
    assert (await stranger.owner.put(f"{STAFF}/{staff_id}", {"name": "Mine"})).code == "NOT_FOUND"
    assert (await stranger.owner.delete(f"{STAFF}/{staff_id}")).code == "NOT_FOUND"
    member = await _joined(tenant)
    assert set((await stranger.owner.post(STAFF, {"name": "Spy", "userId": member})).details) == {"userId"}
    assert (await tenant.tech.post(STAFF, {"name": "Ana"})).code == "FORBIDDEN"
    assert (await world.anybody().get(STAFF)).code == "UNAUTHENTICATED"


# Public holidays


async def test_the_holidays_are_those_of_the_business_s_country(world: World) -> None:
    tenant = await world.tenant(country="NZ")
    shown = (await tenant.tech.get(HOLIDAYS)).data
    assert (shown["country"], shown["region"], shown["closed"]) == ("NZ", None, False)
    # The clock shows 2 March 2026 in Auckland: the coming twelve months.
    assert shown["holidays"][0] == {"date": "2026-04-03", "name": "Good Friday"}
    assert shown["holidays"][-1]["date"] == "2027-02-08"
    assert {"code": "AUK", "name": "Auckland"} in shown["regions"]


async def test_a_year_s_holidays_can_be_asked_for(world: World) -> None:
    tenant = await world.tenant(country="DE", zone="Europe/Berlin")
    days = (await tenant.owner.get(HOLIDAYS, year=2030)).data["holidays"]
    assert all(day["date"].startswith("2030-") for day in days)
    assert {"date": "2030-10-03", "name": "German Unity Day"} in days
    for year in (1999, 2101, "soon"):
        assert set((await tenant.owner.get(HOLIDAYS, year=year)).details) == {"year"}


async def test_a_region_has_holidays_of_its_own_by_code_or_name(world: World) -> None:
    tenant = await world.tenant()
    anniversary = {"date": "2027-02-01", "name": "Auckland Anniversary Day"}
    assert anniversary not in (await tenant.owner.get(HOLIDAYS)).data["holidays"]
    named = (await tenant.owner.put(HOLIDAYS, {"region": "Auckland", "closed": True})).data
    chosen = (await tenant.owner.put(HOLIDAYS, {"region": "AUK"})).data
    assert named == chosen
    assert (chosen["region"], chosen["closed"]) == ("AUK", True)
    assert anniversary in chosen["holidays"]
    assert (await tenant.owner.get(HOLIDAYS)).data == chosen
    # Another country begins without a region; what is not sent stays.
    chosen = (await tenant.owner.put(HOLIDAYS, {"country": "AU"})).data
    assert (chosen["country"], chosen["region"], chosen["closed"]) == ("AU", None, True)
    own = (await tenant.owner.put(HOLIDAYS, {"country": None, "closed": False})).data
    assert (own["country"], own["region"], own["closed"]) == ("NZ", None, False)


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({"country": "XX"}, {"country"}),
        ({"country": "nz"}, {"country"}),
        ({"country": "NZL"}, {"country"}),
        ({"country": ""}, {"country"}),
        ({"country": "NZ", "region": "BY"}, {"region"}),
        ({"region": "Atlantis"}, {"region"}),
        ({"country": "JP", "region": "AUK"}, {"region"}),
        ({"closed": None}, {"closed"}),
        ({"closed": "yes", "days": []}, {"closed", "days"}),
        ({"country": "XX", "region": 5, "closed": "a"}, {"country", "region", "closed"}),
        ({"region": "Atlantis", "closed": "a"}, {"region", "closed"}),
        ({"country": 5, "region": "Atlantis"}, {"country"}),
    ],
)
async def test_holidays_that_nobody_knows_are_refused(world: World, body: Any, fields: set[str]) -> None:
    tenant = await world.tenant()
    refused = await tenant.owner.put(HOLIDAYS, body)
    assert refused.status == 400
    assert set(refused.details) == fields
    shown = (await tenant.owner.get(HOLIDAYS)).data
    assert (shown["country"], shown["region"], shown["closed"]) == ("NZ", None, False)


async def test_a_business_in_a_country_without_known_holidays_has_none(world: World) -> None:
    tenant = await world.tenant(country="ZZ")
    shown = (await tenant.owner.get(HOLIDAYS)).data
    assert (shown["holidays"], shown["regions"]) == ([], [])
    refused = await tenant.owner.put(HOLIDAYS, {"closed": True})
    assert "'ZZ'" in refused.details["country"]
    assert (await tenant.owner.put(HOLIDAYS, {"country": "KR", "closed": True})).status == 200


async def test_only_who_is_in_charge_chooses_holidays(world: World) -> None:
    tenant = await world.tenant()
    assert (await tenant.tech.put(HOLIDAYS, {"closed": True})).code == "FORBIDDEN"
    assert (await world.anybody().get(HOLIDAYS)).code == "UNAUTHENTICATED"
