"""Services: what a business can set up, in what order, and which deposits can't work."""

import asyncio
from typing import Any

import pytest

from services.kernel.ids import new_id
from tests.service.catalog.house import Business, House

MO, JO = new_id("stf"), new_id("stf")


def nzd(amount: int, display: str) -> dict[str, Any]:
    return {"amount": amount, "currency": "NZD", "display": display}


async def test_a_service_is_set_up_with_what_is_usual(house: House, shop: Business) -> None:
    answer = await shop.call("POST", "/api/services", {"name": " Blocked  drain ", "durationMinutes": 90})
    assert answer.status == 201
    service = answer.data
    assert service == {
        "id": service["id"],
        "name": "Blocked drain",
        "description": "",
        "price": None,
        "depositType": "none",
        "depositAmount": None,
        "depositPercent": None,
        "durationMinutes": 90,
        "bufferBeforeMinutes": 0,
        "bufferAfterMinutes": 0,
        "minNoticeMinutes": 0,
        "bookingWindowDays": 365,
        "slotStepMinutes": 30,
        "maxPerDay": None,
        "staffIds": None,
        "active": True,
        "archived": False,
        "displayOrder": 0,
        "createdAt": service["createdAt"],
        "updatedAt": service["createdAt"],
    }
    assert service["id"].startswith("svc_")
    assert (await shop.call("GET", f"/api/services/{service['id']}")).data == service
    told = await house.event("catalog.service.changed", serviceId=service["id"])
    assert told == {
        "tenantId": shop.tenant_id,
        "serviceId": service["id"],
        "version": 1,
        "name": "Blocked drain",
        "currency": "NZD",
        "price": None,
        "depositType": "none",
        "deposit": 0,
        "durationMinutes": 90,
        "bufferBeforeMinutes": 0,
        "bufferAfterMinutes": 0,
        "minNoticeMinutes": 0,
        "bookingWindowDays": 365,
        "slotStepMinutes": 30,
        "maxPerDay": None,
        "staffIds": None,
        "active": True,
    }
    path = f"/internal/tenants/{shop.tenant_id}/services/{service['id']}"
    assert (await house.catalog.ask(path)).data == told


async def test_every_field_can_be_set_changed_and_sent_back_as_it_was_read(shop: Business) -> None:
    sent = {
        "name": "Hot water",
        "description": "New cylinder.\nOld one taken away.",
        "price": {"amount": 45000, "currency": "NZD"},
        "depositType": "percentage",
        "depositPercent": 33.33,
        "durationMinutes": 1440,
        "bufferBeforeMinutes": 15,
        "bufferAfterMinutes": 30,
        "minNoticeMinutes": 0,
        "bookingWindowDays": 1000,
        "slotStepMinutes": 1440,
        "maxPerDay": 2,
        "staffIds": [MO, JO],
        "active": False,
        "displayOrder": 7,
    }
    service = await shop.offer(**sent)
    money = {"price": nzd(45000, "$450.00"), "depositAmount": nzd(14999, "$149.99")}
    assert {name: service[name] for name in {**sent, **money}} == {**sent, **money}
    assert (await shop.change(service["id"], **service)).data == service
    changed = (await shop.change(service["id"], staffIds=None, maxPerDay=None, price=10000, active=True)).data
    assert changed == {
        **service,
        "staffIds": None,
        "maxPerDay": None,
        "active": True,
        "price": nzd(10000, "$100.00"),
        "depositAmount": nzd(3333, "$33.33"),
        "updatedAt": changed["updatedAt"],
    }


async def test_every_bad_field_is_named_at_once_types_limits_and_what_does_not_go_together(shop: Business) -> None:
    answer = await shop.call(
        "POST",
        "/api/services",
        {
            "name": " ",
            "description": "x" * 2001,
            "price": {"amount": 1000, "currency": "USD"},
            "depositType": "percentage",
            "depositPercent": 150,
            "durationMinutes": "60",
            "bufferBeforeMinutes": -1,
            "bufferAfterMinutes": 1441,
            "minNoticeMinutes": 525601,
            "bookingWindowDays": 0,
            "slotStepMinutes": 0,
            "maxPerDay": 1001,
            "staffIds": [],
            "active": 1,
            "displayOrder": 1.5,
            "colour": "red",
        },
    )
    assert set(answer.details) == {
        "name", "description", "price.currency", "depositPercent", "durationMinutes", "bufferBeforeMinutes",
        "bufferAfterMinutes", "minNoticeMinutes", "bookingWindowDays", "slotStepMinutes", "maxPerDay", "staffIds",
        "active", "displayOrder", "colour",
    }  # fmt: skip
    assert set((await shop.call("POST", "/api/services", {})).details) == {"name", "durationMinutes"}
    assert set((await shop.call("POST", "/api/services", content=b"[]")).details) == {"body"}
    assert (await shop.call("GET", "/api/services")).data == []


