"""Stripe's signature on a webhook: HMAC-SHA256 over the instant and the raw bytes, with one of the secrets we know."""

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.payments.domain.errors import NoticeForged

HEADER: Final = "stripe-signature"
# Neither older nor further in the future than so many seconds.
TOLERANCE: Final = 300
_SCHEME: Final = "v1"
_INSTANT: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
_LONGEST_HEADER: Final = 4_096


def check(body: bytes, header: str | None, *, secrets: Iterable[str], now: datetime) -> None:
    """Raises where nobody who knows a secret signed these very bytes just now."""
    if not header or len(header) > _LONGEST_HEADER or not header.isascii():
        raise NoticeForged
    parts = [part.strip().partition("=") for part in header.split(",")]
    instants = [value for name, _, value in parts if name == "t"]
    given = [value for name, _, value in parts if name == _SCHEME]
    if len(instants) != 1 or not given or _INSTANT.fullmatch(instants[0]) is None:
        raise NoticeForged
    signed = instants[0].encode() + b"." + body
    # While a secret is being replaced there are several of them, and several signatures. All are looked at, so that
    # the time it takes tells nothing.
    matches = [hmac.compare_digest(_signature(signed, secret), text) for secret in secrets for text in given]
    if not any(matches):
        raise NoticeForged
    if abs(now.timestamp() - int(instants[0])) > TOLERANCE:
        raise NoticeForged


def _signature(signed: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
