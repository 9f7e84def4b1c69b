"""Composition root of the sandbox: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.sandbox.api import ROUTES
from services.sandbox.settings import SandboxSettings
from services.sandbox.use_cases.signing_in import SigningKey

ABOUT: Final = "Stand-ins for Resend, Twilio and Google, and what they caught. SIMULATED; never in production."


def compose(environ: Mapping[str, str]) -> Context:
    settings = SandboxSettings.read(environ)
    tools = Tools.build("sandbox", settings)
    return Context(
        tools,
        about=ABOUT,
        routes=ROUTES,
        provides={
            "db": tools.db,
            "clock": tools.clock,
            "keyring": tools.keyring,
            "settings": settings,
            "signing_key": SigningKey(tools.db, tools.keyring),
        },
    )
