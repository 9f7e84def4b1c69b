"""What anybody may read: kept in the process, never stale, and gentle to whoever asks again."""

import asyncio
import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest

from services.contracts.payments import AccountChanged
from services.kernel.ids import new_id
from services.kernel.telemetry import metrics
from tests.service.catalog.house import Business, House, opened
from tests.support.contexts import eventually
from tests.support.environ import NOBODY
from tests.support.proxy import Wire
from tests.support.servers import Servers


async def test_the_config_says_all_that_the_widget_shows(house: House, shop: Business) -> None:
    priced = await shop.offer(
        name="Drain", description="Unblocked.", price=12000, depositType="percentage", depositPercent=25
    )
    open_price = await shop.offer(name="Look", durationMinutes=15)
    await shop.offer(name="Hidden", active=False)
    await shop.settings(phone="+64 21 123 4567", bookingNotice="Ring the bell.")
    assert (await shop.config()).data == {
        "businessName": shop.name,
        "slug": shop.slug,
        "logoUrl": None,
        "brandColor": "#2563EB",
        "timezone": "Pacific/Auckland",
        "currency": "NZD",
        "locale": "en-NZ",
        "phone": "+64 21 123 4567",
        "paymentsEnabled": False,
        "cancellationPolicy": [
            {"hoursBefore": 24, "refundPercent": 100},
            {"hoursBefore": 12, "refundPercent": 50},
        ],
        "bookingNotice": "Ring the bell.",
        "services": [
            {
                "id": priced["id"],
                "name": "Drain",
                "description": "Unblocked.",
                "durationMinutes": 60,
                "price": {"amount": 12000, "currency": "NZD", "display": "$120.00"},
                "depositType": "percentage",
                "depositAmount": {"amount": 3000, "currency": "NZD", "display": "$30.00"},
            },
            {
                "id": open_price["id"],
                "name": "Look",
                "description": "",
                "durationMinutes": 15,
                "price": None,
                "depositType": "none",
                "depositAmount": None,
            },
        ],
    }
    profile = (await house.catalog.get(f"/api/tradies/{shop.slug}")).data
    assert (profile["businessName"], profile["phone"]) == (shop.name, "+64 21 123 4567")
    assert shop.email not in str(profile)


async def test_whoever_has_it_already_is_only_told_so(house: House, shop: Business) -> None:
    for path in (f"/api/widget/{shop.slug}/config", f"/api/tradies/{shop.slug}", f"/book/{shop.slug}"):
        first = await house.catalog.get(path)
        etag = first.headers["etag"]
        assert etag.startswith('"')
        assert first.headers["cache-control"] == "no-cache"
        for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
            again = await house.catalog.get(path, headers={"if-none-match": known})
            assert (again.status, again.content, again.headers["etag"]) == (304, b"", etag)
        assert (await house.catalog.get(path, headers={"if-none-match": '"other"'})).status == 200
        await shop.settings(businessName=f"Changed {hashlib.sha1(path.encode()).hexdigest()[:6]}")  # noqa: S324 - a name
        changed = await house.catalog.get(path, headers={"if-none-match": etag})
        assert (changed.status, changed.headers["etag"] != etag) == (200, True)


async def test_a_kept_answer_asks_the_database_nothing(house: House, shop: Business) -> None:
    await shop.settings()
    async with Wire(house.servers.database_of("catalog")) as wire, house.another(DATABASE_URL=wire.url) as catalog:
        await eventually(catalog.tools.freshness.is_trusted, "it hears of changes")
        path = f"/api/widget/{shop.slug}/config"
        first = await catalog.get(path)
        wire.stall()
        began = time.monotonic()
        for _ in range(5):
            assert (await catalog.get(path)).content == first.content
        assert time.monotonic() - began < 0.5
        # What was changed and never told stands in the database alone: without it nothing is certain for long.
        await wire.cut()
        await eventually(lambda: not catalog.tools.freshness.is_trusted(), "nothing is trusted", within=3)
        assert (await catalog.get(path)).status == 503
        await wire.mend()
        await eventually(catalog.tools.freshness.is_trusted, "it hears of changes again")
        assert (await catalog.get(path)).content == first.content


async def test_no_process_answers_with_the_past(house: House, shop: Business) -> None:
    async with house.another() as other:
        await eventually(other.tools.freshness.is_trusted, "the other hears of changes")
        path = f"/api/widget/{shop.slug}/config"
        for number in range(20):
            for one in (house.catalog, other):
                assert (await one.get(path)).status == 200
            await shop.settings(bookingNotice=f"Notice {number}")
            for one in (other, house.catalog):
                assert (await one.get(path)).data["bookingNotice"] == f"Notice {number}"


