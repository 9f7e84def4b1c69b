"""What happens by itself after a while: money that was on its way arrives, refunds fail, pages run out of time."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from services.kernel.clock import Clock
from services.kernel.db import Database
from services.sandbox.store import stripe_due as store
from services.sandbox.use_cases.stripe import checkout_sessions, payment_intents, refunds
from services.sandbox.use_cases.stripe.call import Call
from services.sandbox.use_cases.stripe.frame import Stripe

_AT_ONCE: Final = 50
_ACTS: Final[Mapping[str, Callable[[Call], Awaitable[None]]]] = {
    "checkout.session": checkout_sessions.come_due,
    "payment_intent": payment_intents.come_due,
    "refund": refunds.come_due,
}


async def sweep(db: Database, clock: Clock, stripe: Stripe) -> None:
    """Each in a transaction of its own; it looks again under its lock whether its time has come."""
    async with db.transaction() as tx:
        due = await store.come(tx, now=int(clock.now().timestamp()), limit=_AT_ONCE)
    failed: list[Exception] = []
    for each in due:
        try:
            await stripe.act(each.account, _ACTS[each.kind], id=each.id)
        except Exception as error:  # noqa: BLE001 - what is wrong with one keeps none of the others waiting
            failed.append(error)
    if failed:
        raise ExceptionGroup("what came due could not be done", failed)
