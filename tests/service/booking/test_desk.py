"""The people of a business look after a booking."""

from datetime import timedelta
from typing import Any

from tests.service.booking.world import ANA, DEPOSIT, PRICE, TUESDAY, Shop, World
from tests.support.contexts import eventually

NAMED = {
    "id", "reference", "status", "depositStatus", "serviceId", "staffId", "startsAt", "endsAt", "price",
    "depositAmount", "amountPaid", "amountRefunded", "amountDue", "customer", "notes", "timeline",
}  # fmt: skip


async def _turn(shop: Shop, booked: Any, status: str, **body: Any) -> Any:
    return await shop.owner.put(f"/api/bookings/{booked['bookingId']}/status", {"status": status, **body})


async def test_a_booking_is_told_with_all_that_happened(shop: Shop) -> None:
    booked = await shop.paid("10:00", notes="The gate squeaks")
    seen = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
    assert set(seen) >= NAMED
    assert [entry["kind"] for entry in seen["timeline"]] == ["requested", "deposit_paid", "confirmed"]
    assert seen["price"] == {"amount": PRICE, "currency": "NZD", "display": "$180.00"}
    assert seen["amountDue"]["amount"] == PRICE - DEPOSIT
    assert seen["refundable"]["amount"] == DEPOSIT
    assert seen["customer"]["phone"] == ANA["phone"]
    assert seen["customer"]["id"].startswith("cus_")
    assert [(one["kind"], one["status"]) for one in seen["payments"]] == [("deposit", "succeeded")]
    assert set(seen["actions"]) == {
        "start", "reschedule", "cancel", "mark_no_show", "charge_balance", "refund", "correct",
    }  # fmt: skip


