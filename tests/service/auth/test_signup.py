import asyncio
from typing import Any

import asyncpg

from services.kernel.ids import new_id
from tests.service.auth.house import PASSWORD, House, signed_in, signup
from tests.support.contexts import eventually
from tests.support.servers import Servers


async def test_signing_up_makes_a_person_a_business_and_tells_everybody(house: House) -> None:
    body = signup(name="  Mere   Tāne ", businessName="Ōtautahi Plumbing", country="DE")
    async with house.browser() as browser:
        answer = await browser.post("/api/auth/signup", body)
    assert answer.status == 201
    user, tenant = answer.data["user"], answer.data["tenant"]
    assert user["email"] == body["email"]
    assert (user["name"], user["emailVerified"]) == ("Mere Tāne", False)
    assert tenant["name"] == "Ōtautahi Plumbing"
    assert tenant["slug"].startswith("otautahi-plumbing")
    assert browser.token is None

    registered = await house.event("auth.tenant.registered", tenantId=tenant["id"])
    assert registered == {
        "tenantId": tenant["id"],
        "version": 1,
        "slug": tenant["slug"],
        "name": "Ōtautahi Plumbing",
        "country": "DE",
        "timezone": "Europe/Berlin",
        "currency": "EUR",
        "ownerId": user["id"],
    }
    member = await house.event("auth.member.changed", tenantId=tenant["id"])
    assert (member["userId"], member["role"], member["status"], member["version"]) == (user["id"], "owner", "active", 1)
    assert (await house.event("auth.user.registered", userId=user["id"]))["tenantId"] == tenant["id"]


async def test_the_verification_mail_asks_for_its_link_and_no_event_holds_anything_personal(house: House) -> None:
    person = await house.signed_up(name="Aroha Secretname")
    request = await house.event("auth.verification.requested", userId=person["user"]["id"])
    link = (await house.ask("GET", f"/internal/links/{request['requestId']}")).data
    assert (link["kind"], link["to"], link["name"]) == ("verification", person["email"], "Aroha Secretname")
    assert link["url"].startswith("http://localhost:8080/dashboard/verify-email?token=")
    assert (link["tenantName"], link["inviterName"]) == (None, None)
    again = (await house.ask("GET", f"/internal/links/{request['requestId']}")).data
    assert again == link
    assert not any("Secretname" in str(body) or person["email"] in str(body) for _, body in house.heard)


async def test_all_bad_fields_are_named_at_once(house: House) -> None:
    async with house.browser() as browser:
        answer = await browser.post(
            "/api/auth/signup",
            {
                "email": "jo@example.com\nBcc: x@example.com",
                "password": "password12",
                "name": " ",
                "country": "XX",
                "timezone": "Mars/Base",
                "currency": 7,
                "colour": "red",
            },
        )
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert set(answer.error["details"]) == {
        "email",
        "password",
        "name",
        "businessName",
        "country",
        "timezone",
        "currency",
        "colour",
    }
    assert "common" in answer.error["details"]["password"]


async def test_ones_own_name_is_no_password(house: House) -> None:
    async with house.browser() as browser:
        answer = await browser.post("/api/auth/signup", signup(name="Wilhelmina Brown", password="wilhelmina brown"))
    assert answer.status == 400
    assert "your name" in answer.error["details"]["password"]


async def test_an_address_signs_up_once_however_it_is_written(house: House) -> None:
    person = await house.signed_up()
    async with house.browser() as browser:
        answer = await browser.post("/api/auth/signup", signup(email=f" {person['email'].upper()} "))
    assert (answer.status, answer.code) == (409, "EMAIL_TAKEN")


async def test_of_many_signups_with_one_address_at_once_one_wins_and_nothing_is_left_of_the_others(
    house: House,
) -> None:
    body = signup(businessName=f"Race {new_id('biz')}")
    async with house.browser() as browser:
        answers = await asyncio.gather(*(browser.post("/api/auth/signup", body) for _ in range(8)))
    assert sorted(answer.status for answer in answers) == [201, *[409] * 7]
    assert {answer.code for answer in answers if answer.status == 409} == {"EMAIL_TAKEN"}
    async with house.tools.db.transaction() as tx:
        stem = next(answer for answer in answers if answer.status == 201).data["tenant"]["slug"]
        assert await tx.value("SELECT count(*) FROM slugs WHERE slug LIKE $1", f"{stem}%") == 1


