"""Composition root of availability: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.kernel.settings import Settings

ABOUT: Final = "When something can be had: calendars of staff, every claim on their time, and the slots."


def compose(environ: Mapping[str, str]) -> Context:
    return Context(Tools.build("availability", Settings.read(environ)), about=ABOUT)
