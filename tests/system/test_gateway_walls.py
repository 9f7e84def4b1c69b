"""What must not come through the door, whatever trick is tried."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.support.gateway import IDENTITY, SESSION, Door, open_door

INNER = ("internal/links/book_1", "metrics", "health", "health/db", "gateway/identify", "schema/openapi.json")

TRICKS = (
    "/{}",
    "//{}",
    "/api/{}",
    "/api//{}",
    "/./{}",
    "/api/../{}",
    "/api/tradies/../../{}",
    "/api/tradies/..%2f..%2f{}",
    "/api/tradies/%2e%2e/%2e%2e/{}",
    "/api/tradies/..%5c..%5c{}",
    "/api/tradies/x%2f..%2f..%2f..%2f{}",
    "/api/manage/../../{}",
    "/api/manage/%2e%2e%2f%2e%2e%2f{}",
    "/api/manage/%252e%252e%252f{}",
    "/book/../{}",
    "/book/..%2f{}",
    "/assets/..%2F{}",
    "/docs/openapi/../../{}",
    "/docs/openapi/auth.json/../../../{}",
    "/%2f{}",
    "/%2e/{}",
    "/api/health/../../{}",
    "/{}?",
    "/;/{}",
    "/api/webhooks/stripe/../../../{}",
    "/sandbox/../{}",
)

FORGED = {
    "X-Identity": "forged",
    "X_Identity": "forged",
    "x-identity": "forged",
    "X-Forwarded-User": "forged",
    "X-Forwarded-Email": "forged",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Port": "666",
    "X-Forwarded-Server": "forged",
    "X-Forwarded-Prefix": "/forged",
    "X-Forwarded-Uri": "/forged",
    "X-Forwarded-Method": "FORGED",
    "X-Real-Ip": "6.6.6.6",
    "X-Replaced-Path": "/forged",
    "X-Original-Url": "/forged",
    "X-Rewrite-Url": "/forged",
    "X-Http-Method-Override": "DELETE",
    "X-Auth-Request-User": "forged",
    "Remote-User": "forged",
    "Forwarded": "for=6.6.6.6",
    "True-Client-Ip": "6.6.6.6",
}


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with open_door(unlimited=True) as door:
        yield door


def written(method: str, path: str, **headers: str) -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("trick", TRICKS)
@pytest.mark.parametrize("who", [{}, {"Cookie": SESSION["Cookie"]}], ids=["a stranger", "a tradie"])
def test_inner_paths_are_not_reachable(door: Door, trick: str, who: dict[str, str]) -> None:
    for inner in INNER:
        for path in {trick.format(inner), trick.format(inner.upper()), trick.format(inner.capitalize())}:
            # The one health that is everybody's.
            if path in ("/api/health", "/api//health"):
                continue
            headers = who | {
                "X-Forwarded-Prefix": "/internal",
                "X-Replaced-Path": f"/{inner}",
                "X-Original-Url": f"/{inner}",
            }
            status, answered, body = door.raw(written("GET", path, **headers))
            reached = json.loads(body).get("data") if answered["content-type"] == "application/json" else None
            assert reached is None, (path, reached)
            assert (status, json.loads(body)["error"]["code"]) == (404, "NOT_FOUND"), path


@pytest.mark.parametrize("path", ["/API/auth/me", "/Api/Auth/Me", "/api/auth/ME", "/api/AUTH/login"])
def test_another_case_is_another_path(door: Door, path: str) -> None:
    assert door.ask("GET", path, headers=SESSION).status_code == 404


def test_dots_and_slashes_are_read_alike_by_the_door_and_by_the_context(door: Door) -> None:
    _, _, body = door.raw(written("GET", "//api/tradies/x/..//../auth/./me", Cookie=SESSION["Cookie"]))
    told = json.loads(body)["data"]
    assert (told["by"], told["path"], told["headers"]["x-identity"]) == ("auth", "/api/auth/me", IDENTITY)
    status, _, _ = door.raw(written("GET", "/api/tradies/x/../../auth/me"))
    assert status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/api/auth/login",
        "/api/tradies/joe",
        "/api/auth/me",
        "/api/webhooks/stripe",
        "/api/health",
        "/sandbox",
        "/",
        "/book/joe",
    ],
)
def test_nothing_forged_comes_through(door: Door, path: str) -> None:
    told = door.told("GET", path, headers={**FORGED, **SESSION})
    headers = told["headers"]
    assert headers.get("x-identity") == (IDENTITY if path == "/api/auth/me" else None)
    values = {name: value for name, value in headers.items() if name not in ("cookie", "x-identity")}
    assert [name for name, value in values.items() if "forged" in value.lower() or "6.6.6.6" in value] == []
    assert "evil.example" not in str(values)
    assert headers["x-forwarded-for"] == "127.0.0.1"
    assert headers["x-real-ip"] == "127.0.0.1"
    assert headers["x-forwarded-proto"] == "http"
    assert headers["x-forwarded-host"] == door.url.removeprefix("http://")


def test_auth_is_asked_with_true_facts(door: Door) -> None:
    door.ask(
        "POST",
        "/api/bookings?x=1",
        headers={
            **FORGED,
            **SESSION,
            "Origin": "https://elsewhere.example",
            "Sec-Fetch-Site": "cross-site",
            "Authorization": "Bearer key",
            "X-Request-ID": "asked-by-test",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        },
        json={"secret": "body"},
    )
    asked = door.auth.last("/gateway/identify")
    assert asked.size == 0
    wanted = {
        "cookie": SESSION["Cookie"],
        "origin": "https://elsewhere.example",
        "sec-fetch-site": "cross-site",
        "authorization": "Bearer key",
        "x-request-id": "asked-by-test",
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "x-forwarded-method": "POST",
        "x-forwarded-uri": "/api/bookings?x=1",
        "x-forwarded-host": door.url.removeprefix("http://"),
        "x-forwarded-proto": "http",
        "x-real-ip": "127.0.0.1",
    }
    assert {name: asked.headers.get(name) for name in wanted} == wanted
    assert asked.headers["x-forwarded-for"].split(",")[0] == "127.0.0.1"
    assert "forged" not in str(asked.headers)


def test_a_hop_header_cannot_take_away_what_the_door_set(door: Door) -> None:
    """A caller who names our headers in Connection must not have them dropped behind the door."""
    hops = "close, X-Forwarded-For, X-Real-Ip, X-Request-Id, X-Forwarded-Host, X-Identity"
    request = (
        f"GET /api/auth/me HTTP/1.1\r\nHost: localhost\r\nConnection: {hops}\r\nCookie: {SESSION['Cookie']}\r\n\r\n"
    )
    _, _, body = door.raw(request.encode())
    headers = json.loads(body)["data"]["headers"]
    assert {"x-forwarded-for", "x-real-ip", "x-forwarded-host"} <= headers.keys()


def test_an_identity_never_leaves(door: Door) -> None:
    """The echoing contexts send one along with every answer."""
    for path in ("/api/auth/me", "/api/tradies/joe", "/", "/sandbox"):
        answer = door.ask("GET", path, headers=SESSION)
        assert answer.status_code == 200
        assert not {"x-identity", "server"} & answer.headers.keys()


def test_neither_tokens_nor_people_are_written_to_the_log() -> None:
    with open_door() as door:
        for path in ("/api/manage/SECRET-1", "/manage/SECRET-2", "/api/availability/calendar/SECRET-3.ics"):
            assert door.ask("GET", path).status_code == 200
        door.ask("GET", "/dashboard?token=SECRET-4", headers={"Referer": "http://x/?token=SECRET-5"})
        door.ask(
            "GET",
            "/api/auth/me",
            headers={"Cookie": "pp_session=SECRET-6", "Authorization": "Bearer SECRET-7", "User-Agent": "SECRET-8"},
        )
        door.ask("GET", "/nowhere/SECRET-9")
        door.booking.kill()
        door.ask("POST", "/api/manage/SECRET-10/cancel", headers={"X-Request-ID": "kept-in-the-log"})
        door.stop()
        logged = door.log.read_text()
        lines = [line for line in door.lines() if "RouterName" in line]
        assert len(lines) >= 6
        assert "SECRET" not in logged
        assert not [line for line in lines if [name for name in line if name.startswith("Client") or "Path" in name]]
        assert lines[-1]["request_X-Request-Id"] == "kept-in-the-log"
        assert "manage@file" in lines[-1]["RouterName"]
        assert all(line["downstream_X-Request-Id"] for line in lines)
