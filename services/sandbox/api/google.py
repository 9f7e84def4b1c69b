"""Google sign-in: a page to choose a person, then OAuth 2 in Google's shapes."""

import base64
import binascii
import logging
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus, urlencode

from litestar import Request, Response, Router, get, post, route
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.secrets import Keyring, same
from services.sandbox.api.forms import read_form
from services.sandbox.api.markup import Html, page, tag
from services.sandbox.domain import google
from services.sandbox.domain.errors import OAuthRefusal
from services.sandbox.domain.google import Account, Client, Wish
from services.sandbox.settings import SandboxSettings
from services.sandbox.use_cases import signing_in
from services.sandbox.use_cases.signing_in import SigningKey

_log = logging.getLogger(__name__)
_AUTH: Final = "/o/oauth2/v2/auth"
_ASKED: Final = (
    "client_id",
    "redirect_uri",
    "response_type",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
)
_Request = Request[Any, Any, Any]


@get(_AUTH)
async def ask(
    request: _Request,
    db: NamedDependency[Database],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[Keyring],
    settings: NamedDependency[SandboxSettings],
) -> Response[Any]:
    """The page to choose a person; `prompt=none` with a `login_hint` goes on without it."""
    query = {name: request.query_params[name] for name in request.query_params}
    try:
        google.known_client(query, settings.google_client)
    except OAuthRefusal as refusal:
        return _refusal_page(refusal)
    try:
        wish = google.wish(query)
        if wish.prompt != "none":
            return _choice(query, wish, await signing_in.known_accounts(db))
        email = google.hinted_email(wish)
        code = await signing_in.allow(db, clock, keyring, wish, email=email, name=query.get("name", ""))
    except OAuthRefusal as refusal:
        return _back(query, {"error": refusal.error, "error_description": refusal.description})
    return _back(query, {"code": code, "scope": wish.scope, "prompt": "none"})


@post(_AUTH, status_code=303)
async def answer(
    request: _Request,
    db: NamedDependency[Database],
    clock: NamedDependency[Clock],
    keyring: NamedDependency[Keyring],
    settings: NamedDependency[SandboxSettings],
) -> Response[Any]:
    """What the person on the page decided."""
    form = await read_form(request)
    try:
        google.known_client(form, settings.google_client)
    except OAuthRefusal as refusal:
        return _refusal_page(refusal)
    try:
        wish = google.wish(form)
        google.consented(form)
        code = await signing_in.allow(db, clock, keyring, wish, email=form.get("email", ""), name=form.get("name", ""))
    except OAuthRefusal as refusal:
        return _back(form, {"error": refusal.error, "error_description": refusal.description})
    return _back(form, {"code": code, "scope": wish.scope})


@post("/token", status_code=200)
async def redeem(
    request: _Request,
    db: NamedDependency[Database],
    clock: NamedDependency[Clock],
    settings: NamedDependency[SandboxSettings],
    signing_key: NamedDependency[SigningKey],
) -> Response[Any]:
    form = await read_form(request)
    client = settings.google_client
    _check_client(request, form, client)
    if form.get("grant_type") != "authorization_code":
        raise OAuthRefusal("unsupported_grant_type", "The grant_type must be authorization_code.")
    if missing := [name for name in ("code", "redirect_uri", "code_verifier") if not form.get(name)]:
        raise OAuthRefusal("invalid_request", f"Missing parameter: {missing[0]}")
    tokens = await signing_in.redeem(
        db,
        clock,
        signing_key,
        client,
        issuer=settings.google_issuer,
        code=form["code"],
        redirect_uri=form["redirect_uri"],
        code_verifier=form["code_verifier"],
    )
    given = {
        "access_token": tokens.access_token,
        "expires_in": int(google.TOKEN_LIFETIME.total_seconds()),
        "scope": tokens.scope,
        "token_type": "Bearer",
        "id_token": tokens.id_token,
    }
    return Response(given, headers={"Cache-Control": "no-store"})


@get("/oauth2/v3/certs")
async def keys(signing_key: NamedDependency[SigningKey]) -> Response[Any]:
    """The public key that checks the identity tokens."""
    return Response({"keys": [await signing_key.published()]}, headers={"Cache-Control": "public, max-age=3600"})


@route("/token", http_method=["GET", "PUT", "PATCH", "DELETE"])
async def wrong_for_token() -> None:
    raise OAuthRefusal("invalid_request", "This address takes POST.", 405)


