import asyncio
import base64

from services.auth.domain import totp
from tests.service.auth.house import PASSWORD, Browser, House, signed_in


def _code(house: House, secret: str) -> str:
    return totp.code(base64.b32decode(secret), totp.step_at(house.clock.now()))


async def _turned_on(house: House, browser: Browser) -> tuple[str, list[str]]:
    secret = (await browser.post("/api/auth/totp")).data["secret"]
    answer = await browser.post("/api/auth/totp/confirm", {"code": _code(house, secret)})
    assert answer.status == 200, answer.body
    house.clock.advance(seconds=30)
    return secret, answer.data["recoveryCodes"]


async def test_a_second_factor_is_asked_for_once_it_is_confirmed(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser, house.browser() as other:
        started = (await browser.post("/api/auth/totp")).data
        assert started["uri"].startswith("otpauth://totp/PeepoPay:")
        assert (await other.log_in(person["email"])).status == 200
        wrong = await browser.post("/api/auth/totp/confirm", {"code": "000000"})
        assert (wrong.status, wrong.code) == (400, "TOTP_INVALID")
        confirmed = await browser.post("/api/auth/totp/confirm", {"code": _code(house, started["secret"])})
        assert len(set(confirmed.data["recoveryCodes"])) == 10
        assert (await browser.get("/api/auth/me")).data["user"]["totpEnabled"] is True

        asked = await other.log_in(person["email"])
        assert (asked.status, asked.code) == (401, "TOTP_REQUIRED")
        assert (await other.log_in(person["email"], "not the password at all")).code == "INVALID_CREDENTIALS"
        house.clock.advance(seconds=30)
        assert (await other.log_in(person["email"], totp=_code(house, started["secret"]))).status == 200


async def test_a_code_gets_in_once_also_when_it_comes_many_times_at_once(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        secret, _ = await _turned_on(house, browser)
        code = _code(house, secret)
        answers = await asyncio.gather(*(browser.log_in(person["email"], totp=code) for _ in range(5)))
        assert sorted(answer.status for answer in answers) == [200, 401, 401, 401, 401]
        again = await browser.log_in(person["email"], totp=code)
        assert (again.status, again.code) == (401, "TOTP_INVALID")
        assert list(again.error["details"]) == ["totp"]
        wrong = await browser.log_in(person["email"], "not the password at all", totp=code)
        assert (wrong.status, wrong.code) == (401, "INVALID_CREDENTIALS")


async def test_a_recovery_code_gets_in_once(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        _, codes = await _turned_on(house, browser)
        assert (await browser.log_in(person["email"], totp=codes[3].upper())).status == 200
        assert (await browser.log_in(person["email"], totp=codes[3])).status == 401
        assert (await browser.log_in(person["email"], totp=codes[4].replace("-", ""))).status == 200


async def test_wrong_codes_count_as_wrong_tries_and_leaving_the_code_out_does_not_reset_them(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        secret, _ = await _turned_on(house, browser)
        for number in range(10):
            assert (await browser.log_in(person["email"], totp=f"{number:06}")).status == 401
            if number < 9:
                assert (await browser.log_in(person["email"])).code == "TOTP_REQUIRED"
        assert (await browser.log_in(person["email"], totp=_code(house, secret))).code == "TOO_MANY_ATTEMPTS"


async def test_turning_it_off_takes_the_password_or_a_code(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        secret, _ = await _turned_on(house, browser)
        assert (await browser.delete("/api/auth/totp", {})).status == 400
        assert (await browser.delete("/api/auth/totp", {"password": "not the password"})).code == "PROOF_INVALID"
        assert (await browser.delete("/api/auth/totp", {"code": "000000"})).code == "PROOF_INVALID"
        assert (await browser.delete("/api/auth/totp", {"code": _code(house, secret)})).status == 200
        assert (await browser.log_in(person["email"])).status == 200
        await _turned_on(house, browser)
        assert (await browser.delete("/api/auth/totp", {"password": PASSWORD})).status == 200
        assert (await browser.delete("/api/auth/totp", {"password": PASSWORD})).code == "TOTP_NOT_STARTED"


async def test_what_is_on_is_not_started_again_and_what_was_not_started_is_not_confirmed(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        assert (await browser.post("/api/auth/totp/confirm", {"code": "123456"})).code == "TOTP_NOT_STARTED"
        first = (await browser.post("/api/auth/totp")).data["secret"]
        second = (await browser.post("/api/auth/totp")).data["secret"]
        assert first != second
        assert (await browser.post("/api/auth/totp/confirm", {"code": _code(house, first)})).code == "TOTP_INVALID"
        assert (await browser.post("/api/auth/totp/confirm", {"code": _code(house, second)})).status == 200
        assert (await browser.post("/api/auth/totp")).code == "TOTP_ALREADY_ON"


async def test_a_set_up_that_was_left_lying_runs_out(house: House) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser:
        secret = (await browser.post("/api/auth/totp")).data["secret"]
        house.clock.advance(minutes=30)
        assert (await browser.post("/api/auth/totp/confirm", {"code": _code(house, secret)})).code == "TOTP_NOT_STARTED"
