"""Who asks, for which business, and for which part of a list: what all doors share."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated, Any, Final, TypeVar

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from services.availability.domain import wall
from services.availability.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Listed

T = TypeVar("T")
V = TypeVar("V")

AnyRequest = Request[Any, Any, Any]
Has = NamedDependency[SkipValidation[Tools]]
Id = Annotated[str, PathParameter(name="id", max_length=64)]
PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
PageLength = Annotated[int | None, QueryParameter(ge=1, le=100, description="Without it, everything on one page.")]
From = Annotated[date | None, QueryParameter(name="from")]
To = Annotated[date | None, QueryParameter(name="to")]
OfStaff = Annotated[str | None, QueryParameter(name="staffId", max_length=64)]

IN_CHARGE: Final = who.Allowed("owner", "admin")

_LONGEST_RANGE_DAYS: Final = 400
_USUAL_PAGE: Final = 100


def tenant_of(request: AnyRequest) -> str:
    """Whose calendar it is about."""
    tenant_id = who.person(request).tenant
    if tenant_id is None:
        raise who.NoTenant
    return tenant_id


def days_between(first: date | None, last: date | None) -> tuple[date, date]:
    """The days that are asked for, or a refusal that names what is wrong with them; without limits, all there are."""
    problems = {
        name: problem
        for name, day in (("from", first), ("to", last))
        if day is not None and (problem := wall.day_problem(day))
    }
    if not problems and first is not None and last is not None:
        if last < first:
            problems["to"] = "must not be before from"
        elif (last - first).days >= _LONGEST_RANGE_DAYS:
            problems["to"] = f"must be within {_LONGEST_RANGE_DAYS} days of from"
    if problems:
        raise errors.Invalid(details=problems)
    return first or wall.EARLIEST, last or wall.LATEST


def listed(found: Sequence[T], view: Callable[[T], V], *, page: int = 1, limit: int | None = None) -> Listed[V]:
    """A page of what was found; all of it on one where no length is asked for."""
    length = limit or max(len(found), _USUAL_PAGE)
    part = found[(page - 1) * length : page * length]
    return envelope.listed([view(one) for one in part], page=page, limit=length, total=len(found))
