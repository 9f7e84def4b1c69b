import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from services.auth.domain import totp
from services.kernel.ids import new_id
from tests.service.auth.google import CLIENT, GoogleInTests, google
from tests.service.auth.house import Answer, Browser, House, opened, signed_in
from tests.support.servers import Servers

PUBLIC = "http://localhost:8080"


class World:
    """Auth, and a Google that it asks."""

    def __init__(self, house: House, stand_in: GoogleInTests) -> None:
        self.house = house
        self.google = stand_in

    async def sent_away(self, browser: Browser, query: str = "", **claims: Any) -> dict[str, str]:
        """What the browser takes to Google; Google will vouch for these claims."""
        answer = await browser.get(f"/api/auth/google{query}")
        assert answer.status == 302, answer.body
        parts = urlsplit(answer.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{PUBLIC}/sandbox/google/o/oauth2/v2/auth"
        taken = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.google.challenge, self.google.redirect_uri = taken["code_challenge"], taken["redirect_uri"]
        now = int(self.house.clock.now().timestamp())
        self.google.claims = {
            "iss": f"{PUBLIC}/sandbox/google",
            "aud": CLIENT,
            "sub": new_id("goog"),
            "exp": now + 3600,
            "nonce": taken["nonce"],
            "email": f"{new_id('who')}@example.com",
            "email_verified": True,
            "name": "Gil Googler",
            **claims,
        }
        return taken

    async def came_back(self, browser: Browser, taken: dict[str, str], **changed: str) -> Answer:
        query = "&".join(
            f"{name}={value}" for name, value in {"state": taken["state"], "code": "the-code", **changed}.items()
        )
        return await browser.get(f"/api/auth/callback/google?{query}")

    async def signed_in(self, browser: Browser, **claims: Any) -> Answer:
        return await self.came_back(browser, await self.sent_away(browser, **claims))


@pytest.fixture(scope="module")
async def world(servers: Servers) -> AsyncIterator[World]:
    async with google() as stand_in, opened(servers, GOOGLE_SERVER_URL=stand_in.url) as house:
        yield World(house, stand_in)


@pytest.fixture(autouse=True)
def honest(world: World) -> None:
    world.google.algorithm = "RS256"
    world.google.signs_with_another_key = world.google.is_down = False


async def test_the_browser_is_sent_to_google_with_state_nonce_and_a_challenge(world: World) -> None:
    async with world.house.browser() as browser:
        taken = await world.sent_away(browser)
        assert taken["client_id"] == CLIENT
        assert taken["redirect_uri"] == f"{PUBLIC}/api/auth/callback/google"
        assert (taken["response_type"], taken["scope"]) == ("code", "openid email profile")
        assert taken["code_challenge_method"] == "S256"
        again = await world.sent_away(browser)
        assert all(taken[name] != again[name] for name in ("state", "nonce", "code_challenge"))


async def test_who_is_new_gets_an_account_and_names_the_business_once(world: World) -> None:
    async with world.house.browser() as browser:
        taken = await world.sent_away(browser, "?callbackURL=/dashboard/welcome")
        answer = await world.came_back(browser, taken)
        assert (answer.status, answer.headers["location"]) == (302, "/dashboard/welcome")
        me = (await browser.get("/api/auth/me")).data
        assert me["user"]["name"] == "Gil Googler"
        assert me["user"]["emailVerified"] is True
        assert (me["tenant"], me["role"]) == (None, None)
        assert (await browser.get("/api/team")).code == "PROFILE_INCOMPLETE"

        name = f"Gil's Gutters {new_id('biz')[-6:]}"
        answers = await asyncio.gather(
            *(browser.post("/api/auth/complete-profile", {"businessName": name}) for _ in range(4))
        )
        assert sorted(answer.status for answer in answers) == [200, 409, 409, 409]
        slug = next(answer for answer in answers if answer.status == 200).data["slug"]
        me = (await browser.get("/api/auth/me")).data
        assert me["tenant"]["slug"] == slug
        assert me["role"] == "owner"
        assert (await browser.post("/api/auth/complete-profile", {"businessName": "X"})).code == "PROFILE_COMPLETE"
    event = await world.house.event("auth.tenant.registered", slug=slug)
    assert (event["country"], event["timezone"], event["currency"]) == ("NZ", "Pacific/Auckland", "NZD")


async def test_who_comes_again_is_known_by_the_account_at_google_and_not_by_the_address(world: World) -> None:
    subject = new_id("goog")
    async with world.house.browser() as browser:
        await world.signed_in(browser, sub=subject)
        first = (await browser.get("/api/auth/me")).data["user"]
        await world.signed_in(browser, sub=subject, email="moved@example.com")
        again = (await browser.get("/api/auth/me")).data["user"]
    assert again == first


async def test_a_verified_account_with_that_address_is_linked_and_keeps_its_password(world: World) -> None:
    person = await world.house.verified()
    async with world.house.browser() as browser:
        await world.signed_in(browser, email=person["email"].upper())
        assert (await browser.get("/api/auth/me")).data["user"]["id"] == person["user"]["id"]
        assert (await browser.log_in(person["email"])).status == 200
        stranger = await world.signed_in(browser, email=person["email"])
        assert stranger.headers["location"] == "/dashboard/login?error=GOOGLE_OTHER_ACCOUNT"


async def test_a_password_that_somebody_set_before_the_address_was_theirs_opens_nothing_any_more(world: World) -> None:
    planted = await world.house.signed_up()
    async with world.house.browser() as browser:
        await world.signed_in(browser, email=planted["email"])
        assert (await browser.get("/api/auth/me")).data["user"]["emailVerified"] is True
        assert (await browser.log_in(planted["email"])).code == "INVALID_CREDENTIALS"


async def test_a_second_factor_can_not_be_gone_around(world: World) -> None:
    person = await world.house.verified()
    async with signed_in(world.house, person) as browser:
        secret = base64.b32decode((await browser.post("/api/auth/totp")).data["secret"])
        code = totp.code(secret, totp.step_at(world.house.clock.now()))
        assert (await browser.post("/api/auth/totp/confirm", {"code": code})).status == 200
        async with world.house.browser() as other:
            answer = await world.signed_in(other, email=person["email"])
            assert answer.headers["location"] == "/dashboard/login?error=TOTP_REQUIRED"
            assert (await other.identify()).status == 401


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        ({"iss": "https://evil.example"}, "GOOGLE_TOKEN_INVALID"),
        ({"aud": "somebody-else"}, "GOOGLE_TOKEN_INVALID"),
        ({"exp": 1}, "GOOGLE_TOKEN_INVALID"),
        ({"nonce": "another"}, "GOOGLE_TOKEN_INVALID"),
        ({"email_verified": False}, "GOOGLE_EMAIL_NOT_VERIFIED"),
        ({"email": ""}, "GOOGLE_EMAIL_NOT_VERIFIED"),
        ({"sub": 7}, "GOOGLE_TOKEN_INVALID"),
    ],
)
async def test_an_identity_that_is_not_quite_right_signs_nobody_in(
    world: World, lie: dict[str, Any], code: str
) -> None:
    async with world.house.browser() as browser:
        answer = await world.signed_in(browser, **lie)
        assert (answer.status, answer.headers["location"]) == (302, f"/dashboard/login?error={code}")
        assert (await browser.identify()).status == 401


