"""One person on one day is had at the times at which a business of that person alone could be, days put together."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given, settings

from services.availability.domain.facts import Facts
from services.availability.domain.slots import free_slots, free_starts_of
from tests.unit.availability import calendars


@settings(max_examples=60, deadline=None)
@given(case=calendars.cases())
def test_person_by_person_and_day_by_day_it_is_the_same(case: tuple[Facts, date, date, float]) -> None:
    facts, first, last, now = case
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for person in facts.people:
        alone = free_slots(replace(facts, people=[person]), first, last, now)
        starts = sorted(start for day in days for start in free_starts_of(facts, person, day, now))
        assert starts == [slot.start for slot in alone]
