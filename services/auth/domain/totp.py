"""One-time codes of an authenticator app (RFC 6238), and the recovery codes beside them."""

import base64
import hmac
import re
import secrets
from datetime import datetime
from typing import Final
from urllib.parse import quote

STEP_SECONDS: Final = 30
DIGITS: Final = 6
RECOVERY_CODES: Final = 10
ISSUER: Final = "PeepoPay"

_SECRET_BYTES: Final = 20
# Phones' clocks are a little off.
_WINDOW: Final = (-1, 0, 1)
_CODE: Final = re.compile(r"[0-9]{6}")
_RECOVERY_ALPHABET: Final = "23456789abcdefghjkmnpqrstuvwxyz"
_RECOVERY_HALF: Final = 5


def new_secret() -> bytes:
    return secrets.token_bytes(_SECRET_BYTES)


def spelled(secret: bytes) -> str:
    """The secret as a person types it."""
    return base64.b32encode(secret).decode()


def uri(secret: bytes, *, account: str) -> str:
    """What the picture for the authenticator app says."""
    label = f"{quote(ISSUER)}:{quote(account)}"
    facts = f"secret={spelled(secret)}&issuer={quote(ISSUER)}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}"
    return f"otpauth://totp/{label}?{facts}"


def step_at(now: datetime) -> int:
    return int(now.timestamp()) // STEP_SECONDS


def code(secret: bytes, step: int, *, digits: int = DIGITS) -> str:
    """The code of one time step (RFC 4226, section 5.3)."""
    digest = hmac.digest(secret, step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def matching_step(secret: bytes, given: str, *, now: datetime, last_used: int) -> int | None:
    """The time step whose code was given; one at or before the last used step has been seen already."""
    text = re.sub(r"[\s-]", "", given)
    if _CODE.fullmatch(text) is None:
        return None
    present = step_at(now)
    found = None
    for step in (present + shift for shift in _WINDOW):
        # Every step is compared, so that the time taken tells nothing.
        if step >= 0 and hmac.compare_digest(code(secret, step), text) and step > last_used:
            found = step
    return found


def new_recovery_codes() -> list[str]:
    """Codes that each let their owner in once."""
    return [f"{_half()}-{_half()}" for _ in range(RECOVERY_CODES)]


def recovery_key(given: str) -> str:
    """A recovery code as it is compared, however it was typed."""
    return re.sub(r"[\s-]", "", given).lower()


def _half() -> str:
    return "".join(secrets.choice(_RECOVERY_ALPHABET) for _ in range(_RECOVERY_HALF))
