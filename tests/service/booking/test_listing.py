"""Bookings are listed, filtered and found."""

from typing import Any

from tests.service.booking.world import Shop, World


async def _references(shop: Shop, **query: Any) -> list[str]:
    answer = await shop.owner.get("/api/bookings", **query)
    assert answer.status == 200, answer.body
    return [one["reference"] for one in answer.data]


async def test_what_is_to_come_and_what_is_over(shop: Shop, world: World) -> None:
    free = await shop.free_service()
    first, second, third = [await shop.booked(f"{hour:02}:00", service_id=free) for hour in (9, 11, 13)]
    await shop.owner.put(f"/api/bookings/{third['bookingId']}/status", {"status": "cancelled"})
    world.clock.set(shop.at("10:00"))
    assert await _references(shop, filter="upcoming") == [second["reference"]]
    assert await _references(shop, filter="past") == [first["reference"]]
    assert await _references(shop) == [third["reference"], second["reference"], first["reference"]]
    assert await _references(shop, status="cancelled") == [third["reference"]]
    assert await _references(shop, status="cancelled,confirmed", filter="upcoming") == [
        second["reference"],
        third["reference"],
    ]
    # What goes on at this moment is still to come.
    world.clock.set(shop.at("11:30"))
    assert await _references(shop, filter="upcoming") == [second["reference"]]


async def test_days_are_the_business_s_days(shop: Shop, world: World) -> None:
    free = await shop.free_service()
    late, early = [
        (
            await shop.owner.post(
                "/api/bookings",
                {
                    "serviceId": free,
                    "date": day,
                    "time": clock_time,
                    "anyTime": True,
                    "customer": {"name": "Bo", "email": "bo@example.com", "phone": "021 555 0199"},
                },
            )
        ).data
        for day, clock_time in (("2026-03-03", "23:30"), ("2026-03-04", "00:30"))
    ]
    assert await _references(shop, from_="2026-03-03", to="2026-03-03") == [late["reference"]]
    assert await _references(shop, from_="2026-03-04") == [early["reference"]]
    assert await _references(shop, to="2026-03-03") == [late["reference"]]
    assert world.clock.now().tzinfo is not None


async def test_pages_hold_each_booking_once_however_equal_their_starts_are(shop: Shop, world: World) -> None:
    free = await shop.free_service()
    for hour in range(9, 16):
        await shop.booked(f"{hour:02}:00", service_id=free)
    await world.rows(
        shop.tenant_id, "UPDATE bookings SET starts_at = $1 WHERE state <> 'draft' RETURNING id", shop.at("09:00")
    )
    seen: list[str] = []
    for page in (1, 2, 3, 4):
        answer = await shop.owner.get("/api/bookings", page=page, limit=2)
        assert answer.meta == {"page": page, "limit": 2, "total": 7}
        seen += [one["id"] for one in answer.data]
    assert len(set(seen)) == len(seen) == 7
    assert (await shop.owner.get("/api/bookings", page=9, limit=2)).data == []


async def test_a_booking_is_found_by_what_people_remember_of_it(shop: Shop) -> None:
    ana = await shop.booked("10:00")
    bo = {"name": "Bo 100%_x", "email": "bo@other.example", "phone": "+64 9 777 8888", "address": "7 Low Road"}
    await shop.booked("11:00", customer=bo)
    reference: str = ana["reference"]
    for typed in (
        "müller",
        "MULLER",
        "ana mul",
        "ana@example.com",
        "+64 21 555 0123",
        "021 555 0123",
        "(021) 555-0123",
        "5550123",
        "0123",
        "high street",
        reference.lower(),
        reference.replace("-", ""),
    ):
        assert await _references(shop, q=typed) == [reference], typed


