"""The feed's address, as it is shown."""

import msgspec

from services.availability.use_cases.feeds import Address


class FeedView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the feed lies: to download, and to subscribe to. Whoever has the address can read the feed."""

    url: str
    webcal_url: str


def feed_view(address: Address) -> FeedView:
    return FeedView(url=address.url, webcal_url=address.webcal_url)
