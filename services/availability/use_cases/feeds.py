"""The feed of bookings: its address, which can be made again and renewed, and what lies there."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec

from services.availability.domain import feed, holidays
from services.availability.domain.feed import DayOff
from services.availability.store import feeds
from services.availability.store.feeds import Feed
from services.availability.use_cases.copies import ensure_open
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.secrets import fingerprint, same

_PURPOSE: Final = "calendar feed"
_LONGEST_TOKEN: Final = 64
_AT_MOST: Final = 5000
_BACK: Final = timedelta(days=90)
_CANCELLED_FOR: Final = timedelta(days=30)
_HOLIDAYS_AHEAD: Final = timedelta(days=400)


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Where the feed lies. Whoever has it can read the feed."""

    url: str

    @property
    def webcal_url(self) -> str:
        """The same, for a program to subscribe to instead of a browser to download."""
        return f"webcal:{self.url.partition(':')[2]}"


async def address(tools: Tools, *, tenant_id: str) -> Address:
    await ensure_open(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        found = await feeds.find(tx)
        if found is None:
            raise errors.NotFound
        token = _token(tools, tenant_id, found.generation)
        await feeds.know(tx, fingerprint(token))
    return _address(tools, token)


async def renew(tools: Tools, *, tenant_id: str) -> Address:
    """A new address; the old one leads nowhere from now on."""
    await ensure_open(tools, tenant_id)
    async with tools.db.transaction(tenant_id) as tx:
        token = _token(tools, tenant_id, await feeds.renew(tx))
        await feeds.know(tx, fingerprint(token))
    return _address(tools, token)


async def content(tools: Tools, *, token: str) -> bytes:
    """The feed as it is now, for whoever has its address."""
    if len(token) > _LONGEST_TOKEN:
        raise errors.NotFound
    async with tools.db.transaction() as tx:
        tenant_id = await feeds.owner_of(tx, fingerprint(token))
    if tenant_id is None:
        raise errors.NotFound
    await tools.limits.spend("feed", tenant_id, per_minute=20, burst=40)
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        found = await feeds.find(tx)
        if found is None or not same(token, _token(tools, tenant_id, found.generation)):
            raise errors.NotFound
        entries = await feeds.entries(tx, since=now - _BACK, cancelled_since=now - _CANCELLED_FOR, limit=_AT_MOST)
    # Who works alone needs no name on each job.
    shown = entries if found.is_team else [replace(entry, staff=None) for entry in entries]
    host = host_of(tools)

    def write() -> bytes:
        first, last = (now - _BACK).date(), (now + _HOLIDAYS_AHEAD).date()
        listing = [] if found.country is None else holidays.listing(found.country, found.region, first, last)
        return feed.written(shown, _days_off(found, listing), name=found.name, host=host, zone=found.zone)

    # Thousands of bookings that were never written before take their time, which others shall not wait for.
    return await asyncio.to_thread(write)


def host_of(tools: Tools) -> str:
    return urlsplit(tools.settings.public_url).hostname or "localhost"


def _token(tools: Tools, tenant_id: str, generation: int) -> str:
    return tools.keyring.sign(_PURPOSE, f"{tenant_id}:{generation}")


def _address(tools: Tools, token: str) -> Address:
    return Address(url=f"{tools.settings.public_url.rstrip('/')}/api/availability/calendar/{token}.ics")


def _days_off(found: Feed, listing: list[holidays.Holiday]) -> list[DayOff]:
    return [
        DayOff(day=one.date, name=one.name, country=found.country or "", is_closed=found.closed_on_holidays)
        for one in listing
    ]
