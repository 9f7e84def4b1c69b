"""A booking as the file that the customer's own calendar takes (RFC 5545)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

Standing: TypeAlias = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]

_PRODUCT: Final = "-//PeepoPay//Booking//EN"
# Octets of a line, without its end.
_LONGEST: Final = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """What a calendar shows of a booking. No link is in it: calendars are shared, and the link can cancel."""

    booking_id: str
    standing: Standing
    # Grows whenever a calendar has to believe this file more than the one it had before.
    sequence: int
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    title: str
    description: str
    place: str | None


def written(appointment: Appointment, *, host: str) -> bytes:
    """The whole file. In UTC, for of the two passes of a repeated hour a local time can only name the first."""
    changed_at = _utc(appointment.changed_at)
    is_cancelled = appointment.standing == "CANCELLED"
    lines = [
        "BEGIN:VCALENDAR",
        f"PRODID:{_PRODUCT}",
        "VERSION:2.0",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        # The same wherever it is moved, and the same as in the business's feed.
        f"UID:{appointment.booking_id}@{host}",
        f"DTSTAMP:{changed_at}",
        f"LAST-MODIFIED:{changed_at}",
        f"SEQUENCE:{appointment.sequence}",
        f"DTSTART:{_utc(appointment.starts_at)}",
        f"DTEND:{_utc(appointment.ends_at)}",
        f"SUMMARY:{_text(appointment.title)}",
        f"DESCRIPTION:{_text(appointment.description)}",
        *([f"LOCATION:{_text(appointment.place)}"] if appointment.place else []),
        f"STATUS:{appointment.standing}",
        f"TRANSP:{'TRANSPARENT' if is_cancelled else 'OPAQUE'}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return b"".join(b"\r\n ".join(_folded(line)) + b"\r\n" for line in lines)


def _folded(line: str) -> Iterator[bytes]:
    """Pieces of at most so many octets, none of which ends within a character."""
    rest, longest = line.encode(), _LONGEST
    while len(rest) > longest:
        cut = longest
        # A byte of the form 10xxxxxx goes on with the character before it.
        while rest[cut] & 0xC0 == 0x80:  # noqa: PLR2004 - as above
            cut -= 1
        yield rest[:cut]
        # What follows begins with the space that says so.
        rest, longest = rest[cut:], _LONGEST - 1
    yield rest


def _text(words: str) -> str:
    """With the signs that mean something marked as meaning nothing."""
    joined = words.replace("\r\n", "\n").replace("\r", "\n")
    marked = joined.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")
    # No other control character may stand in a text.
    return "".join(sign for sign in marked if sign >= " " or sign == "\t")


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"
