"""Times as people write them."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.availability.domain import wall
from services.availability.domain.facts import Window
from services.availability.schemas import blocks, overrides, rules
from services.availability.schemas.blocks import BlockRequest
from services.availability.schemas.overrides import OverrideRequest, WindowRequest
from services.availability.schemas.rules import RuleRequest
from services.availability.schemas.sent import Sent
from services.kernel import errors

times = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")
ends = st.one_of(times, st.just("24:00"))
days = st.dates(wall.EARLIEST, wall.LATEST)


@pytest.mark.parametrize(
    ("start", "end", "window"),
    [
        ("09:00", "17:00", Window(540, 1020)),
        ("00:00", "24:00", Window(0, 1440)),
        ("18:00", "24:00", Window(1080, 1440)),
        ("18:00", "00:00", Window(1080, 1440)),
        ("22:00", "06:00", Window(1320, 1800)),
        ("09:00", "08:59", Window(540, 1979)),
        ("23:59", "00:01", Window(1439, 1441)),
        ("00:01", "00:00", Window(1, 1440)),
    ],
)
def test_an_end_before_its_start_lies_in_the_next_day(start: str, end: str, window: Window) -> None:
    assert wall.window_problem(start, end) is None
    assert wall.window_of(start, end) == window


@pytest.mark.parametrize(
    "text",
    ["", "9:00", "09:0", "25:00", "24:01", "09:60", "-1:00", "09:00 ", "09:00\n", "\u0660\u0669:\u0660\u0660", "9am"],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    assert wall.start_problem(text) is not None
    assert wall.end_problem(text) is not None


def test_a_day_begins_at_zero_and_ends_at_twenty_four() -> None:
    assert wall.start_problem("00:00") is None
    assert wall.start_problem("24:00") is not None
    assert wall.end_problem("24:00") is None


def test_days_that_no_calendar_here_holds_are_refused() -> None:
    assert [wall.day_problem(day) is None for day in (date(1999, 12, 31), date(2000, 1, 1))] == [False, True]
    assert [wall.day_problem(day) is None for day in (date(2100, 12, 31), date(2101, 1, 1))] == [True, False]


@given(start=times, end=ends)
def test_a_window_lasts_longer_than_nothing_and_never_longer_than_a_day(start: str, end: str) -> None:
    if wall.window_problem(start, end):
        assert start == end
        return
    window = wall.window_of(start, end)
    assert 0 <= window.start < 1440
    assert window.start < window.end <= window.start + 1440


@given(day_of_week=st.integers(0, 6), start=times, end=ends, valid_from=st.none() | days, valid_until=st.none() | days)
def test_a_rule_is_shown_as_it_was_sent(
    day_of_week: int, start: str, end: str, valid_from: date | None, valid_until: date | None
) -> None:
    request = RuleRequest(
        day_of_week=day_of_week, start_time=start, end_time=end, valid_from=valid_from, valid_until=valid_until
    )
    is_wrong = {
        "endTime": start == end,
        "validUntil": valid_from is not None and valid_until is not None and valid_until < valid_from,
    }
    if any(is_wrong.values()):
        with pytest.raises(errors.Invalid) as refused:
            rules.rule_of(Sent(request), frozenset())
        assert set(refused.value.details) == {field for field, wrong in is_wrong.items() if wrong}
        return
    view = rules.rule_view(rules.rule_of(Sent(request), frozenset()))
    assert (view.day_of_week, view.start_time, view.end_time) == (day_of_week, start, end)
    assert (view.valid_from, view.valid_until, view.staff_id) == (valid_from, valid_until, None)


@given(day=days, windows=st.lists(st.tuples(times, times.filter(lambda end: end != "00:00")), max_size=24))
def test_an_override_is_shown_as_it_was_sent(day: date, windows: list[tuple[str, str]]) -> None:
    kept = [WindowRequest(start_time=start, end_time=end) for start, end in windows if start != end]
    sent = Sent(OverrideRequest(date=day, windows=kept))
    view = overrides.override_view(overrides.override_of(sent, ZoneInfo("UTC"), frozenset()))
    assert view.date == day
    assert [(window.start_time, window.end_time) for window in view.windows] == [
        (window.start_time, window.end_time) for window in kept
    ]


@given(
    start_date=days,
    length=st.none() | st.integers(-3, 1200),
    start_time=st.none() | times,
    end_time=st.none() | ends,
    reason=st.none() | st.text(max_size=20),
)
def test_a_block_is_shown_as_it_was_sent_or_ends_before_it_starts(
    start_date: date, length: int | None, start_time: str | None, end_time: str | None, reason: str | None
) -> None:
    end_date = None if length is None else date.fromordinal(start_date.toordinal() + length)
    request = BlockRequest(
        start_date=start_date, end_date=end_date, start_time=start_time, end_time=end_time, reason=reason
    )
    is_same_day = not length
    ends_at = {None: "24:00", "00:00": "24:00"}.get(end_time, end_time) if is_same_day else "24:00"
    is_wrong = (length or 0) < 0 or (length or 0) > 1096 or (start_time or "00:00") >= (ends_at or "")
    if is_wrong:
        with pytest.raises(errors.Invalid):
            blocks.block_of(Sent(request), frozenset())
        return
    view = blocks.block_view(blocks.block_of(Sent(request), frozenset()))
    assert (view.start_date, view.end_date) == (start_date, end_date or start_date)
    assert (view.start_time, view.end_time, view.reason) == (start_time, end_time, reason)
