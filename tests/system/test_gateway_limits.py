"""How often one address may call, and that the limits can be lifted."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.gateway import SESSION, Answer, Door, open_door

# A few more tokens than the burst come back while the calls are made.
SLACK = 8


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as door:
        yield door


def let_through(door: Door, count: int, method: str, *paths: str) -> tuple[int, list[httpx.Response]]:
    """How many of so many quick calls passed, and the refused ones."""

    def call(number: int) -> httpx.Response:
        # A new forged address each time must not help.
        forged = {"X-Forwarded-For": f"10.0.{number // 250}.{number % 250}", "X-Real-Ip": f"10.1.0.{number % 250}"}
        return door.ask(method, paths[number % len(paths)], headers={**SESSION, **forged})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(call, range(count)))
    refused = [answer for answer in answers if answer.status_code != 200]
    return count - len(refused), refused


def test_limits_by_kind_of_call_each_with_its_own_count(door: Door) -> None:
    for burst, method, paths in (
        (50, "POST", ("/api/widget/joe/book", "/api/tradies/joe", "/api/manage/token", "/api/widget/joe/config")),
        (40, "POST", ("/api/auth/login", "/api/auth/signup", "/api/auth/forgot-password", "/api/auth/totp/confirm")),
    ):
        passed, refused = let_through(door, burst + 30, method, *paths)
        assert burst <= passed <= burst + SLACK
        for answer in refused:
            assert answer.status_code == 429
            assert int(answer.headers["Retry-After"]) >= 1
            assert answer.headers["X-Request-ID"] == answer.json()["requestId"]
            assert answer.json()["error"]["code"] == "RATE_LIMITED"
            assert answer.json()["error"]["retryable"] is True
    # Those of the sign-in count here too, whether they passed or not.
    passed, refused = let_through(
        door, 200, "GET", "/api/auth/me", "/api/bookings", "/api/services", "/api/auth/google"
    )
    assert 200 - 70 <= passed <= 200 - 40 + SLACK
    assert {answer.status_code for answer in refused} == {429}
    # A person who meets the limit of one kind still has the others.
    for path in ("/api/health", "/dashboard", "/book/joe", "/embed.js"):
        assert door.ask("GET", path).status_code == 200
    assert door.ask("POST", "/api/webhooks/stripe").status_code == 200
    passed, _ = let_through(door, 400, "GET", "/sandbox")
    assert passed == 400


def test_other_origins_may_read_the_refusal_and_when_to_come_back(door: Door) -> None:
    _, refused = let_through(door, 80, "GET", "/api/tradies/joe")
    assert refused
    answer = door.ask("GET", "/api/tradies/joe", headers={"Origin": "null"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (429, "*")
    assert "retry-after" in answer.headers["Access-Control-Expose-Headers"].lower()
    preflight = {"Origin": "https://joe.example", "Access-Control-Request-Method": "POST"}
    assert door.ask("OPTIONS", "/api/widget/joe/book", headers=preflight).status_code in (200, 204)


def test_eleven_wrong_logins_and_some_more_meet_auths_own_lock_and_not_the_doors_limit(door: Door) -> None:
    door.auth.answers["/api/auth/login"] = Answer(429, b'{"error":{"code":"TOO_MANY_ATTEMPTS"}}')
    passed, refused = let_through(door, 35, "POST", "/api/auth/login")
    assert passed == 0
    assert {answer.json()["error"]["code"] for answer in refused} == {"TOO_MANY_ATTEMPTS"}


def test_limits_can_be_lifted() -> None:
    with open_door(unlimited=True) as door:
        for path, many in (("/api/tradies/joe", 80), ("/api/auth/login", 80), ("/api/services", 230)):
            assert let_through(door, many, "POST", path)[0] == many
