"""The stand-in of Stripe.js: the parts of `services/sandbox/browser` as the one classic script that pages load."""

import hashlib
import re
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, get
from litestar.types import ControllerRouterHandler

_FOLDER: Final = Path(__file__).parents[2] / "browser"
# Each after what it imports; then the names of all of them fit into one function.
_PARTS: Final = ("api", "card", "words", "look", "teller", "payment_element", "challenge", "stripe")
_IMPORT: Final = re.compile(r"^import .*?;\n", re.MULTILINE | re.DOTALL)
_EXPORT: Final = re.compile(r"^export ", re.MULTILINE)


def _joined() -> str:
    """A page reads `window.Stripe` as soon as the script has been loaded, and modules would come later."""
    parts = [(_FOLDER / f"{part}.js").read_text(encoding="utf-8") for part in _PARTS]
    body = "\n".join(_EXPORT.sub("", _IMPORT.sub("", part)) for part in parts)
    return f"/* SIMULATED: this is not Stripe. */\n(() => {{\n'use strict';\n{body}}})();\n"


SCRIPT: Final = _joined()
_CHECKOUT: Final = (_FOLDER / "checkout.js").read_text(encoding="utf-8")


@get("/sandbox/stripe.js", include_in_schema=False)
async def stripe_js(request: Request[Any, Any, Any]) -> Response[str]:
    return _sent(request, SCRIPT)


@get("/sandbox/stripe/checkout.js", include_in_schema=False)
async def checkout_js(request: Request[Any, Any, Any]) -> Response[str]:
    """What the page of a Checkout session does with it."""
    return _sent(request, _CHECKOUT)


def _sent(request: Request[Any, Any, Any], text: str) -> Response[str]:
    mark = f'"{hashlib.sha256(text.encode()).hexdigest()[:16]}"'
    headers = {
        "Cache-Control": "public, no-cache",
        "ETag": mark,
        # Any page may load it, as any page may load Stripe's.
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    # A gateway that compresses marks the answer as weak.
    if mark in request.headers.get("if-none-match", ""):
        return Response("", status_code=304, headers=headers)
    return Response(text, media_type="text/javascript", headers=headers)


ROUTES: Final[list[ControllerRouterHandler]] = [stripe_js, checkout_js]
