"""What the handlers are given, and whose business it is."""

from typing import Any

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.catalog.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import who

AnyRequest = Request[Any, Any, Any]
Has = NamedDependency[SkipValidation[Tools]]


def tenant_of(request: AnyRequest) -> str:
    """The business that the signed-in person works for."""
    tenant_id = who.person(request).tenant
    if tenant_id is None:
        raise errors.Forbidden
    return tenant_id