async def test_a_slow_reader_never_keeps_what_a_writer_has_changed(shop: Business) -> None:
    async def write() -> None:
        for number in range(12):
            await shop.settings(bookingNotice=f"Notice {number}")
            assert (await shop.config()).data["bookingNotice"] == f"Notice {number}"

    async def read() -> None:
        while not writing.done():
            await shop.config()
            # A kept answer waits for nothing, and would leave the writer no time.
            await asyncio.sleep(0)

    writing = asyncio.create_task(write())
    await asyncio.gather(writing, read(), read())
    assert (await shop.config()).data["bookingNotice"] == "Notice 11"


async def test_without_valkey_it_is_right_and_only_slower(servers: Servers) -> None:
    async with Wire(servers.valkey) as wire, opened(servers, REDIS_URL=wire.url) as house:
        shop = await house.business()
        service = await shop.offer(name="Before")
        assert [one["name"] for one in (await shop.config()).data["services"]] == ["Before"]
        await wire.cut()
        began = time.monotonic()
        assert (await shop.change(service["id"], name="After")).status == 200
        assert time.monotonic() - began < 3.5
        assert [one["name"] for one in (await shop.config()).data["services"]] == ["After"]
        await wire.mend()
        await eventually(house.catalog.tools.freshness.is_trusted, "it hears of changes again")
        assert [one["name"] for one in (await shop.config()).data["services"]] == ["After"]


async def test_a_change_that_was_never_told_is_heard_of_all_the_same(house: House, shop: Business) -> None:
    """Whoever made it died between the commit and the telling."""
    assert (await shop.config()).data["bookingNotice"] is None
    async with house.catalog.tools.db.transaction(shop.tenant_id) as tx:
        await tx.run("UPDATE profiles SET booking_notice = 'Ring.'")
        await tx.run("INSERT INTO untold (id, tenant_id) VALUES ($1, $2)", new_id("chg"), shop.tenant_id)

    async def is_shown() -> bool:
        return bool((await shop.config()).data["bookingNotice"] == "Ring.")

    await eventually(is_shown, "the change is shown", within=2.5)


async def test_payments_word_is_shown_at_once_and_an_older_one_never_again(house: House, shop: Business) -> None:
    assert (await shop.config()).data["paymentsEnabled"] is False

    async def told(version: int, *, enabled: bool) -> None:
        event = AccountChanged(tenant_id=shop.tenant_id, version=version, charges_enabled=enabled)
        await house.tell(event, subject=shop.tenant_id, sequence=version)

    async def is_enabled() -> bool:
        return bool((await shop.config()).data["paymentsEnabled"])

    await told(2, enabled=True)
    await eventually(is_enabled, "the business can be paid")
    await told(1, enabled=False)
    await asyncio.sleep(0.5)
    assert await is_enabled()
    await told(3, enabled=False)

    async def is_disabled() -> bool:
        return not await is_enabled()

    await eventually(is_disabled, "the business can't be paid")


async def test_an_account_can_be_heard_of_before_its_business(house: House) -> None:
    tenant_id = new_id("ten")
    await house.tell(AccountChanged(tenant_id=tenant_id, version=1, charges_enabled=True), subject=tenant_id)

    async def is_known() -> bool:
        async with house.catalog.tools.db.transaction(tenant_id) as tx:
            return bool(await tx.value("SELECT charges_enabled FROM payment_accounts"))

    await eventually(is_known, "it is kept")


@pytest.mark.parametrize("slug", ["nobody-at-all", "UPPER", "a%20b", "ü", "-", "a" * 200, "..%2f..%2fetc"])
async def test_nobodys_address_is_nobodys(house: House, slug: str) -> None:
    for path in (f"/api/widget/{slug}/config", f"/api/tradies/{slug}"):
        answer = await house.catalog.get(path)
        assert answer.status in {400, 404}
        assert answer.body["success"] is False
    page = await house.catalog.get(f"/book/{slug}")
    assert page.status in {400, 404}


def asked_of_auth() -> float:
    """How often auth has said that it knows nobody by a name."""
    return float(metrics.calls.labels("auth", "404")._value.get())


async def test_strangers_do_not_make_us_ask_auth_again_and_again(house: House) -> None:
    before = asked_of_auth()
    answers = await asyncio.gather(*(house.catalog.get("/api/widget/nobody-knows-me/config") for _ in range(50)))
    assert {answer.status for answer in answers} == {404}
    # The few that were under way before the first answer came.
    assert 1 <= asked_of_auth() - before <= 4
    memory = house.catalog.tools.memory
    for number in range(30_000):
        memory.note_stranger(f"stranger-{number}")
    assert len(memory._strangers._entries) <= 20_000


