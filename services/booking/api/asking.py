"""Who asks, and for which business: what all doors share."""

from typing import Annotated, Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import PathParameter, QueryParameter, SkipValidation

from services.booking.use_cases.tools import Tools
from services.kernel.http import who

AnyRequest = Request[Any, Any, Any]
Has = NamedDependency[SkipValidation[Tools]]
Id = Annotated[str, PathParameter(name="id", max_length=64)]
PageNumber = Annotated[int, QueryParameter(ge=1, le=1_000_000)]
PageLength = Annotated[int, QueryParameter(ge=1, le=100)]
Typed = Annotated[
    str, QueryParameter(name="q", max_length=200, description="What somebody has typed who looks for it.")
]

IN_CHARGE: Final = who.Allowed("owner", "admin")


def tenant_of(request: AnyRequest) -> str:
    """Whose bookings it is about."""
    tenant_id = who.person(request).tenant
    if tenant_id is None:
        raise who.NoTenant
    return tenant_id


def person_of(request: AnyRequest) -> str:
    """Which person of the business it is."""
    return who.person(request).sub


def is_in_charge(request: AnyRequest) -> bool:
    return who.person(request).role in {"owner", "admin"}
