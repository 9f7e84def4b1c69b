"""How Stripe brings its news: to which endpoint, how signed, and how often where nobody takes them."""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Final, Literal

from services.sandbox.domain.stripe.numbers import PLATFORM

Endpoint = Literal["platform", "connect"]
State = Literal["waiting", "delivered", "dropped", "given_up"]

# Quicker than Stripe's own, so that nobody has to wait hours to see them.
_PAUSES: Final = (1, 2, 5, 15, 60)
_PAUSE: Final = timedelta(minutes=5)
_GIVEN_UP: Final = timedelta(days=3)


def endpoint_of(account: str) -> Endpoint:
    """What happens on connected accounts is told to an endpoint of its own, with a secret of its own."""
    return "platform" if account == PLATFORM else "connect"


def signature(body: bytes, secret: str, *, at: datetime) -> str:
    """The header Stripe-Signature."""
    seconds = int(at.timestamp())
    signed = hmac.new(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256)
    return f"t={seconds},v1={signed.hexdigest()}"


def settled(outcome: str, *, tries: int, first_tried_at: datetime, now: datetime) -> tuple[State, datetime]:
    """What becomes of a delivery after so many tries, and when it is due again; `outcome` is a status or a word."""
    if len(outcome) == 3 and outcome.startswith("2"):  # noqa: PLR2004 - a status has three digits
        return "delivered", now
    if now - first_tried_at >= _GIVEN_UP:
        return "given_up", now
    pause = timedelta(seconds=_PAUSES[tries - 1]) if tries <= len(_PAUSES) else _PAUSE
    return "waiting", now + pause
