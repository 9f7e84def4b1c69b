"""A file read in a process apart: the question and the answer as bytes."""

from collections.abc import Collection
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from services.availability.domain.facts import Minute
from services.availability.domain.ics.busy import Busy, NotACalendar, TooMuch, busy_times
from services.availability.domain.ics.times import Named


class _Question(msgspec.Struct, frozen=True):
    body: bytes
    zone: str
    first: Minute
    last: Minute
    without: list[str]


class _Answer(msgspec.Struct, frozen=True):
    busy: Busy | None = None
    refusal: Literal["no calendar", "too much"] | None = None


_questions: Final = msgspec.msgpack.Decoder(_Question)
_answers: Final = msgspec.msgpack.Decoder(_Answer)


def question(body: bytes, zone: str, first: Minute, last: Minute, *, without: Collection[str]) -> bytes:
    return msgspec.msgpack.encode(_Question(body, zone, first, last, list(without)))


def answered(payload: bytes) -> bytes:
    """What runs there."""
    asked = _questions.decode(payload)
    try:
        busy = busy_times(
            asked.body, Named(ZoneInfo(asked.zone)), asked.first, asked.last, without=frozenset(asked.without)
        )
    except NotACalendar:
        answer = _Answer(refusal="no calendar")
    except TooMuch:
        answer = _Answer(refusal="too much")
    else:
        answer = _Answer(busy)
    return msgspec.msgpack.encode(answer)


def opened(payload: bytes) -> Busy:
    """What was answered: as if it had been read here."""
    answer = _answers.decode(payload)
    if answer.busy is None:
        raise NotACalendar if answer.refusal == "no calendar" else TooMuch
    return answer.busy
