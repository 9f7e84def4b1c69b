"""Settings: what a new business has, what can be changed, and what is refused."""

import asyncio
from typing import Any

import pytest

from services.contracts.auth import TenantRenamed
from services.kernel.ids import new_id
from tests.service.catalog.house import Business, House
from tests.support import identities
from tests.support.contexts import eventually
from tests.support.environ import NOBODY

TERMS = [{"hoursBefore": 24, "refundPercent": 100}, {"hoursBefore": 12, "refundPercent": 50}]


async def test_a_business_that_just_signed_up_has_settings_at_once(house: House) -> None:
    shop = await house.business(businessName="Ōtautahi Plumbing", country="DE")
    assert (await shop.settings()).data == {
        "businessName": "Ōtautahi Plumbing",
        "slug": shop.slug,
        "logoUrl": None,
        "brandColor": "#2563EB",
        "email": shop.email,
        "phone": None,
        "address": None,
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "locale": "de-DE",
        "country": "DE",
        "allowedOrigins": [],
        "cancellationPolicy": TERMS,
        "reminderHours": [24],
        "bookingNotice": None,
    }
    told = await house.event("catalog.profile.changed", tenantId=shop.tenant_id)
    assert told["version"] == 1
    assert shop.email not in str(told)


async def test_the_event_alone_makes_the_profile(house: House) -> None:
    shop = await house.business()
    told = await house.event("catalog.profile.changed", tenantId=shop.tenant_id)
    assert (told["slug"], told["businessName"], told["currency"]) == (shop.slug, shop.name, "NZD")


async def test_only_what_is_sent_changes(house: House, shop: Business) -> None:
    before = (await shop.settings()).data
    changed = await shop.settings(brandColor="ff8800", phone="+64 21 123 4567", bookingNotice="Ring the bell.")
    wanted = {**before, "brandColor": "#FF8800", "phone": "+64 21 123 4567", "bookingNotice": "Ring the bell."}
    assert (changed.status, changed.data) == (200, wanted)
    assert (await shop.settings()).data == wanted
    told = await house.event("catalog.profile.changed", tenantId=shop.tenant_id, version=2)
    assert told["brandColor"] == "#FF8800"


async def test_what_was_read_can_be_sent_back_and_changes_nothing(house: House, shop: Business) -> None:
    before = (await shop.settings()).data
    assert (await shop.settings(**before)).data == before
    assert (await house.catalog.ask(f"/internal/profiles/{shop.tenant_id}")).data["version"] == 1


async def test_what_is_emptied_is_gone(shop: Business) -> None:
    await shop.settings(phone="+64 21 123 4567", address="1 High Street\nNapier", bookingNotice="Ring.")
    cleared = (await shop.settings(phone=None, address="  ", bookingNotice=None)).data
    assert (cleared["phone"], cleared["address"], cleared["bookingNotice"]) == (None, None, None)


async def test_origins_are_kept_as_browsers_spell_them(shop: Business) -> None:
    sent = ["https://Example.com:443/", "http://localhost:3000", "https://example.com", "https://exämple.com"]
    kept = (await shop.settings(allowedOrigins=sent)).data["allowedOrigins"]
    assert kept == ["https://example.com", "http://localhost:3000", "https://xn--exmple-cua.com"]


async def test_terms_and_reminders_are_kept_in_order(shop: Business) -> None:
    changed = (await shop.settings(cancellationPolicy=TERMS[::-1], reminderHours=[2, 48, 24])).data
    assert changed["cancellationPolicy"] == TERMS
    assert changed["reminderHours"] == [48, 24, 2]
    assert (await shop.settings(cancellationPolicy=[], reminderHours=[])).data["cancellationPolicy"] == []