@route("/oauth2/v3/certs", http_method=["POST", "PUT", "PATCH", "DELETE"])
async def wrong_for_certs() -> None:
    raise OAuthRefusal("invalid_request", "This address takes GET.", 405)


@route(["/", "/{rest:path}"], http_method=["GET", "POST", "PUT", "PATCH", "DELETE"])
async def nowhere() -> None:
    raise OAuthRefusal("not_found", "There is nothing at this address.", 404)


def _check_client(request: _Request, form: Mapping[str, str], client: Client) -> None:
    """The client's id and secret, in the form or as basic authentication."""
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            user, _, password = base64.b64decode(given, validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            user, password = "", ""
        client_id, secret = unquote_plus(user), unquote_plus(password)
    if not (same(client_id, client.client_id) and same(secret, client.client_secret)):
        raise OAuthRefusal("invalid_client", "The OAuth client is unknown, or its secret is wrong.", 401)


def _back(query: Mapping[str, str], said: Mapping[str, str]) -> Response[Any]:
    """Sends the browser back to who asked, whose address is known to be good by now."""
    parameters = {**said, "state": query["state"]} if query.get("state") else dict(said)
    address = f"{query['redirect_uri']}?{urlencode(parameters)}"
    return Response(None, status_code=303, headers={"Location": address, "Cache-Control": "no-store"})


def _choice(query: Mapping[str, str], wish: Wish, people: list[Account]) -> Response[str]:
    asked = [tag("input", type="hidden", name=name, value=query[name]) for name in _ASKED if name in query]

    def form(*content: Html) -> Html:
        return tag("form", asked, content, method="post", action="auth")

    allow = {"type": "submit", "name": "decision", "value": "allow"}
    known = [
        form(
            tag("input", type="hidden", name="email", value=person.email),
            tag("input", type="hidden", name="name", value=person.name),
            tag("button", tag("strong", person.name), person.email, class_="person plain", **allow),
        )
        for person in people
    ]
    other = form(
        tag("label", "E-mail", tag("input", type="email", name="email", value=wish.login_hint, required=True)),
        tag("label", "Name", tag("input", type="text", name="name", autocomplete="off", maxlength="200")),
        tag("div", tag("button", "Continue", **allow), class_="row"),
    )
    deny = form(tag("button", "Deny", class_="plain", type="submit", name="decision", value="deny"))
    return page(
        "Sign in with Google",
        tag(
            "section",
            tag("h1", "Choose an account"),
            tag("p", "This page stands in for Google. Whoever you type here, you are.", class_="quiet"),
            known,
            tag("h2", "Another account" if known else "Who are you?"),
            other,
            deny,
            class_="narrow",
        ),
    )


def _refusal_page(refusal: OAuthRefusal) -> Response[str]:
    return page(
        "Access blocked",
        tag(
            "section",
            tag("h1", "Access blocked"),
            tag("p", refusal.description),
            tag("p", f"Error {refusal.status}: {refusal.error}", class_="quiet"),
            class_="narrow",
        ),
        status=refusal.status,
    )


def _shaped(error: str, description: str, status: int) -> Response[Any]:
    said = {"error": error, "error_description": description}
    return Response(said, status_code=status, headers={"Cache-Control": "no-store"})


def _refused(_: _Request, refusal: OAuthRefusal) -> Response[Any]:
    return _shaped(refusal.error, refusal.description, refusal.status)


def _unavailable(_: _Request, refusal: errors.Unavailable) -> Response[Any]:
    return _shaped("temporarily_unavailable", refusal.sentence, 503)


def _failed(_: _Request, error: HTTPException) -> Response[Any]:
    return _shaped("invalid_request", error.detail, error.status_code)


def _broken(_: _Request, error: Exception) -> Response[Any]:
    _log.error("a request failed", exc_info=error)
    return _shaped("server_error", "Something went wrong.", 500)


ROUTER: Final = Router(
    "/sandbox/google",
    route_handlers=[ask, answer, redeem, keys, wrong_for_token, wrong_for_certs, nowhere],
    exception_handlers={
        OAuthRefusal: _refused,
        errors.Unavailable: _unavailable,
        HTTPException: _failed,
        Exception: _broken,
    },
    include_in_schema=False,
)
