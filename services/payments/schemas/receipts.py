"""A receipt as booking asks for it, and the finished page."""

import re
from datetime import datetime
from functools import lru_cache
from typing import Annotated, ClassVar, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta

from services.kernel.http.bodies import Wire
from services.kernel.money import is_currency

_COLOR: Final = re.compile(r"#[0-9A-Fa-f]{6}")
# Beyond it no currency's amounts lie, and a page has no room.
_LARGEST: Final = 10**15

Text = Annotated[str, Meta(max_length=2_000)]
Amount = Annotated[int, Meta(ge=0, le=_LARGEST)]
Instant = Annotated[datetime, Meta(tz=True)]


def _color(text: str) -> str | None:
    return None if _COLOR.fullmatch(text) else "must be a color such as #3B82F6"


def _currency(text: str) -> str | None:
    return None if is_currency(text) else "must be a currency such as NZD"


def _zone(text: str) -> str | None:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "must be a time zone such as Pacific/Auckland"
    return None


@lru_cache(maxsize=500)
def _locale(text: str) -> str | None:
    # Loaded when first asked for: it brings much along.
    from babel import Locale, UnknownLocaleError  # noqa: PLC0415 - see above

    try:
        Locale.parse(text, sep="-")
    except (UnknownLocaleError, ValueError):
        return "must be a language such as en-NZ"
    return None


class LineRequest(Wire, frozen=True, kw_only=True):
    """Money that was paid or went back."""

    kind: Literal["deposit", "balance", "refund"]
    amount: Amount
    at: Instant


class ReceiptRequest(Wire, frozen=True, kw_only=True):
    """All that a receipt says. Amounts are in the currency's smallest unit."""

    CHECKS: ClassVar = {"brand_color": _color, "currency": _currency, "timezone": _zone, "locale": _locale}

    business_name: Text
    address: Text | None = None
    phone: Text | None = None
    email: Text | None = None
    brand_color: str
    locale: str
    timezone: str
    currency: str
    reference: Text
    service_name: Text
    starts_at: Instant
    customer_name: Text
    customer_email: Text
    price: Amount | None = None
    lines: Annotated[list[LineRequest], Meta(max_length=200)]
    issued_at: Instant


class ReceiptView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The page, in base64."""

    pdf: str
