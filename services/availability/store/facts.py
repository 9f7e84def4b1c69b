"""Everything that decides when a service can be had, read in one statement."""

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby, starmap
from operator import itemgetter
from typing import Any, Final, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from services.availability.domain.facts import Block, Claim, Facts, Minute, Offer, Override, Person, Rule, Span, Window
from services.availability.domain.holidays import closed_days
from services.kernel.db import Row, Tx

T = TypeVar("T")

# No claim lasts longer (the table sees to it), so whatever reaches into a day began at most so long before.
_LONGEST_CLAIM: Final = timedelta(days=3)
# More than any zone is away from UTC; the statement knows dates, not yet the zone.
_ANY_OFFSET: Final = timedelta(hours=16)
# Hours, blocks and overrides of the days around reach into a day.
_AROUND: Final = timedelta(days=2)
# Of each kind of text, in characters; what a text says takes about four times its room.
MOST_TEXT: Final = 512 * 1024
LONGEST_TEXT: Final = 32 * 1024

# Behind the fence only comparisons that can't leak find their way into an index: those of texts and of instants, not
# `&&`. A person's claims are therefore a walk along (staff_id, taken_from). What an external calendar says to the
# second is widened to whole minutes; our own claims are whole minutes anyway.
#
# The statement sets the fence itself, so that it needs no transaction around it; every table is looked at from within
# a row that hangs on the fence, for what were looked at before would have no rows.
_STATEMENT: Final = """
WITH fence AS MATERIALIZED (
    SELECT set_config('app.tenant_id', $10, true) AS tenant_id
), offer AS MATERIALIZED (
    SELECT
        fence.tenant_id, s.service_id, s.name, s.duration, s.before, s.after, s.notice, s.window_days, s.step, s.max_per_day,
        s.staff_ids, s.active AND NOT s.archived AS is_offered,
        t.zone, t.closed_on_holidays, coalesce(t.holiday_country, t.country) AS country, t.holiday_region AS region,
        $4::timestamptz - s.before * interval '1 minute' AS earliest,
        $5::timestamptz + (s.duration + s.after) * interval '1 minute' AS latest
    FROM fence
    CROSS JOIN LATERAL (SELECT * FROM services WHERE service_id = $1 AND tenant_id = fence.tenant_id OFFSET 0) AS s
    CROSS JOIN LATERAL (SELECT * FROM tenants WHERE tenant_id = fence.tenant_id OFFSET 0) AS t
), people AS MATERIALIZED (
    SELECT
        o.tenant_id, p.id, p.name, o.earliest, o.latest,
        row_number() OVER (ORDER BY array_position(o.staff_ids, p.id), p.id)::integer - 1 AS place
    FROM offer AS o CROSS JOIN LATERAL (SELECT * FROM staff WHERE tenant_id = o.tenant_id OFFSET 0) AS p
    WHERE o.is_offered AND p.active AND p.removed_at IS NULL
        AND (o.staff_ids IS NULL OR p.id = ANY (o.staff_ids))
        AND (p.service_ids IS NULL OR o.service_id = ANY (p.service_ids))
        AND ($7::text IS NULL OR p.id = $7)
)
SELECT
    offer.*,
    $7::text IS NULL OR EXISTS (
        SELECT FROM staff WHERE tenant_id = offer.tenant_id AND id = $7 AND removed_at IS NULL
    ) AS is_staff_known,
    (SELECT array_agg(ARRAY[id, name] ORDER BY place) FROM people) AS people,
    (
        SELECT json_agg(json_build_object(
            'staff_id', staff_id, 'weekday', weekday, 'valid_from', valid_from, 'valid_until', valid_until,
            'window', json_build_object('start', start_minute, 'end', end_minute)
        ))
        FROM rules
        WHERE tenant_id = offer.tenant_id
            AND (valid_from IS NULL OR valid_from <= $3) AND (valid_until IS NULL OR valid_until >= $2)
    ) AS rules,
    (
        SELECT json_agg(json_build_object('staff_id', staff_id, 'day', day, 'windows', windows))
        FROM overrides
        WHERE tenant_id = offer.tenant_id AND day BETWEEN $2 AND $3
    ) AS overrides,
    (
        SELECT json_agg(json_build_object(
            'staff_id', staff_id, 'start_day', start_day, 'end_day', end_day,
            'start_minute', start_minute, 'end_minute', end_minute
        ))
        FROM blocks
        WHERE tenant_id = offer.tenant_id AND end_day >= $2 AND start_day <= $3
    ) AS blocks,
    taken.*,
    sold.*
FROM offer
CROSS JOIN LATERAL (
    SELECT
        array_agg(place) AS places,
        array_agg(floor(date_part('epoch', taken_from) / 60)::integer) AS starts,
        array_agg(ceil(date_part('epoch', taken_until) / 60)::integer) AS ends,
        /* jobs */
        min(expires_at) AS first_end
    FROM (
        SELECT people.place, claim.*
        FROM people CROSS JOIN LATERAL (
            SELECT taken_from, taken_until, starts_at, ends_at, kind, expires_at
            FROM claims
            WHERE tenant_id = people.tenant_id AND staff_id = people.id
                AND taken_from > people.earliest - $9::interval AND taken_from < people.latest
                AND taken_until > people.earliest
                AND (kind <> 'hold' OR expires_at > $6)
                AND ($8::text IS NULL OR booking_id IS NULL OR booking_id <> $8)
            ORDER BY taken_from
        ) AS claim
    ) AS claim
) AS taken
CROSS JOIN LATERAL (
    SELECT
        array_agg(floor(date_part('epoch', starts_at) / 60)::integer) AS sold,
        min(expires_at) AS first_sold_end
    FROM claims
    WHERE offer.max_per_day IS NOT NULL AND tenant_id = offer.tenant_id AND service_id = $1
        AND starts_at >= $4 AND starts_at < $5
        AND (kind = 'booking' OR kind = 'hold' AND expires_at > $6)
        AND ($8::text IS NULL OR booking_id <> $8)
) AS sold
"""


