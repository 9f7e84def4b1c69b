import asyncio
import statistics
import time

import msgspec
import pytest

from services.auth.api.browser import Door
from services.auth.settings import AuthSettings
from tests.service.auth.house import PASSWORD, House, signed_in

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


async def test_logging_in_gives_the_cookie_and_says_who_one_is(house: House) -> None:
    person = await house.verified()
    async with house.browser() as browser:
        answer = await browser.log_in(person["email"].upper())
        assert answer.status == 200
        assert answer.data["tenant"] == person["tenant"]
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("pp_session=")
        for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=604800"):
            assert part in cookie
        assert "Secure" not in cookie
        me = (await browser.get("/api/auth/me")).data
    assert me["user"] == {
        "id": person["user"]["id"],
        "email": person["email"],
        "name": "Jo Miller",
        "emailVerified": True,
        "totpEnabled": False,
    }
    assert me["tenant"] == person["tenant"]
    assert me["role"] == "owner"


async def test_the_token_is_new_at_every_login_and_never_one_that_the_browser_brought(house: House) -> None:
    person = await house.verified()
    planted = "A" * 43
    async with house.browser() as browser:
        browser.client.cookies.set("pp_session", planted, domain="localhost.local")
        answer = await browser.post(
            "/api/auth/login",
            {"email": person["email"], "password": PASSWORD},
            headers={"cookie": f"pp_session={planted}", "origin": "http://localhost:8080"},
        )
        first = answer.headers["set-cookie"].partition("=")[2].partition(";")[0]
    async with signed_in(house, person) as again:
        assert len({planted, first, again.token}) == 3
    async with house.browser() as thief:
        assert (await thief.post("/api/auth/logout", headers={"cookie": f"pp_session={planted}"})).status == 200
        assert (await thief.identify(headers={"cookie": f"pp_session={planted}"})).status == 401


async def test_before_the_address_is_verified_only_the_right_password_learns_of_it(house: House) -> None:
    person = await house.signed_up()
    async with house.browser() as browser:
        right = await browser.log_in(person["email"])
        wrong = await browser.log_in(person["email"], "not the password at all")
    assert (right.status, right.code) == (403, "EMAIL_NOT_VERIFIED")
    assert (wrong.status, wrong.code) == (401, "INVALID_CREDENTIALS")


async def test_an_unknown_address_and_a_wrong_password_get_the_same_answer(house: House) -> None:
    person = await house.verified()
    async with house.browser() as browser:
        wrong = await browser.log_in(person["email"], "not the password at all")
        unknown = await browser.log_in("nobody-of-that-name@example.com", "not the password at all")
    assert wrong.status == unknown.status == 401
    assert wrong.error == unknown.error


async def test_an_unknown_address_takes_as_long_as_a_known_one(house: House) -> None:
    people = [await house.verified() for _ in range(2)]
    took: dict[bool, list[float]] = {True: [], False: []}
    async with house.browser() as browser:
        for number in range(8):
            for is_known, email in ((True, people[number % 2]["email"]), (False, f"nobody{number}@example.com")):
                began = time.perf_counter()
                await browser.log_in(email, "not the password at all")
                took[is_known].append(time.perf_counter() - began)
    # Without the same work for nobody's password the difference would be tenfold.
    assert 0.5 < statistics.median(took[True]) / statistics.median(took[False]) < 2


@pytest.mark.parametrize("is_known", [True, False])
async def test_ten_wrong_tries_lock_whatever_the_password_and_a_quarter_of_an_hour_opens_again(
    house: House, is_known: bool
) -> None:
    person = await house.verified()
    email = person["email"] if is_known else f"no{person['email']}"
    async with house.browser() as browser:
        for _ in range(10):
            assert (await browser.log_in(email, "not the password at all")).status == 401
        locked = await browser.log_in(email)
        assert (locked.status, locked.code) == (429, "TOO_MANY_ATTEMPTS")
        assert locked.headers["retry-after"] == "900"
        house.clock.advance(minutes=14, seconds=59)
        assert (await browser.log_in(email)).headers["retry-after"] == "1"
        house.clock.advance(seconds=1)
        assert (await browser.log_in(email)).status == (200 if is_known else 401)


