"""Who works somewhere, as catalog asks."""

from typing import Annotated

import msgspec
from msgspec import Meta

from services.kernel.http.bodies import Wire


class StrangersRequest(Wire, frozen=True, kw_only=True):
    """Whom a service names."""

    tenant_id: Annotated[str, Meta(max_length=64)]
    staff_ids: Annotated[list[Annotated[str, Meta(max_length=64)]], Meta(max_length=1000)]


class StrangersView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Those who are nobody there."""

    staff_ids: list[str]
