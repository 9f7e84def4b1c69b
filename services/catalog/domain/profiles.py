"""A business's settings: how it shows itself, where it is, and its terms."""

import re
import zoneinfo
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from itertools import pairwise
from typing import Final
from urllib.parse import urlsplit

import msgspec

from services.catalog.domain import locales

LONGEST_ADDRESS: Final = 300
LONGEST_NOTICE: Final = 500
MOST_ORIGINS: Final = 20
MOST_STEPS: Final = 10
MOST_REMINDERS: Final = 5
LONGEST_REMINDER: Final = 336
LONGEST_STEP: Final = 8_760
BRAND_COLOR: Final = "#2563EB"

_COLOR: Final = re.compile(r"#?[0-9A-Fa-f]{6}")
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST_SLUG: Final = 48
_SHORTEST_SLUG: Final = 3
_HOST: Final = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*"
)
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
# Zone names that say nothing about a place.
_NOT_PLACES: Final = re.compile(r"(?:posix|right)/.*|Factory|localtime|posixrules")


class CancellationStep(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Cancelled at least so many hours before the start, so many per cent of the deposit come back."""

    hours_before: int
    refund_percent: int


CANCELLATION: Final = (
    CancellationStep(hours_before=24, refund_percent=100),
    CancellationStep(hours_before=12, refund_percent=50),
)
REMINDERS: Final = (24,)


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """As it is stored."""

    tenant_id: str
    version: int
    slug: str
    business_name: str
    # How new slug and name are: auth's count, for auth owns both.
    naming_version: int
    logo: str | None = None
    brand_color: str = BRAND_COLOR
    email: str | None = None
    phone: str | None = None
    address: str | None = None
    timezone: str
    currency: str
    locale: str
    country: str
    allowed_origins: tuple[str, ...] = ()
    cancellation_policy: tuple[CancellationStep, ...] = CANCELLATION
    reminder_hours: tuple[int, ...] = REMINDERS
    booking_notice: str | None = None
    changed_at: datetime


def is_slug(text: str) -> bool:
    """Whether it could be anybody's; also those of former days had this shape."""
    return len(text) <= _LONGEST_SLUG and _SLUG.fullmatch(text) is not None


def slug_problem(text: str) -> str | None:
    """What can be said without auth, which also knows the reserved and the taken ones."""
    if not _SHORTEST_SLUG <= len(text) <= _LONGEST_SLUG:
        return f"must have {_SHORTEST_SLUG} to {_LONGEST_SLUG} characters"
    return None if is_slug(text) else "may hold small letters, digits and single hyphens between them"


def color_problem(text: str) -> str | None:
    return None if _COLOR.fullmatch(text) else "must be a color such as #2563EB"


def color_of(text: str) -> str:
    return "#" + text.removeprefix("#").upper()


@cache
def zones() -> frozenset[str]:
    """Every zone that the IANA knows."""
    return frozenset(name for name in zoneinfo.available_timezones() if _NOT_PLACES.fullmatch(name) is None)


def zone_problem(text: str) -> str | None:
    return None if text in zones() else "must be a time zone of the IANA, such as Pacific/Auckland"


def country_problem(text: str) -> str | None:
    return None if locales.is_country(text) else "must be a country of ISO 3166, such as NZ"


def locale_problem(text: str) -> str | None:
    return None if locales.known(text) else "must be a language and a place that are known, such as en-NZ"


def origin_of(text: str) -> str | None:
    """A site that may frame the booking page, as browsers spell it; nothing where it is none."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    host = _ascii_host(parts.hostname or "")
    # What a browser's Origin never holds, and what parsing would drop without a word.
    if any(character <= " " for character in text.strip()) or port == 0:
        return None
    if host is None or parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    if parts.scheme != "https" and not (parts.scheme == "http" and host in _LOOPBACK):
        return None
    shown = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{shown}" if port in {None, usual} else f"{parts.scheme}://{shown}:{port}"


def _ascii_host(host: str) -> str | None:
    """As browsers send it in Origin: letters of other alphabets are spelled in ASCII there."""
    if host == "::1":
        return host
    try:
        spelled = host.encode("idna").decode().lower()
    except UnicodeError:
        return None
    return spelled if _HOST.fullmatch(spelled) else None


def origins_problem(texts: Sequence[str]) -> str | None:
    if len(texts) > MOST_ORIGINS:
        return f"must have at most {MOST_ORIGINS} entries"
    wrong = next((text for text in texts if origin_of(text) is None), None)
    return (
        None if wrong is None else f"must be sites such as https://example.com, without a path: {wrong[:60]!r} is none"
    )


def policy_problem(steps: Sequence[CancellationStep]) -> str | None:
    """Whoever cancels earlier never gets less."""
    if len(steps) > MOST_STEPS:
        return f"must have at most {MOST_STEPS} steps"
    if not all(0 <= step.hours_before <= LONGEST_STEP for step in steps):
        return f"hoursBefore must be between 0 and {LONGEST_STEP}"
    if not all(0 <= step.refund_percent <= 100 for step in steps):  # noqa: PLR2004 - per cent
        return "refundPercent must be between 0 and 100"
    if len({step.hours_before for step in steps}) < len(steps):
        return "must not have two steps with the same hoursBefore"
    ordered = sorted_policy(steps)
    if any(later.refund_percent > earlier.refund_percent for earlier, later in pairwise(ordered)):
        return "must not give back more for a later cancellation than for an earlier one"
    return None


def sorted_policy(steps: Sequence[CancellationStep]) -> tuple[CancellationStep, ...]:
    return tuple(sorted(steps, key=lambda step: -step.hours_before))


def reminders_problem(hours: Sequence[int]) -> str | None:
    if len(hours) > MOST_REMINDERS:
        return f"must have at most {MOST_REMINDERS} entries"
    if not all(0 < hour <= LONGEST_REMINDER for hour in hours):
        return f"must be between 1 and {LONGEST_REMINDER} hours before the start"
    return "must not have the same hour twice" if len(set(hours)) < len(hours) else None
