"""Events: what happened in a call, written down with it, and on its way to the endpoints that listen."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.webhooks import State, endpoint_of
from services.sandbox.store import stripe as store
from services.sandbox.store.stripe import Held
from services.sandbox.use_cases.stripe.call import Call

# While webhooks are shuffled, each comes at some moment within this.
_SHUFFLED_WITHIN: Final = timedelta(milliseconds=600)


def events(call: Call) -> Iterator[Held]:
    """The events of the call, in the order in which things happened."""
    for emitted in call.emitted:
        data = {"object": emitted.object}
        if emitted.previous is not None:
            data["previous_attributes"] = emitted.previous
        body = call.blank(
            "event",
            id=call.new_id("evt"),
            api_version=call.description.version,
            data=data,
            pending_webhooks=1,
            request={"id": call.request_id, "idempotency_key": call.idempotency_key},
            type=emitted.type,
        )
        if emitted.account != PLATFORM:
            body |= {"account": emitted.account, "context": emitted.account}
        yield Held(emitted.account, body)


async def tell(call: Call, event: Held, *, at: datetime) -> None:
    faults = call.faults
    copies = 1 + faults.duplicate_webhooks
    due = [_shuffled(at) if faults.shuffle_webhooks else at for _ in range(copies)]
    state: State = "dropped" if faults.drop_webhooks else "waiting"
    await store.add_event(call.tx, event, endpoint_of(event.account), due=due, state=state)


def _shuffled(at: datetime) -> datetime:
    return at + _SHUFFLED_WITHIN * random.random()  # noqa: S311 - chance, not secrets
