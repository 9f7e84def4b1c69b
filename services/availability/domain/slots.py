"""The times at which a service can be had: what is open, on the grid, not taken, neither too soon nor too far away."""

import math
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import partial
from itertools import chain, pairwise
from typing import Final, NamedTuple

from services.availability.domain.days import (
    DAY,
    Day,
    Run,
    begins,
    bounds_of,
    date_of,
    day_at,
    day_ends,
    day_of,
    days_at,
    ends,
    readings_within,
    runs,
)
from services.availability.domain.facts import Block, Facts, Minute, Offer, Person, Span
from services.availability.domain.hours import Calendar, merged

# After everything else.
_NEVER: Final[Span] = (10**15, 10**15)


class Slot(NamedTuple):
    """A time that can be had, buffers not counted."""

    start: Minute
    end: Minute


_slot: Final = partial(tuple.__new__, Slot)


class Grid(NamedTuple):
    """Starts at equal distances, from the first up to, and without, the stop."""

    first: Minute
    stop: Minute


class Opening(NamedTuple):
    """What the hours of a person allow around some days, before anything is taken of it."""

    # Through which time a job may last; in order, apart from one another.
    stretches: list[Span]
    grids: list[Grid]

    @property
    def is_crossed(self) -> bool:
        """Whether a grid begins before the last one ends: hours over midnight that run into the next day's."""
        return any(later.first < grid.stop for grid, later in pairwise(self.grids))


def free_slots(facts: Facts, first: date, last: date, now: float) -> list[Slot]:
    """What can be had from the first day to the last, of anybody; `now` in seconds since the epoch."""
    starts = board_of(facts).starts(day_of(first), day_of(last), now)
    # As Slot(…) does it, in a third of the time.
    return list(map(_slot, zip(starts, map(facts.offer.duration.__add__, starts), strict=True)))


def free_starts_of(facts: Facts, person: Person, day: date, now: float) -> list[Minute]:
    """When a job may start with one of the people on one day, in order."""
    return board_of(facts).starts_of(person, day_of(day), now)


def free_counts(facts: Facts, first: date, last: date, now: float) -> dict[date, int]:
    """How many slots each of the days has, from the first to the last."""
    low, high = day_of(first), day_of(last)
    board = board_of(facts)
    counts = Counter(board.days_at(board.starts(low, high, now)))
    return {date_of(day): counts[day] for day in range(low, high + 1)}


def staff_free_at(facts: Facts, start: Minute, now: float) -> list[str]:
    """Who can do the job then, in the order to try: fewest jobs on that local day, then as the service names them."""
    board = board_of(facts)
    day = day_at(facts.zone, start)
    if start < board.earliest(now) or day > board.latest_day(now) or board.is_full(day):
        return []
    free = [person for person in facts.people if board.is_free(person, start, day)]
    if len(free) > 1:
        free.sort(key=lambda person: board.jobs_on(person, day))
    return [person.id for person in free]


def next_change(facts: Facts, first: date, last: date, now: float) -> float:
    """Until when the answer for these days stays as it is, but for holds' ends: seconds since the epoch, or infinity."""
    board = board_of(facts)
    starts = board.starts(day_of(first), day_of(last), now)
    moments = [(starts[0] - facts.offer.notice) * 60.0] if starts else []
    if day_of(last) > board.latest_day(now):
        moments.append(board.day_change(now) * 60.0)
    return min(moments, default=math.inf)


def board_of(facts: Facts) -> "Board":
    """What the facts come to, worked out once and only as far as it is asked for."""
    found = facts.memory.get("board")
    if found is None:
        found = facts.memory["board"] = Board(facts)
    board: Board = found
    return board


