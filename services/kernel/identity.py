"""Who is asking: a short-lived identity, signed by auth for people and by each context for itself."""

import binascii
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.kernel import errors
from services.kernel.clock import Clock
from services.kernel.secrets import from_urlsafe, urlsafe

Role = Literal["owner", "admin", "tech"]

LIFETIME: Final = timedelta(seconds=60)
# A context's own word for itself is the same for so long: signing it and checking it cost more than many a call.
_SAME_FOR: Final = timedelta(seconds=10)
_KNOWN: Final = 256
# Two machines' clocks differ a little.
_LEEWAY_SECONDS: Final = 5
_HEADER: Final = urlsafe(b'{"alg":"EdDSA","typ":"JWT"}')
_LONGEST: Final = 4096


class Identity(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person signed in (`role` within `tenant`), or a context that calls another."""

    iss: str
    aud: str
    sub: str
    exp: int
    tenant: str | None = None
    role: Role | None = None
    session: str | None = None

    @property
    def is_context(self) -> bool:
        return self.sub == f"context:{self.iss}"


class BadIdentity(errors.Unauthenticated):
    """No identity, a forged one, or one that has run out."""


class Signer:
    """Signs in the name of one context."""

    def __init__(self, context: str, seed: bytes, clock: Clock) -> None:
        self._context = context
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self._clock = clock
        # By audience, what was signed last, and when.
        self._signed: dict[str, tuple[datetime, str]] = {}

    def person(self, user_id: str, *, tenant_id: str | None, role: Role | None, session_id: str) -> str:
        return self._sign("people", user_id, tenant_id, role, session_id)

    def context(self, audience: str) -> str:
        now = self._clock.now()
        at, token = self._signed.get(audience, (None, ""))
        if at is None or not at <= now < at + _SAME_FOR:
            token = self._sign(audience, f"context:{self._context}", None, None, None)
            self._signed[audience] = now, token
        return token

    def _sign(self, audience: str, subject: str, tenant: str | None, role: Role | None, session: str | None) -> str:
        identity = Identity(
            iss=self._context,
            aud=audience,
            sub=subject,
            tenant=tenant,
            role=role,
            session=session,
            exp=int((self._clock.now() + LIFETIME).timestamp()),
        )
        signed = f"{_HEADER}.{urlsafe(msgspec.json.encode(identity))}"
        return f"{signed}.{urlsafe(self._key.sign(signed.encode()))}"


class Verifier:
    """Knows every context's public key, and reads what they signed."""

    def __init__(self, context: str, public_keys: Mapping[str, str], clock: Clock) -> None:
        self._context = context
        self._clock = clock
        self._keys = {
            name: Ed25519PublicKey.from_public_bytes(binascii.a2b_base64(key)) for name, key in public_keys.items()
        }
        # What was read before, and found to be signed as it says.
        self._known: dict[str, Identity] = {}

    def person(self, token: str) -> Identity:
        """A person whom auth vouches for."""
        identity = self._read(token)
        if identity.iss != "auth" or identity.aud != "people" or identity.is_context:
            raise BadIdentity
        return identity

    def context(self, token: str) -> Identity:
        """Another context that calls this one."""
        identity = self._read(token)
        if not identity.is_context or identity.aud != self._context:
            raise BadIdentity
        return identity

    def _read(self, token: str) -> Identity:
        identity = self._known.get(token)
        if identity is None:
            identity = self._checked(token)
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[token] = identity
        if identity.exp + _LEEWAY_SECONDS < self._clock.now().timestamp():
            raise BadIdentity
        return identity

    def _checked(self, token: str) -> Identity:
        if len(token) > _LONGEST or token.count(".") != 2:  # noqa: PLR2004 - header, claims, signature
            raise BadIdentity
        header, claims, signature = token.split(".")
        # One algorithm only: a token never chooses how it is checked.
        if header != _HEADER:
            raise BadIdentity
        try:
            identity = msgspec.json.decode(from_urlsafe(claims), type=Identity)
            self._keys[identity.iss].verify(from_urlsafe(signature), f"{header}.{claims}".encode())
        except (KeyError, ValueError, RecursionError, InvalidSignature) as error:
            raise BadIdentity from error
        return identity
