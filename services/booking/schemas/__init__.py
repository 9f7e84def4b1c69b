"""Requests and answers of booking, as its OpenAPI document shows them."""

import msgspec


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an answer shows."""
