"""The HTTP doors of booking: decode, one call, encode."""

from typing import Final

from services.booking.api import book, customers, desk, internal, manage, money

ROUTES: Final = (*book.ROUTES, *manage.ROUTES, *desk.ROUTES, *customers.ROUTES, *money.ROUTES, *internal.ROUTES)
