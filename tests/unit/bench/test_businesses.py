"""What is booked by the bench, and how it is asked for."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import islice, pairwise

from bench import book, businesses

FIRST_DAY = date(2026, 3, 2)


def test_no_business_has_two_bookings_at_one_time() -> None:
    times = list(islice(businesses.times(5, FIRST_DAY), 3 * businesses.COUNT * businesses.DAYS * businesses.PER_DAY))
    by_business = defaultdict(list)
    for time in times:
        by_business[time.slug].append(time.starts_at)
    assert set(by_business) == {businesses.slug(number) for number in range(5, 5 + businesses.COUNT)}
    for starts in by_business.values():
        ordered = sorted(starts)
        assert all(later - earlier >= businesses.LENGTH for earlier, later in pairwise(ordered))


def test_all_times_are_within_the_hours_and_one_year() -> None:
    times = list(islice(businesses.times(1, FIRST_DAY), 50_000))
    assert {7 <= time.starts_at.hour < 22 for time in times} == {True}
    assert times[-1].starts_at < datetime(2027, 3, 2, tzinfo=UTC)
    assert len({(time.slug, time.starts_at) for time in times}) == len(times)


def test_those_who_ask_at_once_ask_different_businesses() -> None:
    some = list(islice(businesses.times(1, FIRST_DAY), businesses.COUNT))
    assert len({time.slug for time in some}) == businesses.COUNT


def test_a_business_is_known_by_its_number() -> None:
    for name in (businesses.slug(42), businesses.tenant_id(42)):
        assert businesses.number_of(name) == 42


def test_a_request_is_whole_and_each_customer_another() -> None:
    first, second = islice(businesses.times(1, FIRST_DAY), businesses.COUNT, businesses.COUNT + 2)
    mails = set()
    for time in (first, second):
        head, _, body = book.request("127.0.0.1:1", time).partition(b"\r\n\r\n")
        assert head.startswith(f"POST /api/widget/{time.slug}/book HTTP/1.1\r\nhost: 127.0.0.1:1\r\n".encode())
        assert book.length_of(head + b"\r\n\r\n") == len(body)
        said = json.loads(body)
        assert (said["serviceId"], datetime.fromisoformat(said["startsAt"])) == (time.service_id, time.starts_at)
        mails.add(said["customer"]["email"])
    assert len(mails) == 2
    assert second.starts_at - first.starts_at in {timedelta(), timedelta(days=1)}
