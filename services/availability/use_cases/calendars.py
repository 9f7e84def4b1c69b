"""Calendars that somebody keeps elsewhere: added, fetched again and again, and their busy times taken as claims."""

import asyncio
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec.structs import replace

from services.availability.domain.errors import TooMany
from services.availability.domain.facts import Span
from services.availability.domain.feed import uid
from services.availability.domain.ics.apart import answered, opened, question
from services.availability.domain.ics.busy import AT_MOST as MOST_TIMES
from services.availability.domain.ics.busy import Busy, NotACalendar, TooMuch, pieces
from services.availability.store import calendars, copies, staff
from services.availability.store.calendars import Calendar, Due, Place
from services.availability.use_cases.copies import ensure_open, ensure_tenant
from services.availability.use_cases.feeds import host_of
from services.availability.use_cases.freshness import changing
from services.availability.use_cases.tools import Tools
from services.kernel import apart, errors, outside
from services.kernel.db import Tx
from services.kernel.ids import is_id, new_id
from services.kernel.outside import Answer
from services.kernel.secrets import Unreadable

_PURPOSE: Final = "external calendar"
_MOST: Final = 20
_EVERY: Final = timedelta(minutes=15)
# What fails is tried less and less often, and never given up.
_AFTER_FAILURE: Final = timedelta(minutes=5)
_LONGEST_PAUSE: Final = timedelta(hours=6)
# Longer than any fetch takes, reading and writing included: whoever dies meanwhile leaves it to be taken again.
_LEASE: Final = timedelta(minutes=4)
_TOGETHER: Final = 16
# So far ahead a calendar is read, or as far as any service can be booked.
_DAYS_AHEAD: Final = 400
_SPARE_DAYS: Final = 2
_A_DAY: Final = 1440
_ACCEPTED: Final = "text/calendar, text/plain;q=0.5, */*;q=0.1"
_UNCHANGED: Final = 304
# For the largest that is fetched, some times over; all that are taken together are read within the lease.
_READING_SECONDS: Final = 14.0
_READING_MEGABYTES: Final = 512
# So many times all calendars of a business take together, the nearest first: slots are worked out among them.
MOST_PIECES: Final = 20_000
_CUT: Final = f"Only the nearest {MOST_TIMES:,} busy times are used: there are more."
_CUT_TOGETHER: Final = (
    f"Only the nearest {MOST_PIECES:,} busy times of all calendars together are used: there are more."
)

_log = logging.getLogger(__name__)


class NotUsed(Exception):  # noqa: N818 - named by what happened
    """What came is not used, for the reason that it says."""


@dataclass(frozen=True, slots=True)
class Known:
    """A calendar with its address, open."""

    calendar: Calendar
    address: str | None


async def listed(tools: Tools, *, tenant_id: str) -> list[Known]:
    async with tools.db.transaction(tenant_id) as tx:
        return [_opened(tools, calendar) for calendar in await calendars.everything(tx)]


