"""Google's stand-in: a person is chosen, a code given and redeemed once, the identity token signed."""

import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest

from services.kernel.context import Context
from services.sandbox import app as sandbox
from services.sandbox.domain.errors import OAuthRefusal
from services.sandbox.domain.google import wish
from services.sandbox.settings import SandboxSettings
from services.sandbox.use_cases import signing_in
from tests.service.sandbox.served import Environ
from tests.support.clock import FrozenClock
from tests.support.contexts import connected, running

AUTH = "/sandbox/google/o/oauth2/v2/auth"
VERIFIER = "v" * 64


def challenge(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class SignIn:
    """A program that has people sign in with Google."""

    client: httpx.AsyncClient
    context: Context
    environ: Mapping[str, str]
    query: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.query = {
            "client_id": self.environ["GOOGLE_CLIENT_ID"],
            "redirect_uri": f"{self.environ['PUBLIC_URL']}/api/auth/callback/google",
            "response_type": "code",
            "scope": "openid email profile",
            "state": "the state",
            "nonce": "the nonce",
            "code_challenge": challenge(VERIFIER),
            "code_challenge_method": "S256",
        }

    def came_back(self, answer: httpx.Response) -> dict[str, str]:
        assert answer.status_code in {302, 303}, answer.text
        parts = urlsplit(answer.headers["location"])
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == self.query["redirect_uri"]
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        assert said["state"] == "the state"
        return said

    async def without_page(self, email: str, **changes: str) -> dict[str, str]:
        query = {**self.query, "prompt": "none", "login_hint": email, **changes}
        return self.came_back(await self.client.get(AUTH, params=query))

    async def redeem(self, code: str, /, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "client_id": self.environ["GOOGLE_CLIENT_ID"],
            "client_secret": self.environ["GOOGLE_CLIENT_SECRET"],
            "redirect_uri": self.query["redirect_uri"],
            "code_verifier": VERIFIER,
            **changes,
        }
        return await self.client.post("/sandbox/google/token", data=form)

    async def person(self, email: str) -> dict[str, Any]:
        """Sign in, and read the identity token as auth does: with the published key."""
        tokens = (await self.redeem((await self.without_page(email))["code"])).json()
        (key,) = (await self.client.get("/sandbox/google/oauth2/v3/certs")).json()["keys"]
        assert jwt.get_unverified_header(tokens["id_token"])["kid"] == key["kid"]
        claims: dict[str, Any] = jwt.decode(
            tokens["id_token"],
            jwt.PyJWK(key),
            algorithms=["RS256"],
            audience=self.environ["GOOGLE_CLIENT_ID"],
            issuer=self.environ["GOOGLE_BASE_URL"],
        )
        return claims


@asynccontextmanager
async def sign_in(environ: Environ) -> AsyncIterator[SignIn]:
    own = environ("sandbox")
    context = sandbox.compose(own)
    async with running(context, "serve") as client:
        yield SignIn(client, context, own)
        await connected(context)


def refused(answer: httpx.Response, status: int, error: str) -> None:
    assert answer.status_code == status, answer.text
    assert set(answer.json()) == {"error", "error_description"}
    assert answer.json()["error"] == error


async def test_somebody_signs_in_by_the_page(environ: Environ) -> None:
    async with sign_in(environ) as google:
        page = await google.client.get(AUTH, params=google.query)
        assert "SIMULATED" in page.text
        for name, value in google.query.items():
            assert f'name="{name}" value="{value}"' in page.text
        chosen = {**google.query, "decision": "allow", "email": "Mia@Example.com", "name": "Mia Ngata"}
        said = google.came_back(await google.client.post(AUTH, data=chosen))
        tokens = (await google.redeem(said["code"])).json()
        assert (tokens["token_type"], tokens["expires_in"], tokens["scope"]) == ("Bearer", 3600, google.query["scope"])
        assert tokens["access_token"]
        again = await google.client.get(AUTH, params=google.query)
        assert "mia@example.com" in again.text
        assert "mia@example.com" in (await google.client.get("/sandbox")).text


async def test_the_identity_token_says_who_it_is(environ: Environ) -> None:
    async with sign_in(environ) as google:
        claims = await google.person("mia.ngata@example.com")
        assert claims["email"] == "mia.ngata@example.com"
        assert claims["email_verified"] is True
        assert (claims["name"], claims["nonce"]) == ("Mia Ngata", "the nonce")
        assert claims["exp"] - claims["iat"] == 3600
        assert (await google.person("mia.ngata@example.com"))["sub"] == claims["sub"]
        assert (await google.person("other@example.com"))["sub"] != claims["sub"]
        assert (await google.person("mia+unverified@example.com"))["email_verified"] is False


async def test_who_says_no_is_sent_back_with_that(environ: Environ) -> None:
    async with sign_in(environ) as google:
        said = google.came_back(await google.client.post(AUTH, data={**google.query, "decision": "deny"}))
        assert said["error"] == "access_denied"
        assert "code" not in said


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"login_hint": ""}, "login_required"),
        ({"login_hint": "nobody"}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
    ],
)
async def test_a_bad_request_is_sent_back_with_its_error(environ: Environ, changes: dict[str, str], error: str) -> None:
    async with sign_in(environ) as google:
        assert (await google.without_page("mia@example.com", **changes))["error"] == error


