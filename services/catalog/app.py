"""Composition root of catalog: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.kernel.settings import Settings

ABOUT: Final = "What a business offers: its public profile, settings, branding and services."


def compose(environ: Mapping[str, str]) -> Context:
    return Context(Tools.build("catalog", Settings.read(environ)), about=ABOUT)
