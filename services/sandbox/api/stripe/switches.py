"""What can be done on the sandbox's page: an event is sent again, and faults are switched on and off."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.http import who
from services.sandbox.api.forms import read_form
from services.sandbox.api.stripe.board import NUMBERS, SWITCHES
from services.sandbox.schemas import StripeFaultsRequest
from services.sandbox.use_cases.stripe import controlling
from services.sandbox.use_cases.stripe.delivering import Postman

_Request = Request[Any, Any, Any]


@post("/sandbox/webhooks/{event_id:str}/resend", status_code=303, include_in_schema=False)
async def send_again(
    request: _Request,
    db: NamedDependency[Database],
    clock: NamedDependency[Clock],
    postman: NamedDependency[Postman],
    event_id: FromPath[str],
) -> Response[None]:
    _refuse_strangers(request)
    if not await controlling.resend(db, clock, event_id):
        raise errors.NotFound("There is no such event.")
    postman.wake()
    return _back("webhooks")


@post("/sandbox/faults", status_code=303, include_in_schema=False)
async def switch_faults(request: _Request, db: NamedDependency[Database]) -> Response[None]:
    """A form shows every switch, so what it leaves out is off."""
    _refuse_strangers(request)
    wanted = _wanted(await read_form(request))
    account = wanted.account_id
    if account is not None and not await controlling.is_connected(db, account):
        raise errors.Invalid(details={"accountId": "is no account"})
    await controlling.change_faults(db, account, is_reset=wanted.reset, wanted=wanted.wanted)
    return _back("faults")


def _wanted(form: Mapping[str, str]) -> StripeFaultsRequest:
    if "reset" in form:
        given: dict[str, Any] = {"reset": True}
    else:
        given = {name: form.get(name) or "0" for name, *_ in NUMBERS}
        given |= {name: name in form for name, *_ in SWITCHES}
    if account := form.get("accountId"):
        given["accountId"] = account
    try:
        return msgspec.convert(given, StripeFaultsRequest, strict=False)
    except msgspec.ValidationError as problem:
        raise errors.Invalid(details={"form": str(problem)}) from problem


def _refuse_strangers(request: _Request) -> None:
    # No Origin: a page that gives no referrer has its forms sent with `null`.
    site = request.headers.get("sec-fetch-site")
    who.refuse_cross_site(method=request.method, origin=None, fetch_site=site, own="", trusted=())


def _back(anchor: str) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": f"/sandbox#{anchor}"})


ROUTES: Final[list[ControllerRouterHandler]] = [send_again, switch_faults]
