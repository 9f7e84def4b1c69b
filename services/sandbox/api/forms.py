"""Forms as browsers and Twilio's clients send them."""

from typing import Any
from urllib.parse import parse_qsl

from litestar import Request


async def read_form(request: Request[Any, Any, Any]) -> dict[str, str]:
    """The fields; where one comes twice, the last counts."""
    body = (await request.body()).decode("utf-8", errors="replace")
    return dict(parse_qsl(body, keep_blank_values=True))
