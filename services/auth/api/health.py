"""All services at a glance, for everybody."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.auth.clients import Glance, Overview
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok

HasGlance = NamedDependency[SkipValidation[Glance]]


@get("/api/health", tags=["Health"], summary="All services at a glance")
async def overview(glance: HasGlance) -> Ok[Overview]:
    """200 whenever this can be answered at all; `degraded` where a service, or what it stands on, is away."""
    return envelope.ok(await glance.look())


ROUTES = (overview,)
