"""Somebody signs in with Google: a code for a person, then tokens for the code."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.secrets import Keyring, fingerprint, new_token, same, urlsafe
from services.sandbox.domain import google
from services.sandbox.domain.errors import OAuthRefusal
from services.sandbox.domain.google import Account, Client, Wish
from services.sandbox.store import google as store
from services.sandbox.store.google import Grant

_PURPOSE: Final = "sandbox google key"
_SUBJECTS: Final = "sandbox google subjects"
_SHOWN_ACCOUNTS: Final = 50


class SigningKey:
    """The stand-in's RSA key: made once, kept encrypted in the database, the same in every process."""

    def __init__(self, db: Database, keyring: Keyring) -> None:
        self._db = db
        self._keyring = keyring
        self._key: rsa.RSAPrivateKey | None = None

    async def private(self) -> rsa.RSAPrivateKey:
        if self._key is None:
            async with self._db.transaction() as tx:
                sealed = await store.sealed_key(tx)
            if sealed is None:
                made = self._keyring.encrypt(_PURPOSE, await asyncio.to_thread(_new_key))
                async with self._db.transaction() as tx:
                    sealed = await store.keep_sealed_key(tx, made)
            loaded = serialization.load_der_private_key(self._keyring.decrypt(_PURPOSE, sealed), None)
            if not isinstance(loaded, rsa.RSAPrivateKey):
                raise TypeError("the stored key is no RSA key")
            self._key = loaded
        return self._key

    async def published(self) -> dict[str, str]:
        """The public half as a JSON web key."""
        numbers = (await self.private()).public_key().public_numbers()
        modulus, exponent = _bytes_of(numbers.n), _bytes_of(numbers.e)
        return {
            "kty": "RSA",
            "alg": "RS256",
            "use": "sig",
            "kid": urlsafe(fingerprint(urlsafe(modulus))[:20]),
            "n": urlsafe(modulus),
            "e": urlsafe(exponent),
        }

    async def sign(self, claims: Mapping[str, object]) -> str:
        """A token with these claims, signed by RS256."""
        header = {"alg": "RS256", "kid": (await self.published())["kid"], "typ": "JWT"}
        signed = f"{urlsafe(msgspec.json.encode(header))}.{urlsafe(msgspec.json.encode(claims))}"
        signature = (await self.private()).sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{urlsafe(signature)}"


def _new_key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _bytes_of(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@dataclass(frozen=True, kw_only=True, slots=True)
class Tokens:
    """What a redeemed code gives."""

    access_token: str
    id_token: str
    scope: str


async def known_accounts(db: Database) -> list[Account]:
    async with db.transaction() as tx:
        return await store.accounts(tx, limit=_SHOWN_ACCOUNTS)


async def allow(db: Database, clock: Clock, keyring: Keyring, wish: Wish, *, email: str, name: str) -> str:
    """The code that says: this person allows it."""
    code = new_token()
    async with db.transaction() as tx:
        if not name.strip():
            name = await store.account_name(tx, email) or ""
        person = google.account(email, name, keyring.key(_SUBJECTS))
        await store.keep_account(tx, person, now=clock.now())
        await store.add_code(tx, fingerprint(code), person, wish, now=clock.now())
    return code


async def redeem(
    db: Database,
    clock: Clock,
    key: SigningKey,
    client: Client,
    *,
    issuer: str,
    code: str,
    redirect_uri: str,
    code_verifier: str,
) -> Tokens:
    """The tokens for a code. A code that was tried is used up, whether or not the rest was right."""
    now = clock.now()
    async with db.transaction() as tx:
        grant = await store.use_code(tx, fingerprint(code), now=now)
    if grant is None or grant.issued_at + google.CODE_LIFETIME < now:
        raise OAuthRefusal("invalid_grant", "The code is unknown, was used already, or has run out.")
    _check(grant, redirect_uri=redirect_uri, code_verifier=code_verifier)
    said = google.claims(grant.account, issuer=issuer, audience=client.client_id, nonce=grant.nonce, now=now)
    return Tokens(access_token=f"ya29.{new_token()}", id_token=await key.sign(said), scope=grant.scope)


def _check(grant: Grant, *, redirect_uri: str, code_verifier: str) -> None:
    if not same(redirect_uri, grant.redirect_uri):
        raise OAuthRefusal("redirect_uri_mismatch", "The redirect URI is not the one that the code was sent to.")
    if not google.proves(code_verifier, grant.code_challenge):
        raise OAuthRefusal("invalid_grant", "The code_verifier does not fit the code_challenge.")