_JOBS: Final = """
        array_agg(floor(date_part('epoch', starts_at) / 60)::integer) AS job_starts,
        array_agg(ceil(date_part('epoch', ends_at) / 60)::integer) AS job_ends,
        array_agg(kind) AS kinds,
"""
_WITH_JOBS: Final = _STATEMENT.replace("/* jobs */", _JOBS)


@dataclass(frozen=True, slots=True)
class Loaded:
    """The facts around some days of one service, and what else an answer about them needs."""

    facts: Facts
    service_name: str
    # Not archived, and active: else nobody can do the job, and the facts have no people.
    is_offered: bool
    # Whether the one person asked for, if any, is of this business (still).
    is_staff_known: bool
    # When the first of the holds among the facts runs out.
    first_hold_end: datetime | None
    country: str | None
    region: str | None
    _row: Row

    def claims(self) -> Mapping[str, Sequence[Claim]]:
        """What takes each person's time, with the jobs inside the buffers."""
        row = self._row
        claims = [
            (place, Claim(start=start, end=end, job_start=job_start, job_end=job_end, kind=kind))
            for place, start, end, job_start, job_end, kind in _claims_of(row)
        ]
        people = row["people"] or ()
        return {people[place][0]: [claim for _, claim in some] for place, some in groupby(claims, itemgetter(0))}