class Board:
    """One business's time as sorted numbers."""

    def __init__(self, facts: Facts) -> None:
        self.calendar = Calendar(facts)
        self._facts = facts
        self._busy: dict[str, list[Span]] = {}
        self._blocks: dict[str | None, list[Span]] | None = None
        self._sold: Counter[Day] | None = None
        self._asked: tuple[Day, Day, float] | None = None
        self._starts: list[Minute] = []

    def earliest(self, now: float) -> Minute:
        """The first minute that the notice allows."""
        return -int(-now // 60) + self._facts.offer.notice

    def latest_day(self, now: float) -> Day:
        return day_at(self._facts.zone, int(now // 60)) + self._facts.offer.window_days

    def day_change(self, now: float) -> Minute:
        """When the local date is another one than now."""
        minute = int(now // 60)
        day = day_at(self._facts.zone, minute)
        return next(
            end
            for start, end in readings_within(runs(self._facts.zone, day, day), day * DAY, (day + 1) * DAY)
            if start <= minute < end
        )

    def is_full(self, day: Day) -> bool:
        """Whether no more of this service may be sold on the local day."""
        most = self._facts.offer.max_per_day
        return most is not None and self.sold[day] >= most

    @property
    def sold(self) -> Counter[Day]:
        """How many were sold on each local day."""
        if self._sold is None:
            self._sold = Counter(self.days_at(sorted(self._facts.sold)))
        return self._sold

    def starts(self, first: Day, last: Day, now: float) -> list[Minute]:
        """When a job may start on these local days, in order."""
        if self._asked != (first, last, now):
            self._starts = self._found(self._facts.people, first, last, now)
            self._asked = (first, last, now)
        return self._starts

    def starts_of(self, person: Person, day: Day, now: float) -> list[Minute]:
        """When this person may start a job on the local day, in order."""
        return self._found([person], day, day, now)

    def days_at(self, starts: list[Minute]) -> list[Day]:
        if not starts:
            return []
        zone = self._facts.zone
        return days_at(runs(zone, starts[0] // DAY, starts[-1] // DAY), starts)

    def opening(self, owner: str | None, first: Day, last: Day) -> Opening:
        """When the hours of a calendar let jobs start on these local days, and how long they may last then."""
        offer = self._facts.offer
        # A job may last into the days behind, and where the clock is changed any of the neighbours may matter.
        found = runs(self._facts.zone, first - 3, last + 4 + offer.duration // DAY)
        if len(found) == 1:
            until = (last + 1) * DAY + offer.duration
            windows = self._windows(owner, first - 1, (until + DAY - 1) // DAY)
            return self._plain(windows, found[0].offset, first, last)
        windows = self._windows(owner, first - 3, last + 4 + offer.duration // DAY)
        return self._changing(windows, found, first, last)

    def is_free(self, person: Person, start: Minute, day: Day) -> bool:
        """Whether a person's hours and time allow the job; the day is the start's local one."""
        opening = self.opening(self.calendar.owner(person.id), day, day)
        return (
            self.is_open(opening, start)
            and any(on_grid(grid, start, self._facts.offer.step) for grid in opening.grids)
            and not self.is_taken(person, start)
        )

    def is_open(self, opening: Opening, start: Minute) -> bool:
        end = start + self._facts.offer.duration
        return any(low <= start and end <= high for low, high in opening.stretches)

    def is_taken(self, person: Person, start: Minute) -> bool:
        """Whether anything touches the job or its buffers."""
        offer, busy = self._facts.offer, self.busy(person)
        # The last thing that begins before the job's end is also the one that ends last.
        at = bisect_left(busy, (start + offer.duration + offer.after,)) - 1
        return at >= 0 and busy[at][1] > start - offer.before

    def busy(self, person: Person) -> list[Span]:
        """What is taken of a person's time, by whatever; in order, apart from one another."""
        found = self._busy.get(person.id)
        if found is None:
            blocks = self.blocks
            found = self._busy[person.id] = merged(
                [*person.taken, *blocks.get(None, ()), *blocks.get(person.id, ())] if blocks else person.taken
            )
        return found

    @property
    def blocks(self) -> dict[str | None, list[Span]]:
        """By staff member, and what is everybody's; in order, apart from one another."""
        if self._blocks is None:
            spans: defaultdict[str | None, list[Span]] = defaultdict(list)
            for block in self._facts.blocks:
                spans[block.staff_id].append(span_of(self._facts, block))
            self._blocks = {staff_id: merged(found) for staff_id, found in spans.items()}
        return self._blocks

    def jobs_on(self, person: Person, day: Day) -> int:
        return jobs_on(self._facts, person.jobs, day)

    def _found(self, people: Sequence[Person], first: Day, last: Day, now: float) -> list[Minute]:
        earliest, last = self.earliest(now), min(last, self.latest_day(now))
        # A clock that is put back may have a date come again: one day earlier than the notice allows is looked at too.
        first = max(first, day_at(self._facts.zone, earliest) - 1)
        if first > last:
            return []
        offer = self._facts.offer
        # People of one calendar have one grid: what is free of any of them goes through it together.
        openings: dict[str | None, Opening] = {}
        free: dict[str | None, list[Span]] = {}
        for person in people:
            owner = self.calendar.owner(person.id)
            if owner not in openings:
                openings[owner], free[owner] = self.opening(owner, first, last), []
            free[owner] += free_starts(openings[owner], self.busy(person), offer, earliest)
        found: list[Minute] = []
        for owner, opening in openings.items():
            theirs = free[owner] if len(people) == 1 else merged(free[owner])
            found += starts_within(theirs, opening.grids, offer.step)
        if len(openings) > 1 or any(opening.is_crossed for opening in openings.values()):
            found = sorted(set(found))
        if offer.max_per_day is not None:
            found = [start for start, day in zip(found, self.days_at(found), strict=True) if not self.is_full(day)]
        return found

    def _windows(self, owner: str | None, first: Day, until: Day) -> list[Span]:
        """Readings, day by day; a day's own are apart from one another."""
        hours = self.calendar.hours
        return [(day * DAY + start, day * DAY + end) for day in range(first, until) for start, end in hours(owner, day)]

    def _plain(self, windows: list[Span], offset: int, first: Day, last: Day) -> Opening:
        """Where the clock is not changed."""
        low, high = first * DAY, (last + 1) * DAY
        step = self._facts.offer.step
        stretches = [(start - offset, end - offset) for start, end in merged(windows)]
        grids = [
            Grid((start if start >= low else start - (start - low) // step * step) - offset, min(end, high) - offset)
            for start, end in windows
            if start < high and end > low
        ]
        return Opening(stretches, grids)

    def _changing(self, windows: list[Span], found: tuple[Run, ...], first: Day, last: Day) -> Opening:
        low, high = first * DAY, (last + 1) * DAY
        step = self._facts.offer.step
        stretches = merged(
            [
                (max(start - offset, since), min(end - offset, until))
                for start, end in windows
                for since, until, offset in found
            ]
        )
        grids = []
        for start, end in windows:
            for since, until, offset in found:
                lowest = max(start, low, since + offset)
                begin = start - (start - lowest) // step * step
                stop = min(end, high, until + offset)
                if begin < stop:
                    grids.append(Grid(begin - offset, stop - offset))
        return Opening(stretches, sorted(grids))


def on_grid(grid: Grid, start: Minute, step: int) -> bool:
    return grid.first <= start < grid.stop and (start - grid.first) % step == 0


def span_of(facts: Facts, block: Block) -> Span:
    """The instants that a block covers."""
    zone = facts.zone
    start = begins(zone, day_of(block.start_day) * DAY + (block.start_minute or 0))
    last = day_of(block.end_day)
    if block.end_minute is None or block.end_minute >= DAY:
        return start, day_ends(zone, last)
    return start, ends(zone, last * DAY + block.end_minute)


def jobs_on(facts: Facts, jobs: Sequence[Minute], day: Day) -> int:
    """How many of the jobs start on the local day."""
    found = bounds_of(facts.zone, day)
    if found is None:
        return 0
    return sum(found[0] <= job < found[1] and day_at(facts.zone, job) == day for job in jobs)


def free_starts(opening: Opening, busy: list[Span], offer: Offer, earliest: Minute) -> list[Span]:
    """The starts, grid apart, with which the job lies in a stretch and nothing that is taken touches it or its buffers."""
    if not opening.grids:
        return []
    duration, before = offer.duration, offer.before
    # Who starts later than this before something that is taken is not done, buffer included, when it begins.
    lead = duration + offer.after - 1
    cursor = max(earliest, min([grid.first for grid in opening.grids]))
    latest = max([grid.stop for grid in opening.grids])
    # What is over before the first job could be, or begins after the last, need not be looked at.
    at = max(bisect_left(busy, (cursor - before,)) - 1, 0)
    until = bisect_left(busy, (latest + lead,), at)
    taken = chain(busy[at:until], (_NEVER,))
    start, end = next(taken)
    free: list[Span] = []
    for low, high in opening.stretches:
        stop = high - duration + 1
        if stop > latest:  # noqa: PLR1730 - calls would cost more than all the rest
            stop = latest
        if low > cursor:  # noqa: PLR1730 - calls would cost more than all the rest
            cursor = low
        while cursor < stop:
            begin = start - lead
            if begin >= stop:
                free.append((cursor, stop))
                break
            if begin > cursor:
                free.append((cursor, begin))
            if end + before > cursor:  # noqa: PLR1730 - as above
                cursor = end + before
            start, end = next(taken)
    return free


def starts_within(free: list[Span], grids: Iterable[Grid], step: int) -> list[Minute]:
    """The starts of each grid in turn that lie in what is free."""
    found: list[Minute] = []
    count = len(free)
    for first, stop in grids:
        at = max(bisect_left(free, (first + 1,)) - 1, 0)
        while at < count:
            low, high = free[at]
            if low >= stop:
                break
            start = first if low <= first else low + (first - low) % step
            if high > stop:  # noqa: PLR1730 - a call would cost more than all the rest
                high = stop
            if start < high:
                # Between two jobs there is often room for one more only.
                if start + step >= high:
                    found.append(start)
                else:
                    found += range(start, high, step)
            at += 1
    return found
