"""A customer books a time."""

import asyncio
import itertools
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from services.contracts.catalog import ServiceArchived
from services.kernel.ids import new_id
from tests.service.availability.world import service_fact
from tests.service.booking.world import ANA, DEPOSIT, PRICE, Shop, World
from tests.support.contexts import eventually


async def test_a_service_without_deposit_is_confirmed_at_once(shop: Shop) -> None:
    free = await shop.free_service()
    booked = await shop.booked("10:00", service_id=free)
    assert booked["status"] == "confirmed"
    assert booked["payment"] is None
    assert booked["depositAmount"] is None
    assert booked["expiresAt"] is None
    assert await shop.events(booked["bookingId"]) == ["confirmed"]
    assert "10:00" not in await shop.offered(service_id=free)
    assert (await shop.claim(booked["bookingId"]))["state"] == "booked"


async def test_a_deposit_is_asked_for_and_the_time_held_meanwhile(shop: Shop, world: World) -> None:
    booked = await shop.booked("10:00", notes="The gate squeaks")
    assert booked["status"] == "pending"
    assert booked["depositAmount"] == {"amount": DEPOSIT, "currency": "NZD", "display": "$50.00"}
    payment = booked["payment"]
    assert payment["clientSecret"] == booked["stripeClientSecret"]
    assert payment["stripeAccountId"] == booked["stripeAccountId"] == "acct_1"
    assert payment["publishableKey"] == "pk_test_of_a_test"
    assert booked["startsAt"] == "2026-03-03T10:00:00+13:00"
    asked = world.till.of(booked["bookingId"]).asked
    assert (asked["amount"], asked["currency"], asked["saveCard"]) == (DEPOSIT, "NZD", True)
    assert await shop.events(booked["bookingId"]) == ["requested"]
    assert "10:00" not in await shop.offered()
    assert (await shop.claim(booked["bookingId"]))["state"] == "held"


async def test_the_letter_of_the_law_for_an_answer(shop: Shop) -> None:
    answer = await shop.book("11:00")
    assert answer.status == 201
    assert set(answer.data) >= {
        "bookingId", "reference", "status", "manageToken", "depositAmount", "expiresAt", "payment",
        "stripeClientSecret", "stripeAccountId",
    }  # fmt: skip
    assert answer.data["bookingId"].startswith("book_")
    assert answer.data["expiresAt"] == "2026-03-01T20:15:00Z"


async def test_an_instant_does_as_well_as_a_date_and_a_time(shop: Shop) -> None:
    given = await shop.ask_for({"serviceId": shop.service_id, "startsAt": "2026-03-03T00:00:00Z", "customer": ANA})
    assert given.data["startsAt"] == "2026-03-03T13:00:00+13:00"
    assert "13:00" not in await shop.offered()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({}, {"startsAt"}),
        ({"date": "2026-03-03"}, {"time"}),
        ({"time": "10:00"}, {"date"}),
        ({"date": "2026-03-03", "time": "10:00", "startsAt": "2026-03-03T00:00:00Z"}, {"startsAt"}),
        ({"date": "2026-02-30", "time": "25:00"}, {"date", "time"}),
        ({"startsAt": "2026-03-03T00:00:00"}, {"startsAt"}),
        ({"startsAt": "1999-03-03T00:00:00Z"}, {"startsAt"}),
        ({"startsAt": "2026-03-03T00:00:00Z", "customer": {}}, {"customer.name", "customer.email", "customer.phone"}),
        (
            {"startsAt": "2026-03-03T00:00:00Z", "customer": {"name": " ", "email": "ana", "phone": "call me"}},
            {"customer.name", "customer.email", "customer.phone"},
        ),
        ({"startsAt": "2026-03-03T00:00:00Z", "notes": 7, "saveCard": "no", "more": 1}, {"notes", "saveCard", "more"}),
        ({"startsAt": "2026-03-03T00:00:00Z", "replaces": "guessed"}, {"replaces"}),
    ],
)
async def test_all_that_is_wrong_is_named_at_once(shop: Shop, given: dict[str, Any], named: set[str]) -> None:
    answer = await shop.ask_for({"serviceId": shop.service_id, "customer": ANA, **given})
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert set(answer.details) == named
    assert await shop.drafts() == 0


@pytest.mark.parametrize(
    "customer",
    [
        {"name": "<script>alert('x')</script>"},
        {"name": "🐶 Ana 花子 O'Neill-Müller"},
        {"name": "N" * 300},
        {"address": "Unit 5\n12 High Street\nPonsonby\nAuckland 1011\nNew Zealand"},
        {"email": "jürgen@bücher.example", "phone": "0800 83 83 83"},
        {"phone": "+1 (555) 010-9999 ext. 12"},
    ],
)
async def test_scenario_41_a_contact_is_stored_as_it_was_typed(shop: Shop, customer: dict[str, str]) -> None:
    booked = await shop.booked("10:00", customer=customer)
    row = await shop.row(booked["bookingId"])
    assert row is not None
    assert {name: row[name] for name in customer} == customer


