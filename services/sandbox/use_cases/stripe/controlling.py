"""What goes wrong on demand, the clock that can be put forward, and events that are sent once more."""

from dataclasses import replace
from typing import Any

from services.kernel.clock import Clock
from services.kernel.db import Database
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.webhooks import endpoint_of
from services.sandbox.store import stripe as store
from services.sandbox.store.stripe import NO_FAULTS, Held, StripeFaults


async def change_faults(db: Database, account: str | None, *, is_reset: bool, wanted: dict[str, Any]) -> StripeFaults:
    """What holds from now on, for one account or for all; what is not named stays."""
    scope = account or ""
    async with db.transaction() as tx:
        held = NO_FAULTS if is_reset else await store.faults(tx, scope)
        if is_reset:
            # Of everybody's, the accounts' own end too.
            await store.forget_faults(tx, account)
        changed = replace(held, **wanted)
        if changed != NO_FAULTS or not is_reset:
            await store.set_faults(tx, scope, changed)
    return changed


async def advance(db: Database, clock: Clock, seconds: int) -> int:
    """The stand-in's clock, in seconds since 1970."""
    async with db.transaction() as tx:
        ahead = await store.advance_clock(tx, seconds)
    return int(clock.now().timestamp()) + ahead


async def resend(db: Database, clock: Clock, event_id: str) -> bool:
    """Whether there is such an event; then it goes out once more."""
    async with db.transaction() as tx:
        event = await store.object_anywhere(tx, "event", event_id)
        if event is None:
            return False
        await store.add_delivery(tx, event, endpoint_of(event.account), due=clock.now())
    return True


async def is_connected(db: Database, account: str) -> bool:
    """Whether there is such an account, connected or no more."""
    async with db.transaction() as tx:
        held: Held | None = await store.object_by_id(tx, PLATFORM, account, is_locked=False)
    return held is not None and held.kind == "account"


async def prune(db: Database, clock: Clock) -> None:
    """Forget keys that are too old to count."""
    async with db.transaction() as tx:
        await store.prune_keys(tx, forgotten=clock.now() - store.KEY_LIFETIME)
