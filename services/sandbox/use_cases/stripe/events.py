"""What happened, as the account's owner can ask for it."""

from typing import Final

from services.sandbox.domain.stripe.refusals import StripeRefusal, unbuilt
from services.sandbox.store.stripe import Body
from services.sandbox.use_cases.stripe.call import Call, Operations


async def retrieve(call: Call) -> Body:
    return (await call.target("event")).body


async def list_all(call: Call) -> Body:
    if "delivery_success" in call.params:
        raise unbuilt("the parameter delivery_success of events")
    if "type" in call.params:
        if "types" in call.params:
            raise StripeRefusal("You may only specify one of these parameters: type, types.", param="types")
        call.params["types"] = [call.params["type"]]
    return await call.page("event")


OPERATIONS: Final[Operations] = {
    "GET /v1/events": list_all,
    "GET /v1/events/{id}": retrieve,
}
