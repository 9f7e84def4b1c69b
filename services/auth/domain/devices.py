"""Where somebody signed in from, in plain words."""

import ipaddress
import re
from typing import Final, NamedTuple

# The first that fits wins: most browsers also claim to be others.
_BROWSERS: Final = (
    ("Edge", r"\bEdg(?:e|A|iOS)?/"),
    ("Opera", r"\b(?:OPR|OPiOS|Opera)/"),
    ("Samsung Internet", r"\bSamsungBrowser/"),
    ("Vivaldi", r"\bVivaldi/"),
    ("Firefox", r"\b(?:Firefox|FxiOS)/"),
    ("Chrome", r"\b(?:Chrome|CriOS|Chromium)/"),
    ("Safari", r"\bVersion/[\d.]+.*\bSafari/"),
    ("curl", r"^curl/"),
    ("A program in Python", r"^(?:python-|Python/)"),
    ("A program", r"^(?:node|undici|axios|Go-http-client|okhttp|Java/|PostmanRuntime)"),
)
_SYSTEMS: Final = (
    ("iPhone", r"\biPhone\b"),
    ("iPad", r"\biPad\b"),
    ("Android", r"\bAndroid\b"),
    ("Windows", r"\bWindows\b"),
    ("Chromebook", r"\bCrOS\b"),
    ("Mac", r"\bMac(?:intosh| OS X)\b"),
    ("Linux", r"\bLinux\b"),
)
_UNKNOWN: Final = "Unknown device"


class Visitor(NamedTuple):
    """Who knocks, as far as the wire tells."""

    ip: str | None
    device: str


def device_of(user_agent: str) -> str:
    """A browser's own description as a person would say it: "Chrome on Android"."""
    browser = _first(_BROWSERS, user_agent)
    system = _first(_SYSTEMS, user_agent)
    if browser and system:
        return f"{browser} on {system}"
    return browser or system or _UNKNOWN


def place_of(ip: str | None) -> str | None:
    """Where an address is, without asking anybody: its network is all that can be said."""
    address = _address(ip)
    if address is None:
        return None
    if address.is_loopback:
        return "This computer"
    if address.is_private or address.is_link_local:
        return "Private network"
    if isinstance(address, ipaddress.IPv4Address):
        return f"Network {ipaddress.ip_network((address, 16), strict=False).network_address}/16"
    return f"Network {ipaddress.ip_network((address, 32), strict=False).network_address}/32"


def tidied(ip: str | None) -> str | None:
    """The address in its usual spelling, or nothing where it is none."""
    address = _address(ip)
    return None if address is None else str(address)


def _address(ip: str | None) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address((ip or "").strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _first(choices: tuple[tuple[str, str], ...], text: str) -> str | None:
    return next((name for name, pattern in choices if re.search(pattern, text[:512])), None)