async def test_payments_away_a_booking_is_told_without_them(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.till.is_away = True
    seen = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
    assert (seen["payments"], seen["amountPaid"]["amount"]) == (None, DEPOSIT)


async def test_the_day_of_the_job(shop: Shop) -> None:
    booked = await shop.paid("10:00")
    assert (await _turn(shop, booked, "in_progress")).data["status"] == "in_progress"
    done = (await _turn(shop, booked, "completed")).data
    assert done["status"] == "completed"
    assert [entry["kind"] for entry in done["timeline"]][-2:] == ["in_progress", "completed"]
    assert done["timeline"][-1]["actor"] == shop.owner_id
    assert (await shop.events(booked["bookingId"]))[-2:] == ["started", "completed"]
    assert "charge_balance" in done["actions"]


async def test_the_customer_was_not_there_and_the_deposit_stays(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    missed = (await _turn(shop, booked, "no_show", reason="Nobody opened")).data
    assert (missed["status"], missed["amountDue"]["amount"]) == ("no_show", 0)
    assert missed["timeline"][-1]["details"] == {"reason": "Nobody opened"}
    assert world.till.of(booked["bookingId"]).refunded == 0


async def test_no_way_leads_there(shop: Shop) -> None:
    free = await shop.free_service()
    for number, (steps, status) in enumerate(
        (
            ((), "completed"),
            ((), "pending"),
            ((), "confirmed"),
            ((), "expired"),
            (("in_progress",), "no_show"),
            (("in_progress",), "cancelled"),
            (("in_progress", "completed"), "cancelled"),
            (("cancelled",), "cancelled"),
            (("cancelled",), "in_progress"),
            (("no_show",), "in_progress"),
        )
    ):
        booked = await shop.booked("10:00", day=TUESDAY + timedelta(days=number), service_id=free)
        for step in steps:
            assert (await _turn(shop, booked, step)).status == 200
        before = await shop.state(booked["bookingId"])
        refused = await _turn(shop, booked, status)
        assert (refused.status, refused.code) == (409, "INVALID_STATUS_CHANGE"), (steps, status)
        assert await shop.state(booked["bookingId"]) == before


async def test_nobody_confirms_by_saying_so_what_is_not_paid(shop: Shop) -> None:
    booked = await shop.booked("10:00")
    assert (await _turn(shop, booked, "confirmed")).code == "INVALID_STATUS_CHANGE"
    assert await shop.state(booked["bookingId"]) == "pending"


async def test_an_open_move_comes_to_its_end_before_the_job_begins(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    world.away.add("availability")
    path = f"/api/manage/{booked['manageToken']}/reschedule"
    assert (await world.anybody.post(path, {"date": "2026-03-03", "time": "14:00"})).status == 503
    assert (await _turn(shop, booked, "in_progress")).status == 503
    world.away.clear()
    assert (await _turn(shop, booked, "in_progress")).data["startsAt"] == "2026-03-03T14:00:00+13:00"


async def test_notes_and_the_address_are_put_right(shop: Shop) -> None:
    booked = await shop.paid("10:00", notes="The gate squeaks")
    path = f"/api/bookings/{booked['bookingId']}"
    changed = (await shop.owner.patch(path, {"address": "7 High Street\nRear house"})).data
    assert changed["customer"]["address"] == "7 High Street\nRear house"
    assert changed["notes"] == "The gate squeaks"
    assert changed["timeline"][-1]["details"] == {"fields": ["address"]}
    assert (await shop.owner.patch(path, {"notes": None})).data["notes"] is None
    assert (await shop.owner.patch(path, {})).status == 200
    assert "status" in (await shop.owner.patch(path, {"status": "completed"})).details


async def test_who_may_do_what(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    path = f"/api/bookings/{booked['bookingId']}"
    when = {"date": "2026-03-03", "time": "14:00"}
    customer = {"serviceId": shop.service_id, **when, "customer": ANA}
    tech, admin = shop.member("tech"), shop.member("admin")
    assert (await tech.get(path)).data["actions"] == ["start", "mark_no_show", "correct"]
    assert (await tech.get("/api/bookings")).meta["total"] == 1
    assert (await tech.patch(path, {"notes": "Bring the long ladder"})).status == 200
    assert (await tech.patch(path, {"address": "Elsewhere"})).status == 403
    for refused in (
        await tech.put(f"{path}/status", {"status": "cancelled"}),
        await tech.post(f"{path}/reschedule", when),
        await tech.post(f"{path}/charge-balance", {"finalAmount": 20_000}),
        await tech.post("/api/bookings", customer),
    ):
        assert (refused.status, refused.code) == (403, "FORBIDDEN")
    assert (await admin.post(f"{path}/reschedule", when)).status == 200
    assert (await tech.put(f"{path}/status", {"status": "in_progress"})).status == 200
    assert (await world.anybody.get(path)).status == 401


async def test_another_business_s_bookings_are_not_there(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    other = await world.shop()
    path = f"/api/bookings/{booked['bookingId']}"
    for answer in (
        await other.owner.get(path),
        await other.owner.patch(path, {"notes": "x"}),
        await other.owner.put(f"{path}/status", {"status": "cancelled"}),
        await other.owner.post(f"{path}/charge-balance", {"finalAmount": 20_000}),
    ):
        assert (answer.status, answer.code) == (404, "NOT_FOUND")
        assert booked["reference"].encode() not in answer.content
    assert (await other.owner.get("/api/bookings")).data == []
    assert (await other.owner.get("/api/bookings/customers")).data == []
    assert booked["reference"].encode() not in (await other.owner.get("/api/bookings/export")).content


async def test_booked_by_hand_it_stands_at_once(shop: Shop, world: World) -> None:
    answer = await shop.owner.post(
        "/api/bookings",
        {
            "serviceId": shop.service_id,
            "date": "2026-03-03",
            "time": "19:30",
            "anyTime": True,
            "customer": {"name": "Bo", "email": "bo@example.com", "phone": "021 555 0199"},
            "address": "3 Low Street",
            "notes": "By phone",
            "price": {"amount": 25_000, "currency": "NZD"},
        },
    )
    assert answer.status == 201
    made = answer.data
    assert (made["status"], made["origin"], made["depositStatus"]) == ("confirmed", "hand", "none")
    assert made["startsAt"] == "2026-03-03T19:30:00+13:00"
    assert (made["price"]["amount"], made["amountDue"]["amount"]) == (25_000, 25_000)
    assert made["customer"]["address"] == "3 Low Street"
    assert made["bookingId"] == made["id"]
    assert made["manageUrl"] == f"http://localhost:8080/manage/{made['manageToken']}"
    assert made["timeline"][0]["by"] == "tenant"
    assert made["timeline"][0]["actor"] == shop.owner_id
    assert (await world.anybody.get(f"/api/manage/{made['manageToken']}")).data["id"] == made["id"]
    assert (await shop.claim(made["id"]))["state"] == "booked"
    assert world.till.asked["deposits"] == 0


async def test_booked_by_hand_with_a_deposit_it_waits_a_day_for_it(shop: Shop, world: World) -> None:
    body = {
        "serviceId": shop.service_id,
        "date": "2026-03-03",
        "time": "15:00",
        "customer": ANA,
        "withDeposit": True,
    }
    made = (await shop.owner.post("/api/bookings", body)).data
    assert made["status"] == "pending"
    row = await shop.row(made["id"])
    assert row is not None
    assert timedelta(hours=23, minutes=50) < row["expires_at"] - world.clock.now() <= timedelta(hours=24)
    seen = (await world.anybody.get(f"/api/manage/{made['manageToken']}")).data
    assert seen["payment"]["clientSecret"] == made["payment"]["clientSecret"]
    world.clock.advance(hours=20)
    await world.tick()
    assert "15:00" not in await shop.offered()
    await world.till.pay(made["id"])
    await shop.becomes(made["id"], "confirmed")


async def test_booked_by_hand_for_a_price_that_no_card_can_be_charged_it_is_named(shop: Shop, world: World) -> None:
    world.till.refused["deposits"] = (400, "PAYMENT_REFUSED")
    body = {
        "serviceId": shop.service_id,
        "date": "2026-03-03",
        "time": "15:00",
        "customer": ANA,
        "withDeposit": True,
    }
    refused = await shop.owner.post("/api/bookings", {**body, "price": 20})
    assert (refused.status, refused.code) == (400, "VALIDATION_ERROR")
    assert refused.details == {"price": "leaves 0.20 NZD to pay, which no card can be charged"}
    assert "15:00" in await shop.offered()
    assert (await shop.owner.post("/api/bookings", body)).code == "PAYMENT_REFUSED"


async def test_of_many_failed_tries_twenty_are_told_and_the_rest_is_counted(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    for _ in range(25):
        await world.till.decline(booked["bookingId"])
    tries: list[Any] = []

    async def are_counted() -> bool:
        seen = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data
        tries[:] = [entry["details"] for entry in seen["timeline"] if entry["kind"] == "deposit_failed"]
        return len(tries) + tries[-1].get("more", 0) == 25 if tries else False

    await eventually(are_counted, "all tries are counted")
    assert tries == [{"declineCode": "card_declined"}] * 19 + [{"declineCode": "card_declined", "more": 5}]


async def test_of_a_long_timeline_the_newest_is_shown(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    await world.rows(
        shop.tenant_id,
        "INSERT INTO timeline (tenant_id, booking_id, at, kind, by)"
        " SELECT tenant_id, id, created_at, 'corrected ' || n, 'tenant' FROM bookings, generate_series(1, 230) AS n"
        " WHERE id = $1 ORDER BY n RETURNING 1",
        booked["bookingId"],
    )
    shown = (await shop.owner.get(f"/api/bookings/{booked['bookingId']}")).data["timeline"]
    assert [entry["kind"] for entry in shown] == [f"corrected {n}" for n in range(31, 231)]


async def test_booked_by_hand_what_is_taken_is_refused_and_a_key_makes_one(shop: Shop) -> None:
    await shop.paid("10:00")
    body = {"serviceId": shop.service_id, "date": "2026-03-03", "time": "10:00", "customer": ANA, "anyTime": True}
    assert (await shop.owner.post("/api/bookings", body)).code == "SLOT_UNAVAILABLE"
    headers = {"Idempotency-Key": "by-hand-1"}
    answers = [await shop.owner.post("/api/bookings", {**body, "time": "12:00"}, headers=headers) for _ in range(2)]
    assert len({answer.data["id"] for answer in answers}) == 1
    bad = await shop.owner.post(
        "/api/bookings", {**body, "customer": {"name": ""}, "price": {"amount": 1, "currency": "?"}}
    )
    assert {"customer.name", "customer.email", "customer.phone"} <= set(bad.details)


async def test_customers_are_one_for_each_address_and_the_same_phone_is_only_a_hint(shop: Shop) -> None:
    await shop.paid("10:00")
    await shop.paid("11:00", customer={"email": "ANA@example.com", "name": "Ana M."})
    await shop.paid("12:00", customer={"email": "ana@work.example", "phone": "021 555 0123"})
    await shop.paid("13:00", customer={"email": "bo@example.com", "phone": "021 555 0777", "name": "Bo"})
    listed = await shop.owner.get("/api/bookings/customers")
    assert [(one["name"], one["bookings"]) for one in listed.data] == [("Bo", 1), (ANA["name"], 1), (ANA["name"], 2)]
    assert listed.meta == {"page": 1, "limit": 50, "total": 3}
    ana = listed.data[2]
    detail = (await shop.owner.get(f"/api/bookings/customers/{ana['id']}")).data
    assert [one["email"] for one in detail["sameAs"]] == ["ana@work.example"]
    # A booking keeps the contact as it was given with it.
    assert [one["customer"]["name"] for one in detail["bookings"]] == ["Ana M.", ANA["name"]]
    found = await shop.owner.get("/api/bookings/customers", q="bo@")
    assert [one["name"] for one in found.data] == ["Bo"]
    assert (await shop.owner.get("/api/bookings/customers/cus_nobody")).status == 404


async def test_cancelled_from_the_desk_the_customer_s_link_says_by_whom(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    await _turn(shop, booked, "cancelled")

    async def is_back() -> bool:
        seen = (await world.anybody.get(f"/api/manage/{booked['manageToken']}")).data
        return bool(seen["cancelledBy"] == "tenant" and seen["amountRefunded"]["amount"] == DEPOSIT)

    await eventually(is_back, "all of it is back")
