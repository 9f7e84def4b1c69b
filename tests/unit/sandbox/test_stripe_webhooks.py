"""How webhooks are signed, to whom they go, and when they are tried again."""

from datetime import UTC, datetime, timedelta

import pytest
import stripe

from services.sandbox.domain.stripe.numbers import PLATFORM, Ids
from services.sandbox.domain.stripe.webhooks import endpoint_of, settled, signature

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def test_the_signature_is_one_that_stripes_own_package_makes() -> None:
    body = '{"id": "evt_1"}'
    expected = stripe.WebhookSignature.generate_signature_header(body, "whsec_1", int(NOW.timestamp()))
    assert signature(body.encode(), "whsec_1", at=NOW) == expected


def test_each_side_has_its_endpoint() -> None:
    assert endpoint_of(PLATFORM) == "platform"
    assert endpoint_of("acct_1") == "connect"


@pytest.mark.parametrize("outcome", ["200", "204"])
def test_what_was_taken_is_done(outcome: str) -> None:
    assert settled(outcome, tries=1, first_tried_at=NOW, now=NOW) == ("delivered", NOW)


@pytest.mark.parametrize(
    ("tries", "seconds"), [(1, 1), (2, 2), (3, 5), (4, 15), (5, 60), (6, 300), (7, 300), (400, 300)]
)
def test_what_was_not_taken_is_tried_again_later_and_later(tries: int, seconds: int) -> None:
    for outcome in ("500", "302", "ConnectError"):
        found = settled(outcome, tries=tries, first_tried_at=NOW, now=NOW)
        assert found == ("waiting", NOW + timedelta(seconds=seconds))


def test_after_three_days_it_is_given_up() -> None:
    later = NOW + timedelta(days=3)
    assert settled("500", tries=900, first_tried_at=NOW, now=later - timedelta(seconds=1))[0] == "waiting"
    assert settled("500", tries=900, first_tried_at=NOW, now=later) == ("given_up", later)


def test_the_same_calls_get_the_same_ids_and_no_two_the_same() -> None:
    first, again, other = Ids(1), Ids(1), Ids(2)
    ids = [first.new("pi"), first.new("pi"), other.new("pi")]
    assert len(set(ids)) == 3
    assert again.new("pi") == ids[0]
    assert all(len(each) == 27 and each.startswith("pi_") and each[3:].isalnum() for each in ids)
    assert len(first.new("acct", 16)) == 21
