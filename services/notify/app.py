"""Composition root of notify: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.notify import use_cases
from services.notify.channels.resend import Resend
from services.notify.clients import Auth, Bookings, Sources
from services.notify.consumers import Consumers
from services.notify.jobs import Sender
from services.notify.settings import NotifySettings

ABOUT: Final = "What people are told, by e-mail and text message."


def compose(environ: Mapping[str, str]) -> Context:
    settings = NotifySettings.read(environ)
    tools = Tools.build("notify", settings)
    sources = Sources(
        auth=Auth(tools.calls, settings.address_of("auth")),
        bookings=Bookings(
            tools.calls,
            booking=settings.address_of("booking"),
            catalog=settings.address_of("catalog"),
            public_url=settings.public_url,
        ),
    )
    mailer = Resend(address=settings.resend_base_url, api_key=settings.resend_api_key, sender=settings.from_email)
    sender = Sender(lambda: use_cases.send_due(tools.db, tools.clock, sources, mailer))
    consumers = Consumers(tools.db, tools.clock, sender.wake)
    return Context(tools, about=ABOUT, subscriptions=consumers.subscriptions(), jobs=[sender.job()])
