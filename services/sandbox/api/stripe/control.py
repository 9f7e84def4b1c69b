"""The stand-in's own addresses: faults on demand, what businesses do on Stripe's pages, the clock, an event again."""

from typing import Any, Final

from litestar import Router, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.http.envelope import Ok, ok
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.schemas import (
    AccountRequest,
    AdvanceRequest,
    ClockView,
    ResendRequest,
    RestrictRequest,
    StripeAccountView,
    StripeFaultsRequest,
    StripeFaultsView,
)
from services.sandbox.use_cases.stripe import accounts, controlling
from services.sandbox.use_cases.stripe.call import Operation
from services.sandbox.use_cases.stripe.delivering import Postman
from services.sandbox.use_cases.stripe.frame import Stripe


class NoSuchThing(errors.NotFound):
    """No account or event of the stand-in goes by that id."""

    message = "The sandbox's Stripe knows nothing by that id."


@post("/_control", status_code=200)
async def faults(data: JSONBody[StripeFaultsRequest], db: NamedDependency[Database]) -> Ok[StripeFaultsView]:
    """Faults on demand; answers what now holds."""
    if data.account_id is not None and not await controlling.is_connected(db, data.account_id):
        raise errors.Invalid(details={"accountId": "is no account"})
    holding = await controlling.change_faults(db, data.account_id, is_reset=data.reset, wanted=data.wanted)
    return ok(StripeFaultsView.of(holding, data.account_id))


@post("/_complete-onboarding", status_code=200)
async def complete_onboarding(data: JSONBody[AccountRequest], stripe: NamedDependency[Stripe]) -> Ok[StripeAccountView]:
    """What the business does on Stripe's pages."""
    return await _acted(stripe, accounts.complete_onboarding, account_id=data.account_id)


@post("/_restrict", status_code=200)
async def restrict(data: JSONBody[RestrictRequest], stripe: NamedDependency[Stripe]) -> Ok[StripeAccountView]:
    """Stripe lets nothing be charged any more; `lift` ends that."""
    if data.lift:
        return await _acted(stripe, accounts.complete_onboarding, account_id=data.account_id)
    return await _acted(stripe, accounts.restrict, account_id=data.account_id, reason=data.reason)


@post("/_deauthorize", status_code=200)
async def deauthorize(data: JSONBody[AccountRequest], stripe: NamedDependency[Stripe]) -> Ok[StripeAccountView]:
    """The business takes the platform's access away."""
    return await _acted(stripe, accounts.deauthorize, account_id=data.account_id)


@post("/_clock", status_code=200)
async def advance(
    data: JSONBody[AdvanceRequest], db: NamedDependency[Database], clock: NamedDependency[Clock]
) -> Ok[ClockView]:
    """The stand-in's clock goes forward, and not the machine's."""
    return ok(ClockView(now=await controlling.advance(db, clock, data.advance_seconds)))


@post("/_resend", status_code=202)
async def resend(
    data: JSONBody[ResendRequest],
    db: NamedDependency[Database],
    clock: NamedDependency[Clock],
    postman: NamedDependency[Postman],
) -> Ok[ResendRequest]:
    """An event goes out once more."""
    if not await controlling.resend(db, clock, data.event_id):
        raise NoSuchThing
    postman.wake()
    return ok(data)


async def _acted(stripe: Stripe, operation: Operation, **params: Any) -> Ok[StripeAccountView]:
    try:
        account = await stripe.act(PLATFORM, operation, **params)
    except StripeRefusal as refusal:
        # Only an account that is not there, or no more, is refused here.
        raise NoSuchThing from refusal
    return ok(StripeAccountView.of(account))


ROUTER: Final = Router(
    "/sandbox/stripe",
    route_handlers=[faults, complete_onboarding, restrict, deauthorize, advance, resend],
    include_in_schema=False,
)
