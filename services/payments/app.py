"""Composition root of payments: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.kernel.settings import Settings

ABOUT: Final = "Money: Stripe accounts, intents, payments, refunds, disputes and the ledger."


def compose(environ: Mapping[str, str]) -> Context:
    return Context(Tools.build("payments", Settings.read(environ)), about=ABOUT)