async def add(tools: Tools, *, tenant_id: str, facts: Mapping[str, Any], problems: Mapping[str, str]) -> Known:
    """Its times are taken as soon as it was fetched, which others see to. `problems` are those of what is no fact."""
    problems = dict(problems)
    target, staff_id = None, facts.get("staff_id")
    try:
        target = await tools.outside.check(facts["url"]) if "url" in facts else None
    except outside.BadAddress as error:
        problems["url"] = error.sentence
    await ensure_open(tools, tenant_id)
    now = tools.clock.now()
    async with tools.db.transaction(tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        people = [person.id for person in await staff.everybody(tx)]
        if staff_id is not None and staff_id not in people:
            problems["staffId"] = "is nobody who works here"
        if problems or target is None:
            raise errors.Invalid(details=problems)
        if await calendars.count(tx) >= _MOST:
            raise TooMany(f"There are {_MOST} calendars already.")
        calendar = Calendar(
            id=new_id("cal"),
            staff_id=staff_id or people[0],
            name=facts["name"] or target.host,
            address=tools.keyring.encrypt(_PURPOSE, target.text.encode()),
            created_at=now,
        )
        await calendars.add(tx, calendar, due_at=now)
    return Known(calendar, target.text)


async def remove(tools: Tools, *, tenant_id: str, calendar_id: str) -> None:
    async with tools.db.transaction(tenant_id) as tx:
        await _found(tx, calendar_id)
    async with changing(tools, tenant_id) as tx:
        if not await calendars.remove(tx, calendar_id):
            raise errors.NotFound


async def refresh(tools: Tools, *, tenant_id: str, calendar_id: str) -> Known:
    """It is fetched now, and not in some minutes."""
    async with tools.db.transaction(tenant_id) as tx:
        calendar = await _found(tx, calendar_id)
        await tools.limits.spend("calendar", tenant_id, per_minute=6, burst=12)
        await calendars.hurry(tx, calendar_id, tools.clock.now())
    return _opened(tools, calendar)


async def fetch_due(tools: Tools) -> int:
    """How many were fetched. Any number of processes share the work, and none waits for the network in a transaction."""
    async with tools.db.transaction() as tx:
        due = await calendars.take_due(tx, tools.clock.now(), lease=_LEASE, limit=_TOGETHER)
    outcomes = await asyncio.gather(*(_fetch(tools, one) for one in due), return_exceptions=True)
    for outcome in outcomes:
        # Of several that broke, one is told; the others come again, and break again.
        if isinstance(outcome, BaseException):
            raise outcome
    return len(due)


@dataclass(frozen=True, slots=True)
class _Task:
    """A calendar to be fetched, and what it is to be read for."""

    due: Due
    calendar: Calendar
    zone: str
    first: int
    last: int
    # The business's own bookings, which come back to it where two calendars subscribe to each other.
    own: frozenset[str]

    @property
    def read_for(self) -> str:
        return f"{self.first // _A_DAY}-{self.last // _A_DAY} {self.zone}"

    @property
    def is_read(self) -> bool:
        """Whether the version that was read last was read for just this."""
        return self.calendar.read_for == self.read_for


async def _fetch(tools: Tools, due: Due) -> None:
    task = await _task(tools, due)
    if task is None:
        return
    try:
        read, spans = await _read(tools, task)
    except (outside.BadAddress, outside.NotFetched) as error:
        await _failed(tools, task, error.sentence)
    except NotUsed as error:
        await _failed(tools, task, str(error))
    except Exception as error:  # noqa: BLE001 - whatever a stranger's file or server brings about, it is that one's
        _log.error(
            "a calendar could not be read",
            extra={"calendar": due.calendar_id, "failure": apart.whereabouts(error)},
        )
        await _failed(tools, task, "This calendar can't be read.")
    else:
        await _settle(tools, task, read, tools.clock.now() + _EVERY, spans)


async def _read(tools: Tools, task: _Task) -> tuple[Calendar, list[Span] | None]:
    """What is known of it now, and the times that it says; none where that is what it said last."""
    answer = await _answer(tools, task)
    digest = hashlib.sha256(answer.body).digest()
    is_same = answer.status == _UNCHANGED or (task.is_read and digest == task.calendar.digest)
    seen = replace(task.calendar, failures=0)
    if is_same:
        # What was wrong with reaching it is over; what was told of its content still holds.
        told = None if task.calendar.failures else task.calendar.last_error
        return replace(seen, fetched_at=tools.clock.now(), last_error=told), None
    busy = await _busy(task, answer.body)
    spans = pieces(busy.spans, task.first, task.last)
    read = replace(
        seen,
        fetched_at=tools.clock.now(),
        etag=answer.headers.get("etag"),
        modified=answer.headers.get("last-modified"),
        digest=digest,
        read_for=task.read_for,
        last_error=_CUT if busy.is_cut or len(spans) > MOST_TIMES else None,
        events=busy.events,
        skipped=busy.skipped,
    )
    return read, spans[:MOST_TIMES]


async def _task(tools: Tools, due: Due) -> _Task | None:
    """None where there is nothing to fetch any more, or nothing is known yet of the business."""
    now = tools.clock.now()
    first = (int(now.timestamp()) // 86_400 - 1) * _A_DAY
    async with tools.db.transaction(due.tenant_id) as tx:
        calendar = await calendars.find(tx, due.calendar_id)
        is_wanted = calendar is not None and await calendars.has_person(tx, calendar.staff_id)
        around = await calendars.around(tx)
        own = await calendars.booked(tx, now - timedelta(days=_SPARE_DAYS + 1))
        if calendar is None:
            await calendars.forget_timer(tx, due.calendar_id)
            return None
    if not is_wanted:
        # Whoever does not work here any more has no time to be taken.
        async with changing(tools, due.tenant_id) as tx:
            await calendars.remove(tx, calendar.id)
        return None
    zone = around.zone or (await ensure_tenant(tools, due.tenant_id)).zone
    if zone is None:
        raise AssertionError("a tenant that was asked for has a zone")
    last = first + (max(_DAYS_AHEAD, around.days) + 1 + _SPARE_DAYS) * _A_DAY
    host = host_of(tools)
    return _Task(due, calendar, zone, first, last, frozenset(uid(one, host) for one in own))


async def _answer(tools: Tools, task: _Task) -> Answer:
    """A new version, or 304; anything else is refused."""
    calendar = task.calendar
    headers = {"accept": _ACCEPTED}
    # The same version says something else tomorrow, when the days that it is read for are others.
    if task.is_read and calendar.etag is not None:
        headers["if-none-match"] = calendar.etag
    if task.is_read and calendar.modified is not None:
        headers["if-modified-since"] = calendar.modified
    address = _address(tools, calendar)
    if address is None:
        raise NotUsed("This calendar's address can't be read any more. Please add it again.")
    answer = await tools.outside.fetch(address, headers=headers)
    if answer.status == _UNCHANGED and len(headers) > 1:
        return answer
    if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
        raise NotUsed(f"The server at this address answers with the status {answer.status}.")
    return answer


async def _busy(task: _Task, body: bytes) -> Busy:
    asked = question(body, task.zone, task.first, task.last, without=task.own)
    try:
        return opened(
            await apart.run(
                answered, asked, of=task.due.tenant_id, seconds=_READING_SECONDS, megabytes=_READING_MEGABYTES
            )
        )
    except NotACalendar as error:
        raise NotUsed("What lies at this address is no calendar, or not a whole one.") from error
    except (TooMuch, apart.NotDone) as error:
        raise NotUsed("This calendar is too complicated to be read.") from error


async def _failed(tools: Tools, task: _Task, why: str) -> None:
    """The times that were read last stay taken: better one too many than one sold twice."""
    failures = task.calendar.failures + 1
    pause = min(_AFTER_FAILURE * 2 ** min(failures - 1, 10), _LONGEST_PAUSE)
    failed = replace(task.calendar, failures=failures, last_error=why)
    await _settle(tools, task, failed, tools.clock.now() + pause, None)


async def _settle(tools: Tools, task: _Task, calendar: Calendar, next_at: datetime, spans: list[Span] | None) -> None:
    """Keep what was found out. Where no time is taken or given up, no slot is touched, and nobody is told."""
    tenant_id = task.due.tenant_id
    if spans is None:
        async with tools.db.transaction(tenant_id) as tx:
            if await calendars.settle(tx, task.due, next_at):
                await calendars.keep_visit(tx, calendar)
        return
    async with tools.db.transaction(tenant_id) as tx:
        await copies.lock(tx, tenant_id)
        change = await _change(tx, calendar.id, spans)
        if change.is_none:
            if await calendars.settle(tx, task.due, next_at):
                await calendars.keep(tx, change.told(calendar))
            return
    async with changing(tools, tenant_id) as tx:
        # Two calendars of a business that change at once shall not together take too many.
        await copies.lock(tx, tenant_id)
        if await calendars.settle(tx, task.due, next_at):
            change = await _change(tx, calendar.id, spans)
            await calendars.give_up(tx, change.stale)
            if change.edge is not None:
                await calendars.give_up_from(tx, calendar.id, change.edge, _CUT_TOGETHER)
            await calendars.claim(tx, calendar, sorted(change.fresh))
            await calendars.keep(tx, change.told(calendar))


@dataclass(frozen=True, slots=True)
class _Change:
    """The claims to be given up, and the times to be taken."""

    stale: set[str]
    fresh: set[Span]
    # From where on there is no room any more for any calendar, and whether others have something there.
    edge: Place | None = None
    is_others_too: bool = False
    is_cut: bool = False

    @property
    def is_none(self) -> bool:
        return not self.stale and not self.fresh and not self.is_others_too

    def told(self, calendar: Calendar) -> Calendar:
        """Where something was left out for want of room, it is read again in full: there may be some then."""
        return replace(calendar, read_for=None, last_error=_CUT_TOGETHER) if self.is_cut else calendar


async def _change(tx: Tx, calendar_id: str, spans: list[Span]) -> _Change:
    others = await calendars.places_of_others(tx, calendar_id, more_than=MOST_PIECES - len(spans))
    places = sorted([*others, *(Place(start, calendar_id) for start, _ in spans)])
    edge = places[MOST_PIECES] if others else None
    wanted = {span for span in spans if edge is None or Place(span[0], calendar_id) < edge}
    taken = await calendars.pieces(tx, calendar_id)
    return _Change(
        stale={piece.claim_id for piece in taken if piece.span not in wanted},
        fresh=wanted - {piece.span for piece in taken},
        edge=edge,
        is_others_too=edge is not None and any(place >= edge for place in others),
        is_cut=len(wanted) < len(spans),
    )


async def _found(tx: Tx, calendar_id: str) -> Calendar:
    calendar = await calendars.find(tx, calendar_id) if is_id(calendar_id, "cal") else None
    if calendar is None:
        raise errors.NotFound
    return calendar


def _opened(tools: Tools, calendar: Calendar) -> Known:
    return Known(calendar, _address(tools, calendar))


def _address(tools: Tools, calendar: Calendar) -> str | None:
    """None where it was stored under another secret key than today's."""
    try:
        return tools.keyring.decrypt(_PURPOSE, calendar.address).decode()
    except Unreadable:
        return None