@pytest.mark.parametrize(
    ("deposit", "named"),
    [
        ({"depositType": "percentage", "depositPercent": 20}, {"price"}),
        ({"depositType": "percentage", "price": None, "depositPercent": 0}, {"price", "depositPercent"}),
        ({"depositType": "percentage", "price": 10000}, {"depositPercent"}),
        ({"depositType": "percentage", "price": 10000, "depositPercent": 100.01}, {"depositPercent"}),
        ({"depositType": "percentage", "price": 10000, "depositPercent": 0}, {"depositPercent"}),
        ({"depositType": "percentage", "price": 10000, "depositPercent": 33.333}, {"depositPercent"}),
        # 49 cents: Stripe takes 50 and more.
        ({"depositType": "percentage", "price": 490, "depositPercent": 10}, {"depositPercent"}),
        ({"depositType": "fixed", "price": 10000}, {"depositAmount"}),
        ({"depositType": "fixed", "depositAmount": 49}, {"depositAmount"}),
        ({"depositType": "fixed", "depositAmount": 0}, {"depositAmount"}),
        ({"depositType": "fixed", "depositAmount": -100}, {"depositAmount"}),
        ({"depositType": "fixed", "depositAmount": 100_000_000}, {"depositAmount"}),
        ({"depositType": "fixed", "price": 10000, "depositAmount": 10001}, {"depositAmount"}),
        ({"depositType": "fixed", "depositAmount": {"amount": 5000, "currency": "AUD"}}, {"depositAmount.currency"}),
        ({"depositType": "full"}, {"price"}),
        ({"depositType": "full", "price": 49}, {"depositType"}),
        ({"depositType": "half", "price": 10000}, {"depositType"}),
        ({"price": -1}, {"price"}),
        ({"price": 100_000_000}, {"price"}),
        ({"price": 10.5}, {"price"}),
        ({"price": "100"}, {"price"}),
        ({"price": {"amount": 100, "currency": "NZD", "colour": "red"}}, {"price.colour"}),
        ({"staffIds": ["usr_1"]}, {"staffIds"}),
        ({"staffIds": [MO, MO]}, {"staffIds"}),
        ({"name": "Drain\u202egnp"}, {"name"}),
        ({"name": "x" * 121}, {"name"}),
    ],
)
async def test_what_cannot_work_is_refused_when_it_is_set_up(
    shop: Business, deposit: dict[str, Any], named: set[str]
) -> None:
    answer = await shop.call("POST", "/api/services", {"name": "Drain", "durationMinutes": 60, **deposit})
    assert set(answer.details) == named


@pytest.mark.parametrize(
    ("deposit", "paid"),
    [
        ({"depositType": "none", "price": 10000, "depositAmount": -5, "depositPercent": 700}, None),
        ({"depositType": "none", "depositAmount": {"amount": 1, "currency": "USD"}, "depositPercent": None}, None),
        ({"depositType": "none", "price": 0}, None),
        ({"depositType": "fixed", "depositAmount": 50}, 50),
        ({"depositType": "fixed", "depositAmount": 5000, "price": 5000, "depositPercent": 33.333}, 5000),
        ({"depositType": "percentage", "price": 500, "depositPercent": 10}, 50),
        ({"depositType": "percentage", "price": 495, "depositPercent": 10}, 50),
        ({"depositType": "percentage", "price": 99_999_999, "depositPercent": 100}, 99_999_999),
        ({"depositType": "full", "price": 12000, "depositAmount": 1}, 12000),
    ],
)
async def test_what_the_customer_pays_to_book_follows_from_the_deposits_type(
    house: House, shop: Business, deposit: dict[str, Any], paid: int | None
) -> None:
    service = await shop.offer(**deposit)
    assert service["depositAmount"] == (None if paid is None else nzd(paid, f"${paid / 100:,.2f}"))
    assert (await house.event("catalog.service.changed", serviceId=service["id"]))["deposit"] == (paid or 0)


