"""Google's sign-in: where the browser goes, the code that comes back, and the identity behind it."""

import asyncio
import binascii
import hashlib
import logging
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlencode

import httpx
import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.auth.domain.errors import GoogleRefused
from services.auth.settings import AuthSettings
from services.kernel.clock import Clock
from services.kernel.secrets import from_urlsafe, same, urlsafe

A = TypeVar("A", bound=msgspec.Struct)

_log = logging.getLogger(__name__)
_SECONDS: Final = 5.0
_LEEWAY: Final = 60
_KEYS_KEPT: Final = timedelta(hours=1)
# A key that nobody knows must not have us ask Google again and again.
_KEYS_PAUSE: Final = timedelta(seconds=10)
_LARGEST: Final = 100_000


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Whom Google vouches for."""

    subject: str
    email: str
    name: str


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    aud: str
    sub: str
    exp: int
    nonce: str = ""
    email: str = ""
    email_verified: bool | str = False
    name: str = ""


class _Key(msgspec.Struct, frozen=True):
    kty: str = ""
    kid: str = ""
    n: str = ""
    e: str = ""


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[_Key]


class _Header(msgspec.Struct, frozen=True):
    alg: str
    kid: str = ""


class _Answer(msgspec.Struct, frozen=True):
    id_token: str = ""


class Google:
    """Speaks OAuth 2 with PKCE, and believes no identity that Google's present keys did not sign."""

    def __init__(self, settings: AuthSettings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._keys: dict[str, rsa.RSAPublicKey] = {}
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    @property
    def is_configured(self) -> bool:
        return bool(self._settings.google_client_id)

    def authorize_url(self, *, redirect_uri: str, state: str, nonce: str, verifier: str) -> str:
        """Where the browser goes."""
        challenge = urlsafe(hashlib.sha256(verifier.encode()).digest())
        query = {
            "client_id": self._settings.google_client_id,
            "redirect_uri": redirect_uri,
            "response_type": "code",
            "scope": "openid email profile",
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        return f"{self._settings.google_authorize}?{urlencode(query)}"

    async def person(self, *, code: str, redirect_uri: str, nonce: str, verifier: str) -> Person:
        """Who the code stands for."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._settings.google_client_id,
            "client_secret": self._settings.google_client_secret.reveal(),
            "code_verifier": verifier,
        }
        answer = await self._ask("POST", self._settings.google_token, _Answer, form)
        claims = await self._verified(answer.id_token)
        if claims.iss not in self._settings.google_issuers or claims.aud != self._settings.google_client_id:
            raise GoogleRefused("GOOGLE_TOKEN_INVALID")
        if claims.exp + _LEEWAY < self._clock.now().timestamp() or not same(claims.nonce, nonce):
            raise GoogleRefused("GOOGLE_TOKEN_INVALID")
        if not claims.sub or not claims.email or claims.email_verified not in {True, "true"}:
            raise GoogleRefused("GOOGLE_EMAIL_NOT_VERIFIED")
        return Person(subject=claims.sub, email=claims.email, name=claims.name)

    async def _verified(self, token: str) -> _Claims:
        try:
            head, body, signature = token.split(".")
            header = msgspec.json.decode(from_urlsafe(head), type=_Header)
            # One algorithm only: a token never chooses how it is checked.
            if header.alg != "RS256":
                raise GoogleRefused("GOOGLE_TOKEN_INVALID")
            key = await self._key(header.kid)
            key.verify(from_urlsafe(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256())
            return msgspec.json.decode(from_urlsafe(body), type=_Claims)
        except (ValueError, InvalidSignature) as error:
            raise GoogleRefused("GOOGLE_TOKEN_INVALID") from error

    async def _key(self, kid: str) -> rsa.RSAPublicKey:
        async with self._asking:
            age = None if self._asked_at is None else self._clock.now() - self._asked_at
            if age is None or age > _KEYS_KEPT or (kid not in self._keys and age > _KEYS_PAUSE):
                found = await self._ask("GET", self._settings.google_certificates, _KeySet)
                self._keys = {key.kid: _public(key) for key in found.keys if key.kty == "RSA"}
                self._asked_at = self._clock.now()
        if kid not in self._keys:
            raise GoogleRefused("GOOGLE_TOKEN_INVALID")
        return self._keys[kid]

    async def _ask(self, method: str, url: str, kind: type[A], form: dict[str, str] | None = None) -> A:
        try:
            # A client for each sign-in: they are rare, and nothing stays open between them.
            async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False, follow_redirects=False) as client:
                response = await client.request(method, url, data=form)
        except httpx.HTTPError as error:
            _log.warning("Google does not answer", extra={"reason": type(error).__name__})
            raise GoogleRefused("GOOGLE_UNAVAILABLE") from error
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            raise GoogleRefused("GOOGLE_UNAVAILABLE")
        if not response.is_success or len(response.content) > _LARGEST:
            raise GoogleRefused("GOOGLE_FAILED")
        try:
            return msgspec.json.decode(response.content, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise GoogleRefused("GOOGLE_FAILED") from error


def _public(key: _Key) -> rsa.RSAPublicKey:
    try:
        exponent, modulus = (int.from_bytes(from_urlsafe(part), "big") for part in (key.e, key.n))
        return rsa.RSAPublicNumbers(exponent, modulus).public_key()
    except (ValueError, binascii.Error) as error:
        raise GoogleRefused("GOOGLE_FAILED") from error
