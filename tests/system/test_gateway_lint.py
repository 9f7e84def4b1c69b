"""The gateway's configuration, read by the gateway itself."""

from __future__ import annotations

import httpx
import pytest

from tests.support.gateway import IDENTITY, SESSION, Door, open_door

# Traefik would refuse such characters with bare text; the envelope refuses them in the API's own shape instead.
INTENDED = "Traefik can reject some encoded characters in the request path."


def complaints(door: Door) -> list[str]:
    return [
        str(line)
        for line in door.lines()
        if line["level"] not in ("info", "debug") and not line["message"].startswith(INTENDED)
    ]


@pytest.mark.parametrize("without", [(), ("sandbox",)], ids=["with the sandbox", "without it"])
@pytest.mark.parametrize("unlimited", [False, True], ids=["limited", "unlimited"])
def test_everything_is_enabled_and_nothing_is_complained_of(without: tuple[str, ...], *, unlimited: bool) -> None:
    with open_door(without=without, unlimited=unlimited) as door:
        for kind in ("routers", "middlewares", "services"):
            entries = httpx.get(f"{door.ops_url}/api/http/{kind}?per_page=1000").json()
            assert len(entries) > 5
            assert [entry for entry in entries if entry["status"] != "enabled"] == []
        assert complaints(door) == []
        names = {router["name"] for router in httpx.get(f"{door.ops_url}/api/http/routers?per_page=1000").json()}
        assert ("sandbox@file" in names) == ("sandbox" not in without)


def test_in_production_the_same_routes_stand_behind_tls() -> None:
    with open_door(static="production/traefik.yml", without=("sandbox",)) as door:
        # No certificate authority is there in a test.
        assert [line for line in complaints(door) if "acme" not in line.lower()] == []
        moved = httpx.get(f"{door.plain_url}/book/joe", trust_env=False)
        assert moved.is_redirect
        assert httpx.URL(moved.headers["Location"]).scheme == "https"
        for path in ("/api/tradies/joe", "/dashboard", "/book/joe", "/nowhere"):
            answer = door.ask("GET", path, headers={"X-Forwarded-Proto": "http", "X-Forwarded-For": "6.6.6.6"})
            assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"
        told = door.told("GET", "/api/bookings", headers=SESSION)
        assert told["headers"]["x-identity"] == IDENTITY
        assert (told["headers"]["x-forwarded-proto"], told["headers"]["x-real-ip"]) == ("https", "127.0.0.1")
        assert door.auth.last("/gateway/identify").headers["x-forwarded-proto"] == "https"
