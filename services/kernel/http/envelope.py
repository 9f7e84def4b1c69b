"""The one shape of every answer, good or bad."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar

import msgspec

from services.kernel import errors
from services.kernel.telemetry import logs

T = TypeVar("T")

_STATUS: Final[tuple[tuple[type[errors.Refusal], int], ...]] = (
    (errors.Invalid, 400),
    (errors.Unauthenticated, 401),
    (errors.Declined, 402),
    (errors.Forbidden, 403),
    (errors.NotFound, 404),
    (errors.Conflict, 409),
    (errors.TooOften, 429),
    (errors.Unavailable, 503),
)


class Ok(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """It worked, and here is what was asked for."""

    success: Literal[True] = True
    data: T


class PageMeta(msgspec.Struct, frozen=True, kw_only=True):
    """Where in a longer list this page stands."""

    page: int
    limit: int
    total: int


class Listed(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """One page of a list."""

    success: Literal[True] = True
    data: Sequence[T]
    meta: PageMeta


class ErrorBody(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What went wrong, for a program and for a person."""

    code: str
    message: str
    details: Mapping[str, str] = {}
    retryable: bool = False
    suggested_action: str | None = None


class Failure(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """It did not work."""

    success: Literal[False] = False
    status_code: int
    request_id: str
    error: ErrorBody


def ok(data: T) -> Ok[T]:
    return Ok(data=data)


def listed(data: Sequence[T], *, page: int, limit: int, total: int) -> Listed[T]:
    return Listed(data=data, meta=PageMeta(page=page, limit=limit, total=total))


def status_of(refusal: errors.Refusal) -> int:
    return next(status for kind, status in _STATUS if isinstance(refusal, kind))


def refused(refusal: errors.Refusal) -> Failure:
    return Failure(
        status_code=status_of(refusal),
        request_id=logs.request_id.get(),
        error=ErrorBody(
            code=refusal.code,
            message=refusal.sentence,
            details=refusal.details,
            retryable=refusal.retryable,
            suggested_action=refusal.suggested_action,
        ),
    )


def failure(status: int, code: str, message: str, **facts: Any) -> Failure:
    return Failure(
        status_code=status,
        request_id=logs.request_id.get(),
        error=ErrorBody(code=code, message=message, **facts),
    )


def headers_of(refusal: errors.Refusal) -> dict[str, str]:
    after = refusal.retry_after
    if after is None and isinstance(refusal, errors.Unavailable | errors.TooOften):
        after = 1
    return {} if after is None else {"Retry-After": str(after)}
