"""The gateway's question, the cross-site rule, and what only other contexts may ask."""

import pytest

from services.kernel.ids import new_id
from tests.service.auth.house import House, signed_in, signup
from tests.support import identities


async def test_nobody_is_known_without_a_session(house: House) -> None:
    async with house.browser() as browser:
        for cookie in ("", "pp_session=", "pp_session=x", f"pp_session={'A' * 43}", "pp_session=%00"):
            answer = await browser.identify(headers={"cookie": cookie})
            assert (answer.status, answer.code) == (401, "UNAUTHENTICATED")


async def test_the_identity_names_person_business_role_and_session(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        token = (await browser.identify()).headers["x-identity"]
        identity = identities.verifier("booking", house.clock).person(token)
        assert (identity.sub, identity.tenant, identity.role) == (person["user"]["id"], person["tenant"]["id"], "owner")
        sessions = (await browser.get("/api/auth/sessions")).data
        assert identity.session == sessions[0]["id"]


@pytest.mark.parametrize(
    ("headers", "allowed"),
    [
        ({}, True),
        ({"origin": "http://localhost:8080"}, True),
        ({"origin": "http://LOCALHOST:8080"}, True),
        ({"origin": "http://localhost"}, False),
        ({"origin": "https://localhost:8080"}, False),
        ({"origin": "https://evil.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "http://localhost:8080.evil.example"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"origin": "http://127.0.0.1:8080", "x-forwarded-host": "127.0.0.1:8080"}, True),
        ({"origin": "http://127.0.0.1:8080"}, False),
    ],
)
async def test_a_changing_call_with_a_session_comes_from_our_own_pages(
    house: House, headers: dict[str, str], allowed: bool
) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        for method in ("POST", "PUT", "PATCH", "DELETE"):
            answer = await browser.identify(method=method, headers=headers)
            assert answer.status == (200 if allowed else 403)
            assert allowed or answer.code == "CROSS_SITE"
        assert (await browser.identify(method="GET", headers=headers)).status == 200
        logout = await browser.post("/api/auth/logout", headers=headers)
        assert logout.status == (200 if allowed else 403)


async def test_a_foreign_page_without_a_session_may_ask_what_anybody_may(house: House) -> None:
    async with house.browser() as browser:
        answer = await browser.post("/api/auth/signup", signup(), headers={"origin": "https://agency.example"})
        assert answer.status == 201


async def test_private_paths_need_an_identity_that_auth_signed(house: House) -> None:
    async with house.browser() as browser:
        forged = identities.signer("catalog", house.clock).person(
            new_id("usr"), tenant_id=new_id("ten"), role="owner", session_id="x"
        )
        for headers in ({}, {"x-identity": "nonsense"}, {"x-identity": forged}):
            for path in ("/api/auth/me", "/api/auth/sessions", "/api/team", "/api/audit"):
                response = await browser.client.get(path, headers=headers)
                assert response.status_code == 401


async def test_only_contexts_ask_inside(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        identity = (await browser.identify()).headers["x-identity"]
        paths = (
            f"/internal/tenants/{person['tenant']['id']}",
            f"/internal/tenants/by-slug/{person['tenant']['slug']}",
            f"/internal/links/{new_id('lnk')}",
        )
        for path in paths:
            assert (await browser.call("GET", path)).status == 401
            assert (await browser.call("GET", path, headers={"x-identity": identity})).status == 401
            meant_for_another = identities.context("notify", "booking", house.clock)
            assert (await browser.call("GET", path, headers=meant_for_another)).status == 401


async def test_a_business_is_known_by_every_slug_it_ever_had_and_nobody_else_gets_one(house: House) -> None:
    one, other = await house.signed_up(), await house.signed_up()
    tenant, former = one["tenant"]["id"], one["tenant"]["slug"]
    chosen = f"chosen-{new_id('biz')[-8:]}"
    renamed = await house.ask("POST", f"/internal/tenants/{tenant}/slug", {"slug": chosen})
    assert (renamed.data["slug"], renamed.data["version"]) == (chosen, 2)
    event = await house.event("auth.tenant.renamed", tenantId=tenant)
    assert (event["slug"], event["formerSlug"], event["version"]) == (chosen, former, 2)
    for slug in (former, chosen):
        facts = (await house.ask("GET", f"/internal/tenants/by-slug/{slug}")).data
        assert (facts["id"], facts["slug"]) == (tenant, chosen)
    taken = await house.ask("POST", f"/internal/tenants/{other['tenant']['id']}/slug", {"slug": former})
    assert (taken.status, taken.code) == (409, "SLUG_TAKEN")
    again = await house.ask("POST", f"/internal/tenants/{tenant}/slug", {"slug": chosen})
    assert again.data["version"] == 2
    back = await house.ask("POST", f"/internal/tenants/{tenant}/slug", {"slug": former})
    assert (back.data["slug"], back.data["version"]) == (former, 3)
    named = await house.ask("POST", f"/internal/tenants/{tenant}/slug", {"name": "Only the Name"})
    assert (named.data["name"], named.data["slug"], named.data["version"]) == ("Only the Name", former, 4)
    assert named.data["ownerEmail"] == one["email"]
    assert (await house.ask("GET", f"/internal/tenants/{tenant}")).data == named.data
    for bad in ("admin", "ab", "Not A Slug", "-x-"):
        refused = await house.ask("POST", f"/internal/tenants/{tenant}/slug", {"slug": bad})
        assert list(refused.error["details"]) == ["slug"]
    assert (await house.ask("GET", f"/internal/tenants/{new_id('ten')}")).status == 404
    assert (await house.ask("GET", "/internal/tenants/by-slug/nobody-has-this")).status == 404


async def test_present_facts_are_published_again_on_demand(house: House) -> None:
    person = await house.signed_up()
    tenant = person["tenant"]["id"]
    await house.event("auth.member.changed", tenantId=tenant)
    await house.ask(
        "POST", f"/internal/tenants/{tenant}/slug", {"slug": f"again-{new_id('biz')[-8:]}", "name": "Again"}
    )
    await house.event("auth.tenant.renamed", tenantId=tenant)
    assert house.context.republish is not None
    assert await house.context.republish() >= 2
    again = await house.event("auth.tenant.registered", tenantId=tenant, version=2)
    assert (again["name"], again["ownerId"]) == ("Again", person["user"]["id"])


@pytest.mark.parametrize(
    "path",
    [
        "/api/auth/google?callbackURL=%ff",
        "/api/auth/google?callbackURL=" + "x" * 1001,
        "/api/auth/callback/google?state=%ff&code=%ed%a0%80",
        "/api/auth/callback/google?state=" + "x" * 300,
        "/api/audit?page=0",
        "/api/audit?page=99999999999999999999",
        "/api/audit?limit=101",
        "/api/audit?page=x",
        "/api/team/%ff",
        "/api/auth/sessions/%ED%A0%80",
        "/internal/tenants/by-slug/%ff",
    ],
)
async def test_odd_addresses_are_refused_and_break_nothing(house: House, path: str) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        for method in ("GET", "DELETE"):
            answer = await browser.call(method, path)
            assert 300 <= answer.status < 500


async def test_all_services_at_a_glance_also_where_most_are_away(house: House) -> None:
    async with house.browser() as browser:
        answer = await browser.get("/api/health")
    assert answer.status == 200
    assert answer.data["status"] == "degraded"
    assert set(answer.data["services"]) == {"auth", "catalog", "availability", "booking", "payments", "notify"}
    assert answer.data["services"]["catalog"] == {"status": "unavailable", "checks": {}}