@pytest.mark.parametrize(
    "changes", [{"client_id": "<script>"}, {"redirect_uri": "https://evil.example.com/"}, {"redirect_uri": ""}]
)
async def test_a_stranger_gets_a_page_and_no_redirect(environ: Environ, changes: dict[str, str]) -> None:
    async with sign_in(environ) as google:
        for answer in (
            await google.client.get(AUTH, params={**google.query, **changes}),
            await google.client.post(AUTH, data={**google.query, "decision": "deny", **changes}),
        ):
            assert answer.status_code in {400, 401}
            assert "location" not in answer.headers
            assert "SIMULATED" in answer.text
            assert "<script>" not in answer.text


async def test_a_code_works_once(environ: Environ) -> None:
    async with sign_in(environ) as google:
        code = (await google.without_page("mia@example.com"))["code"]
        assert (await google.redeem(code)).status_code == 200
        refused(await google.redeem(code), 400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "status", "error"),
    [
        ({"code": "other"}, 400, "invalid_grant"),
        ({"code_verifier": "w" * 64}, 400, "invalid_grant"),
        ({"code_verifier": ""}, 400, "invalid_request"),
        ({"redirect_uri": "https://evil.example.com/"}, 400, "redirect_uri_mismatch"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "other"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
    ],
)
async def test_a_code_is_redeemed_only_by_who_asked_for_it(
    environ: Environ, changes: dict[str, str], status: int, error: str
) -> None:
    async with sign_in(environ) as google:
        code = (await google.without_page("mia@example.com"))["code"]
        refused(await google.redeem(code, **changes), status, error)


async def test_a_code_runs_out(environ: Environ) -> None:
    async with sign_in(environ) as google:
        tools, clock = google.context.tools, FrozenClock()
        client = SandboxSettings.read(google.environ).google_client
        key = signing_in.SigningKey(tools.db, tools.keyring)

        async def after(seconds: float) -> signing_in.Tokens:
            code = await signing_in.allow(
                tools.db, clock, tools.keyring, wish(google.query), email="mia@example.com", name=""
            )
            clock.advance(seconds=seconds)
            return await signing_in.redeem(
                tools.db,
                clock,
                key,
                client,
                issuer="i",
                code=code,
                redirect_uri=google.query["redirect_uri"],
                code_verifier=VERIFIER,
            )

        assert (await after(60)).id_token
        with pytest.raises(OAuthRefusal):
            await after(61)


async def test_the_key_outlives_the_process_and_is_not_stored_in_the_open(environ: Environ) -> None:
    async def published() -> Any:
        async with sign_in(environ) as google:
            async with google.context.tools.db.transaction() as tx:
                sealed = await tx.value("SELECT sealed FROM google_key")
            answer = await google.client.get("/sandbox/google/oauth2/v3/certs")
            return answer.json(), sealed

    first, before = await published()
    second, sealed = await published()
    assert before is None
    assert first == second
    modulus = base64.urlsafe_b64decode(first["keys"][0]["n"] + "==")
    assert len(modulus) == 256
    assert modulus not in sealed


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/token", 405), ("POST", "/oauth2/v3/certs", 405), ("GET", "/else", 404)]
)
async def test_wrong_addresses_are_answered_in_oauths_shape(
    environ: Environ, method: str, path: str, status: int
) -> None:
    async with sign_in(environ) as google:
        answer = await google.client.request(method, f"/sandbox/google{path}")
        assert answer.status_code == status
        assert set(answer.json()) == {"error", "error_description"}