async def test_only_googles_own_keys_and_one_algorithm_are_believed(world: World) -> None:
    async with world.house.browser() as browser:
        world.google.signs_with_another_key = True
        assert "GOOGLE_TOKEN_INVALID" in (await world.signed_in(browser)).headers["location"]
        world.google.signs_with_another_key = False
        for algorithm in ("none", "HS256", "RS512"):
            world.google.algorithm = algorithm
            assert "GOOGLE_TOKEN_INVALID" in (await world.signed_in(browser)).headers["location"]


async def test_a_state_works_once_in_the_browser_that_took_it_and_not_for_long(world: World) -> None:
    async with world.house.browser() as browser, world.house.browser() as other:
        taken = await world.sent_away(browser)
        stolen = await world.came_back(other, taken)
        assert stolen.headers["location"].endswith("GOOGLE_STATE_INVALID")
        cookie = {"cookie": f"pp_google={browser.client.cookies.get('pp_google')}"}
        assert (await world.came_back(browser, taken)).headers["location"] == "/dashboard"
        query = f"/api/auth/callback/google?state={taken['state']}&code=the-code"
        replayed = await other.call("GET", query, headers=cookie)
        assert replayed.headers["location"].endswith("GOOGLE_STATE_INVALID")
        late = await world.sent_away(browser)
        world.house.clock.advance(minutes=10)
        assert (await world.came_back(browser, late)).headers["location"].endswith("GOOGLE_STATE_INVALID")


async def test_who_says_no_at_google_or_finds_it_away_is_told_on_the_login_page(world: World) -> None:
    async with world.house.browser() as browser:
        taken = await world.sent_away(browser)
        answer = await browser.get(f"/api/auth/callback/google?state={taken['state']}&error=access_denied")
        assert answer.headers["location"] == "/dashboard/login?error=GOOGLE_DENIED"
        assert (
            (await world.came_back(browser, await world.sent_away(browser), code="wrong"))
            .headers["location"]
            .endswith("GOOGLE_FAILED")
        )
        taken = await world.sent_away(browser)
        world.google.is_down = True
        assert (await world.came_back(browser, taken)).headers["location"].endswith("GOOGLE_UNAVAILABLE")


async def test_a_browser_is_sent_only_where_it_is_among_friends(world: World) -> None:
    async with world.house.browser() as browser:
        for target in (
            "//evil.example",
            "/%5Cevil.example",
            "https://evil.example",
            "https:evil.example",
            "%09//evil.example",
        ):
            answer = await browser.get(f"/api/auth/google?callbackURL={target}")
            assert (answer.status, list(answer.error["details"])) == (400, ["callbackURL"])
        taken = await world.sent_away(browser, f"?callbackURL={PUBLIC}/dashboard")
        assert (await world.came_back(browser, taken)).headers["location"] == f"{PUBLIC}/dashboard"


async def test_without_googles_client_the_login_page_says_so(servers: Servers) -> None:
    nobody = {"GOOGLE_CLIENT_ID": "", "GOOGLE_CLIENT_SECRET": ""}
    async with opened(servers, waits=False, **nobody) as house, house.browser() as browser:
        answer = await browser.get("/api/auth/google")
        assert (answer.status, answer.headers["location"]) == (302, "/dashboard/login?error=GOOGLE_NOT_CONFIGURED")


async def test_the_way_to_google_and_back_has_no_body_and_says_no_type(world: World) -> None:
    async with world.house.browser() as browser:
        taken = await world.sent_away(browser)
        away = await browser.get("/api/auth/google")
        refused = await world.came_back(browser, taken, error="access_denied")
        for answer in (away, refused):
            assert (answer.status, answer.headers["content-length"]) == (302, "0")
            assert "content-type" not in answer.headers


async def test_what_google_refuses_is_refused_whatever_comes_beside_it(world: World) -> None:
    async with world.house.browser() as browser:
        taken = await world.sent_away(browser)
        refused = await world.came_back(browser, taken, error="access_denied")
        assert refused.headers["location"] == "/dashboard/login?error=GOOGLE_DENIED"
        assert browser.token is None
