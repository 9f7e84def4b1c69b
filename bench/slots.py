"""`bench slots`: how fast a business's free times are found, kept and not, with few bookings in the database and many."""

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from bench import claims, load, place
from bench.figures import Figure, middle
from bench.place import Place
from services.availability.domain.days import DAY, day_of
from services.availability.domain.facts import Facts, Offer, Person, Rule, Window
from services.availability.domain.slots import free_counts, free_slots

FEW: Final = 1_000
MANY: Final = 1_000_000
_ROUNDS: Final = 3
_SECONDS: Final = 4.0
# Of each kind in turn, so that what else goes on in the machine meets all of them alike.
_TURNS: Final = 40
_IN_A_ROW: Final = 10
_MONTH: Final = 28


def measured() -> list[Figure]:
    """Everything of the slots, in about three minutes."""
    first_day = _next_month(datetime.now(UTC).date())
    with place.started() as stack, ExitStack() as programs:
        _say("filling the databases")
        few = programs.enter_context(_probe(stack, "few", FEW, first_day, cache=1))
        many = programs.enter_context(_probe(stack, "many", MANY, first_day, cache=2))
        asyncio.run(claims.fill(stack.database_url, claims=FEW, first_day=first_day))
        figures = [_kept(stack, first_day), *_not_kept(few, many, first_day)]
    _say("the engine alone")
    return [*figures, *_engine()]


@contextmanager
def _probe(stack: Place, name: str, count: int, first_day: date, *, cache: int) -> Iterator[str]:
    """An availability with a database of its own and a bare route besides; its address."""
    asyncio.run(claims.make_database(stack.database_url, name))
    stack.migrate(name)
    asyncio.run(claims.fill(stack.superuser(name), claims=count, first_day=first_day))
    with stack.program("bench.probe", stack.other(name, cache=cache), f"probe-{name}") as url:
        yield url


def _kept(stack: Place, first_day: date) -> Figure:
    """Through the gateway, as a browser asks; the first request makes the answer, all others find it."""
    _say("a day that is kept")
    floors, values = [], []
    day = f"{stack.url}{_day_path(claims.service_id(1), first_day + timedelta(days=3))}"
    for _ in range(_ROUNDS):
        floors.append(load.rate(f"{stack.url}/api/health", seconds=_SECONDS))
        values.append(load.rate(day, seconds=_SECONDS))
    return Figure(
        "a day, kept, through the gateway; floor: /api/health", median(floors), median(values), "/s", 0.75, "at least"
    )


def _not_kept(few: str, many: str, first_day: date) -> list[Figure]:
    """One client, one request after the other. No day and no month is asked for twice, so nothing of it is kept."""
    _say("days and months that are not kept")
    # Whole days of bookings only, and whole months of them.
    days = [first_day + timedelta(days=number) for number in range(2, 28)]
    keys = [(claims.service_id(number), day) for number in range(1, claims.SERVICES + 1) for day in days]
    # One service after the other, so that a day and its month are asked for by different ones.
    fresh = iter(keys)
    months = iter(range(1, claims.SERVICES + 1))
    bare = f"/bench/{claims.tenant_id()}/{claims.service_id(1)}"
    took: dict[str, list[float]] = {"bare": [], "day": [], "month": [], "many": []}
    with load.Client(few) as small, load.Client(many) as large:
        # Connections are made and statements planned before anything counts.
        for number in range(60):
            service, day = keys[-1 - number]
            small.seconds(bare)
            small.seconds(_day_path(service, day))
            large.seconds(_day_path(service, day))
        for _ in range(_TURNS):
            took["bare"] += [small.seconds(bare) for _ in range(_IN_A_ROW)]
            some = list(itertools.islice(fresh, _IN_A_ROW))
            took["day"] += [small.seconds(_day_path(service, day)) for service, day in some]
            took["many"] += [large.seconds(_day_path(service, day)) for service, day in some]
            took["month"] += [
                small.seconds(_month_path(claims.service_id(number), first_day))
                for number in itertools.islice(months, _IN_A_ROW // 2)
            ]
    p50 = {name: middle(samples) * 1000 for name, samples in took.items()}
    return [
        Figure("a day, not kept; floor: a bare route", p50["bare"], p50["day"], "ms", 1.5, "at most"),
        Figure("a month, not kept; floor: a day, not kept", p50["day"], p50["month"], "ms", 2.5, "at most"),
        Figure(
            f"a day, not kept, of {MANY:,} bookings; floor: of {FEW:,}", p50["day"], p50["many"], "ms", 1.2, "at most"
        ),
    ]


def _engine() -> list[Figure]:
    now = datetime(2026, 2, 1, tzinfo=UTC).timestamp()
    first = date(2026, 3, 2)
    # Nothing was worked out of these facts yet, as for each request.
    fresh = [replace(_calendar(first, days=_MONTH, per_day=claims.PER_DAY, people=1)) for _ in range(100)]
    last = first + timedelta(days=_MONTH - 1)
    pace = len(fresh) * _MONTH / _seconds(lambda: [free_slots(facts, first, last, now) for facts in fresh])
    crowd = _calendar(first, days=25, per_day=20, people=50)
    crowds = [replace(crowd) for _ in range(3)]
    month = min(_seconds(lambda each=each: free_counts(each, first, last, now)) for each in crowds) * 1000  # type: ignore[misc]
    return [
        Figure("the engine alone: days with 20 bookings, a month at a time", 20_000, pace, "/s", 1, "at least"),
        Figure("the engine alone: a month, 50 staff with 500 bookings each", 100, month, "ms", 1, "at most"),
    ]


def _calendar(first: date, *, days: int, per_day: int, people: int) -> Facts:
    """Open from seven to ten at night, a quarter of an hour taken in every three quarters."""
    starts = [(day_of(first) + day) * DAY + 420 - 780 + number * 45 for day in range(days) for number in range(per_day)]
    taken = [(start, start + 15) for start in starts]
    return Facts(
        zone=ZoneInfo(claims.ZONE),
        offer=Offer(id="svc", duration=30, window_days=365, step=15),
        people=[Person(id=f"stf_{number}", taken=taken, jobs=starts) for number in range(people)],
        rules=[Rule(weekday=day, window=Window(420, 1320)) for day in range(7)],
    )


def _seconds(act: Callable[[], object]) -> float:
    """Of the processor's time, of which others may take some meanwhile."""
    began = time.process_time()
    act()
    return time.process_time() - began


def _day_path(service: str, day: date) -> str:
    return f"/api/widget/business-0/availability?serviceId={service}&date={day}"


def _month_path(service: str, day: date) -> str:
    return f"/api/widget/business-0/availability?serviceId={service}&month={day:%Y-%m}"


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def _say(what: str) -> None:
    sys.stderr.write(f"  {what}\n")
    sys.stderr.flush()