async def test_every_bad_field_is_named_at_once(shop: Business) -> None:
    answer = await shop.settings(
        businessName=" ",
        slug="Not A Slug",
        brandColor="blue",
        email="nobody",
        phone="ring me",
        address="\x01",
        timezone="Mars/Base",
        currency="XAU",
        locale="xx-YY",
        country="ZZ",
        allowedOrigins=["https://example.com/path"],
        cancellationPolicy=[{"hoursBefore": 24, "refundPercent": 50}, {"hoursBefore": 12, "refundPercent": 100}],
        reminderHours=[0],
        bookingNotice="x" * 501,
        colour="red",
    )
    assert set(answer.details) == {
        "businessName", "slug", "brandColor", "email", "phone", "address", "timezone", "currency", "locale", "country",
        "allowedOrigins", "cancellationPolicy", "reminderHours", "bookingNotice", "colour",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("timezone", "localtime"),
        ("timezone", "posix/Europe/Berlin"),
        ("timezone", "../etc/passwd"),
        ("timezone", None),
        ("email", None),
        ("brandColor", "#12345"),
        ("allowedOrigins", ["http://example.com"]),
        ("allowedOrigins", ["https://*.example.com"]),
        ("allowedOrigins", ["null"]),
        ("allowedOrigins", ["https://example.com; script-src *"]),
        ("allowedOrigins", ["https://user@example.com"]),
        ("allowedOrigins", [f"https://{n}.example.com" for n in range(21)]),
        ("cancellationPolicy", [TERMS[0], TERMS[0]]),
        ("cancellationPolicy", [{"hoursBefore": 8761, "refundPercent": 1}]),
        ("cancellationPolicy", [{"hoursBefore": 1, "refundPercent": 101}]),
        ("cancellationPolicy", [{"hoursBefore": 1}]),
        ("reminderHours", [24, 24]),
        ("reminderHours", [337]),
        ("reminderHours", [1, 2, 3, 4, 5, 6]),
        ("locale", "en_NZ; drop"),
        ("currency", "nzd"),
        ("country", "nz"),
    ],
)
async def test_what_cannot_be_is_refused(shop: Business, field: str, value: Any) -> None:
    details = (await shop.settings(**{field: value})).details
    assert {name.partition(".")[0] for name in details} == {field}


async def test_another_slug_is_asked_of_auth_and_the_former_one_leads_on(house: House, shop: Business) -> None:
    slug = f"new-{shop.slug}"
    answer = await shop.settings(slug=slug, businessName="New  Name", phone="+64 21 123 4567")
    assert (answer.data["slug"], answer.data["businessName"]) == (slug, "New Name")
    assert (await shop.settings()).data["slug"] == slug
    page = await house.catalog.get(f"/book/{shop.slug}?color=3B82F6&lang=de")
    assert (page.status, page.headers["location"]) == (301, f"/book/{slug}?color=3B82F6&lang=de")
    frame = await house.catalog.get(f"/widget/{shop.slug}")
    assert frame.headers["location"] == f"/widget/{slug}"
    for former in (shop.slug, slug):
        assert (await house.catalog.get(f"/api/widget/{former}/config")).data["slug"] == slug
        assert (await house.catalog.get(f"/api/tradies/{former}")).data["slug"] == slug
    told = await house.event("catalog.profile.changed", tenantId=shop.tenant_id, slug=slug)
    assert told["businessName"] == "New Name"
    # Auth's own event brings nothing new.
    await asyncio.sleep(0.5)
    assert (await house.catalog.ask(f"/internal/profiles/{shop.tenant_id}")).data["version"] == told["version"]


async def test_the_name_alone_leaves_the_slug(shop: Business) -> None:
    answer = await shop.settings(businessName="Another Name")
    assert (answer.data["businessName"], answer.data["slug"]) == ("Another Name", shop.slug)


async def test_a_slug_of_another_business_is_refused_and_nothing_else_changes(house: House, shop: Business) -> None:
    other = await house.business()
    answer = await shop.settings(slug=other.slug, phone="+64 21 123 4567")
    assert (answer.status, answer.error["code"]) == (409, "SLUG_TAKEN")
    assert (await shop.settings()).data["phone"] is None


async def test_what_only_auth_knows_of_names_is_named_as_ours(shop: Business) -> None:
    assert set((await shop.settings(slug="admin", businessName="www.example.com")).details) == {"slug", "businessName"}


async def test_without_auth_a_name_waits_and_the_rest_goes_on(house: House, shop: Business) -> None:
    await shop.settings()
    async with house.another(AUTH_URL=NOBODY) as alone:
        shop.catalog = alone
        assert (await shop.settings(phone="+64 21 123 4567")).status == 200
        refused = await shop.settings(slug=f"new-{shop.slug}", phone=None)
        assert (refused.status, refused.error["retryable"]) == (503, True)
        assert (await shop.settings()).data["phone"] == "+64 21 123 4567"


