"""Resend's HTTP interface, in Resend's shapes."""

import asyncio
import logging
from typing import Any, Final

import msgspec
from litestar import Request, Response, Router, get, post, route
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from litestar.params import FromPath, JSONBody

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.http.envelope import Ok, ok
from services.sandbox.domain.errors import ResendRefusal
from services.sandbox.domain.mails import Mail, checked_batch, checked_key, checked_mail
from services.sandbox.domain.messages import Message
from services.sandbox.schemas import FaultsRequest, FaultsView
from services.sandbox.store.resend import Faults
from services.sandbox.use_cases import catching
from services.sandbox.use_cases.catching import IdempotencyKey

_log = logging.getLogger(__name__)
# A mail of Resend may have 40 MB with what is attached.
_LARGEST: Final = 40_000_000
_Request = Request[Any, Any, Any]


@post("/emails", status_code=200)
async def send_one(request: _Request, db: NamedDependency[Database], clock: NamedDependency[Clock]) -> dict[str, str]:
    faults = await _admit(request, db)
    key = _key(request, await request.body())
    (email_id,) = await _catch(db, clock, [checked_mail(_json(await request.body()))], key, faults)
    return {"id": email_id}


@post("/emails/batch", status_code=200)
async def send_batch(
    request: _Request, db: NamedDependency[Database], clock: NamedDependency[Clock]
) -> dict[str, list[dict[str, str]]]:
    faults = await _admit(request, db)
    key = _key(request, await request.body())
    email_ids = await _catch(db, clock, checked_batch(_json(await request.body())), key, faults)
    return {"data": [{"id": email_id} for email_id in email_ids]}


@get("/emails/{email_id:str}")
async def retrieve(request: _Request, db: NamedDependency[Database], email_id: FromPath[str]) -> dict[str, Any]:
    _caller(request)
    message = await catching.caught(db, email_id, "email")
    if message is None:
        raise ResendRefusal(404, "not_found", "Email not found")
    return _email(message)


@post("/_control", status_code=200)
async def control(data: JSONBody[FaultsRequest], db: NamedDependency[Database]) -> Ok[FaultsView]:
    """Faults on demand; answers what now holds."""
    faults = await catching.change_faults(
        db,
        "resend",
        reset=data.reset,
        fail_next=data.fail_next,
        lose_answers=data.lose_answers,
        delay_ms=data.delay_ms,
    )
    return ok(FaultsView.of(faults))


@route(["/emails", "/emails/batch"], http_method=["GET", "PUT", "PATCH", "DELETE"])
async def wrong_for_emails() -> None:
    raise _wrong_method()


@route("/emails/{email_id:str}", http_method=["POST", "PUT", "PATCH", "DELETE"])
async def wrong_for_an_email() -> None:
    raise _wrong_method()


# Litestar does not come back to the first pattern once a path has matched the beginning of another.
@route(
    ["/", "/{rest:path}", "/emails/{email_id:str}/{rest:path}"], http_method=["GET", "POST", "PUT", "PATCH", "DELETE"]
)
async def nowhere() -> None:
    raise ResendRefusal(404, "not_found", "The requested endpoint does not exist.")


def _wrong_method() -> ResendRefusal:
    return ResendRefusal(405, "method_not_allowed", "Method is not allowed for the requested path.")


def _caller(request: _Request) -> str:
    """The key that the caller shows. Any that looks like one of Resend's is good here."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key.strip():
        raise ResendRefusal(401, "missing_api_key", "Missing API key in the authorization header.")
    if not key.strip().startswith("re_"):
        raise ResendRefusal(403, "invalid_api_key", "API key is invalid.")
    return key.strip()


async def _admit(request: _Request, db: Database) -> Faults:
    """Lets a caller in, after the faults that were asked for."""
    _caller(request)
    faults = await catching.meet_faults(db, "resend")
    if faults.delay_ms:
        await asyncio.sleep(faults.delay_ms / 1000)
    if faults.fail_next:
        raise _broken_down()
    return faults


async def _catch(
    db: Database, clock: Clock, mails: list[Mail], key: IdempotencyKey | None, faults: Faults
) -> list[str]:
    email_ids = await catching.catch_mails(db, clock, mails, key)
    if faults.lose_answers:
        raise _broken_down()
    return email_ids


def _key(request: _Request, body: bytes) -> IdempotencyKey | None:
    key = checked_key(request.headers.get("idempotency-key"))
    return None if key is None else IdempotencyKey(_caller(request), key, body)


def _json(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ResendRefusal(400, "validation_error", "The request body is not valid JSON.") from error


def _email(message: Message) -> dict[str, Any]:
    """A mail as Resend shows it."""
    tags = message.details.get("tags", {})
    return {
        "object": "email",
        "id": message.id,
        "to": message.recipients,
        "from": message.sender,
        "created_at": message.sent_at.isoformat(),
        "subject": message.subject,
        "html": message.html or None,
        "text": message.text or None,
        "cc": message.details.get("cc", []),
        "bcc": message.details.get("bcc", []),
        "reply_to": message.details.get("replyTo", []),
        "scheduled_at": message.details.get("scheduledAt"),
        "tags": [{"name": name, "value": value} for name, value in tags.items()],
        "last_event": "delivered",
    }


def _broken_down() -> ResendRefusal:
    return ResendRefusal(500, "application_error", "An unexpected error occurred.")


def _shaped(status: int, name: str, message: str) -> Response[Any]:
    return Response({"statusCode": status, "name": name, "message": message}, status_code=status)


def _refused(_: _Request, refusal: ResendRefusal) -> Response[Any]:
    return _shaped(refusal.status, refusal.name, refusal.message)


def _unavailable(_: _Request, refusal: errors.Unavailable) -> Response[Any]:
    return _shaped(503, "service_unavailable", refusal.sentence)


def _invalid(_: _Request, refusal: errors.Invalid) -> Response[Any]:
    problems = "; ".join(f"{field} {sentence}" for field, sentence in refusal.details.items())
    return _shaped(400, "validation_error", problems or refusal.sentence)


def _failed(_: _Request, error: HTTPException) -> Response[Any]:
    return _shaped(error.status_code, "validation_error", error.detail)


def _broken(request: _Request, error: Exception) -> Response[Any]:
    _log.error("a request failed", exc_info=error)
    return _refused(request, _broken_down())


ROUTER: Final = Router(
    "/sandbox/resend",
    route_handlers=[
        Router(
            "/",
            route_handlers=[send_one, send_batch, retrieve, wrong_for_emails, wrong_for_an_email, nowhere],
            exception_handlers={
                ResendRefusal: _refused,
                errors.Unavailable: _unavailable,
                errors.Invalid: _invalid,
                HTTPException: _failed,
                Exception: _broken,
            },
            request_max_body_size=_LARGEST,
        ),
        # Our own address, in our own envelope.
        control,
    ],
    include_in_schema=False,
)