async def test_a_business_is_found_although_its_event_is_still_on_its_way(servers: Servers) -> None:
    async with opened(servers) as house:
        # From here on it has no ear for events.
        await house.catalog.context.bus.close()
        shop = await house.business()
        assert (await shop.config()).data["businessName"] == shop.name
        assert (await house.catalog.get(f"/book/{shop.slug}")).status == 200


async def test_without_auth_known_businesses_are_shown(house: House, shop: Business) -> None:
    await shop.settings()
    async with house.another(AUTH_URL=NOBODY) as alone:
        assert (await alone.get(f"/api/widget/{shop.slug}/config")).status == 200
        assert (await alone.get("/api/widget/who-knows/config")).status == 503
        page = await alone.get("/book/who-knows")
        assert (page.status, page.headers["retry-after"]) == (503, "2")


async def test_the_plain_page_shows_the_business_until_there_is_a_widget(house: House) -> None:
    shop = await house.business(businessName="Bob's <b>Boilers</b>")
    await shop.offer(name="<script>alert(1)</script>", price=12000, depositType="fixed", depositAmount=3000)
    await shop.settings(bookingNotice="Mind the <dog>", brandColor="#FFEE00", phone="+64 21 123 4567")
    page = await house.catalog.get(f"/book/{shop.slug}")
    assert page.status == 200
    text = page.content.decode()
    assert "Bob&#x27;s &lt;b&gt;Boilers&lt;/b&gt;" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script" not in text
    assert "Mind the &lt;dog&gt;" in text
    assert "$120.00" in text
    assert "$30.00 deposit" in text
    assert 'href="tel:+64211234567"' in text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("frame-ancestors *")


async def test_only_the_sites_that_were_named_may_frame_the_page(house: House, shop: Business) -> None:
    await shop.settings(allowedOrigins=["https://joe.example.com", "http://localhost:3000"])
    for path in ("book", "widget"):
        page = await house.catalog.get(f"/{path}/{shop.slug}")
        policy = page.headers["content-security-policy"]
        assert policy.endswith("frame-ancestors 'self' https://joe.example.com http://localhost:3000")


async def test_the_built_page_is_answered_with_the_configuration_inside(
    house: House, shop: Business, tmp_path: Path
) -> None:
    file = tmp_path / "index.html"
    await shop.settings()
    async with house.another(WIDGET_PAGE=str(file)) as catalog:
        shop.catalog = catalog
        await shop.offer(name="</script><script>alert(1)</script>", description="one\u2028two")
        plain = await catalog.get(f"/book/{shop.slug}")
        assert b"Online booking opens here soon" in plain.content
        file.write_text(
            "<!doctype html><title>Book</title><!-- peepopay:config --><script src='/assets/w.js'></script>"
        )
        page = await catalog.get(f"/book/{shop.slug}?color=3B82F6")
        text = page.content.decode()
        assert text.startswith("<!doctype html><title>Book</title>")
        opening = '<script type="application/json" id="peepopay-config">'
        data = text.partition(opening)[2].partition("</script>")[0]
        assert "<" not in data
        assert "\u2028" not in data
        assert json.loads(data) == (await shop.config()).data
        policy = page.headers["content-security-policy"]
        assert "script-src 'self' https://js.stripe.com;" in policy
        file.write_text("<!doctype html><title>Newer</title><!-- peepopay:config -->")
        newer = await catalog.get(f"/book/{shop.slug}", headers={"if-none-match": page.headers["etag"]})
        assert (newer.status, b"Newer" in newer.content) == (200, True)


async def test_a_former_address_leads_on_with_whatever_was_asked(house: House, shop: Business) -> None:
    former = shop.slug
    await shop.settings(slug=f"{former}-too")
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    # As no client spells it, and servers pass it on all the same.
    scope: Any = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": f"/book/{former}",
        "raw_path": f"/book/{former}".encode(),
        "root_path": "",
        "query_string": "service=日本&a=%C3%A9&b=1".encode(),
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8080),
    }
    await house.catalog.context.asgi()(scope, receive, send)
    assert sent[0]["status"] == 301
    location = dict(sent[0]["headers"])[b"location"]
    assert location == f"/book/{former}-too?service=%E6%97%A5%E6%9C%AC&a=%C3%A9&b=1".encode()