async def load(
    tx: Tx,
    service_id: str,
    first: date,
    last: date,
    now: datetime,
    *,
    staff_id: str | None = None,
    without_booking: str | None = None,
    with_jobs: bool = True,
) -> Loaded | None:
    """The facts for starts on these local dates, of one person only if said; none where service or zone is unknown.

    The claims of `without_booking` are left out, for its own time is no obstacle to it. A list needs no jobs: those
    say why a time can't be had, and who has the fewest.
    """
    row = await tx.row(
        _WITH_JOBS if with_jobs else _STATEMENT,
        service_id,
        _earlier(first, _AROUND),
        _later(last, _AROUND),
        _midnight(first) - _ANY_OFFSET,
        _midnight(last) + timedelta(days=1) + _ANY_OFFSET,
        now,
        staff_id,
        without_booking,
        _LONGEST_CLAIM,
        tx.tenant_id,
    )
    if row is None or row["zone"] is None:
        return None
    country, region = row["country"], row["region"]
    is_closed = row["closed_on_holidays"] and country is not None
    facts = Facts(
        zone=ZoneInfo(row["zone"]),
        offer=Offer(
            id=service_id,
            duration=row["duration"],
            before=row["before"],
            after=row["after"],
            notice=row["notice"],
            window_days=row["window_days"],
            step=row["step"],
            max_per_day=row["max_per_day"],
        ),
        people=_people(row, with_jobs=with_jobs),
        rules=_rules(row["rules"]),
        overrides=_overrides(row["overrides"]),
        blocks=_blocks(row["blocks"]),
        closed_days=(
            closed_days(country, region, _earlier(first, _AROUND), _later(last, _AROUND)) if is_closed else frozenset()
        ),
        sold=row["sold"] or (),
    )
    ends = [end for end in (row["first_end"], row["first_sold_end"]) if end is not None]
    return Loaded(
        facts=facts,
        service_name=row["name"],
        is_offered=row["is_offered"],
        is_staff_known=row["is_staff_known"],
        first_hold_end=min(ends, default=None),
        country=country,
        region=region,
        _row=row,
    )


def _claims_of(row: Row) -> Iterator[tuple[Any, ...]]:
    names = ("places", "starts", "ends", "job_starts", "job_ends", "kinds")
    return zip(*(row[name] or () for name in names), strict=True)


def _people(row: Row, *, with_jobs: bool) -> list[Person]:
    people: list[tuple[str, str]] = row["people"] or []
    spans: list[list[Span]] = [[] for _ in people]
    for place, start, end in zip(row["places"] or (), row["starts"] or (), row["ends"] or (), strict=True):
        spans[place].append((start, end))
    jobs: list[list[Minute]] = [[] for _ in people]
    if with_jobs:
        for place, _, _, job_start, _, kind in _claims_of(row):
            if kind != "external":
                jobs[place].append(job_start)
    return [
        Person(id=staff_id, taken=spans[place], jobs=jobs[place], name=name)
        for place, (staff_id, name) in enumerate(people)
    ]


class ReadBefore(Generic[T]):
    """The same week is read again and again: what texts say, bounded by their length, what is asked least goes first."""

    def __init__(self, read: Callable[[str], tuple[T, ...]]) -> None:
        self._read = read
        self._known: OrderedDict[str, tuple[T, ...]] = OrderedDict()
        self._length = 0

    def __call__(self, text: str | None) -> tuple[T, ...]:
        if not text:
            return ()
        known = self._known.get(text)
        if known is not None:
            self._known.move_to_end(text)
            return known
        found = self._read(text)
        if len(text) <= LONGEST_TEXT:
            self._known[text] = found
            self._length += len(text)
            while self._length > MOST_TEXT:
                forgotten, _ = self._known.popitem(last=False)
                self._length -= len(forgotten)
        return found

    @property
    def length(self) -> int:
        """Of all the texts it knows."""
        return self._length


@ReadBefore
def _rules(encoded: str) -> tuple[Rule, ...]:
    return msgspec.json.decode(encoded, type=tuple[Rule, ...])


@ReadBefore
def _blocks(encoded: str) -> tuple[Block, ...]:
    return msgspec.json.decode(encoded, type=tuple[Block, ...])


class _Override(msgspec.Struct, frozen=True):
    """As the table has it: starts and ends one after the other."""

    staff_id: str | None
    day: date
    windows: list[int]


@ReadBefore
def _overrides(encoded: str) -> tuple[Override, ...]:
    return tuple(
        Override(
            day=one.day,
            windows=tuple(starmap(Window, zip(one.windows[::2], one.windows[1::2], strict=True))),
            staff_id=one.staff_id,
        )
        for one in msgspec.json.decode(encoded, type=list[_Override])
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), tzinfo=UTC)


def _earlier(day: date, length: timedelta) -> date:
    return max(day, date.min + length) - length


def _later(day: date, length: timedelta) -> date:
    return min(day, date.max - length) + length
