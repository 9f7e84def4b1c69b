"""Mails about bookings: what the customer and the business are told when a booking stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from services.kernel.money import Money
from services.kernel.written import day, display, time
from services.notify.domain.layout import Letter
from services.notify.domain.mails import Mail, line, mail
from services.notify.domain.messages import BookingKind

# A booking that is over, or not yet one, is nothing to write a confirmation about.
STANDS: Final = frozenset({"confirmed", "in_progress", "completed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Booked:
    """A booking as booking tells of it when the mail is sent; instants by the business's own clock."""

    reference: str
    state: str
    service_name: str
    starts_at: datetime
    ends_at: datetime
    locale: str
    price: Money | None
    paid: Money
    due: Money
    customer_name: str
    customer_email: str
    customer_phone: str
    customer_address: str | None
    notes: str | None
    manage_url: str
    # Where the business works.
    desk_url: str
    business_name: str
    business_phone: str | None
    business_address: str | None
    business_email: str | None
    terms: tuple[str, ...]


def to_whom(kind: BookingKind, booked: Booked) -> str | None:
    return booked.customer_email if kind == "booking_confirmed" else booked.business_email


def mail_about(kind: BookingKind, booked: Booked, *, to: str) -> Mail:
    """The same mail for the same facts, however often it is made."""
    return mail(kind, to, _LETTERS[kind](booked))


def _confirmed(booked: Booked) -> Letter:
    business = line(booked.business_name)
    reach = line(booked.business_phone or booked.business_email or "")
    return Letter(
        subject=f"Confirmed: {line(booked.service_name)}, {_short(booked)} ({booked.reference})",
        preview=f"{_when(booked)}. Your reference is {booked.reference}.",
        title="Your booking is confirmed",
        paragraphs=(
            f"Hello {line(booked.customer_name)},",
            f"{business} is looking forward to seeing you. Here is what was agreed:",
        ),
        facts=(
            ("Reference", booked.reference),
            ("Service", line(booked.service_name)),
            ("When", _when(booked)),
            *([("Where", booked.customer_address)] if booked.customer_address else []),
            *_sums(booked),
        ),
        action="See, move or cancel the booking",
        url=booked.manage_url,
        notes=(*booked.terms, *([f"Questions? {business}: {reach}"] if reach else [])),
        sender=business,
    )


def _new(booked: Booked) -> Letter:
    address = booked.customer_address
    return Letter(
        subject=f"New booking: {line(booked.service_name)}, {_short(booked)} ({booked.reference})",
        preview=f"{line(booked.customer_name)}, {_when(booked)}",
        title="You have a new booking",
        paragraphs=(f"{line(booked.customer_name)} booked {line(booked.service_name)}.",),
        facts=(
            ("When", _when(booked)),
            ("Customer", line(booked.customer_name)),
            ("Phone", booked.customer_phone),
            ("E-mail", booked.customer_email),
            *([("Address", address)] if address else []),
            *([("Notes", booked.notes)] if booked.notes else []),
            *_sums(booked),
            ("Reference", booked.reference),
        ),
        action="Open the dashboard",
        url=booked.desk_url,
        notes=(f"Map: https://www.google.com/maps/search/?api=1&query={quote_plus(' '.join(address.split()))}",)
        if address
        else (),
        sender=line(booked.business_name),
    )


_LETTERS: Final = {"booking_confirmed": _confirmed, "new_booking": _new}


def _sums(booked: Booked) -> tuple[tuple[str, str], ...]:
    rows = []
    if booked.price is not None:
        rows.append(("Price", display(booked.price, booked.locale)))
    if booked.paid.amount:
        rows.append(("Paid", display(booked.paid, booked.locale)))
        rows.append(("Left to pay", display(booked.due, booked.locale)))
    return tuple(rows)


def _when(booked: Booked) -> str:
    starts, ends = booked.starts_at, booked.ends_at
    zone = starts.tzname() or ""
    return f"{day(starts, booked.locale)}, {time(starts, booked.locale)} to {time(ends, booked.locale)} ({zone})"


def _short(booked: Booked) -> str:
    return f"{day(booked.starts_at, booked.locale)}, {time(booked.starts_at, booked.locale)}"