async def test_what_is_nowhere_is_not_found(shop: Shop) -> None:
    await shop.booked("10:00")
    bo = {"name": "Bo 100%_x", "email": "bo@other.example", "phone": "+64 9 777 8888", "address": "7 Low Road"}
    found = await shop.booked("11:00", customer=bo)
    assert await _references(shop, q="ana low") == []
    # Signs that a database takes for something else mean themselves.
    assert await _references(shop, q="%") == [found["reference"]]
    assert await _references(shop, q="0%_") == [found["reference"]]
    assert await _references(shop, q="\\") == []
    assert len(await _references(shop, q="   ")) == 2
    assert await _references(shop, q="x' OR 'a'='a") == []


async def test_an_address_that_was_put_right_is_found(shop: Shop) -> None:
    booked = await shop.booked("10:00")
    await shop.owner.patch(f"/api/bookings/{booked['bookingId']}", {"address": "99 Harbour View"})
    assert await _references(shop, q="harbour") == [booked["reference"]]
    assert await _references(shop, q="high street") == []


async def test_a_question_that_makes_no_sense_is_named(shop: Shop) -> None:
    for query, named in (
        ({"filter": "soon"}, "filter"),
        ({"status": "booked"}, "status"),
        ({"status": "draft"}, "status"),
        ({"from": "2026-13-01"}, "from"),
        ({"from": "1026-03-01"}, "from"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
        ({"page": "0"}, "page"),
        ({"limit": "101"}, "limit"),
        ({"q": "x" * 201}, "q"),
    ):
        refused = await shop.owner.get("/api/bookings", **query)
        assert (refused.status, refused.code) == (400, "VALIDATION_ERROR"), query
        assert named in refused.details


async def test_what_is_still_being_made_is_shown_to_nobody(shop: Shop, world: World) -> None:
    world.till.is_away = True
    assert (await shop.book("10:00")).status == 503
    assert await shop.drafts() == 1
    assert (await shop.owner.get("/api/bookings")).data == []
    (draft,) = await world.rows(shop.tenant_id, "SELECT id FROM bookings")
    assert (await shop.owner.get(f"/api/bookings/{draft['id']}")).status == 404


async def test_the_list_stays_quick_behind_its_fence(shop: Shop, world: World) -> None:
    """Each kind of list is read by an index of the business's own bookings, never by looking through everybody's."""
    async with world.contexts["booking"].tools.db.transaction(shop.tenant_id) as tx:
        await tx.run("SET LOCAL enable_seqscan = off")
        plans = []
        for sql in (
            "SELECT id FROM bookings WHERE state <> 'draft' ORDER BY starts_at DESC, id DESC LIMIT 50",
            "SELECT id FROM bookings WHERE starts_at > now() AND state = ANY ('{pending}') ORDER BY starts_at, id",
            "SELECT count(*) FROM bookings WHERE found_by LIKE '%ana%'",
        ):
            lines = await tx.rows(f"EXPLAIN {sql}")
            plans.append("\n".join(row[0] for row in lines))
    for plan in plans:
        assert "Index Cond" in plan, plan
        assert "tenant_id" in plan.split("Index Cond")[1].splitlines()[0], plan


async def test_nothing_that_anybody_asks_breaks_it(shop: Shop) -> None:
    for path in (
        "/api/bookings?q=%00",
        "/api/bookings?q=%ED%A0%80",
        "/api/bookings?q=%F0%9F%9A%B0%25_%5C",
        "/api/bookings?status=%00",
        "/api/bookings?page=1000000&limit=100",
        "/api/bookings?from=2000-01-01",
        "/api/bookings?to=2099-12-31",
        "/api/bookings?to=9999-12-31",
        "/api/bookings/%00",
        "/api/bookings/book_%F0%9F%9A%B0",
        "/api/bookings/customers?q=%00",
        "/api/bookings/customers/%00",
        "/api/bookings/export?q=%00",
        "/api/manage/%00",
        "/api/manage/%F0%9F%9A%B0/receipt",
    ):
        assert (await shop.owner.get(path)).status in {200, 400, 404}, path
