"""Composition root of booking: the only file that knows everything."""

from collections.abc import Mapping
from typing import Final

from services.kernel.context import Context, Tools
from services.kernel.settings import Settings

ABOUT: Final = "Who is booked for what and when: customers, bookings, their states and their links."


def compose(environ: Mapping[str, str]) -> Context:
    return Context(Tools.build("booking", Settings.read(environ)), about=ABOUT)
