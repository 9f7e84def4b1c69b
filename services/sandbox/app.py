"""Composition root of the sandbox: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.kernel.jobs import Job
from services.sandbox.api import ROUTES
from services.sandbox.clients import Webhooks
from services.sandbox.domain.stripe.webhooks import Endpoint
from services.sandbox.settings import SandboxSettings
from services.sandbox.use_cases.signing_in import SigningKey
from services.sandbox.use_cases.stripe import controlling, waiting
from services.sandbox.use_cases.stripe.delivering import Postman
from services.sandbox.use_cases.stripe.frame import Stripe

ABOUT: Final = "Stand-ins for Stripe, Resend, Twilio and Google, and what they caught. SIMULATED; never in production."


def compose(environ: Mapping[str, str]) -> Context:
    settings = SandboxSettings.read(environ)
    tools = Tools.build("sandbox", settings)
    secrets: dict[Endpoint, str] = {
        "platform": settings.stripe_webhook_secret.reveal(),
        "connect": settings.stripe_connect_webhook_secret.reveal(),
    }
    webhooks = Webhooks(tools.clock, url=settings.stripe_webhook_address, secrets=secrets)
    postman = Postman(tools.db, tools.clock, webhooks)
    stripe = Stripe(tools.db, tools.clock, pages=settings.stripe_pages, wake=postman.wake)
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
            "stripe": stripe,
            "postman": postman,
        },
        jobs=[
            Job("forget Stripe's keys", 600, lambda: controlling.prune(tools.db, tools.clock)),
            Job("what comes due at Stripe", 1, lambda: waiting.sweep(tools.db, tools.clock, stripe)),
        ],
        background=[postman.run],
    )
