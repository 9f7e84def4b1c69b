"""Forgets what has run out: sessions, tries, links, invitations, sign-ins by Google."""

from datetime import timedelta
from typing import Final

from services.auth.store import google_tries, links, members, sessions, tries
from services.auth.use_cases.tools import Tools

# A link's row outlives the link, for the count of mails a day.
_LINKS_KEPT: Final = timedelta(days=7)
_BATCH: Final = 500


async def forget_what_ran_out(tools: Tools) -> None:
    now = tools.clock.now()
    async with tools.db.transaction() as tx:
        await sessions.prune(tx, now)
        await tries.prune(tx, now)
        await google_tries.prune(tx, now)
        over = await links.over(tx, before=now - _LINKS_KEPT, at_most=_BATCH)
    for link in over:
        # An invitation's address is the tenant's, and leaves with its link.
        async with tools.db.transaction(link.tenant_id) as tx:
            if link.kind == "invitation":
                await members.withdraw(tx, link.id)
            await links.delete(tx, link.id)
