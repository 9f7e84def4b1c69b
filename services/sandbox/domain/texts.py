"""What Twilio accepts as a text message, and what it says of one that it does not."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from services.sandbox.domain.errors import TwilioRefusal

LONGEST_BODY: Final = 1600
# Twilio's own numbers for tests: they fail on purpose.
_INVALID: Final = "+15005550001"
_CANNOT_RECEIVE: Final = "+15005550009"
_NUMBER: Final = re.compile(r"\+[1-9]\d{6,14}")
_SPACING: Final = re.compile(r"[\s().-]")

# The alphabet that phones have of old; a character outside it makes the whole message wide.
_GSM: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE: Final = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True, kw_only=True, slots=True)
class Text:
    """One text message as it was handed over."""

    to: str
    sender: str
    body: str
    status_callback: str | None


def checked_text(form: Mapping[str, str], *, own_number: str) -> Text:
    """The text message that a form describes."""
    if any("\0" in value for value in form.values()):
        raise TwilioRefusal(400, 20001, "Invalid parameter: NUL characters are not allowed")
    to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
    if not to.strip():
        raise TwilioRefusal(400, 21604, "A 'To' phone number is required.")
    if not sender.strip():
        raise TwilioRefusal(400, 21603, "A 'From' phone number is required.")
    if not body:
        raise TwilioRefusal(400, 21602, "Message body is required.")
    if len(body) > LONGEST_BODY:
        raise TwilioRefusal(400, 21617, f"The concatenated message body exceeds the {LONGEST_BODY} character limit.")
    number = _SPACING.sub("", to)
    if _NUMBER.fullmatch(number) is None or number == _INVALID:
        raise TwilioRefusal(400, 21211, f"Invalid 'To' Phone Number: {to[:40]}")
    if number == _CANNOT_RECEIVE:
        raise TwilioRefusal(400, 21614, f"'To' number is not a valid mobile number: {number}")
    if _SPACING.sub("", sender) != own_number:
        raise TwilioRefusal(
            400, 21606, f"The 'From' phone number {sender[:40]} is not a valid, message-capable number of the account."
        )
    return Text(to=number, sender=own_number, body=body, status_callback=_callback(form.get("StatusCallback")))


def _callback(address: str | None) -> str | None:
    if not address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise TwilioRefusal(400, 21609, f"The 'StatusCallback' URL {address[:200]} is not a valid URL.")
    return address


def segments(body: str) -> int:
    """How many messages a phone network makes of it."""
    if all(letter in _GSM or letter in _GSM_DOUBLE for letter in body):
        length = sum(2 if letter in _GSM_DOUBLE else 1 for letter in body)
        alone, joined = 160, 153
    else:
        length = len(body.encode("utf-16-le")) // 2
        alone, joined = 70, 67
    return 1 if length <= alone else -(-length // joined)
