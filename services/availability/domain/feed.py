"""The bookings as a calendar that other programs subscribe to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any, Final

_NAME: Final = "PeepoPay bookings"
_PRODUCT: Final = "-//PeepoPay//Bookings//EN"
# How often a program should look again.
_AGAIN: Final = timedelta(minutes=15)
# Written once, an entry stays as it is until the booking changes.
_KEPT: Final = 8192


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking as the feed shows it. Whose it is, the feed does not say."""

    id: str
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool
    sequence: int
    changed_at: datetime
    reference: str | None
    service: str
    staff: str | None


@dataclass(frozen=True, slots=True)
class DayOff:
    """A public holiday, which takes no time by itself."""

    day: date
    name: str
    country: str
    is_closed: bool


def written(
    entries: Iterable[Entry], days_off: Iterable[DayOff], *, name: str | None, host: str, zone: str | None
) -> bytes:
    """The whole file, called as the business is. Equal facts make equal bytes."""
    # Loaded when somebody first asks: time that a context that starts does not have.
    from icalendar import Calendar, vDuration, vText  # noqa: PLC0415

    calendar = Calendar()
    calendar.add("PRODID", _PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", "PUBLISH")
    calendar.add("X-WR-CALNAME", vText(name or _NAME))
    if zone is not None:
        calendar.add("X-WR-TIMEZONE", zone)
    calendar.add("REFRESH-INTERVAL", _AGAIN, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", vDuration(_AGAIN))
    head, _, tail = calendar.to_ical().rpartition(b"END:VCALENDAR")
    parts = [_entry(entry, host) for entry in entries]
    parts += [_day_off(one, host) for one in days_off]
    return b"".join([head, *parts, b"END:VCALENDAR", tail])


@lru_cache(maxsize=_KEPT)
def _entry(entry: Entry, host: str) -> bytes:
    """In UTC, for of the two passes of a repeated hour a local time can only name the first."""
    changed_at = _utc(entry.changed_at)
    return _event(
        {
            "UID": uid(entry.id, host),
            "DTSTAMP": changed_at,
            "LAST-MODIFIED": changed_at,
            "SEQUENCE": str(entry.sequence),
            "DTSTART": _utc(entry.starts_at),
            "DTEND": _utc(entry.ends_at),
            "SUMMARY": _text(" · ".join(part for part in (entry.service, entry.staff, entry.reference) if part)),
            "STATUS": "CANCELLED" if entry.is_cancelled else "CONFIRMED",
            "TRANSP": "TRANSPARENT" if entry.is_cancelled else "OPAQUE",
        }
    )


@lru_cache(maxsize=_KEPT)
def _day_off(one: DayOff, host: str) -> bytes:
    return _event(
        {
            "UID": f"holiday-{one.country}-{one.day:%Y%m%d}@{host}",
            # It was known at the year's beginning, and does not change.
            "DTSTAMP": f"{one.day:%Y}0101T000000Z",
            "DTSTART;VALUE=DATE": f"{one.day:%Y%m%d}",
            "DTEND;VALUE=DATE": f"{one.day + timedelta(days=1):%Y%m%d}",
            "SUMMARY": _text(f"{one.name} (closed)" if one.is_closed else one.name),
            "TRANSP": "TRANSPARENT",
        }
    )


def _event(lines: Mapping[str, str]) -> bytes:
    """One VEVENT. The library's own takes several times as long, which thousands of bookings would feel."""
    from icalendar.parser import Contentline  # noqa: PLC0415 - as above

    fold: Callable[[str], Any] = Contentline
    folded = [fold(f"{name}:{value}").to_ical() for name, value in lines.items()]
    return b"\r\n".join([b"BEGIN:VEVENT", *folded, b"END:VEVENT", b""])


def _text(words: str) -> str:
    """With the signs that mean something marked as meaning nothing."""
    from icalendar import vText  # noqa: PLC0415 - as above

    return vText(words).to_ical().decode()


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def uid(booking_id: str, host: str) -> str:
    """The booking's name in every calendar, wherever it is moved."""
    return f"{booking_id}@{host}"
