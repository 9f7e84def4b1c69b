"""Public holidays, of every country that the package `holidays` knows; it is loaded when somebody first asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from holidays import HolidayBase

# A tenant looks at two or three years; many tenants share a country.
_YEARS_KEPT: Final = 512


@dataclass(frozen=True, slots=True)
class Holiday:
    """A day on which a country, or a region of it, rests."""

    date: date
    name: str


@dataclass(frozen=True, slots=True)
class Region:
    """A part of a country with holidays of its own."""

    code: str
    name: str


def is_known(country: str) -> bool:
    """Whether the country's holidays are known, by its two letters."""
    return _kind(country) is not None


def regions(country: str) -> list[Region]:
    """What a country is divided into, for its holidays."""
    kind = _kind(country)
    if kind is None:
        return []
    names: dict[str, str] = {}
    for name, code in _aliases(kind).items():
        names.setdefault(code, name)
    return [Region(code, names.get(code, code)) for code in kind.subdivisions]


def region_code(country: str, region: str) -> str | None:
    """The region's code, by that code or by its name."""
    kind = _kind(country)
    if kind is None:
        return None
    return region if region in kind.subdivisions else _aliases(kind).get(region)


def listing(country: str, region: str | None, first: date, last: date) -> list[Holiday]:
    """The holidays from one day to another, both included; days that stand in for one on a weekend are among them."""
    return [
        holiday
        for year in range(first.year, last.year + 1)
        for holiday in _of_year(country, region, year)
        if first <= holiday.date <= last
    ]


def closed_days(country: str, region: str | None, first: date, last: date) -> frozenset[date]:
    """The dates of these holidays. A country that is not known has none."""
    return frozenset(holiday.date for holiday in listing(country, region, first, last))


@lru_cache(maxsize=_YEARS_KEPT)
def _of_year(country: str, region: str | None, year: int) -> tuple[Holiday, ...]:
    kind = _kind(country)
    if kind is None:
        return ()
    known = kind(years=year, expand=False, observed=True, subdiv=region, language=_english(kind))
    return tuple(Holiday(day, name) for day, name in sorted(known.items()) if day.year == year)


def _english(kind: type[HolidayBase]) -> str | None:
    """The package's word for English, of which some countries have a kind of their own; none where there is no other."""
    spoken = [language for language in kind.supported_languages if language.startswith("en")]
    return "en_US" if "en_US" in spoken else next(iter(spoken), None)


def _aliases(kind: type[HolidayBase]) -> dict[str, str]:
    found: dict[str, str] = getattr(kind, "subdivisions_aliases", {})
    return found


@lru_cache(maxsize=_YEARS_KEPT)
def _kind(country: str) -> type[HolidayBase] | None:
    # Some megabytes, and time that a context that starts does not have.
    import holidays  # noqa: PLC0415
    from holidays.registry import COUNTRIES  # noqa: PLC0415

    if country not in {codes[1] for codes in COUNTRIES.values()}:
        return None
    kind: type[HolidayBase] = getattr(holidays, country)
    return kind
