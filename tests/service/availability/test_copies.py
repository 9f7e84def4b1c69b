"""What availability keeps of auth's and catalog's facts: by their version, however they come, and asked for once."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfoNotFoundError

import msgspec
import pytest

from services.availability.use_cases import copies
from services.availability.use_cases.tools import Tools
from services.contracts.auth import MemberChanged, TenantRenamed
from services.contracts.catalog import ServiceArchived
from services.kernel import errors
from services.kernel.events import Delivery, Event
from services.kernel.ids import new_id, new_uuid
from tests.service.availability.world import Tenant, World, opened, profile_fact, registered_fact, service_fact, take
from tests.support.servers import Servers


def tools_of(world: World, replica: int = 0) -> Tools:
    return cast("Tools", world.contexts[replica].provides["tools"])


async def _heard(world: World, events: Sequence[Event], *, about: str) -> None:
    """All of them have come and been applied, one after the other."""
    for event in events:
        event_id = new_uuid()
        await world.tell(event, about=about, event_id=event_id)
        await world.applied(event_id)


async def _service(world: World, tenant: Tenant, service_id: str) -> dict[str, Any]:
    (row,) = await world.rows(tenant.id, "SELECT * FROM services WHERE service_id = $1", service_id)
    return dict(row)


# Versions


async def test_an_older_service_never_overwrites_a_newer_one(world: World) -> None:
    tenant = await world.tenant()
    newer = service_fact(
        tenant.id,
        version=3,
        name="Drain",
        duration_minutes=90,
        buffer_before_minutes=5,
        buffer_after_minutes=10,
        min_notice_minutes=120,
        booking_window_days=30,
        slot_step_minutes=15,
        max_per_day=4,
        staff_ids=(await tenant.staff_id(),),
    )
    older = msgspec.structs.replace(newer, version=2, duration_minutes=30, active=False)
    await _heard(world, [newer, older], about=newer.service_id)
    kept = await _service(world, tenant, newer.service_id)
    assert kept == {
        "service_id": newer.service_id,
        "tenant_id": tenant.id,
        "version": 3,
        "name": "Drain",
        "duration": 90,
        "before": 5,
        "after": 10,
        "notice": 120,
        "window_days": 30,
        "step": 15,
        "max_per_day": 4,
        "staff_ids": [await tenant.staff_id()],
        "active": True,
        "archived": False,
    }


async def test_an_archived_service_stays_so_whatever_older_is_heard_of_it(world: World) -> None:
    tenant = await world.tenant()
    fact = service_fact(tenant.id, version=4)
    gone = ServiceArchived(tenant_id=tenant.id, service_id=fact.service_id, version=5)
    await _heard(world, [gone, fact, fact], about=fact.service_id)
    kept = await _service(world, tenant, fact.service_id)
    assert (kept["version"], kept["active"], kept["archived"]) == (5, False, True)
    await _heard(world, [msgspec.structs.replace(fact, version=6)], about=fact.service_id)
    kept = await _service(world, tenant, fact.service_id)
    assert (kept["version"], kept["active"], kept["archived"]) == (6, True, False)
    await _heard(world, [gone], about=fact.service_id)
    assert (await _service(world, tenant, fact.service_id))["archived"] is False


async def test_an_answer_that_is_older_than_an_event_changes_nothing(world: World) -> None:
    tenant = await world.tenant()
    fact = service_fact(tenant.id, version=1)
    world.neighbours.service(fact)
    world.neighbours.takes = 0.3
    try:
        asking = asyncio.create_task(copies.ensure_service(tools_of(world), tenant.id, fact.service_id))
        await asyncio.sleep(0.05)
        newer = msgspec.structs.replace(fact, version=2, duration_minutes=45)
        await _heard(world, [newer], about=fact.service_id)
        await asking
    finally:
        world.neighbours.takes = 0.0
    kept = await _service(world, tenant, fact.service_id)
    assert (kept["version"], kept["duration"]) == (2, 45)


async def test_an_older_zone_never_overwrites_a_newer_one(world: World) -> None:
    registered = registered_fact()
    profiles = [
        profile_fact(registered, version=version, timezone=zone, country=country)
        for version, zone, country in ((2, "Europe/Paris", "FR"), (1, "Pacific/Auckland", "NZ"))
    ]
    await _heard(world, [*profiles, registered], about=registered.tenant_id)
    (row,) = await world.rows(registered.tenant_id, "SELECT zone, country, profile_version FROM tenants")
    assert dict(row) == {"zone": "Europe/Paris", "country": "FR", "profile_version": 2}


async def test_bookings_keep_their_instants_when_the_zone_changes(world: World) -> None:
    tenant = await world.tenant(zone="Pacific/Auckland")
    start = world.clock.now() + timedelta(days=3)
    async with world.contexts[0].tools.db.transaction(tenant.id) as tx:
        staff_id = await tx.value("SELECT id FROM staff")
        await take(tx, staff_id, start)
    fact = registered_fact()
    fact = msgspec.structs.replace(fact, tenant_id=tenant.id, slug=tenant.slug)
    await _heard(world, [profile_fact(fact, version=2, timezone="America/New_York")], about=tenant.id)
    (row,) = await world.rows(tenant.id, "SELECT starts_at, zone FROM claims CROSS JOIN tenants")
    assert (row["starts_at"], row["zone"]) == (start, "America/New_York")


async def test_a_zone_that_this_machine_does_not_know_is_not_taken(world: World) -> None:
    tenant = await world.tenant()
    registered = msgspec.structs.replace(registered_fact(), tenant_id=tenant.id, slug=tenant.slug)
    broken = profile_fact(registered, version=2, timezone="Mars/Olympus")
    delivery = Delivery(
        id=new_uuid(),
        event=broken,
        subject=tenant.id,
        sequence=2,
        tenant_id=tenant.id,
        at=datetime.now(UTC),
        queue="availability.catalog",
        attempt=1,
    )
    with pytest.raises(ZoneInfoNotFoundError):
        await copies.profile_changed(tools_of(world), delivery=delivery)
    (row,) = await world.rows(tenant.id, "SELECT zone FROM tenants")
    assert row["zone"] == "Pacific/Auckland"


# Members


def _member(tenant: Tenant, user_id: str, version: int, status: str) -> MemberChanged:
    return MemberChanged(tenant_id=tenant.id, version=version, user_id=user_id, role="tech", status=status)  # type: ignore[arg-type] # one of the two


async def test_who_leaves_the_team_stays_on_the_calendar_unlinked(world: World) -> None:
    tenant = await world.tenant()
    user_id, member_id = new_id("usr"), new_id("mem")
    await _heard(world, [_member(tenant, user_id, 1, "active")], about=member_id)
    staff = (await tenant.owner.post("/api/staff", {"name": "Ana", "userId": user_id})).data
    await _heard(world, [_member(tenant, user_id, 2, "removed")], about=member_id)
    (left,) = [person for person in (await tenant.owner.get("/api/staff")).data if person["id"] == staff["id"]]
    assert left == {**staff, "userId": None}
    refused = await tenant.owner.put(f"/api/staff/{staff['id']}", {"userId": user_id})
    assert set(refused.details) == {"userId"}


async def test_who_came_back_is_not_unlinked_by_word_of_an_older_leaving(world: World) -> None:
    tenant = await world.tenant()
    user_id, member_id = new_id("usr"), new_id("mem")
    await _heard(world, [_member(tenant, user_id, 3, "active")], about=member_id)
    staff_id = (await tenant.owner.post("/api/staff", {"name": "Ana", "userId": user_id})).data["id"]
    await _heard(world, [_member(tenant, user_id, 2, "removed")], about=member_id)
    linked = {person["id"]: person["userId"] for person in (await tenant.owner.get("/api/staff")).data}
    assert linked[staff_id] == user_id


# Exactly one first staff member


async def test_a_business_starts_with_exactly_one_whatever_comes_first(servers: Servers) -> None:
    async with opened(servers, replicas=2) as world:
        for _ in range(5):
            tenant = await world.tenant(is_announced=False)
            registered = msgspec.structs.replace(
                registered_fact(), tenant_id=tenant.id, slug=tenant.slug, owner_id=tenant.owner_id
            )
            profile = profile_fact(registered)
            await asyncio.gather(
                *(tenant.owner_at(replica).get("/api/staff") for replica in (0, 1, 0, 1)),
                *(copies.ensure_tenant(tools_of(world, replica), tenant.id) for replica in (0, 1)),
                _heard(world, [registered, profile], about=tenant.id),
                _heard(world, [profile, registered], about=tenant.id),
            )
            (person,) = (await tenant.owner_at(1).get("/api/staff")).data
            assert (person["name"], person["userId"]) == ("Joe's Plumbing", tenant.owner_id)


async def test_what_the_tradie_said_of_the_first_one_is_not_undone_by_a_replay(world: World) -> None:
    tenant = await world.tenant()
    staff_id = await tenant.staff_id()
    await tenant.owner.put(f"/api/staff/{staff_id}", {"userId": None, "name": "The van"})
    registered = msgspec.structs.replace(
        registered_fact(), tenant_id=tenant.id, slug=tenant.slug, owner_id=tenant.owner_id
    )
    await _heard(world, [registered, profile_fact(registered)], about=tenant.id)
    (person,) = (await tenant.owner.get("/api/staff")).data
    assert (person["name"], person["userId"]) == ("The van", None)


# Slugs


async def test_a_slug_leads_to_its_business_without_asking(world: World) -> None:
    tenant = await world.tenant()
    assert await copies.tenant_of_slug(tools_of(world), tenant.slug) == tenant.id
    renamed = TenantRenamed(
        tenant_id=tenant.id, version=2, slug=f"new-{tenant.slug}", former_slug=tenant.slug, name="Joe & Sons"
    )
    await _heard(world, [renamed], about=tenant.id)
    for slug in (tenant.slug, renamed.slug):
        assert await copies.tenant_of_slug(tools_of(world), slug) == tenant.id
        assert world.neighbours.asked[f"/auth/internal/tenants/by-slug/{slug}"] == 0


async def test_a_slug_that_nobody_told_of_is_asked_for_once(world: World) -> None:
    tenant = await world.tenant(is_announced=False)
    path = f"/auth/internal/tenants/by-slug/{tenant.slug}"
    world.neighbours.away.add("auth")
    with pytest.raises(errors.Unavailable):
        await copies.tenant_of_slug(tools_of(world), tenant.slug)
    world.neighbours.away.clear()
    world.neighbours.asked.clear()
    world.neighbours.takes = 0.3
    try:
        found = await asyncio.gather(*(copies.tenant_of_slug(tools_of(world), tenant.slug) for _ in range(5)))
    finally:
        world.neighbours.takes = 0.0
    assert found == [tenant.id] * 5
    assert world.neighbours.asked[path] == 1
    world.neighbours.asked.clear()
    assert await copies.tenant_of_slug(tools_of(world), tenant.slug) == tenant.id
    assert world.neighbours.asked[path] == 0


@pytest.mark.parametrize("slug", ["", "a/../b", "Joe", "joe_plumber", "-joe", "x" * 65, "joé", "joe\n"])
async def test_what_is_no_slug_is_nobody_s_and_nobody_is_asked(world: World, slug: str) -> None:
    world.neighbours.asked.clear()
    with pytest.raises(errors.NotFound):
        await copies.tenant_of_slug(tools_of(world), slug)
    assert not world.neighbours.asked


# Asked for where a copy lacks it


async def test_what_its_owner_does_not_know_is_not_asked_for_again_at_once(world: World) -> None:
    tenant = await world.tenant()
    service_id = new_id("svc")
    path = f"/catalog/internal/tenants/{tenant.id}/services/{service_id}"

    async def ask() -> None:
        with pytest.raises(errors.NotFound):
            await copies.ensure_service(tools_of(world), tenant.id, service_id)

    for _ in range(20):
        await ask()
    assert world.neighbours.asked[path] == 1
    world.clock.advance(seconds=6)
    await ask()
    assert world.neighbours.asked[path] == 2
    # It is there at once when its owner tells of it, whatever was remembered.
    await _heard(world, [service_fact(tenant.id, service_id=service_id)], about=service_id)
    await copies.ensure_service(tools_of(world), tenant.id, service_id)
    assert world.neighbours.asked[path] == 2


async def test_ids_that_nobody_gave_out_do_not_keep_catalog_busy(world: World) -> None:
    tenant = await world.tenant()
    world.neighbours.asked.clear()
    refused: list[errors.Refusal] = []
    for _ in range(80):
        with pytest.raises(errors.Refusal) as told:
            await copies.ensure_service(tools_of(world), tenant.id, new_id("svc"))
        refused.append(told.value)
    assert {type(refusal) for refusal in refused} == {errors.NotFound, errors.TooOften}
    assert world.neighbours.asked.total() < 80
    for text in ("", "svc_", "x", new_id("stf")):
        with pytest.raises(errors.NotFound):
            await copies.ensure_service(tools_of(world), tenant.id, text)


async def test_another_business_s_service_is_nowhere(world: World) -> None:
    tenant, stranger = await world.tenant(), await world.tenant()
    service_id = await stranger.service()
    with pytest.raises(errors.NotFound):
        await copies.ensure_service(tools_of(world), tenant.id, service_id)


async def test_without_the_zone_nothing_is_said_until_catalog_is_back(world: World) -> None:
    tenant = await world.tenant(is_announced=False)
    world.neighbours.away.add("catalog")
    try:
        refused = await tenant.owner.get("/api/availability/holidays")
        assert (refused.status, refused.error["retryable"]) == (503, True)
        override = {"date": "2026-03-14", "windows": []}
        assert (await tenant.owner.post("/api/availability/overrides", override)).status == 503
        # What needs no zone goes on.
        monday = {"dayOfWeek": 1, "startTime": "09:00", "endTime": "17:00"}
        assert (await tenant.owner.post("/api/availability", monday)).status == 201
    finally:
        world.neighbours.away.clear()
    assert (await tenant.owner.get("/api/availability/holidays")).data["country"] == "NZ"
    assert (await tenant.owner.post("/api/availability/overrides", override)).status == 201


async def test_a_business_that_nobody_knows_is_nowhere(world: World) -> None:
    for tenant_id in (new_id("ten"), "ten_x", ""):
        for ask in (copies.ensure_tenant, copies.ensure_open):
            with pytest.raises(errors.NotFound):
                await ask(tools_of(world), tenant_id)


async def test_a_fact_that_its_owner_hands_over_counts_at_once_and_by_its_version(world: World) -> None:
    tenant = await world.tenant()
    fact = service_fact(tenant.id, duration_minutes=60)
    later = msgspec.structs.replace(fact, version=fact.version + 1, duration_minutes=90)
    catalog = world.another("catalog")
    for told in (later, fact):
        answer = await catalog.post("/internal/facts/ServiceChanged", msgspec.to_builtins(told))
        assert answer.status == 200, answer.body
    assert (await _service(world, tenant, fact.service_id))["duration"] == 90
    gone = ServiceArchived(tenant_id=tenant.id, service_id=fact.service_id, version=later.version + 1)
    assert (await catalog.post("/internal/facts/ServiceArchived", msgspec.to_builtins(gone))).status == 200
    assert (await _service(world, tenant, fact.service_id))["archived"] is True
    for nosy in ("booking", "payments"):
        refused = await world.another(nosy).post("/internal/facts/ServiceChanged", msgspec.to_builtins(later))
        assert refused.status == 403


async def test_catalog_learns_who_does_not_work_there(world: World) -> None:
    tenant, other = await world.tenant(), await world.tenant()
    mine, theirs = [(await one.owner.get("/api/staff")).data[0]["id"] for one in (tenant, other)]
    asked = {"tenantId": tenant.id, "staffIds": [mine, theirs, "stf_nobody"]}
    answer = await world.another("catalog").post("/internal/staff/strangers", asked)
    assert answer.data["staffIds"] == sorted([theirs, "stf_nobody"])
