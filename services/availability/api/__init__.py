"""The HTTP doors of availability: decode, one call, encode."""

from typing import Final

from services.availability.api import (
    blocks,
    calendars,
    facts,
    feed,
    holidays,
    internal,
    overrides,
    rules,
    slots,
    staff,
    widget,
)

ROUTES: Final = (
    *rules.ROUTES,
    *overrides.ROUTES,
    *blocks.ROUTES,
    *staff.ROUTES,
    *holidays.ROUTES,
    *slots.ROUTES,
    *calendars.ROUTES,
    *feed.ROUTES,
    *widget.ROUTES,
    *internal.ROUTES,
    *facts.ROUTES,
)