async def test_a_right_password_begins_the_count_anew(house: House) -> None:
    person = await house.verified()
    async with house.browser() as browser:
        for _ in range(2):
            for _ in range(9):
                assert (await browser.log_in(person["email"], "not the password at all")).status == 401
            assert (await browser.log_in(person["email"])).status == 200


async def test_a_burst_of_fifty_wrong_tries_gets_no_more_than_ten_checks(house: House) -> None:
    person = await house.verified()
    async with house.browser() as browser:
        answers = await asyncio.gather(
            *(browser.log_in(person["email"], f"not the password {number}") for number in range(50))
        )
        assert sorted(answer.status for answer in answers) == [401] * 10 + [429] * 40
        assert (await browser.log_in(person["email"])).code == "TOO_MANY_ATTEMPTS"


async def test_a_burst_of_right_logins_all_succeed(house: House) -> None:
    person = await house.verified()
    async with house.browser() as browser:
        answers = await asyncio.gather(*(browser.log_in(person["email"]) for _ in range(25)))
    assert {answer.status for answer in answers} == {200}


async def test_a_reset_opens_what_was_locked_and_ends_every_session(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as one, signed_in(house, person) as other:
        for _ in range(11):
            await one.log_in(person["email"], "not the password at all")
        token = await house.mailed_reset(person)
        body = {"token": token, "password": "another plum blossom"}
        async with house.browser() as browser:
            assert (await browser.post("/api/auth/reset-password", body)).status == 200
            assert (await browser.post("/api/auth/reset-password", body)).code == "TOKEN_INVALID"
            assert (await one.get("/api/auth/me")).status == 401
            assert (await other.get("/api/auth/me")).status == 401
            assert (await browser.log_in(person["email"])).status == 401
            assert (await browser.log_in(person["email"], "another plum blossom")).status == 200


async def test_a_reset_also_shows_that_the_address_is_ones_own(house: House) -> None:
    person = await house.signed_up()
    token = await house.mailed_reset(person)
    async with house.browser() as browser:
        await browser.post("/api/auth/reset-password", {"token": token, "password": "another plum blossom"})
        assert (await browser.log_in(person["email"], "another plum blossom")).status == 200


async def test_a_reset_link_runs_out_after_an_hour_and_a_weak_password_does_not_use_it_up(house: House) -> None:
    person = await house.verified()
    token = await house.mailed_reset(person)
    async with house.browser() as browser:
        weak = await browser.post("/api/auth/reset-password", {"token": token, "password": "password12"})
        assert (weak.status, list(weak.error["details"])) == (400, ["password"])
        house.clock.advance(minutes=59)
        good = {"token": token, "password": "another plum blossom"}
        assert (await browser.post("/api/auth/reset-password", good)).status == 200
        late = await house.mailed_reset(person)
        house.clock.advance(minutes=60)
        good = {"token": late, "password": "a third plum blossom"}
        assert (await browser.post("/api/auth/reset-password", good)).code == "TOKEN_INVALID"


async def test_a_link_of_one_kind_opens_nothing_of_another(house: House) -> None:
    person = await house.signed_up()
    verification = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
    reset = await house.mailed_reset(person)
    async with house.browser() as browser:
        body = {"token": verification, "password": "another plum blossom"}
        assert (await browser.post("/api/auth/reset-password", body)).code == "TOKEN_INVALID"
        assert (await browser.post("/api/auth/verify-email", {"token": reset})).code == "TOKEN_INVALID"
        body = {"token": reset, "name": "X", "password": "another plum blossom"}
        assert (await browser.post("/api/auth/accept-invitation", body)).code == "TOKEN_INVALID"


async def test_a_login_under_way_does_not_outlive_a_reset(house: House) -> None:
    person = await house.verified()
    token = await house.mailed_reset(person)
    async with house.browser() as browser, house.browser() as other:
        body = {"token": token, "password": "another plum blossom"}
        answers = await asyncio.gather(
            other.post("/api/auth/reset-password", body),
            *(browser.log_in(person["email"]) for _ in range(6)),
        )
        assert answers[0].status == 200
        for answer in answers[1:]:
            if answer.status == 200:
                cookie = answer.headers["set-cookie"].partition(";")[0]
                assert (await other.identify(headers={"cookie": cookie})).status == 401


async def test_sessions_are_listed_with_device_and_place_and_end_at_once(house: House) -> None:
    person = await house.verified()
    async with (
        signed_in(house, person, ip="127.0.0.1") as phone,
        signed_in(house, person, agent=FIREFOX, ip="8.8.4.4") as desk,
    ):
        found = (await phone.get("/api/auth/sessions")).data
        by_device = {session["device"]: session for session in found}
        assert by_device["Chrome on Android"]["current"] is True
        assert by_device["Chrome on Android"]["place"] == "This computer"
        assert by_device["Firefox on Windows"]["current"] is False
        assert by_device["Firefox on Windows"]["ipAddress"] == "8.8.4.4"
        assert (await desk.get("/api/auth/me")).status == 200
        desks = by_device["Firefox on Windows"]["id"]
        assert (await phone.delete(f"/api/auth/sessions/{desks}")).status == 200
        assert (await desk.get("/api/auth/me")).status == 401
        assert (await phone.get("/api/auth/me")).status == 200
        assert (await phone.delete(f"/api/auth/sessions/{desks}")).status == 404


async def test_nobody_ends_anothers_session(house: House) -> None:
    one, other = await house.verified(), await house.verified()
    async with signed_in(house, one) as thief, signed_in(house, other) as victim:
        session = (await victim.get("/api/auth/sessions")).data[0]["id"]
        assert (await thief.delete(f"/api/auth/sessions/{session}")).status == 404
        assert (await thief.delete("/api/auth/sessions/nonsense")).status == 404
        assert (await victim.get("/api/auth/me")).status == 200


async def test_logging_out_ends_the_session_and_takes_the_cookie_away(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        kept = f"pp_session={browser.token}"
        answer = await browser.post("/api/auth/logout")
        assert answer.status == 200
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert (await browser.identify(headers={"cookie": kept})).status == 401
        assert (await browser.post("/api/auth/logout")).status == 200


async def test_a_session_lives_a_week_and_daily_use_keeps_it_alive(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as used, signed_in(house, person) as forgotten:
        for _ in range(9):
            house.clock.advance(hours=23)
            assert (await used.get("/api/auth/me")).status == 200
        assert (await forgotten.get("/api/auth/me")).status == 401


async def test_the_cookie_is_given_again_once_a_day(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        assert "set-cookie" not in (await browser.identify()).headers
        house.clock.advance(hours=24)
        answers = await asyncio.gather(*(browser.identify() for _ in range(5)))
        renewed = [answer.headers["set-cookie"] for answer in answers if "set-cookie" in answer.headers]
        assert len(renewed) == 1
        assert f"pp_session={browser.token}" in renewed[0]
        assert "Max-Age=604800" in renewed[0]
        assert "set-cookie" not in (await browser.identify()).headers


async def test_the_cookie_is_secure_where_the_product_is_reached_by_https(house: House) -> None:
    settings = house.tools.settings
    assert isinstance(settings, AuthSettings)
    secure = Door(msgspec.structs.replace(settings, public_url="https://book.example.com"))
    assert "Secure" in secure.session_cookie("x" * 43).to_header()


async def test_sessions_come_in_pages(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        for _ in range(4):
            house.clock.advance(seconds=1)
            assert (await browser.log_in(person["email"])).status == 200
        whole = await browser.get("/api/auth/sessions")
        assert whole.body["meta"] == {"page": 1, "limit": 100, "total": 5}
        pages = [await browser.get(f"/api/auth/sessions?limit=2&page={number}") for number in (1, 2, 3, 4)]
        assert [session for page in pages for session in page.data] == whole.data
        assert [len(page.data) for page in pages] == [2, 2, 1, 0]
        assert pages[1].body["meta"] == {"page": 2, "limit": 2, "total": 5}
        assert (await browser.get("/api/auth/sessions?limit=101")).status == 400


async def test_head_answers_as_get_does_without_the_body(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        got, asked = await browser.get("/api/auth/me"), await browser.client.head("/api/auth/me")
        assert (got.status, asked.status_code) == (200, 401)
        identity = (await browser.identify()).headers["x-identity"]
        asked = await browser.client.head("/api/auth/me", headers={"x-identity": identity})
        assert (asked.status_code, asked.content) == (200, b"")
        assert asked.headers["content-length"] == got.headers["content-length"]
        wrong = await browser.client.head("/api/auth/signup")
        assert (wrong.status_code, wrong.content) == (405, b"")
        assert "HEAD" not in wrong.headers["allow"]
