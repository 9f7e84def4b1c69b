"""The zone that the server's own clock shows, which must change nothing."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest

SERVER_ZONES: Final = ("UTC", "Pacific/Auckland", "America/Los_Angeles")


@contextmanager
def server_in(zone: str) -> Iterator[str]:
    """Inside, this process and those it starts live in the zone."""
    before = os.environ.get("TZ")
    _set(zone)
    try:
        yield zone
    finally:
        _set(before)


# A test or conftest that wants it says `from tests.support.zones import server_zone as server_zone`.
@pytest.fixture(params=SERVER_ZONES)
def server_zone(request: pytest.FixtureRequest) -> Iterator[str]:
    """Every test that asks for it runs once in each zone that a server may be in."""
    with server_in(request.param) as zone:
        yield zone


def _set(zone: str | None) -> None:
    if zone is None:
        os.environ.pop("TZ", None)
    else:
        os.environ["TZ"] = zone
    time.tzset()
