"""Links by which customers manage their bookings."""

from services.booking.domain.bookings import Booking
from services.booking.domain.tokens import fingerprint_of, manage_token
from services.booking.store import links
from services.booking.store.links import Link
from services.booking.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.secrets import fingerprint


def token_of(tools: Tools, booking: Booking) -> str:
    """Made again, not stored."""
    return manage_token(tools.keyring, booking.id, booking.link_generation)


def url_of(tools: Tools, booking: Booking) -> str:
    return f"{tools.settings.public_url.rstrip('/')}/manage/{token_of(tools, booking)}"


def fingerprint_of_link(tools: Tools, booking: Booking) -> bytes:
    """What is stored of it."""
    return fingerprint(token_of(tools, booking))


async def led_to(tools: Tools, token: str) -> Link:
    """Where a link leads; all others look the same."""
    looked_up = fingerprint_of(token)
    if looked_up is None:
        raise errors.NotFound
    async with tools.db.transaction() as tx:
        link = await links.find(tx, looked_up)
    if link is None:
        raise errors.NotFound
    return link
