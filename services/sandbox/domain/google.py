"""Google sign-in by OAuth 2 with PKCE: which request is good, and what the identity token says."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.sandbox.domain.addresses import bare_address, folded
from services.sandbox.domain.errors import OAuthRefusal

CODE_LIFETIME: Final = timedelta(seconds=60)
TOKEN_LIFETIME: Final = timedelta(hours=1)
# An address with this in it plays somebody whose address Google has not verified.
_UNVERIFIED: Final = "+unverified"
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LONGEST: Final = 2000


@dataclass(frozen=True, kw_only=True, slots=True)
class Client:
    """The program that may ask, as Google's console would know it."""

    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a program asks a person to allow."""

    redirect_uri: str
    state: str
    nonce: str
    scope: str
    code_challenge: str
    login_hint: str
    prompt: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """A person as Google would know them."""

    email: str
    name: str
    subject: str

    @property
    def is_verified(self) -> bool:
        return _UNVERIFIED not in self.email


def known_client(query: Mapping[str, str], client: Client) -> None:
    """Until this is certain nothing may be sent back to the address in the request."""
    if query.get("client_id") != client.client_id:
        raise OAuthRefusal("invalid_client", "The OAuth client was not found.", 401)
    if query.get("redirect_uri") not in client.redirect_uris:
        raise OAuthRefusal(
            "redirect_uri_mismatch", f"The redirect URI is none of those registered: {', '.join(client.redirect_uris)}"
        )


def wish(query: Mapping[str, str]) -> Wish:
    """The request, if all of it is good."""
    if any(len(value) > _LONGEST or "\0" in value for value in query.values()):
        raise OAuthRefusal("invalid_request", "A parameter is too long or not valid.")
    if query.get("response_type") != "code":
        raise OAuthRefusal("unsupported_response_type", "The response_type must be code.")
    if "openid" not in query.get("scope", "").split():
        raise OAuthRefusal("invalid_scope", "The scope must contain openid.")
    if query.get("code_challenge_method") != "S256" or _CHALLENGE.fullmatch(query.get("code_challenge", "")) is None:
        raise OAuthRefusal("invalid_request", "A code_challenge with the method S256 is required.")
    return Wish(
        redirect_uri=query["redirect_uri"],
        state=query.get("state", ""),
        nonce=query.get("nonce", ""),
        scope=query["scope"],
        code_challenge=query["code_challenge"],
        login_hint=query.get("login_hint", "").strip(),
        prompt=query.get("prompt", ""),
    )


def hinted_email(asked: Wish) -> str:
    """Who it is when no page may be shown."""
    if not asked.login_hint:
        raise OAuthRefusal("login_required", "Nobody is signed in.")
    return asked.login_hint


def consented(form: Mapping[str, str]) -> None:
    """The person pressed the button that allows it."""
    if form.get("decision") != "allow":
        raise OAuthRefusal("access_denied", "The person said no.")


def account(email: str, name: str, key: bytes) -> Account:
    """The person behind an address; the same address is always the same person."""
    address = bare_address(email)
    if address is None or "<" in email:
        raise OAuthRefusal("invalid_request", "That is not an e-mail address.")
    address = folded(address)
    number = int.from_bytes(hmac.digest(key, address.encode(), "sha256")[:8], "big")
    shown = " ".join(name.split())[:200] or _name_of(address)
    return Account(email=address, name=shown, subject=f"1{number % 10**20:020d}")


def _name_of(address: str) -> str:
    words = re.split(r"[._+-]+", address.partition("@")[0])
    return " ".join(word.capitalize() for word in words if word) or address


def proves(verifier: str, challenge: str) -> bool:
    """Whether who redeems the code is who asked for it (RFC 7636)."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)


def claims(person: Account, *, issuer: str, audience: str, nonce: str, now: datetime) -> dict[str, str | int | bool]:
    """What the identity token says."""
    issued = int(now.timestamp())
    said: dict[str, str | int | bool] = {
        "iss": issuer,
        "azp": audience,
        "aud": audience,
        "sub": person.subject,
        "email": person.email,
        "email_verified": person.is_verified,
        "name": person.name,
        "given_name": person.name.partition(" ")[0],
        "iat": issued,
        "exp": issued + int(TOKEN_LIFETIME.total_seconds()),
    }
    if nonce:
        said["nonce"] = nonce
    return said
