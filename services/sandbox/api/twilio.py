"""Twilio's HTTP interface for text messages, in Twilio's shapes."""

import base64
import binascii
import logging
from email.utils import format_datetime
from typing import Any, Final

from litestar import Request, Response, Router, get, post, route
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.secrets import same
from services.sandbox.api.forms import read_form
from services.sandbox.domain.errors import TwilioRefusal
from services.sandbox.domain.messages import Message
from services.sandbox.domain.texts import checked_text
from services.sandbox.settings import SandboxSettings
from services.sandbox.use_cases import catching

_log = logging.getLogger(__name__)
_API: Final = "2010-04-01"
_ACCOUNT: Final = f"/{_API}/Accounts/{{account:str}}"
_MESSAGES: Final = f"{_ACCOUNT}/Messages.json"
_MESSAGE: Final = f"{_ACCOUNT}/Messages/{{resource:str}}"
# Litestar does not come back to the first pattern once a path has matched the beginning of another.
_ELSEWHERE: Final = [
    "/",
    "/{rest:path}",
    f"/{_API}",
    f"/{_API}/{{rest:path}}",
    f"/{_API}/Accounts",
    _ACCOUNT,
    f"{_ACCOUNT}/{{rest:path}}",
    f"{_ACCOUNT}/Messages",
    f"{_MESSAGE}/{{rest:path}}",
]
_Request = Request[Any, Any, Any]


@post(_MESSAGES, status_code=201)
async def send(
    request: _Request,
    db: NamedDependency[Database],
    clock: NamedDependency[Clock],
    settings: NamedDependency[SandboxSettings],
    account: FromPath[str],
) -> dict[str, Any]:
    _admit(request, settings, account)
    text = checked_text(await read_form(request), own_number=settings.twilio_from_number)
    return _resource(await catching.catch_text(db, clock, text), account, status="queued")


@get(_MESSAGE)
async def fetch(
    request: _Request,
    db: NamedDependency[Database],
    settings: NamedDependency[SandboxSettings],
    account: FromPath[str],
    resource: FromPath[str],
) -> Any:
    _admit(request, settings, account)
    message = await catching.caught(db, resource.removesuffix(".json"), "sms")
    if message is None or not resource.endswith(".json"):
        raise _not_found(request)
    return _resource(message, account, status="delivered")


@route(_MESSAGES, http_method=["GET", "PUT", "PATCH", "DELETE"])
async def wrong_for_messages() -> None:
    raise TwilioRefusal(405, 20004, "Method not allowed")


@route(_MESSAGE, http_method=["POST", "PUT", "PATCH", "DELETE"])
async def wrong_for_a_message() -> None:
    raise TwilioRefusal(405, 20004, "Method not allowed")


@route(_ELSEWHERE, http_method=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def nowhere(request: _Request) -> None:
    raise _not_found(request)


def _admit(request: _Request, settings: SandboxSettings, account: str) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        user, password = "", ""
    known = same(user, settings.twilio_account_sid) and same(password, settings.twilio_auth_token.reveal())
    if scheme.lower() != "basic" or not known or not same(account, user):
        raise TwilioRefusal(401, 20003, "Authenticate")


def _not_found(request: _Request) -> TwilioRefusal:
    path = request.url.path.removeprefix("/sandbox/twilio")
    return TwilioRefusal(404, 20404, f"The requested resource {path[:200]} was not found")


def _resource(message: Message, account: str, *, status: str) -> dict[str, Any]:
    """A message as Twilio shows it."""
    uri = f"/{_API}/Accounts/{account}/Messages/{message.id}"
    at = format_datetime(message.sent_at)
    return {
        "account_sid": account,
        "api_version": _API,
        "body": message.text,
        "date_created": at,
        "date_sent": at if status == "delivered" else None,
        "date_updated": at,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": message.sender,
        "messaging_service_sid": None,
        "num_media": "0",
        "num_segments": str(message.details["segments"]),
        "price": None,
        "price_unit": "USD",
        "sid": message.id,
        "status": status,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": message.recipients[0],
        "uri": f"{uri}.json",
    }


def _shaped(status: int, code: int, message: str) -> Response[Any]:
    said = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return Response(said, status_code=status)


def _refused(_: _Request, refusal: TwilioRefusal) -> Response[Any]:
    return _shaped(refusal.status, refusal.code, refusal.message)


def _unavailable(_: _Request, refusal: errors.Unavailable) -> Response[Any]:
    return _shaped(503, 20503, refusal.sentence)


def _failed(_: _Request, error: HTTPException) -> Response[Any]:
    return _shaped(error.status_code, 20001, error.detail)


def _broken(_: _Request, error: Exception) -> Response[Any]:
    _log.error("a request failed", exc_info=error)
    return _shaped(500, 20500, "An internal server error has occurred")


ROUTER: Final = Router(
    "/sandbox/twilio",
    route_handlers=[send, fetch, wrong_for_messages, wrong_for_a_message, nowhere],
    exception_handlers={
        TwilioRefusal: _refused,
        errors.Unavailable: _unavailable,
        HTTPException: _failed,
        Exception: _broken,
    },
    include_in_schema=False,
)
