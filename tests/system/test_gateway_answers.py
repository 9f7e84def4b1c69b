"""The gateway's own answers speak the API's envelope; everybody else's pass untouched."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.support.gateway import SESSION, Answer, Door, open_door

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}
MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with open_door(unlimited=True) as door:
        yield door


@pytest.fixture(autouse=True)
def forgetful(door: Door) -> Iterator[None]:
    yield
    for replicas in door.upstreams.values():
        for upstream in replicas:
            upstream.answers.clear()


def envelope(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    told: dict[str, Any] = answer.json()
    assert told.keys() == {"success", "statusCode", "requestId", "error"}
    assert (told["success"], told["statusCode"], told["requestId"]) == (False, status, answer.headers["X-Request-ID"])
    error: dict[str, Any] = told["error"]
    assert error.keys() == {"code", "message", "details", "retryable", "suggestedAction"}
    assert error["code"] == code
    assert error["message"]
    assert error["suggestedAction"]
    return error


@pytest.mark.parametrize(
    "path", ["/api/auth/me", "/api/tradies/joe", "/", "/book/joe", "/sandbox", "/api/health", "/docs/openapi/auth.json"]
)
def test_a_valid_request_id_is_kept_all_the_way(door: Door, path: str) -> None:
    for brought in ("a", "A-1_b.c", "x" * 128):
        answer = door.ask("GET", path, headers={**SESSION, "X-Request-ID": brought})
        assert answer.headers.get_list("X-Request-ID") == [brought]
        assert answer.json()["data"]["headers"]["x-request-id"] == brought


@pytest.mark.parametrize("brought", [None, "", "x" * 129, "a b", "a/b", "ä".encode(), "<script>", "a\tb"])
def test_any_other_is_replaced_by_a_new_uuid7(door: Door, brought: str | None) -> None:
    headers = {} if brought is None else {"X-Request-ID": brought}
    answer = door.ask("GET", "/api/tradies/joe", headers=headers)
    given = answer.headers["X-Request-ID"]
    assert UUID7.fullmatch(given)
    assert answer.json()["data"]["headers"]["x-request-id"] == given
    assert abs(int(given.replace("-", "")[:12], 16) / 1000 - time.time()) < 5


def test_a_contexts_own_request_id_header_is_not_doubled(door: Door) -> None:
    door.catalog.answers["/api/tradies/joe"] = Answer(
        headers={"Content-Type": "application/json", "X-Request-ID": "of-the-context"}
    )
    assert door.ask("GET", "/api/tradies/joe", headers={"X-Request-ID": "mine"}).headers.get_list("X-Request-ID") == [
        "mine"
    ]


def test_every_answer_carries_one_also_a_preflight_and_a_refusal(door: Door) -> None:
    preflight = {"Origin": "https://joe.example", "Access-Control-Request-Method": "POST"}
    for method, path, headers in (
        ("OPTIONS", "/api/widget/joe/book", preflight),
        ("GET", "/api/auth/me", {}),
        ("GET", "/nowhere", {}),
        ("GET", "/api/tradies/%00", {}),
        ("HEAD", "/nowhere", {}),
    ):
        assert UUID7.fullmatch(door.ask(method, path, headers=headers).headers["X-Request-ID"])


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere", "/api", "/api/", "/api/nowhere", "/api/auth", "/api/auth/nowhere", "/api/webhooks/paypal",
        "/api/servicesx",
        "/api/widget/joe/nowhere", "/api/widget/joe", "/api/widget/", "/api/availabilityx", "/dashboardx", "/book",
        "/docs/openapi/nobody.json", "/internal/x", "/metrics", "/health", "/gateway/identify", "/schema/openapi.json",
    ],
)  # fmt: skip
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_404(door: Door, method: str, path: str) -> None:
    assert not envelope(door.ask(method, path), 404, "NOT_FOUND")["retryable"]


def test_head_has_the_headers_of_the_envelope_and_no_body(door: Door) -> None:
    answer = door.ask("HEAD", "/api/nowhere")
    assert (answer.status_code, answer.headers["Content-Type"], answer.content) == (404, "application/json", b"")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 501, 502, 503, 504])
def test_what_a_context_says_passes_untouched(door: Door, status: int) -> None:
    body = json.dumps({"success": False, "statusCode": status, "error": {"code": "OF_THE_CONTEXT"}}).encode()
    door.booking.answers["/api/bookings"] = Answer(
        status,
        body,
        {"Content-Type": "application/json", "Retry-After": "17", "X-Own": "1", "Cache-Control": "private"},
    )
    for method in ("GET", "POST"):
        answer = door.ask(method, "/api/bookings", headers=SESSION)
        assert (answer.status_code, answer.content) == (status, body)
        assert (answer.headers["Retry-After"], answer.headers["X-Own"], answer.headers["Cache-Control"]) == (
            "17",
            "1",
            "private",
        )


def test_a_contexts_own_page_of_an_error_passes_untouched(door: Door) -> None:
    door.catalog.answers["/book/gone"] = Answer(
        404, b"<!doctype html>gone", {"Content-Type": "text/html; charset=utf-8"}
    )
    answer = door.ask("GET", "/book/gone", headers=BROWSER)
    assert (answer.status_code, answer.content) == (404, b"<!doctype html>gone")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "NOT_FOUND"),
        (405, "METHOD_NOT_ALLOWED"),
        (415, "UNSUPPORTED_MEDIA_TYPE"),
        (500, "INTERNAL_ERROR"),
        (503, "SERVICE_UNAVAILABLE"),
    ],
)
def test_bare_text_of_a_server_becomes_the_envelope(door: Door, status: int, code: str) -> None:
    door.pages.answers["/assets/gone.js"] = Answer(status, b"bare text", {"Content-Type": "text/plain"})
    envelope(door.ask("GET", "/assets/gone.js"), status, code)


def test_a_person_gets_a_page_and_a_program_the_envelope(door: Door) -> None:
    answer = door.ask("GET", "/nowhere", headers=BROWSER)
    assert (answer.status_code, answer.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing at this address." in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    envelope(door.ask("GET", "/nowhere"), 404, "NOT_FOUND")
    envelope(door.ask("GET", "/api/nowhere", headers=BROWSER), 404, "NOT_FOUND")


def test_a_lost_answer_to_a_write_is_502_and_repeatable_only_where_that_does_no_harm(door: Door) -> None:
    door.payments.answers["/api/payments"] = Answer(hangs_up=True)
    key = {"Idempotency-Key": "k"}
    for method, headers, retryable in (
        ("POST", {}, False),
        ("PATCH", {}, False),
        ("POST", key, True),
        ("PUT", {}, True),
    ):
        answer = door.ask(method, "/api/payments", headers={**SESSION, **headers}, json={})
        assert envelope(answer, 502, "BAD_GATEWAY")["retryable"] == retryable


def test_a_lost_answer_to_a_read_is_503(door: Door) -> None:
    door.payments.answers["/api/payments"] = Answer(hangs_up=True)
    assert envelope(door.ask("GET", "/api/payments", headers=SESSION), 503, "SERVICE_UNAVAILABLE")["retryable"]


def test_what_may_have_changed_something_is_never_sent_twice(door: Door) -> None:
    door.payments.answers["/api/payments/pay_1"] = Answer(hangs_up=True)
    for method in ("POST", "PATCH", "PUT", "DELETE"):
        before = door.payments.times_asked("/api/payments/pay_1")
        assert door.ask(method, "/api/payments/pay_1", headers=SESSION, json={}).status_code == 502
        assert door.payments.times_asked("/api/payments/pay_1") == before + 1, method


def test_an_answer_of_503_is_not_tried_again(door: Door) -> None:
    door.payments.answers["/api/payments/pay_2"] = Answer(503)
    before = door.payments.times_asked("/api/payments/pay_2")
    assert door.ask("GET", "/api/payments/pay_2", headers=SESSION).status_code == 503
    assert door.payments.times_asked("/api/payments/pay_2") == before + 1


@pytest.mark.parametrize(
    "path", ["/api/widget/joe/book", "/api/bookings", "/api/auth/login", "/api/webhooks/stripe", "/api/manage/t/cancel"]
)
def test_a_body_over_a_megabyte_is_413(door: Door, path: str) -> None:
    assert door.told("POST", path, headers=SESSION, content=b"x" * MEGABYTE)["size"] == MEGABYTE
    answer = door.ask("POST", path, headers=SESSION, content=b"x" * (MEGABYTE + 1))
    assert not envelope(answer, 413, "PAYLOAD_TOO_LARGE")["retryable"]
    # A client that is still sending reads the refusal all the same, and so does one that never said how much it sends.
    envelope(door.ask("POST", path, headers=SESSION, content=b"x" * (10 * MEGABYTE)), 413, "PAYLOAD_TOO_LARGE")
    envelope(door.ask("POST", path, headers=SESSION, content=iter([b"x" * MEGABYTE] * 3)), 413, "PAYLOAD_TOO_LARGE")


def test_a_logo_may_be_larger(door: Door) -> None:
    assert (
        door.told("POST", "/api/settings/logo", headers=SESSION, content=b"x" * (3 * MEGABYTE))["size"] == 3 * MEGABYTE
    )
    envelope(
        door.ask("POST", "/api/settings/logo", headers=SESSION, content=b"x" * (3 * MEGABYTE + 1)),
        413,
        "PAYLOAD_TOO_LARGE",
    )


WIDGET_CALLS = ["/api/widget/joe/book", "/api/widget/joe/availability", "/api/tradies/joe", "/api/manage/token/cancel"]


@pytest.mark.parametrize("origin", ["https://joe.example", "null", "http://localhost:3000"])
@pytest.mark.parametrize("path", WIDGET_CALLS)
def test_the_widgets_calls_may_come_from_anywhere_without_a_cookie(door: Door, path: str, origin: str) -> None:
    preflight = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,idempotency-key,x-request-id",
    }
    upstreams = (door.booking, door.availability, door.catalog)
    before = [upstream.times_asked(path) for upstream in upstreams]
    answer = door.ask("OPTIONS", path, headers=preflight)
    assert answer.status_code in (200, 204)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {"GET", "POST"} <= set(re.split(r",\s*", answer.headers["Access-Control-Allow-Methods"]))
    allowed = {name.lower() for name in re.split(r",\s*", answer.headers["Access-Control-Allow-Headers"])}
    assert {"content-type", "idempotency-key", "x-request-id"} <= allowed
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert [upstream.times_asked(path) for upstream in upstreams] == before

    answer = door.ask("GET", path, headers={"Origin": origin, **SESSION})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {name.lower() for name in re.split(r",\s*", answer.headers["Access-Control-Expose-Headers"])} == {
        "x-request-id",
        "retry-after",
    }
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "cookie" not in answer.json()["data"]["headers"]
    assert answer.json()["data"]["headers"]["origin"] == origin


def test_other_origins_may_read_the_errors_too(door: Door) -> None:
    origin = {"Origin": "https://joe.example"}
    door.booking.answers["/api/widget/joe/book"] = Answer(409, b'{"success":false}')
    door.booking.answers["/api/manage/token"] = Answer(hangs_up=True)
    for method, path, content, status in (
        ("POST", "/api/widget/joe/book", b"{}", 409),
        ("GET", "/api/widget/joe/nowhere", None, 404),
        ("POST", "/api/widget/joe/book", b"x" * (MEGABYTE + 1), 413),
        ("POST", "/api/manage/token", b"{}", 502),
    ):
        answer = door.ask(method, path, headers=origin, content=content)
        assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (status, "*")


@pytest.mark.parametrize(
    "path", ["/api/auth/login", "/api/auth/me", "/api/bookings", "/api/webhooks/stripe", "/dashboard", "/book/joe"]
)
def test_nothing_else_is_open_to_other_origins(door: Door, path: str) -> None:
    preflight = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    for method, headers in (("OPTIONS", preflight), ("GET", {"Origin": "https://evil.example", **SESSION})):
        answer = door.ask(method, path, headers=headers)
        assert [name for name in answer.headers if name.startswith("access-control-")] == []


def test_security_headers(door: Door) -> None:
    for path in ("/api/health", "/api/tradies/joe", "/dashboard", "/book/joe", "/widget/joe", "/nowhere", "/embed.js"):
        headers = door.ask("GET", path).headers
        assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == ("nosniff", "strict-origin")
        assert "Strict-Transport-Security" not in headers
        framed = path in ("/book/joe", "/widget/joe")
        assert headers.get("X-Frame-Options") == (None if framed else "DENY")
        assert ("frame-ancestors 'none'" in headers.get("Content-Security-Policy", "")) != framed
    policy = door.ask("GET", "/dashboard").headers
    assert "https://js.stripe.com" in policy["Content-Security-Policy"]
    assert "camera=()" in policy["Permissions-Policy"]


def test_catalog_says_who_may_frame_the_booking_page(door: Door) -> None:
    own = "frame-ancestors https://joe.example"
    door.catalog.answers["/book/joe"] = Answer(
        body=b"<p>", headers={"Content-Type": "text/html", "Content-Security-Policy": own}
    )
    headers = door.ask("GET", "/book/joe").headers
    assert headers.get_list("Content-Security-Policy") == [own]
    assert "X-Frame-Options" not in headers


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
def test_long_answers_are_compressed_and_short_ones_are_not(door: Door, encoding: str) -> None:
    door.catalog.answers["/api/tradies/joe"] = Answer(body=json.dumps({"data": "x" * 4000}).encode())
    for path, compressed in (("/api/tradies/joe", encoding), ("/api/nowhere", None)):
        with door.client.stream("GET", path, headers={"Accept-Encoding": encoding}) as answer:
            assert answer.headers.get("Content-Encoding") == compressed
            raw = b"".join(answer.iter_raw())
        assert len(raw) < 400


def test_events_are_handed_on_as_they_happen(door: Door) -> None:
    door.sandbox.answers["/sandbox/events"] = Answer(
        headers={"Content-Type": "text/event-stream"}, pieces=(b"data: 1\n\n", b"data: 2\n\n", b"data: 3\n\n")
    )
    with door.client.stream("GET", "/sandbox/events", headers={"Accept-Encoding": "gzip"}) as answer:
        assert "Content-Encoding" not in answer.headers
        arrived = [time.monotonic() for _ in answer.iter_raw()]
    assert len(arrived) == 3
    assert arrived[2] - arrived[0] > 0.4


def test_a_new_session_cookie_of_auth_reaches_the_browser(door: Door) -> None:
    door.auth.answers["/gateway/identify"] = Answer(
        headers={
            "Content-Type": "application/json",
            "X-Identity": "i",
            "Set-Cookie": "pp_session=renewed; HttpOnly; Path=/",
        }
    )
    answer = door.ask("GET", "/api/bookings", headers=SESSION)
    assert "pp_session=renewed" in answer.headers["Set-Cookie"]


def test_a_refusal_of_auth_passes_whole(door: Door) -> None:
    for status, code in ((403, "CROSS_SITE"), (503, "SERVICE_UNAVAILABLE"), (429, "RATE_LIMITED")):
        body = json.dumps({"success": False, "statusCode": status, "error": {"code": code}}).encode()
        door.auth.answers["/gateway/identify"] = Answer(
            status, body, {"Content-Type": "application/json", "Retry-After": "9"}
        )
        answer = door.ask("POST", "/api/bookings", headers=SESSION)
        assert (answer.status_code, answer.content, answer.headers["Retry-After"]) == (status, body, "9")
