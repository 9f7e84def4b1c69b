"""A business's settings on the wire."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.catalog.domain import locales, profiles, texts
from services.catalog.schemas import View
from services.kernel import addresses, money
from services.kernel.http.bodies import Check, Wire

BusinessName = Annotated[str, Meta(min_length=1, max_length=120)]
Slug = Annotated[str, Meta(description="Its part of the addresses; a former one still leads here.")]
Color = Annotated[str, Meta(max_length=7, examples=["#2563EB"])]
Email = Annotated[str, Meta(max_length=addresses.LONGEST, examples=["jo@example.com"])]
Phone = Annotated[str, Meta(max_length=40, examples=["+64 21 123 4567"])]
Address = Annotated[str, Meta(max_length=profiles.LONGEST_ADDRESS)]
Timezone = Annotated[str, Meta(max_length=64, examples=["Pacific/Auckland"])]
Currency = Annotated[str, Meta(max_length=3, examples=["NZD"])]
Locale = Annotated[str, Meta(max_length=20, examples=["en-NZ"])]
Country = Annotated[str, Meta(max_length=2, examples=["NZ"])]
Origins = Annotated[
    list[str],
    Meta(
        max_length=profiles.MOST_ORIGINS,
        description="The sites that may frame the booking page; all where none is named.",
        examples=[["https://example.com"]],
    ),
]
Reminders = Annotated[
    list[int],
    Meta(max_length=profiles.MOST_REMINDERS, description="So many hours before the start the customer is reminded."),
]
Notice = Annotated[str, Meta(max_length=profiles.LONGEST_NOTICE, description="Shown to customers before they book.")]


class CancellationStepRequest(Wire, frozen=True, kw_only=True):
    """Cancelled at least so many hours before the start, so many per cent of the deposit come back."""

    hours_before: Annotated[int, Meta(ge=0, le=profiles.LONGEST_STEP)]
    refund_percent: Annotated[int, Meta(ge=0, le=100)]


def _policy_problem(steps: list[CancellationStepRequest]) -> str | None:
    return profiles.policy_problem([step_of(step) for step in steps])


def step_of(step: CancellationStepRequest) -> profiles.CancellationStep:
    return profiles.CancellationStep(hours_before=step.hours_before, refund_percent=step.refund_percent)


def _currency_problem(text: str) -> str | None:
    return None if money.is_currency(text) else "must be a currency of ISO 4217, such as NZD"


def _name_problem(text: str) -> str | None:
    return texts.line_problem(text, longest=120)


def _address_problem(text: str) -> str | None:
    return texts.block_problem(text, longest=profiles.LONGEST_ADDRESS)


def _notice_problem(text: str) -> str | None:
    return texts.block_problem(text, longest=profiles.LONGEST_NOTICE)


class SettingsRequest(Wire, frozen=True, kw_only=True):
    """What is to change; what is left out stays. `logoUrl` may come along and says nothing: a logo is uploaded."""

    CHECKS: ClassVar[Mapping[str, Check]] = {
        "business_name": _name_problem,
        "slug": profiles.slug_problem,
        "brand_color": profiles.color_problem,
        "email": addresses.problem,
        "phone": lambda text: texts.phone_problem(text) if text.strip() else None,
        "address": _address_problem,
        "timezone": profiles.zone_problem,
        "currency": _currency_problem,
        "locale": profiles.locale_problem,
        "country": profiles.country_problem,
        "allowed_origins": profiles.origins_problem,
        "cancellation_policy": _policy_problem,
        "reminder_hours": profiles.reminders_problem,
        "booking_notice": _notice_problem,
    }

    business_name: BusinessName | UnsetType = UNSET
    slug: Slug | UnsetType = UNSET
    logo_url: str | UnsetType | None = UNSET
    brand_color: Color | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    phone: Phone | UnsetType | None = UNSET
    address: Address | UnsetType | None = UNSET
    timezone: Timezone | UnsetType = UNSET
    currency: Currency | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    allowed_origins: Origins | UnsetType = UNSET
    cancellation_policy: Annotated[list[CancellationStepRequest], Meta(max_length=profiles.MOST_STEPS)] | UnsetType = (
        UNSET
    )
    reminder_hours: Reminders | UnsetType = UNSET
    booking_notice: Notice | UnsetType | None = UNSET


class CancellationStepView(View, frozen=True, kw_only=True):
    """Cancelled at least so many hours before the start, so many per cent of the deposit come back."""

    hours_before: int
    refund_percent: int


class SettingsView(View, frozen=True, kw_only=True):
    """A business's settings. Below the last step of the cancellation policy nothing comes back."""

    business_name: str
    slug: str
    logo_url: str | None
    brand_color: str
    email: str | None
    phone: str | None
    address: str | None
    timezone: str
    currency: str
    locale: str
    country: str
    allowed_origins: list[str]
    cancellation_policy: list[CancellationStepView]
    reminder_hours: list[int]
    booking_notice: str | None


def given(request: SettingsRequest) -> dict[str, Any]:
    """What was sent, by field, as it is stored; slug and name stay out, for they are auth's."""
    sent: dict[str, Any] = {
        field: value
        for field, value in msgspec.structs.asdict(request).items()
        if value is not UNSET and field not in {"logo_url", "slug", "business_name"}
    }
    tidy: dict[str, Any] = {
        "brand_color": profiles.color_of,
        "email": str.strip,
        "phone": _line_or_none,
        "address": _block_or_none,
        "booking_notice": _block_or_none,
        "locale": locales.known,
        "allowed_origins": lambda sites: tuple(dict.fromkeys(profiles.origin_of(site) for site in sites)),
        "cancellation_policy": lambda steps: profiles.sorted_policy([step_of(step) for step in steps]),
        "reminder_hours": lambda hours: tuple(sorted(hours, reverse=True)),
    }
    return {
        field: tidy[field](value) if field in tidy and value is not None else value for field, value in sent.items()
    }


def _line_or_none(text: str) -> str | None:
    return " ".join(text.split()) or None


def _block_or_none(text: str) -> str | None:
    return text.strip() or None