@pytest.mark.parametrize(
    ("currency", "country", "good", "bad"),
    [
        ("JPY", "JP", [50, 12000], [49]),
        # Three decimals, of which the last is always 0.
        ("KWD", "KW", [160, 12340], [159, 12345]),
        ("EUR", "DE", [50], [49]),
        ("GBP", "GB", [30], [29]),
    ],
)
async def test_each_currency_has_its_own_least_and_its_own_decimals(
    house: House, currency: str, country: str, good: list[int], bad: list[int]
) -> None:
    shop = await house.business(country=country)
    for amount in good:
        service = await shop.offer(depositType="fixed", depositAmount=amount, price=99_990)
        assert service["depositAmount"]["amount"] == amount
        assert service["depositAmount"]["currency"] == currency
    for amount in bad:
        refused = await shop.call(
            "POST",
            "/api/services",
            {"name": "Drain", "durationMinutes": 60, "depositType": "fixed", "depositAmount": amount},
        )
        assert set(refused.details) == {"depositAmount"}


async def test_a_change_of_a_part_is_judged_as_a_whole(shop: Business) -> None:
    fixed = await shop.offer(price=10000, depositType="fixed", depositAmount=5000)
    assert set((await shop.change(fixed["id"], price=4999)).details) == {"depositAmount"}
    assert (await shop.change(fixed["id"], price=None)).data["depositAmount"]["amount"] == 5000
    share = await shop.offer(price=10000, depositType="percentage", depositPercent=20)
    assert set((await shop.change(share["id"], price=None)).details) == {"price"}
    assert set((await shop.change(share["id"], depositType="fixed")).details) == {"depositAmount"}
    assert set((await shop.change(share["id"], depositPercent=None)).details) == {"depositPercent"}
    assert (await shop.change(share["id"], depositType="full")).data["depositAmount"]["amount"] == 10000
    assert (await shop.change(share["id"], name="", price="x")).details.keys() == {"name", "price"}


async def test_services_are_shown_in_order_and_by_pages(shop: Business) -> None:
    ids = [(await shop.offer(name=name))["id"] for name in ("first", "second", "third")]
    await shop.change(ids[2], displayOrder=-1)
    await shop.change(ids[1], active=False)
    last = await shop.offer(name="fourth", displayOrder=1)

    async def names(query: str = "") -> list[str]:
        answer = await shop.call("GET", f"/api/services{query}")
        assert answer.body["meta"]["total"] >= len(answer.data)
        return [service["name"] for service in answer.data]

    # Where two have one place, the older one is shown first.
    assert await names() == ["third", "first", "second", "fourth"]
    assert await names("?active=true") == ["third", "first", "fourth"]
    assert await names("?active=false") == ["second"]
    assert await names("?limit=2&page=2") == ["second", "fourth"]
    await shop.call("DELETE", f"/api/services/{last['id']}")
    assert await names() == ["third", "first", "second"]
    assert await names("?archived=true") == ["fourth"]
    config = (await shop.config()).data
    assert [service["name"] for service in config["services"]] == ["third", "first"]
    for query, field in (("page=0", "page"), ("limit=101", "limit"), ("active=maybe", "active")):
        assert set((await shop.call("GET", f"/api/services?{query}")).details) == {field}


async def test_an_archived_service_is_kept_for_its_bookings_and_offered_no_more(house: House, shop: Business) -> None:
    service = await shop.offer(price=10000)
    path = f"/api/services/{service['id']}"
    archived, again = await shop.call("DELETE", path), await shop.call("DELETE", path)
    assert (archived.status, archived.data["archived"]) == (200, True)
    assert (again.status, again.data) == (200, archived.data)
    assert (await shop.call("GET", path)).data == archived.data
    assert (await shop.change(service["id"], active=True)).status == 404
    told = await house.event("catalog.service.archived", serviceId=service["id"])
    assert told == {"tenantId": shop.tenant_id, "serviceId": service["id"], "version": 2}
    internal = await house.catalog.ask(f"/internal/tenants/{shop.tenant_id}/services/{service['id']}")
    assert (internal.data["active"], internal.data["version"]) == (False, 2)
    await asyncio.sleep(0.3)
    assert len(house.events("catalog.service.archived", serviceId=service["id"])) == 1


async def test_nobody_sees_another_businesss_services(house: House, shop: Business) -> None:
    service = await shop.offer(name="A secret")
    other = await house.business()
    for method, body in (("GET", None), ("PUT", {"name": "Mine"}), ("DELETE", None)):
        answer = await other.call(method, f"/api/services/{service['id']}", body)
        assert (answer.status, answer.error["code"]) == (404, "NOT_FOUND")
        assert b"secret" not in answer.content
    for made_up in ("svc_1", "nonsense", "%00", new_id("svc")):
        assert (await shop.call("GET", f"/api/services/{made_up}")).status in {400, 404}
    assert (await house.catalog.ask(f"/internal/tenants/{other.tenant_id}/services/{service['id']}")).status == 404
    assert (await shop.call("GET", f"/api/services/{service['id']}")).data["name"] == "A secret"


