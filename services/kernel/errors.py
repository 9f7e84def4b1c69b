"""Refusals: what the product says no to, told apart from bugs, which stay exceptions."""

from collections.abc import Mapping
from typing import ClassVar


class Refusal(Exception):  # noqa: N818 - a refusal is an outcome, not an error
    """Something that can't be done, with a code for programs and a sentence for people."""

    code: ClassVar[str] = "REFUSED"
    message: ClassVar[str] = "This can't be done."
    retryable: ClassVar[bool] = False
    suggested_action: ClassVar[str | None] = None

    def __init__(
        self,
        message: str | None = None,
        *,
        details: Mapping[str, str] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.sentence = message or self.message
        self.details = dict(details or {})
        self.retry_after = retry_after
        super().__init__(self.sentence)


class NotFound(Refusal):
    """It is not there, or it is somebody else's, which must look the same."""

    code = "NOT_FOUND"
    message = "There is nothing here by that name."


class Conflict(Refusal):
    """The present state forbids it."""

    code = "CONFLICT"
    message = "This contradicts what is there already."


class Forbidden(Refusal):
    """Known who asks, and they may not."""

    code = "FORBIDDEN"
    message = "Your role does not allow this."


class Invalid(Refusal):
    """What was sent is wrong; `details` names every bad field."""

    code = "VALIDATION_ERROR"
    message = "Some of what was sent is not valid."
    suggested_action = "correct the fields named in details"


class Declined(Refusal):
    """The customer's bank said no; another card, or another day, may do."""

    code = "CARD_DECLINED"
    message = "The card was declined."
    suggested_action = "try another card"


class Unavailable(Refusal):
    """Something that is needed is away for the moment."""

    code = "SERVICE_UNAVAILABLE"
    message = "This can't be done at the moment. Please try again shortly."
    retryable = True
    suggested_action = "try again in a moment"


class Unauthenticated(Refusal):
    """Nobody knows who asks."""

    code = "UNAUTHENTICATED"
    message = "Please sign in."
    suggested_action = "sign in"


class TooOften(Refusal):
    """Asked too many times; `retry_after` says when it may be asked again."""

    code = "RATE_LIMITED"
    message = "Too many requests. Please wait a moment."
    retryable = True
    suggested_action = "wait, then try again"