async def test_many_businesses_of_one_name_at_once_get_slugs_of_their_own(house: House) -> None:
    name = f"Same {new_id('biz')[-10:]}"
    people = await asyncio.gather(*(house.signed_up(businessName=name) for _ in range(6)))
    slugs = {person["tenant"]["slug"] for person in people}
    stem = name.lower().replace(" ", "-")
    assert slugs == {stem, *(f"{stem}-{number}" for number in range(2, 7))}


async def test_a_business_called_as_one_of_our_pages_gets_another_slug(house: House) -> None:
    person = await house.signed_up(businessName="Dashboard")
    assert person["tenant"]["slug"].startswith("dashboard-")


async def test_the_same_key_with_the_same_body_signs_up_once(house: House) -> None:
    body, key = signup(), {"Idempotency-Key": new_id("key")}
    async with house.browser() as browser:
        first = await browser.post("/api/auth/signup", body, headers=key)
        second = await browser.post("/api/auth/signup", body, headers=key)
        other = await browser.post("/api/auth/signup", signup(), headers=key)
    assert (first.status, second.status) == (201, 201)
    assert second.data == first.data
    assert (other.status, other.code) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_a_verification_link_works_once(house: House) -> None:
    person = await house.signed_up()
    token = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
    async with house.browser() as browser:
        answers = await asyncio.gather(*(browser.post("/api/auth/verify-email", {"token": token}) for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [200, 400, 400, 400, 400]
        assert {answer.code for answer in answers if answer.status == 400} == {"TOKEN_INVALID"}
        assert (await browser.log_in(person["email"])).data["user"]["emailVerified"] is True
    request = await house.event("auth.verification.requested", userId=person["user"]["id"])
    assert (await house.ask("GET", f"/internal/links/{request['requestId']}")).status == 404


async def test_a_link_runs_out_and_another_one_can_be_had(house: House) -> None:
    person = await house.signed_up()
    old = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
    house.clock.advance(hours=48)
    async with house.browser() as browser:
        late = await browser.post("/api/auth/verify-email", {"token": old})
        assert (late.status, late.code) == (400, "TOKEN_INVALID")
        assert (await browser.post("/api/auth/resend-verification", {"email": person["email"]})).status == 202
        await _requests(house, person, 2)
        new = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
        assert (await browser.post("/api/auth/verify-email", {"token": new})).status == 200


async def test_every_open_link_works_until_one_is_used(house: House) -> None:
    person = await house.signed_up()
    first = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
    async with house.browser() as browser:
        await browser.post("/api/auth/resend-verification", {"email": person["email"]})
        await _requests(house, person, 2)
        second = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
        assert second != first
        assert (await browser.post("/api/auth/verify-email", {"token": first})).status == 200
        assert (await browser.post("/api/auth/verify-email", {"token": second})).status == 400


async def test_resending_never_tells_whether_an_address_is_known_and_soon_sends_no_more(house: House) -> None:
    person = await house.signed_up()
    async with house.browser() as browser:
        said = [await browser.post("/api/auth/resend-verification", {"email": person["email"]}) for _ in range(6)]
        said.append(await browser.post("/api/auth/resend-verification", {"email": "nobody-at-all@example.com"}))
    assert {(answer.status, str(answer.data)) for answer in said} == {(202, "{}")}
    await _requests(house, person, 3)
    assert len(await _stored_links(house, person)) == 3


async def _requests(house: House, person: dict[str, Any], count: int) -> None:
    await eventually(
        lambda: len(house.events("auth.verification.requested", userId=person["user"]["id"])) == count,
        f"{count} mails are asked for",
    )


async def _stored_links(house: House, person: dict[str, Any]) -> list[str]:
    async with house.tools.db.transaction() as tx:
        return [row["id"] for row in await tx.rows("SELECT id FROM links WHERE user_id = $1", person["user"]["id"])]


async def test_neither_the_password_nor_a_token_is_stored_as_it_is(house: House, servers: Servers) -> None:
    person = await house.verified()
    token = await house.mailed_reset(person)
    async with signed_in(house, person) as browser:
        session = browser.token or ""
    connection = await asyncpg.connect(servers.postgres)
    try:
        await connection.execute("SET search_path = auth")
        stored = await connection.fetchval("SELECT password_hash FROM users WHERE id = $1", person["user"]["id"])
        assert stored.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        tables = [row[0] for row in await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'auth'")]
        assert {"users", "sessions", "links", "outbox", "idempotency"} <= set(tables)
        for table in tables:
            for secret in (PASSWORD, token, session):
                # As text, and as the bytes of that text.
                for spelled in (secret, secret.encode().hex()):
                    sql = f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1"
                    assert await connection.fetchval(sql, f"%{spelled}%") == 0, table
    finally:
        await connection.close()
