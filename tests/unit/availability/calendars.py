"""Calendars made up by Hypothesis: odd zones, days on which their clocks are changed, and rules that meet there."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from services.availability.domain.facts import Block, Claim, Facts, Minute, Offer, Override, Person, Rule, Span, Window

# Half and quarter hours, changes at midnight and by two hours, days that were skipped, a month of Ramadan, no change.
ODD_ZONES: Final = (
    "Pacific/Auckland",
    "America/Los_Angeles",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Antarctica/Troll",
    "Antarctica/Casey",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Pacific/Fakaofo",
    "Asia/Pyongyang",
    "America/Caracas",
    "Europe/Dublin",
    "Asia/Tehran",
    "Asia/Gaza",
    "UTC",
)
PEOPLE: Final = ("stf_a", "stf_b", "stf_c")
EPOCH: Final = date(1970, 1, 1)

zones = st.one_of(st.sampled_from(ODD_ZONES), st.sampled_from(sorted(available_timezones()))).map(ZoneInfo)
_minutes_of_day = st.one_of(st.integers(0, 95).map(lambda quarter: quarter * 15), st.integers(0, 1439))
_window_lengths = st.one_of(st.sampled_from((30, 60, 120, 240, 480, 960, 1440)), st.integers(1, 1440))
_short = st.sampled_from((15, 30, 60, 60, 90, 120, 240))
_durations = st.one_of(_short, _short, st.integers(1, 1440))
_claim_lengths = st.one_of(_short, _short, st.integers(1, 1440))
_steps = st.one_of(st.sampled_from((15, 20, 30, 60, 60, 90)), st.integers(1, 1440))
_buffers = st.one_of(st.just(0), st.just(0), st.integers(0, 60), st.integers(0, 1440))
_owners = st.one_of(st.none(), st.none(), st.sampled_from(PEOPLE))
windows = st.builds(lambda start, length: Window(start, start + length), _minutes_of_day, _window_lengths)


@lru_cache(maxsize=1024)
def changes(zone: ZoneInfo, year: int) -> tuple[Minute, ...]:
    """The first minutes of a year with another offset than the minute before."""
    first = round(datetime(year, 1, 1, tzinfo=UTC).timestamp()) // 60
    found = []
    for day in range(first, first + 366 * 1440, 1440):
        low, high = day, day + 1440
        if offset(zone, low) != offset(zone, high):
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(zone, middle) == offset(zone, low) else (low, middle)
            found.append(high)
    return tuple(found)


def offset(zone: ZoneInfo, minute: Minute) -> timedelta | None:
    return datetime.fromtimestamp(minute * 60, zone).utcoffset()


@st.composite
def days(draw: st.DrawFn, zone: ZoneInfo) -> date:
    """A day of this century's first half, most often one near a change of the clocks."""
    year = draw(st.integers(2000, 2045))
    near = [datetime.fromtimestamp(change * 60, UTC).date() for change in changes(zone, year)]
    if near and draw(st.integers(0, 3)) > 0:
        return draw(st.sampled_from(near)) + timedelta(days=draw(st.integers(-2, 1)))
    return date(year, 1, 1) + timedelta(days=draw(st.integers(0, 365)))


@st.composite
def rules(draw: st.DrawFn, first: date) -> Rule:
    weekday = (first.isoweekday() + draw(st.sampled_from((0, 0, 0, 1, -1, 2)))) % 7
    validity = st.one_of(st.none(), st.none(), st.integers(-2, 2).map(lambda days: first + timedelta(days=days)))
    since, until = draw(validity), draw(validity)
    if since is not None and until is not None and until < since:
        since, until = until, since
    return Rule(weekday, draw(windows), draw(_owners), since, until)


@st.composite
def overrides(draw: st.DrawFn, first: date) -> Override:
    day = first + timedelta(days=draw(st.integers(-1, 2)))
    return Override(
        day, tuple(draw(st.lists(windows, min_size=draw(st.sampled_from((0, 1, 1))), max_size=3))), draw(_owners)
    )


@st.composite
def blocks(draw: st.DrawFn, first: date) -> Block:
    start = first + timedelta(days=draw(st.integers(-3, 2)))
    end = start + timedelta(days=draw(st.sampled_from((0, 0, 0, 1, 5))))
    start_minute, end_minute = draw(st.none() | _minutes_of_day), draw(st.none() | _minutes_of_day)
    if start == end and end_minute is not None and end_minute <= (start_minute or 0):
        end_minute = None
    return Block(start, end, start_minute, end_minute, draw(_owners))


@st.composite
def spans(draw: st.DrawFn, first: date) -> Span:
    start = (first - EPOCH).days * 1440 + draw(st.integers(-1500, 4500))
    return start, start + draw(_claim_lengths)


def claim_of(span: Span, kind: int) -> Claim:
    """What a span may be: a job that takes all of it, or one with buffers around."""
    start, end = span
    margin = (end - start) // 4 if kind % 2 else 0
    return Claim(start, end, start + margin, end - margin, ("hold", "booking", "external")[kind % 3])


@st.composite
def facts_around(draw: st.DrawFn, zone: ZoneInfo, first: date, *, most_people: int = 3) -> Facts:
    starts = st.integers(-1500, 4500).map(lambda minutes: (first - EPOCH).days * 1440 + minutes)
    people = [
        Person(
            staff_id, tuple(draw(st.lists(spans(first), max_size=4))), tuple(draw(st.lists(starts, max_size=3)))
        )
        for staff_id in draw(st.permutations(PEOPLE))[: draw(st.integers(1, most_people))]
    ]  # fmt: skip
    offer = Offer(
        "svc",
        draw(_durations),
        before=draw(_buffers),
        after=draw(_buffers),
        notice=draw(st.sampled_from((0, 0, 0, 30, 1440))),
        window_days=draw(st.sampled_from((60, 60, 60, 60, 1, 3))),
        step=draw(_steps),
        max_per_day=draw(st.sampled_from((None, None, None, 1, 2))),
    )
    return Facts(
        zone,
        offer,
        people,
        # Without rules hardly anything would be open.
        rules=draw(st.lists(rules(first), min_size=2, max_size=6)),
        overrides=draw(st.lists(overrides(first), max_size=2)),
        blocks=draw(st.lists(blocks(first), max_size=2)),
        closed_days=frozenset({first} if draw(st.integers(0, 7)) == 0 else ()),
        sold=draw(st.lists(starts, max_size=3)),
    )


@st.composite
def nows(draw: st.DrawFn, first: date) -> float:
    """Shortly before the day, sometimes within it; to the second and less."""
    seconds = draw(st.sampled_from((-86400 * 20, -86400 * 4, -86400, 0))) + draw(st.integers(-100_000, 100_000))
    return (first - EPOCH).days * 86400 + seconds + draw(st.sampled_from((0.0, 0.25)))


@st.composite
def cases(draw: st.DrawFn, *, most_people: int = 3) -> tuple[Facts, date, date, float]:
    """Facts, the first and last day to look at, and the present."""
    zone = draw(zones)
    first = draw(days(zone))
    last = first + timedelta(days=draw(st.integers(0, 2)))
    return draw(facts_around(zone, first, most_people=most_people)), first, last, draw(nows(first))
