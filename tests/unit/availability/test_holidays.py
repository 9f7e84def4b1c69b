"""Public holidays, from the package that knows them."""

import subprocess
import sys
from datetime import date

import pytest

from services.availability.domain import holidays
from services.availability.domain.holidays import Holiday


def test_the_days_of_a_country_and_of_its_regions() -> None:
    anywhere = holidays.closed_days("NZ", None, date(2026, 1, 1), date(2026, 12, 31))
    auckland = holidays.closed_days("NZ", "AUK", date(2026, 1, 1), date(2026, 12, 31))
    assert date(2026, 2, 6) in anywhere
    assert auckland - anywhere == {date(2026, 1, 26)}


def test_a_day_that_stands_in_for_one_on_a_weekend_is_among_them() -> None:
    named = holidays.listing("NZ", None, date(2026, 4, 25), date(2026, 4, 27))
    assert named == [Holiday(date(2026, 4, 25), "Anzac Day"), Holiday(date(2026, 4, 27), "Anzac Day (observed)")]


def test_one_that_stands_in_on_the_other_side_of_new_year_is_among_them() -> None:
    # New Year's Day of 2028 is a Saturday.
    assert date(2027, 12, 31) in holidays.closed_days("US", None, date(2027, 12, 1), date(2027, 12, 31))


def test_a_range_over_new_year_has_both_sides_in_order() -> None:
    days = [holiday.date for holiday in holidays.listing("DE", None, date(2026, 12, 25), date(2027, 1, 1))]
    assert days == [date(2026, 12, 25), date(2026, 12, 26), date(2027, 1, 1)]


@pytest.mark.parametrize(("country", "name"), [("DE", "German Unity Day"), ("JP", "Culture Day"), ("FR", "Labor Day")])
def test_names_are_english(country: str, name: str) -> None:
    assert name in {holiday.name for holiday in holidays.listing(country, None, date(2026, 1, 1), date(2026, 12, 31))}


@pytest.mark.parametrize("country", ["", "XX", "nz", "NZL", "NewZealand", "registry", "HolidayBase"])
def test_a_country_that_is_not_known_has_none(country: str) -> None:
    assert not holidays.is_known(country)
    assert holidays.closed_days(country, None, date(2026, 1, 1), date(2026, 12, 31)) == frozenset()
    assert holidays.regions(country) == []
    assert holidays.region_code(country, "AUK") is None


def test_a_region_goes_by_its_code_or_its_name() -> None:
    assert holidays.region_code("NZ", "AUK") == "AUK"
    assert holidays.region_code("NZ", "Auckland") == "AUK"
    assert holidays.region_code("NZ", "BY") is None
    assert holidays.region_code("JP", "AUK") is None


def test_nothing_is_loaded_before_somebody_asks() -> None:
    asks = "import sys, services.availability.app; sys.exit('holidays' in sys.modules)"
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", asks], check=False).returncode == 0
