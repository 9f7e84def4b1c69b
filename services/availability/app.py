"""Composition root of availability: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.availability import api, consumers, jobs
from services.availability.api.finished import FinishedAnswers
from services.availability.clients import Auth, Booking, Catalog
from services.availability.settings import AvailabilitySettings
from services.availability.store.changes import Changes
from services.availability.store.kept import Kept
from services.availability.use_cases.tools import Tools
from services.kernel import context as kernel
from services.kernel.context import Context
from services.kernel.freshness import Freshness
from services.kernel.outside import Exceptions, Outside

ABOUT: Final = "When something can be had: calendars of staff, every claim on their time, and the slots."


def compose(environ: Mapping[str, str]) -> Context:
    settings = AvailabilitySettings.read(environ)
    return build(kernel.Tools.build("availability", settings), settings)


def build(base: kernel.Tools, settings: AvailabilitySettings) -> Context:
    changes = Changes(base.db)
    freshness = Freshness(base.valkey, "availability", untold=changes.untold)
    tools = Tools(
        db=base.db,
        clock=base.clock,
        outbox=base.outbox,
        valkey=base.valkey,
        limits=base.limits,
        keyring=base.keyring,
        settings=settings,
        auth=Auth(base.calls, settings.address_of("auth"), base.clock),
        catalog=Catalog(base.calls, settings.address_of("catalog"), base.clock),
        booking=Booking(base.calls, settings.address_of("booking")),
        freshness=freshness,
        changes=changes,
        kept=Kept(freshness, base.clock),
        outside=Outside(Exceptions.read(settings.outside_allowed)),
    )
    return Context(
        base,
        about=ABOUT,
        routes=api.ROUTES,
        provides={"tools": tools},
        subscriptions=consumers.subscriptions(tools),
        jobs=jobs.jobs(tools),
        middleware=[FinishedAnswers(tools.kept)],
        background=[freshness.run, changes.forget_told],
    )
