"""Composition root of payments: the only file that knows everything."""

import asyncio
from collections.abc import Mapping
from typing import Final

from services.contracts import payments as contract
from services.kernel import context as kernel
from services.kernel.context import Context
from services.payments import api, consumers, jobs
from services.payments.clients import Auth, Catalog
from services.payments.domain.gateway import Gateway
from services.payments.gateways.stripe import Stripe
from services.payments.settings import PaymentsSettings
from services.payments.use_cases import accounts, notices
from services.payments.use_cases.tools import Tools

ABOUT: Final = "Money: Stripe accounts, intents, payments, refunds, disputes and the ledger."


def compose(environ: Mapping[str, str]) -> Context:
    settings = PaymentsSettings.read(environ)
    return build(kernel.Tools.build("payments", settings), settings)


def build(base: kernel.Tools, settings: PaymentsSettings, gateway: Gateway | None = None) -> Context:
    gateway = gateway or Stripe(settings, base.clock)
    tools = Tools(
        db=base.db,
        clock=base.clock,
        outbox=base.outbox,
        valkey=base.valkey,
        limits=base.limits,
        keyring=base.keyring,
        settings=settings,
        gateway=gateway,
        auth=Auth(base.calls, settings.address_of("auth")),
        catalog=Catalog(base.calls, settings.address_of("catalog")),
    )
    return Context(
        base,
        about=ABOUT,
        routes=api.ROUTES,
        provides={"tools": tools},
        subscriptions=consumers.subscriptions(tools),
        published=contract.PUBLISHED,
        jobs=jobs.jobs(tools),
        background=[lambda: _kept_open(gateway)],
        republish=lambda: accounts.republish(tools),
        renotice=lambda ids: notices.again(tools, ids),
    )


async def _kept_open(gateway: Gateway) -> None:
    """Its connections end with the context."""
    try:
        await asyncio.Event().wait()
    finally:
        await gateway.close()