async def test_two_spellings_of_one_address_are_one_customer_and_each_booking_keeps_its_own(shop: Shop) -> None:
    one = await shop.booked("10:00", customer={"email": "Ana@Example.com", "name": "Ana"})
    two = await shop.booked("11:00", customer={"email": "ANA@example.COM", "name": "Somebody else"})
    rows = [await shop.row(booked["bookingId"]) for booked in (one, two)]
    assert rows[0] is not None
    assert rows[1] is not None
    assert rows[0]["customer_id"] == rows[1]["customer_id"]
    assert [row["name"] for row in rows if row] == ["Ana", "Somebody else"]
    known = await shop.world.rows(shop.tenant_id, "SELECT name FROM customers")
    assert [row["name"] for row in known] == ["Ana"]


async def test_what_nobody_sells_is_not_there(shop: Shop, world: World) -> None:
    assert (await shop.book(service_id=new_id("svc"))).code == "NOT_FOUND"
    assert (await shop.book(service_id="nonsense")).code == "NOT_FOUND"
    other = await world.shop()
    assert (await shop.book(service_id=other.service_id)).status == 404
    body = {"serviceId": shop.service_id, "startsAt": "2026-03-03T00:00:00Z", "customer": ANA}
    assert (await world.anybody.post("/api/widget/nobody-at-all/book", body)).status == 404
    assert await shop.drafts() == 0


async def test_a_service_that_is_not_offered_any_more_is_refused(shop: Shop, world: World) -> None:
    paused = await shop.sell(active=False)
    assert (await shop.book(service_id=paused)).code == "SERVICE_NOT_OFFERED"
    gone = await shop.sell()
    await world.tell(ServiceArchived(tenant_id=shop.tenant_id, service_id=gone, version=2), about=gone, sequence=2)
    await world.holds(shop.tenant_id, "SELECT 1 FROM services WHERE service_id = $1 AND NOT active", gone)
    assert (await shop.book(service_id=gone)).code == "SERVICE_NOT_OFFERED"


async def test_facts_that_the_copies_lack_are_asked_of_their_owners_once(world: World, shop: Shop) -> None:
    new = await world.shop(is_announced=False)
    fact = service_fact(new.tenant_id, deposit_type="none", deposit=0)
    world.known[f"/catalog/internal/tenants/{new.tenant_id}/services/{fact.service_id}"] = fact
    await world.open_daily(new)
    booked = await new.booked(service_id=fact.service_id)
    assert booked["status"] == "confirmed"
    world.away |= {"auth", "catalog"}
    assert (await new.booked("11:00", service_id=fact.service_id))["status"] == "confirmed"
    assert shop.tenant_id != new.tenant_id


async def test_a_booking_works_while_catalog_and_notify_are_down(shop: Shop, world: World) -> None:
    world.away |= {"catalog", "auth", "notify"}
    assert (await shop.booked())["status"] == "pending"


async def test_a_time_that_the_clocks_leave_out_can_not_be_had(shop: Shop) -> None:
    answer = await shop.book("02:30", day=date(2026, 9, 27))
    assert (answer.status, answer.code) == (409, "SLOT_UNAVAILABLE")


async def test_the_time_is_taken_between_showing_and_booking(shop: Shop, world: World) -> None:
    await shop.booked("10:00")
    asked = world.till.asked["deposits"]
    answer = await shop.book("10:00")
    assert (answer.status, answer.code) == (409, "SLOT_UNAVAILABLE")
    assert world.till.asked["deposits"] == asked
    assert await shop.drafts() == 0


async def test_scenario_19_many_at_once_for_one_time_one_wins_and_one_deposit_is_asked_for(
    shop: Shop, world: World
) -> None:
    asked = world.till.asked["deposits"]
    answers = await asyncio.gather(*(shop.book("10:00") for _ in range(24)))
    assert Counter(answer.status for answer in answers) == {201: 1, 409: 23}
    assert {answer.code for answer in answers if answer.status == 409} == {"SLOT_UNAVAILABLE"}
    assert world.till.asked["deposits"] == asked + 1
    assert await shop.drafts() == 0


async def test_scenario_19_on_two_replicas_at_once_one_wins_too(shop: Shop, world: World) -> None:
    other = await shop.sell(duration_minutes=90, slot_step_minutes=30)
    async with world.replica() as second:
        here, there = shop, replace(shop, world=second)
        attempts = [
            replica.book(clock_time, service_id=service_id)
            for replica in (here, there)
            for service_id, clock_time in ((shop.service_id, "10:00"), (other, "09:30"), (other, "10:30"))
            for _ in range(4)
        ]
        answers = await asyncio.gather(*attempts)
    assert Counter(answer.status for answer in answers)[201] in {1, 2}
    won = [answer.data for answer in answers if answer.status == 201]
    spans = sorted((one["startsAt"], one["endsAt"]) for one in won)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(spans))
    assert {answer.code for answer in answers if answer.status != 201} == {"SLOT_UNAVAILABLE"}
    asked_for = [account for account in world.till.accounts.values() if account.tenant_id == shop.tenant_id]
    assert len(asked_for) == len(won)


