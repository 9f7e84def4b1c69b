"""Keys, tokens and what is stored encrypted, all from the one secret key."""

import base64
import hashlib
import hmac
import os
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE: Final = 12


class Unreadable(Exception):  # noqa: N818 - named by what happened
    """It was encrypted with another key, or altered."""


class Keyring:
    """One key for each purpose, derived from the secret key, so that one purpose's key opens nothing of another's."""

    def __init__(self, secret_key: bytes) -> None:
        self._root = secret_key

    def key(self, purpose: str) -> bytes:
        return hmac.digest(self._root, f"peepopay:{purpose}".encode(), "sha256")

    def sign(self, purpose: str, text: str) -> str:
        """A token that can be made again from its text, and by nobody else."""
        return urlsafe(hmac.digest(self.key(purpose), text.encode(), "sha256"))

    def encrypt(self, purpose: str, plain: bytes) -> bytes:
        nonce = os.urandom(_NONCE)
        return nonce + AESGCM(self.key(purpose)).encrypt(nonce, plain, purpose.encode())

    def decrypt(self, purpose: str, sealed: bytes) -> bytes:
        try:
            return AESGCM(self.key(purpose)).decrypt(sealed[:_NONCE], sealed[_NONCE:], purpose.encode())
        except (InvalidTag, ValueError) as error:
            raise Unreadable from error


def new_token() -> str:
    """256 bits that nobody guesses."""
    return secrets.token_urlsafe(32)


def fingerprint(token: str) -> bytes:
    """What is stored instead of a token. No salt: the token is random already."""
    return hashlib.sha256(token.encode()).digest()


def same(one: str | bytes, other: str | bytes) -> bool:
    """Compares in a time that tells nothing."""
    left = one.encode() if isinstance(one, str) else one
    right = other.encode() if isinstance(other, str) else other
    return hmac.compare_digest(left, right)


def urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_urlsafe(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
