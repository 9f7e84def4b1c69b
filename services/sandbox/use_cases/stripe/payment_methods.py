"""Cards: made, kept for a customer, taken away from one."""

from typing import Final

from services.sandbox.domain.stripe import methods
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations


async def create(call: Call) -> Body:
    changing.only(call, "type", "card", "billing_details", "metadata", "allow_redisplay")
    if "type" not in call.params:
        raise StripeRefusal("Missing required param: type.", code="parameter_missing", param="type")
    change = changing.begun(call)
    return await changing.keep(call, change, methods.from_data(change, call.params))


async def retrieve(call: Call) -> Body:
    """A ready-made one becomes one of this account's own by being asked about, as at Stripe."""
    change = changing.begun(call)
    ready_made = methods.from_alias(change, call.path["payment_method"])
    if ready_made is not None:
        return await changing.keep(call, change, ready_made)
    return (await call.target("payment_method")).body


async def update(call: Call) -> Body:
    changing.only(call, "card", "billing_details", "metadata", "allow_redisplay")
    change = changing.begun(call)
    method = await changing.target(call, "payment_method")
    methods.update(change, method, call.params)
    return await changing.keep(call, change, method)


async def every(call: Call) -> Body:
    """Of one customer, or those that are nobody's."""
    customer = call.params.get("customer")
    await changing.customer(call, customer)
    return await call.page("payment_method", customer=customer, type=call.params.get("type"))


async def attach(call: Call) -> Body:
    changing.only(call, "customer")
    if "customer" not in call.params:
        raise StripeRefusal("Missing required param: customer.", code="parameter_missing", param="customer")
    change = changing.begun(call)
    method = methods.from_alias(change, call.path["payment_method"])
    if method is None:
        method = await changing.target(call, "payment_method")
    await changing.customer(call, call.params["customer"])
    methods.attach(change, method, call.params["customer"])
    return await changing.keep(call, change, method)


async def detach(call: Call) -> Body:
    change = changing.begun(call)
    method = await changing.target(call, "payment_method")
    methods.detach(change, method)
    return await changing.keep(call, change, method)


OPERATIONS: Final[Operations] = {
    "POST /v1/payment_methods": create,
    "GET /v1/payment_methods": every,
    "GET /v1/payment_methods/{payment_method}": retrieve,
    "POST /v1/payment_methods/{payment_method}": update,
    "POST /v1/payment_methods/{payment_method}/attach": attach,
    "POST /v1/payment_methods/{payment_method}/detach": detach,
}
