"""Composition root of catalog: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.catalog import api
from services.catalog.clients import Auth
from services.kernel.context import Context, Tools
from services.kernel.settings import Settings

ABOUT: Final = "What a business offers: its public profile, settings, branding and services."


def compose(environ: Mapping[str, str]) -> Context:
    settings = Settings.read(environ)
    tools = Tools.build("catalog", settings)
    auth = Auth(tools.calls, settings.address_of("auth"))
    return Context(tools, about=ABOUT, routes=api.ROUTES, provides={"auth": auth})
