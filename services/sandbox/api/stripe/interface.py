"""Stripe's HTTP interface: who asks, with which headers, and answers in Stripe's shapes whatever happens."""

import base64
import binascii
import logging
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, route
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from services.kernel import errors
from services.sandbox.domain.stripe.description.requests import read_form
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.use_cases.stripe.frame import Answered, Asked, Mismatch, Stripe, new_request_id

_log = logging.getLogger(__name__)
_Request = Request[Any, Any, Any]

_BASE: Final = "/sandbox/stripe"
# What a browser on any page may send here and read of the answer.
OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Request-Id, Stripe-Account, Stripe-Version, Idempotent-Replayed",
}
ASKED_BEFORE: Final = {
    **OPEN,
    "Access-Control-Allow-Methods": "GET, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, Stripe-Account, Stripe-Version",
    "Access-Control-Max-Age": "600",
}
_FORM: Final = "application/x-www-form-urlencoded"
_JSON: Final = "application/json"
_SHOWN_ENDS: Final = 4


@route(["/v1/{rest:path}", "/v2/{rest:path}"], http_method=["GET", "POST", "DELETE", "PUT", "PATCH", "OPTIONS"])
async def operation(request: _Request, stripe: NamedDependency[Stripe]) -> Response[bytes]:
    """Any operation; what it is, the description says."""
    if request.method == "OPTIONS":
        return preflight()
    request_id = new_request_id()
    headers = {"Request-Id": request_id, "Stripe-Version": stripe.description.version}
    try:
        asked = await _asked(request, request_id)
        answered = await stripe.answer(asked)
    except Exception as error:  # noqa: BLE001 - the edge: clients of Stripe read one shape only, whatever it was
        return refused(_refusal(error, request_id), headers)
    return _answer(answered.status, answered.body, headers | _of(asked, answered))


def _refusal(error: Exception, request_id: str) -> StripeRefusal:
    """What went wrong, as Stripe would say it; a bug is told to the log."""
    match error:
        case StripeRefusal():
            return error
        case errors.Unavailable():
            return StripeRefusal(error.sentence, status=503, type="api_error")
        case HTTPException():
            return StripeRefusal(error.detail, status=error.status_code)
        case Mismatch():
            message = f"SIMULATED: {error}"
        case _:
            message = "SIMULATED: an error that nobody expected."
    _log.error("the stand-in for Stripe is wrong", extra={"stripe_request": request_id}, exc_info=error)
    return StripeRefusal(message, status=500, type="api_error")


def preflight() -> Response[bytes]:
    """A browser asks before it sends what a page of another origin wants."""
    return Response(b"", status_code=204, headers=ASKED_BEFORE)


async def _asked(request: _Request, request_id: str) -> Asked:
    body = await request.body()
    query = request.scope["query_string"]
    wanted = _JSON if _path(request).startswith("/v2/") else _FORM
    if body and request.headers.get("content-type", wanted).partition(";")[0].strip().lower() != wanted:
        raise StripeRefusal(f"Invalid request (check that your POST content type is {wanted}).")
    key = _key(request.headers) or _key_in_form(query) or (_key_in_form(body) if wanted == _FORM else "")
    _check(key)
    return Asked(
        method=request.method,
        path=_path(request),
        query=query,
        body=body,
        account=request.headers.get("stripe-account") or None,
        version=request.headers.get("stripe-version"),
        idempotency_key=request.headers.get("idempotency-key"),
        is_publishable=key.startswith("pk_"),
        request_id=request_id,
    )


def _path(request: _Request) -> str:
    """As the caller wrote it: an id with a slash in it, written %2F, stays one id."""
    raw: bytes = request.scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1").removeprefix(_BASE).rstrip("/")


def _key(headers: Mapping[str, str]) -> str:
    scheme, _, shown = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return shown.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(shown.strip(), validate=True).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            return shown
    return ""


def _key_in_form(form: bytes) -> str:
    if b"key=" not in form:
        return ""
    key = read_form(form).get("key", "")
    return key if isinstance(key, str) else ""


def _check(key: str) -> None:
    """Any key for tests is good here, as all accounts of the stand-in are one platform's."""
    if not key:
        raise StripeRefusal(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer"
            " auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
            status=401,
        )
    if key.startswith(("sk_live_", "rk_live_", "pk_live_")):
        raise StripeRefusal("SIMULATED: a live key has no business here; nothing was looked at.", status=401)
    if not key.startswith(("sk_test_", "rk_test_", "pk_test_")):
        raise StripeRefusal(f"Invalid API Key provided: {_hidden(key)}", status=401)


def _hidden(key: str) -> str:
    hidden = len(key) - 2 * _SHOWN_ENDS
    return f"{key[:_SHOWN_ENDS]}{'*' * min(hidden, 20)}{key[-_SHOWN_ENDS:]}" if hidden > 0 else "*" * len(key)


def _of(asked: Asked, answered: Answered) -> dict[str, str]:
    headers = {}
    if asked.account not in {None, PLATFORM}:
        headers["Stripe-Account"] = str(asked.account)
    if asked.idempotency_key and asked.method == "POST":
        headers["Idempotency-Key"] = asked.idempotency_key
    if answered.original_request is not None:
        headers["Original-Request"] = answered.original_request
        headers["Idempotent-Replayed"] = "true"
    return headers


def refused(refusal: StripeRefusal, headers: Mapping[str, str]) -> Response[bytes]:
    body = msgspec.json.format(msgspec.json.encode(refusal.body), indent=2)
    return _answer(refusal.status, body, headers)


def _answer(status: int, body: bytes, headers: Mapping[str, str]) -> Response[bytes]:
    return Response(body, status_code=status, media_type="application/json", headers={**OPEN, **headers})


ROUTER: Final = Router(_BASE, route_handlers=[operation], include_in_schema=False)
