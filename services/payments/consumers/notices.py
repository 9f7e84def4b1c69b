"""Notices of companies, by payments' own queue."""

import asyncio
from typing import Final

from services.kernel.bus import Subscription
from services.kernel.events import Delivery
from services.payments.store.notices import NoticeStored
from services.payments.use_cases import notices
from services.payments.use_cases.tools import Tools

# The doors of this process need connections to the database as well.
_AT_ONCE: Final = 6


def subscription(tools: Tools) -> Subscription:
    places = asyncio.Semaphore(_AT_ONCE)

    async def stored(delivery: Delivery[NoticeStored]) -> None:
        async with places:
            await notices.work_on(tools, delivery.event.notice_id)

    return Subscription("gateway", {NoticeStored: stored})
