"""Public holidays, as they are chosen and shown."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from services.availability.domain.holidays import Holiday, Region
from services.availability.schemas.fields import Day
from services.kernel.http.bodies import Partly

Country = Annotated[str, Meta(max_length=2, examples=["NZ"], description="ISO 3166. null: the business's own.")]
RegionCode = Annotated[str, Meta(max_length=60, examples=["AUK"], description="One of `regions`, by code or name.")]


class HolidayChanges(Partly, frozen=True, kw_only=True):
    """What is to be otherwise."""

    country: Country | UnsetType | None = UNSET
    region: RegionCode | UnsetType | None = UNSET
    closed: bool | UnsetType = UNSET


class HolidayView(msgspec.Struct, frozen=True, kw_only=True):
    """A day on which the country, or the region, rests."""

    date: Day
    name: str


class RegionView(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the country with holidays of its own."""

    code: str
    name: str


class HolidaysView(msgspec.Struct, frozen=True, kw_only=True):
    """Whose holidays count, whether the business is closed on them, and which they are."""

    country: str | None
    region: str | None
    closed: bool
    holidays: list[HolidayView]
    regions: list[RegionView]


def holiday_view(holiday: Holiday) -> HolidayView:
    return HolidayView(date=holiday.date, name=holiday.name)


def region_view(region: Region) -> RegionView:
    return RegionView(code=region.code, name=region.name)