async def test_an_older_name_never_overwrites_a_newer(house: House, shop: Business) -> None:
    await shop.settings()
    for version, slug in ((5, f"five-{shop.slug}"), (4, f"four-{shop.slug}")):
        event = TenantRenamed(
            tenant_id=shop.tenant_id, version=version, slug=slug, former_slug=shop.slug, name=f"Name {version}"
        )
        await house.tell(event, subject=shop.tenant_id, sequence=version)

    async def is_known() -> bool:
        return (await house.catalog.get(f"/api/tradies/four-{shop.slug}")).status == 200

    await eventually(is_known, "both are heard")
    settings = (await shop.settings()).data
    assert (settings["slug"], settings["businessName"]) == (f"five-{shop.slug}", "Name 5")
    assert (await house.catalog.get(f"/book/four-{shop.slug}")).headers["location"] == f"/book/five-{shop.slug}"


async def test_two_changes_at_once_lose_nothing_of_each_other(house: House, shop: Business) -> None:
    await shop.settings()
    fields = {"phone": "+64 21 123 4567", "address": "1 High Street", "bookingNotice": "Ring.", "brandColor": "#112233"}
    answers = await asyncio.gather(*(shop.settings(**{field: value}) for field, value in fields.items()))
    assert {answer.status for answer in answers} == {200}
    settings = (await shop.settings()).data
    assert {field: settings[field] for field in fields} == fields
    await house.event("catalog.profile.changed", tenantId=shop.tenant_id, version=5)
    versions = [body["version"] for body in house.events("catalog.profile.changed", tenantId=shop.tenant_id)]
    assert sorted(versions) == versions == [1, 2, 3, 4, 5]


async def test_another_currency_only_while_nothing_is_priced_in_this_one(house: House, shop: Business) -> None:
    unpriced = await shop.offer(name="Look", depositType="none")
    priced = await shop.offer(name="Drain", price=12000)
    refused = await shop.settings(currency="AUD", slug=f"new-{shop.slug}")
    assert (refused.status, refused.error["code"]) == (409, "CURRENCY_IN_USE")
    assert "Drain" in refused.error["details"]["currency"]
    assert (await shop.settings()).data["slug"] == shop.slug
    await shop.call("DELETE", f"/api/services/{priced['id']}")
    assert (await shop.settings(currency="AUD")).data["currency"] == "AUD"
    told = await house.event("catalog.service.changed", serviceId=unpriced["id"], currency="AUD")
    assert told["version"] == 2
    assert (await shop.change(unpriced["id"], price=500)).data["price"] == {
        "amount": 500,
        "currency": "AUD",
        "display": "A$5.00",
    }


async def test_everybody_in_the_team_reads_and_owners_and_admins_change(house: House, shop: Business) -> None:
    for role, status in (("owner", 200), ("admin", 200), ("tech", 403)):
        assert (await shop.call("GET", "/api/settings", role=role)).status == 200
        assert (await shop.call("PUT", "/api/settings", {"phone": "+64 21 123 4567"}, role=role)).status == status
    assert (await house.catalog.get("/api/settings")).status == 401
    homeless = identities.person("usr_of_a_test")
    assert (await house.catalog.get("/api/settings", headers=homeless)).error["code"] == "PROFILE_INCOMPLETE"


async def test_other_contexts_learn_the_same_facts_as_from_events(house: House, shop: Business) -> None:
    await shop.settings(brandColor="#010203")
    told = await house.event("catalog.profile.changed", tenantId=shop.tenant_id, version=2)
    assert (await house.catalog.ask(f"/internal/profiles/{shop.tenant_id}")).data == told
    assert (await house.catalog.ask(f"/internal/profiles/{new_id('ten')}")).status == 404
    assert (await house.catalog.ask("/internal/profiles/nonsense")).status == 404
    assert (await house.catalog.get(f"/internal/profiles/{shop.tenant_id}")).status == 401


async def test_other_contexts_ask_how_a_business_is_reached_and_nobody_else_may(house: House, shop: Business) -> None:
    await shop.settings(email="office@example.com", phone="+64 9 555 0100", address="2 Low Street")
    path = f"/internal/profiles/{shop.tenant_id}/contact"
    told = (await house.catalog.ask(path)).data
    assert (told["email"], told["phone"], told["address"]) == ("office@example.com", "+64 9 555 0100", "2 Low Street")
    assert (await house.catalog.ask(f"/internal/profiles/{new_id('ten')}/contact")).status == 404
    assert (await house.catalog.ask("/internal/profiles/nonsense/contact")).status == 404
    assert (await house.catalog.get(path)).status == 401
