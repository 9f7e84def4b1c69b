"""A refusal becomes the one answer that its kind has."""

import pytest

from services.kernel import errors
from services.kernel.http import envelope


class SlotTaken(errors.Conflict):
    """A refusal as a context has it."""

    code = "SLOT_UNAVAILABLE"
    message = "This time has just been taken."
    suggested_action = "pick another time"


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.Invalid(), 400),
        (errors.Unauthenticated(), 401),
        (errors.Forbidden(), 403),
        (errors.NotFound(), 404),
        (errors.Conflict(), 409),
        (SlotTaken(), 409),
        (errors.TooOften(), 429),
        (errors.Unavailable(), 503),
    ],
)
def test_each_kind_has_its_status(refusal: errors.Refusal, status: int) -> None:
    failure = envelope.refused(refusal)
    assert failure.status_code == status
    assert failure.error.retryable == (status in {429, 503})


def test_a_refusal_says_its_code_its_sentence_and_what_to_do() -> None:
    body = envelope.refused(SlotTaken(details={"time": "is taken"})).error
    assert (body.code, body.message) == ("SLOT_UNAVAILABLE", "This time has just been taken.")
    assert (body.suggested_action, body.details) == ("pick another time", {"time": "is taken"})
    assert envelope.refused(SlotTaken("Another sentence.")).error.message == "Another sentence."


def test_what_may_be_tried_again_says_when() -> None:
    assert envelope.headers_of(errors.TooOften(retry_after=30)) == {"Retry-After": "30"}
    assert envelope.headers_of(errors.Unavailable()) == {"Retry-After": "1"}
    assert envelope.headers_of(errors.Conflict()) == {}


def test_every_kind_of_refusal_has_a_status() -> None:
    for kind in errors.Refusal.__subclasses__():
        assert envelope.status_of(kind()) in range(400, 504)
