"""A context that dies and comes back, and what its callers see meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.support.gateway import SESSION, Answer, Door, open_door


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door(unlimited=True, replicas={"auth": 2, "catalog": 2}) as door:
        yield door


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.1)
    return False


def assert_away(answer: httpx.Response) -> None:
    assert answer.status_code == 503
    told = answer.json()
    assert (told["statusCode"], told["error"]["code"], told["error"]["retryable"]) == (503, "SERVICE_UNAVAILABLE", True)
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.elapsed.total_seconds() < 1


def test_a_dead_context_is_503_at_once_and_well_again_by_itself(door: Door) -> None:
    calls = [
        ("GET", "/api/bookings"),
        ("POST", "/api/bookings"),
        ("POST", "/api/widget/joe/book"),
        ("GET", "/api/manage/t"),
    ]
    for method, path in calls:
        assert door.ask(method, path, headers=SESSION).status_code == 200
    door.booking.kill()
    # From the first call on, before any health check, and long after it.
    until = time.monotonic() + 3.5
    while time.monotonic() < until:
        for method, path in calls:
            assert_away(door.ask(method, path, headers=SESSION))
        assert door.ask("GET", "/api/settings", headers=SESSION).status_code == 200
        time.sleep(0.2)
    door.booking.start()
    assert within(3, lambda: door.ask("POST", "/api/bookings", headers=SESSION).status_code == 200)
    for method, path in calls:
        assert door.ask(method, path, headers=SESSION).status_code == 200


def test_with_a_replica_left_nobody_notices(door: Door) -> None:
    first, second = door.upstreams["catalog"]
    for _ in range(6):
        assert door.ask("GET", "/api/tradies/joe").status_code == 200
    assert min(replica.times_asked("/api/tradies/joe") for replica in (first, second)) > 0
    first.kill()
    # A refused connection is tried elsewhere; nothing had been sent, so this may be a POST.
    assert {door.ask(method, "/api/tradies/joe").status_code for method in ("GET", "POST") * 10} == {200}


def test_auth_too_may_lose_a_replica_and_then_the_other(door: Door) -> None:
    first, second = door.upstreams["auth"]
    first.kill()
    assert {door.ask("POST", "/api/bookings", headers=SESSION).status_code for _ in range(10)} == {200}
    second.kill()
    for _ in range(3):
        assert_away(door.ask("POST", "/api/bookings", headers=SESSION))
        assert_away(door.ask("POST", "/api/auth/login"))
        assert door.ask("GET", "/api/tradies/joe").status_code == 200
        time.sleep(0.9)
    second.start()
    assert within(3, lambda: door.ask("GET", "/api/bookings", headers=SESSION).status_code == 200)


def test_one_bad_answer_on_an_idle_route_opens_no_circuit(door: Door) -> None:
    for bad in (Answer(500), Answer(503), Answer(hangs_up=True)):
        door.payments.answers["/api/payments"] = bad
        assert door.ask("POST", "/api/payments", headers=SESSION).status_code >= 500
        door.payments.answers.clear()
        assert {door.ask("POST", "/api/payments", headers=SESSION).status_code for _ in range(5)} == {200}


def test_a_page_says_so_to_a_person(door: Door) -> None:
    for catalog in door.upstreams["catalog"]:
        catalog.kill()
    answer = door.ask("GET", "/book/joe", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (503, "text/html; charset=utf-8")
    assert "X-Frame-Options" not in answer.headers
