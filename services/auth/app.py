"""Composition root of auth: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.auth import api, jobs
from services.auth.api.browser import Door, SameSite
from services.auth.clients import Glance
from services.auth.gateways.google import Google
from services.auth.gateways.hashing import Hashing
from services.auth.settings import AuthSettings
from services.auth.store.copies import Copies
from services.auth.use_cases import tenants
from services.auth.use_cases.tools import Tools
from services.contracts import auth as contract
from services.kernel import context as kernel
from services.kernel.context import Context

ABOUT: Final = "Who people are, which businesses there are, and who belongs to which: accounts, sessions, teams."
_OVERVIEW: Final = ("auth", "catalog", "availability", "booking", "payments", "notify")


def compose(environ: Mapping[str, str]) -> Context:
    settings = AuthSettings.read(environ)
    return build(kernel.Tools.build("auth", settings), settings)


def build(base: kernel.Tools, settings: AuthSettings) -> Context:
    tools = Tools(
        db=base.db,
        clock=base.clock,
        keyring=base.keyring,
        outbox=base.outbox,
        hashing=Hashing(),
        copies=Copies(base.valkey),
        google=Google(settings, base.clock),
        public_url=settings.public_url,
    )
    door = Door(settings)
    return Context(
        base,
        about=ABOUT,
        routes=api.ROUTES,
        provides={
            "tools": tools,
            "door": door,
            "signer": base.signer,
            "limits": base.limits,
            "glance": Glance({name: settings.address_of(name) for name in _OVERVIEW}),
        },
        published=contract.PUBLISHED,
        jobs=jobs.jobs(tools),
        middleware=[SameSite(door)],
        republish=lambda: tenants.republish(tools),
    )