async def test_everybody_reads_and_owners_and_admins_change(house: House, shop: Business) -> None:
    service = await shop.offer()
    path = f"/api/services/{service['id']}"
    assert (await shop.call("GET", path, role="tech")).status == 200
    assert (await shop.call("GET", "/api/services", role="tech")).status == 200
    for method, where, body in (
        ("POST", "/api/services", {"name": "Drain", "durationMinutes": 60}),
        ("PUT", path, {"name": "Drain"}),
        ("DELETE", path, None),
    ):
        assert (await shop.call(method, where, body, role="tech")).status == 403
        assert (await house.catalog.call(method, where, body)).status == 401
    assert (await shop.call("PUT", path, {"name": "Drains"}, role="admin")).status == 200


async def test_the_same_key_sets_up_one_service(shop: Business) -> None:
    body = {"name": "Drain", "durationMinutes": 60}
    key = {"idempotency-key": new_id("key")}
    first, again = [await shop.call("POST", "/api/services", body, headers=key) for _ in range(2)]
    assert (first.status, first.data) == (again.status, again.data)
    assert len((await shop.call("GET", "/api/services")).data) == 1


async def test_changes_at_once_lose_nothing_and_versions_grow(house: House, shop: Business) -> None:
    service = await shop.offer()
    fields: dict[str, Any] = {"name": "Pipe", "price": 5000, "durationMinutes": 30, "maxPerDay": 3, "displayOrder": 9}
    answers = await asyncio.gather(*(shop.change(service["id"], **{name: value}) for name, value in fields.items()))
    assert {answer.status for answer in answers} == {200}
    stored = (await shop.call("GET", f"/api/services/{service['id']}")).data
    assert {**fields, "price": stored["price"]["amount"]} == {**{name: stored[name] for name in fields}, "price": 5000}
    await house.event("catalog.service.changed", serviceId=service["id"], version=6)
    told = [body["version"] for body in house.events("catalog.service.changed", serviceId=service["id"])]
    assert told == [1, 2, 3, 4, 5, 6]


async def test_a_business_can_have_two_hundred_services(house: House, shop: Business) -> None:
    first = await shop.offer()
    async with house.catalog.tools.db.transaction(shop.tenant_id) as tx:
        await tx.run(
            "INSERT INTO services SELECT (json_populate_record(s, json_build_object('id', s.id || n))).*"
            " FROM services AS s, generate_series(1, 199) AS n WHERE s.id = $1",
            first["id"],
        )
    refused = await shop.call("POST", "/api/services", {"name": "One more", "durationMinutes": 60})
    assert (refused.status, refused.error["code"]) == (409, "TOO_MANY_SERVICES")
    await shop.call("DELETE", f"/api/services/{first['id']}")
    tries = [shop.call("POST", "/api/services", {"name": f"No {n}", "durationMinutes": 60}) for n in range(4)]
    assert sorted(answer.status for answer in await asyncio.gather(*tries)) == [201, 409, 409, 409]


async def test_availability_is_told_before_the_answer(house: House, shop: Business) -> None:
    service = await shop.offer()
    await shop.change(service["id"], durationMinutes=120)
    await shop.call("DELETE", f"/api/services/{service['id']}")
    await shop.settings(timezone="America/New_York")
    told = [(name, fact) for name, fact in house.availability.told if fact["tenantId"] == shop.tenant_id]
    assert [(name, fact["version"]) for name, fact in told[:3]] == [
        ("ServiceChanged", 1),
        ("ServiceChanged", 2),
        ("ServiceArchived", 3),
    ]
    assert told[1][1]["durationMinutes"] == 120
    assert (told[3][0], told[3][1]["timezone"]) == ("ProfileChanged", "America/New_York")


async def test_who_does_not_work_there_can_do_no_service(house: House, shop: Business) -> None:
    stranger = new_id("stf")
    house.availability.strangers.add(stranger)
    asked = {"name": "Drain", "durationMinutes": 60, "staffIds": [MO, stranger], "slotStepMinutes": 0}
    refused = await shop.call("POST", "/api/services", asked)
    assert set(refused.details) == {"staffIds", "slotStepMinutes"}
    service = await shop.offer(staffIds=[MO, JO])
    # Who has left since may stay named; nobody else comes in that way.
    house.availability.strangers.add(JO)
    assert (await shop.change(service["id"], staffIds=[MO, JO])).status == 200
    assert set((await shop.change(service["id"], staffIds=[MO, JO, stranger])).details) == {"staffIds"}
    house.availability.strangers.clear()
