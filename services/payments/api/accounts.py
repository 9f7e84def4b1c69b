"""A business's account at Stripe: connecting it, its state, and the way to Stripe's own dashboard."""

from typing import Annotated, Final

from litestar import get, post
from litestar.params import PathParameter

from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.idempotency import Idempotent
from services.kernel.ids import is_id
from services.payments.api.asking import IN_CHARGE, AnyRequest, Has, tenant_of
from services.payments.schemas.accounts import (
    AccountView,
    ConnectionView,
    LinkView,
    account_view,
    connection_view,
)
from services.payments.use_cases import accounts

_TAGS: Final = ["Stripe"]
TenantId = Annotated[str, PathParameter(max_length=64)]


@post(
    "/api/stripe/connect/create-account",
    status_code=200,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Connect Stripe, or go on connecting",
)
async def connect(request: AnyRequest, tools: Has) -> Ok[LinkView]:
    """The page on which the business tells Stripe what it wants to know; a new address each time, of one account.

    From there Stripe leads back to `/dashboard/stripe/complete`, with `?success=true` or, where the address had run
    out, `?refresh=true`.
    """
    return envelope.ok(LinkView(url=await accounts.onboarding_url(tools, tenant_id=tenant_of(request))))


@get("/api/stripe/connect/status", guards=[who.member], tags=_TAGS, summary="How Stripe is connected")
async def status(request: AnyRequest, tools: Has) -> Ok[ConnectionView]:
    """As Stripe says now, or as it said last where it can't be asked."""
    return envelope.ok(connection_view(await accounts.present(tools, tenant_id=tenant_of(request))))


@get("/api/stripe/dashboard-link", guards=[IN_CHARGE], tags=_TAGS, summary="The business's own page at Stripe")
async def dashboard(request: AnyRequest, tools: Has) -> Ok[LinkView]:
    """409 `PAYMENTS_NOT_READY` where there is no account yet."""
    return envelope.ok(LinkView(url=await accounts.dashboard_url(tools, tenant_id=tenant_of(request))))


@get("/internal/accounts/{tenant_id:str}", guards=[who.another_context], include_in_schema=False)
async def account(tools: Has, tenant_id: TenantId) -> Ok[AccountView]:
    """Whether a business can be paid by card, as it was described last."""
    if not is_id(tenant_id, "ten"):
        raise errors.NotFound
    return envelope.ok(account_view(await accounts.known(tools, tenant_id=tenant_id)))


ROUTES: Final = (connect, status, dashboard, account)