async def test_scenario_28_a_price_that_changes_between_hold_and_payment_changes_nothing_for_who_was_shown_the_old_one(
    shop: Shop, world: World
) -> None:
    booked = await shop.booked()
    fact = service_fact(shop.tenant_id, service_id=shop.service_id, version=2, price=99_000, deposit=9_900)
    await world.tell(fact, about=shop.service_id, sequence=2)
    await world.holds(shop.tenant_id, "SELECT 1 FROM services WHERE service_id = $1 AND version = 2", shop.service_id)
    assert world.till.of(booked["bookingId"]).amount == DEPOSIT
    await world.till.pay(booked["bookingId"])
    await shop.becomes(booked["bookingId"], "confirmed")
    row = await shop.row(booked["bookingId"])
    assert row is not None
    assert (row["price"], row["deposit"], row["paid"]) == (PRICE, DEPOSIT, DEPOSIT)


class TestAKey:
    """The Idempotency-Key of a caller who was not answered, or asks again."""

    async def test_the_same_call_again_gives_the_first_answer(self, shop: Shop) -> None:
        first = await shop.book(key="one")
        again = await shop.book(key="one")
        assert again.data == first.data
        assert (await shop.book("11:00", key="one")).code == "IDEMPOTENCY_KEY_REUSED"

    async def test_a_call_that_died_after_its_draft_is_carried_on(self, shop: Shop, world: World) -> None:
        world.till.takes = 30
        dying = asyncio.create_task(shop.book(key="two"))
        await eventually(lambda: world.till.asked["deposits"] > 0, "payments is asked")
        draft = (await world.rows(shop.tenant_id, "SELECT id FROM bookings WHERE state = 'draft'"))[0]["id"]
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        world.till.takes = 0
        # The lease of a first call that was never answered.
        world.clock.advance(seconds=31)
        booked = await shop.booked(key="two")
        assert booked["bookingId"] == draft
        assert booked["status"] == "pending"
        assert await shop.events(draft) == ["requested"]

    async def test_a_call_that_failed_is_made_anew(self, shop: Shop, world: World) -> None:
        world.till.is_away = True
        assert (await shop.book(key="three")).code == "PAYMENT_SERVICE_UNAVAILABLE"
        world.till.is_away = False
        booked = await shop.booked(key="three")
        assert booked["status"] == "pending"
        await world.tick("end stale drafts")
        assert await shop.drafts() == 0
        assert await shop.state(booked["bookingId"]) == "pending"


class TestBookingAgain:
    """Whoever goes back and chooses another time is known by the link of the first booking, and by nothing else."""

    async def test_scenario_20_another_time_gives_the_first_one_up(self, shop: Shop, world: World) -> None:
        first = await shop.booked("10:00")
        second = await shop.booked("10:00", replaces=first["manageToken"])
        assert second["bookingId"] != first["bookingId"]
        await shop.becomes(first["bookingId"], "expired")
        assert world.till.of(first["bookingId"]).status == "canceled"
        third = await shop.booked("12:00", replaces=second["manageToken"])
        assert "10:00" in await shop.offered()
        assert await shop.state(third["bookingId"]) == "pending"

    async def test_what_was_paid_meanwhile_is_not_given_up(self, shop: Shop, world: World) -> None:
        first = await shop.booked("10:00")
        await world.till.pay(first["bookingId"], is_told=False)
        answer = await shop.book("12:00", replaces=first["manageToken"])
        assert (answer.status, answer.code) == (409, "ALREADY_PAID")
        assert "12:00" in await shop.offered()
        assert await shop.drafts() == 0
        stands = await shop.paid("13:00")
        assert (await shop.book("12:00", replaces=stands["manageToken"])).code == "ALREADY_PAID"

    async def test_a_new_time_that_is_taken_still_ends_the_old_booking(self, shop: Shop) -> None:
        first = await shop.booked("10:00")
        await shop.booked("11:00")
        assert (await shop.book("11:00", replaces=first["manageToken"])).code == "SLOT_UNAVAILABLE"
        await shop.becomes(first["bookingId"], "expired")
        assert "10:00" in await shop.offered()

    async def test_one_that_is_over_needs_no_giving_up(self, shop: Shop) -> None:
        first = await shop.booked("10:00")
        await shop.booked("11:00", replaces=first["manageToken"])
        assert (await shop.booked("12:00", replaces=first["manageToken"]))["status"] == "pending"

    async def test_another_business_s_link_opens_nothing_here(self, shop: Shop, world: World) -> None:
        other = await world.shop()
        theirs = await other.booked()
        answer = await shop.book(replaces=theirs["manageToken"])
        assert (answer.status, set(answer.details)) == (400, {"replaces"})
        assert await other.state(theirs["bookingId"]) == "pending"

    async def test_scenario_25_the_page_is_closed_at_the_card_form_and_who_books_again_is_asked_to_pay_again(
        self, shop: Shop, world: World
    ) -> None:
        first = await shop.booked("10:00")
        again = await shop.booked("11:00")
        assert again["status"] == "pending"
        assert again["payment"]["clientSecret"] != first["payment"]["clientSecret"]
        await world.tick()
        assert await shop.state(first["bookingId"]) == "pending"
