"""Bookings made for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from services.booking.domain.bookings import Booking, Contact
from services.booking.domain.terms import Step, Terms
from services.kernel.ids import new_id

NOW: Final = datetime(2026, 3, 1, 20, 0, tzinfo=UTC)
ZONE: Final = ZoneInfo("Pacific/Auckland")
TERMS: Final = Terms((Step(24, 100), Step(12, 50)), ZONE)


def draft(**changed: Any) -> Booking:
    facts: dict[str, Any] = {
        "id": new_id("book"),
        "tenant_id": new_id("ten"),
        "reference": "K7M-2QXP",
        "state": "draft",
        "version": 1,
        "origin": "widget",
        "contact": Contact(name="Ana", email="ana@example.com", phone="+64 21 555 0123"),
        "notes": None,
        "service_id": new_id("svc"),
        "service_name": "Blocked drain",
        "duration_minutes": 60,
        "currency": "NZD",
        "price": 18_000,
        "deposit": 5_000,
        "terms": TERMS,
        "save_card": True,
        "starts_at": NOW + timedelta(days=3),
        "created_at": NOW,
        "changed_at": NOW,
        "deposit_status": "pending",
    }
    return Booking(**{**facts, **changed})
