"""A customer's booking, by its link."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import vobject

from services.kernel.secrets import new_token
from tests.service.booking.world import ANA, DEPOSIT, Shop, World
from tests.support.contexts import eventually


def _link(booked: Any) -> str:
    return f"/api/manage/{booked['manageToken']}"


async def test_the_link_shows_the_booking_the_business_and_the_terms_with_their_dates(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00", notes="The gate squeaks")
    answer = await world.anybody.get(_link(booked))
    seen = answer.data
    assert (seen["id"], seen["reference"], seen["status"]) == (booked["bookingId"], booked["reference"], "confirmed")
    assert seen["startsAt"] == "2026-03-03T10:00:00+13:00"
    assert seen["depositStatus"] == "paid"
    assert seen["amountPaid"] == {"amount": DEPOSIT, "currency": "NZD", "display": "$50.00"}
    assert seen["amountDue"]["amount"] == 13_000
    assert seen["customer"]["email"] == ANA["email"]
    assert seen["business"]["name"] == "Joe's Plumbing"
    assert seen["business"]["phone"] == "+64 9 555 0100"
    assert seen["terms"]["deadlines"] == [
        {
            "until": "2026-03-02T10:00:00+13:00",
            "refundPercent": 100,
            "refund": {"amount": 5_000, "currency": "NZD", "display": "$50.00"},
        },
        {
            "until": "2026-03-02T22:00:00+13:00",
            "refundPercent": 50,
            "refund": {"amount": 2_500, "currency": "NZD", "display": "$25.00"},
        },
    ]
    assert seen["cancellation"] == {
        "allowed": True,
        "refund": {"amount": 5_000, "currency": "NZD", "display": "$50.00"},
        "refundPercent": 100,
        "until": "2026-03-02T10:00:00+13:00",
    }
    assert seen["rescheduling"] == {"allowed": True}
    assert seen["payment"] is None
    assert "timeline" not in seen
    assert answer.headers["cache-control"] == "private, no-store"


async def test_while_it_is_not_paid_the_link_tells_how_to_pay(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    seen = (await world.anybody.get(_link(booked))).data
    assert seen["status"] == "pending"
    assert seen["payment"] == booked["payment"]
    assert seen["expiresAt"] == booked["expiresAt"]
    assert seen["cancellation"]["refund"]["amount"] == 0


async def test_the_page_is_shown_though_payments_and_catalog_are_away(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    world.till.is_away = True
    world.away.add("catalog")
    seen = (await world.anybody.get(_link(booked))).data
    assert (seen["status"], seen["payment"], seen["business"]["phone"]) == ("pending", None, None)


async def test_scenario_37_a_guessed_link_is_told_nothing(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    wrong = [new_token(), "x", booked["bookingId"], booked["manageToken"][:-1], booked["manageToken"].swapcase()]
    for act in ("", "/cancel", "/reschedule", "/receipt", "/calendar.ics"):
        method, body = "GET", None
        if act in {"/cancel", "/reschedule"}:
            method, body = "POST", {"startsAt": "2026-03-03T00:00:00Z"} if act == "/reschedule" else {}
        headers = {"x-real-ip": f"2001:db8::{len(act)}"}
        for token in wrong:
            answer = await world.anybody.call(method, f"/api/manage/{token}{act}", body, headers=headers)
            assert (answer.status, answer.code) == (404, "NOT_FOUND"), answer.body
            assert booked["reference"].encode() not in answer.content
    assert await shop.state(booked["bookingId"]) == "confirmed"


async def test_scenario_37_a_link_of_a_former_generation_leads_nowhere(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    await world.rows(
        shop.tenant_id,
        "UPDATE bookings SET link_generation = 2 WHERE id = $1 RETURNING id",
        booked["bookingId"],
    )
    assert (await world.anybody.get(_link(booked))).status == 404


async def test_scenario_37_whoever_guesses_on_is_told_to_wait(shop: Shop, world: World) -> None:
    async def guess() -> int:
        headers = {"x-real-ip": "203.0.113.7"}
        return (await world.anybody.call("GET", f"/api/manage/{new_token()}", headers=headers)).status

    found = await asyncio.gather(*(guess() for _ in range(40)))
    assert set(found) == {404, 429}
    # Somebody else, with a link of their own, is not kept waiting.
    booked = await shop.booked("10:00")
    assert (await world.anybody.get(_link(booked))).status == 200


async def test_what_customers_type_is_shown_as_typed(shop: Shop, world: World) -> None:
    """Scenario 41."""
    name = "<script>alert(1)</script> 🚰 " + "é" * 260
    address = "c/o <b>Ana</b>\nLevel 5\n12 Queen Street\nAuckland\n1010"
    booked = await shop.paid("10:00", customer={"name": name, "address": address}, notes="=1+1")
    seen = (await world.anybody.get(_link(booked))).data
    assert seen["customer"]["name"] == name
    assert seen["customer"]["address"] == address
    assert seen["notes"] == "=1+1"


async def test_the_calendar_s_entry_keeps_its_name_wherever_it_is_moved(shop: Shop, world: World) -> None:
    """Scenario 11: the UID stays, SEQUENCE grows, and a cancelled one says so."""
    booked = await shop.paid("10:00")

    async def entry() -> Any:
        answer = await world.anybody.get(f"{_link(booked)}/calendar.ics")
        assert answer.headers["content-type"].startswith("text/calendar")
        return vobject.readOne(answer.content.decode()).vevent

    first = await entry()
    assert first.uid.value == f"{booked['bookingId']}@localhost"
    assert first.dtstart.value == datetime(2026, 3, 2, 21, tzinfo=UTC)
    assert (first.sequence.value, first.status.value) == ("0", "CONFIRMED")
    assert booked["reference"] in first.description.value
    assert booked["manageToken"] not in (await world.anybody.get(f"{_link(booked)}/calendar.ics")).content.decode()
    await world.anybody.post(f"{_link(booked)}/reschedule", {"date": "2026-03-04", "time": "11:00"})
    second = await entry()
    assert second.uid.value == first.uid.value
    assert second.dtstart.value == datetime(2026, 3, 3, 22, tzinfo=UTC)
    assert second.sequence.value == "1"
    await world.anybody.post(f"{_link(booked)}/cancel", {})
    third = await entry()
    assert (third.uid.value, third.sequence.value, third.status.value) == (first.uid.value, "2", "CANCELLED")


async def test_the_receipt_tells_all_that_was_paid_and_given_back(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    await shop.owner.post(f"/api/bookings/{booked['bookingId']}/refund", {"amount": 1_000})
    answer = await world.anybody.get(f"{_link(booked)}/receipt")
    assert answer.content == b"%PDF-1.7 of a test"
    assert answer.headers["content-type"] == "application/pdf"
    assert f'filename="receipt-{booked["reference"]}.pdf"' in answer.headers["content-disposition"]
    asked = world.till.receipts[-1]
    assert [(line["kind"], line["amount"]) for line in asked["lines"]] == [("deposit", DEPOSIT), ("refund", 1_000)]
    assert (asked["reference"], asked["businessName"]) == (booked["reference"], "Joe's Plumbing")
    assert (asked["currency"], asked["timezone"], asked["address"]) == ("NZD", "Pacific/Auckland", "2 Low Street")


async def test_there_is_no_receipt_of_nothing(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00")
    answer = await world.anybody.get(f"{_link(booked)}/receipt")
    assert (answer.status, answer.code) == (404, "NOTHING_PAID")


async def test_a_link_says_what_became_of_a_booking_that_is_over(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    await world.anybody.post(f"{_link(booked)}/cancel", {"reason": "Fixed it myself"})

    async def is_told() -> bool:
        return bool((await world.anybody.get(_link(booked))).data["amountRefunded"]["amount"] == DEPOSIT)

    await eventually(is_told, "the link tells what came back")
    seen = (await world.anybody.get(_link(booked))).data
    assert (seen["status"], seen["cancelledBy"], seen["cancelReason"]) == ("cancelled", "customer", "Fixed it myself")
    assert seen["cancellation"]["allowed"] is False
    assert seen["rescheduling"]["allowed"] is False
    assert seen["amountDue"]["amount"] == 0


async def test_to_cancel_nothing_has_to_be_said(shop: Shop, world: World) -> None:
    booked = await shop.paid("10:00")
    assert (await world.anybody.post(f"{_link(booked)}/cancel")).data["status"] == "cancelled"
