"""Who asks, and for which business: what all doors share."""

from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.kernel.http import who
from services.payments.use_cases.tools import Tools

AnyRequest = Request[Any, Any, Any]
Has = NamedDependency[SkipValidation[Tools]]

IN_CHARGE: Final = who.Allowed("owner", "admin")


def tenant_of(request: AnyRequest) -> str:
    """Whose money it is about."""
    tenant_id = who.person(request).tenant
    if tenant_id is None:
        raise who.NoTenant
    return tenant_id
