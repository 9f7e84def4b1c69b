"""Signing keys of all contexts, and identities made with them."""

import base64
import hashlib
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from services import CONTEXTS
from services.kernel.clock import Clock, SystemClock
from services.kernel.identity import Role, Signer, Verifier

# Contexts of the tests' own, besides the product's.
EVERYBODY: Final = (*CONTEXTS, "probe", "echo")


def seed_of(context: str) -> bytes:
    return hashlib.sha256(f"seed of {context}".encode()).digest()


def private_key(context: str) -> str:
    """As IDENTITY_PRIVATE_KEY has it."""
    return base64.b64encode(seed_of(context)).decode()


def public_keys() -> dict[str, str]:
    """As Verifier takes them."""
    return {
        context: base64.b64encode(
            Ed25519PrivateKey.from_private_bytes(seed_of(context)).public_key().public_bytes_raw()
        ).decode()
        for context in EVERYBODY
    }


def signer(context: str, clock: Clock | None = None) -> Signer:
    return Signer(context, seed_of(context), clock or SystemClock())


def verifier(context: str, clock: Clock | None = None) -> Verifier:
    return Verifier(context, public_keys(), clock or SystemClock())


def person(
    user_id: str,
    *,
    tenant_id: str | None = None,
    role: Role | None = None,
    session_id: str = "ses_of_a_test",
    clock: Clock | None = None,
) -> dict[str, str]:
    """The header by which the gateway tells a context who is asking."""
    chosen = role if tenant_id is None else role or "owner"
    token = signer("auth", clock).person(user_id, tenant_id=tenant_id, role=chosen, session_id=session_id)
    return {"X-Identity": token}


def context(name: str, audience: str, clock: Clock | None = None) -> dict[str, str]:
    """The header by which a context tells another who is asking."""
    return {"X-Identity": signer(name, clock).context(audience)}
