"""Composition root of catalog: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.catalog import api, jobs
from services.catalog.clients import Auth, Availability
from services.catalog.consumers import Consumers
from services.catalog.gateways.bucket import Bucket
from services.catalog.gateways.folder import Folder
from services.catalog.gateways.pictures import Pictures
from services.catalog.gateways.storage import Storage
from services.catalog.gateways.template import Template
from services.catalog.settings import CatalogSettings
from services.catalog.store import untold
from services.catalog.use_cases import facts
from services.catalog.use_cases.tools import Tools
from services.contracts import catalog as contract
from services.kernel import context as kernel
from services.kernel.context import Context
from services.kernel.freshness import Freshness

ABOUT: Final = "What a business offers: its public profile, settings, branding and services."


def compose(environ: Mapping[str, str]) -> Context:
    settings = CatalogSettings.read(environ)
    return build(kernel.Tools.build("catalog", settings), settings)


def build(base: kernel.Tools, settings: CatalogSettings) -> Context:
    freshness = Freshness(base.valkey, "catalog", untold=lambda: untold.all_of(base.db))
    storage: Storage = (
        Bucket(settings, base.clock) if settings.uses_bucket else Folder(settings.logo_folder, settings.public_url)
    )
    tools = Tools(
        db=base.db,
        clock=base.clock,
        outbox=base.outbox,
        auth=Auth(base.calls, settings.address_of("auth")),
        availability=Availability(base.calls, settings.address_of("availability")),
        storage=storage,
        pictures=Pictures(),
        freshness=freshness,
    )
    return Context(
        base,
        about=ABOUT,
        routes=api.ROUTES,
        provides={
            "tools": tools,
            "template": Template(settings.widget_page),
            "public_url": settings.public_url,
        },
        subscriptions=Consumers(tools).subscriptions(),
        published=contract.PUBLISHED,
        jobs=jobs.jobs(tools),
        background=[freshness.run],
        republish=lambda: facts.republish(tools),
    )
