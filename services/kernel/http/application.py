"""Builds a context's Litestar application: the envelope for everything that fails, and the routes all contexts have."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Litestar, MediaType, Request, Response, get
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException, MethodNotAllowedException, ValidationException
from litestar.openapi import OpenAPIConfig
from litestar.types import ControllerRouterHandler

from services.kernel import errors
from services.kernel.http import bodies, envelope, who
from services.kernel.http.document import document
from services.kernel.telemetry import metrics

_log = logging.getLogger(__name__)

LARGEST_BODY: Final = 1_000_000

_CODES: Final = {
    401: ("UNAUTHENTICATED", "Please sign in."),
    403: ("FORBIDDEN", "This is not allowed."),
    404: ("NOT_FOUND", "There is nothing here by that name."),
    405: ("METHOD_NOT_ALLOWED", "This address does not take that method."),
    413: ("PAYLOAD_TOO_LARGE", "What was sent is too large."),
    429: ("RATE_LIMITED", "Too many requests. Please wait a moment."),
    500: ("INTERNAL_ERROR", "Something went wrong on our side. It has been noted."),
    503: ("SERVICE_UNAVAILABLE", "This can't be done at the moment. Please try again shortly."),
}


def build(
    *,
    title: str,
    description: str,
    routes: Sequence[ControllerRouterHandler],
    state: Mapping[str, Any],
    lifespan: Sequence[Callable[[Litestar], Any]],
    middleware: Sequence[Any] = (),
    dependencies: Mapping[str, Provide] | None = None,
) -> Litestar:
    return Litestar(
        route_handlers=[*routes, openapi],
        dto=bodies.StrictBody,
        return_dto=None,
        exception_handlers={
            errors.Refusal: _refused,
            HTTPException: _failed,
            Exception: _broken,
        },
        request_max_body_size=LARGEST_BODY,
        state=State({**state, "title": title}),
        lifespan=list(lifespan),
        before_request=who.within_allowance,
        middleware=list(middleware),
        dependencies=dict(dependencies or {}),
        openapi_config=OpenAPIConfig(
            title=title,
            version="1",
            description=description,
            # Ours, with the error envelope in it, is served at /schema/openapi.json.
            path="/schema/plain",
            render_plugins=[],
            use_handler_docstrings=True,
        ),
        logging_config=None,
        debug=False,
    )


def _answer(failure: envelope.Failure, headers: Mapping[str, str] | None = None) -> Response[envelope.Failure]:
    metrics.refusals.labels(failure.error.code).inc()
    return Response(failure, status_code=failure.status_code, media_type=MediaType.JSON, headers=dict(headers or {}))


def _refused(_: Request[Any, Any, Any], refusal: errors.Refusal) -> Response[envelope.Failure]:
    return _answer(envelope.refused(refusal), envelope.headers_of(refusal))


def _failed(request: Request[Any, Any, Any], error: HTTPException) -> Response[envelope.Failure]:
    # A refusal inside Litestar's own decoding comes wrapped.
    if isinstance(error.__cause__, errors.Refusal):
        return _refused(request, error.__cause__)
    status = error.status_code
    if status not in _CODES and status < 500:
        return _refused(request, errors.Invalid(details=_validation_details(request, error)))
    if status not in _CODES or status == 500:
        return _broken(request, error)
    code, message = _CODES[status]
    headers = {}
    if isinstance(error, MethodNotAllowedException) and error.headers:
        headers = {name: value for name, value in error.headers.items() if name.lower() == "allow"}
    return _answer(envelope.failure(status, code, message), headers)


def _validation_details(request: Request[Any, Any, Any], error: HTTPException) -> dict[str, str]:
    handler = request.scope.get("route_handler")
    field = getattr(handler, "parsed_data_field", None)
    if isinstance(error, ValidationException):
        told = bodies.query_problems(error.extra)
        details = {_name_outside(handler, name): sentence for name, sentence in told.items()}
        if field is not None and (not details or "data" in details):
            details.pop("data", None)
            details |= bodies.missing_fields(field.annotation)
        return details or {"request": "is not valid"}
    return {"request": error.detail[:200]} if error.detail else {"request": "is not valid"}


def _name_outside(handler: Any, name: str) -> str:
    """What callers call a parameter, which the handler may call otherwise."""
    signature = getattr(handler, "parsed_fn_signature", None)
    parameter = None if signature is None else signature.parameters.get(name)
    definition = None if parameter is None else parameter.kwarg_definition
    return str(getattr(definition, "name", None) or name)


def _broken(request: Request[Any, Any, Any], error: Exception) -> Response[envelope.Failure]:
    route = request.scope.get("path_template", "")
    _log.error("a request failed", extra={"method": request.method, "route": route}, exc_info=error)
    code, message = _CODES[500]
    return _answer(envelope.failure(500, code, message))


@get("/schema/openapi.json", include_in_schema=False, media_type=MediaType.JSON)
async def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    """This context's public API."""
    state = request.app.state
    if "openapi" not in state:
        state["openapi"] = msgspec.json.encode(document(request.app))
    return Response(state["openapi"], media_type=MediaType.JSON)
