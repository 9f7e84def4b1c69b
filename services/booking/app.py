"""Composition root of booking: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.booking import api, consumers, jobs
from services.booking.clients import Auth, Availability, Catalog, Payments
from services.booking.settings import BookingSettings
from services.booking.use_cases.tools import Tools
from services.contracts.booking import PUBLISHED
from services.kernel import context as kernel
from services.kernel.context import Context

ABOUT: Final = "Who is booked for what and when: customers, bookings, their states and their links."


def compose(environ: Mapping[str, str]) -> Context:
    settings = BookingSettings.read(environ)
    return build(kernel.Tools.build("booking", settings), settings)


def build(base: kernel.Tools, settings: BookingSettings) -> Context:
    tools = Tools(
        db=base.db,
        clock=base.clock,
        outbox=base.outbox,
        limits=base.limits,
        keyring=base.keyring,
        settings=settings,
        availability=Availability(base.calls, settings.address_of("availability")),
        payments=Payments(base.calls, settings.address_of("payments")),
        catalog=Catalog(base.calls, settings.address_of("catalog")),
        auth=Auth(base.calls, settings.address_of("auth")),
    )
    return Context(
        base,
        about=ABOUT,
        routes=api.ROUTES,
        provides={"tools": tools},
        subscriptions=consumers.subscriptions(tools),
        published=PUBLISHED,
        jobs=jobs.jobs(tools),
    )
