"""Customers of an account, and the cards that are kept for them."""

from typing import Final

from services.sandbox.domain.stripe import customers, methods
from services.sandbox.domain.stripe.refusals import missing
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Body, Call, Operations

_KNOWN: Final = (*customers.PLAIN, "metadata", "preferred_locales", "tax_exempt", "invoice_settings")


async def create(call: Call) -> Body:
    changing.only(call, *_KNOWN, "payment_method")
    change = changing.begun(call)
    customer = customers.created(change, call.params)
    if named := call.params.get("payment_method"):
        methods.attach(change, await changing.method(call, change, named), customer["id"])
    return await changing.keep(call, change, customer)


async def retrieve(call: Call) -> Body:
    return (await call.target("customer")).body


async def update(call: Call) -> Body:
    changing.only(call, *_KNOWN)
    customer = await changing.target(call, "customer")
    change = changing.begun(call)
    customers.update(change, customer, call.params)
    return await changing.keep(call, change, customer)


async def delete(call: Call) -> Body:
    held = await call.target("customer")
    change = changing.begun(call)
    for kept in await call.all("payment_method", customer=held.id):
        methods.detach(change, changing.seen(kept))
    change.tell("customer.deleted", held.body)
    await changing.keep(call, change)
    return await call.remove(held)


async def every(call: Call) -> Body:
    return await call.page("customer", email=call.params.get("email"))


async def cards(call: Call) -> Body:
    """Those kept for the customer that the address names."""
    await call.target("customer")
    return await call.page("payment_method", customer=call.path["customer"], type=call.params.get("type"))


async def card(call: Call) -> Body:
    held = await call.target("payment_method", "payment_method")
    if held.body["customer"] != call.path["customer"]:
        raise missing("payment_method", held.id, param="payment_method")
    return held.body


OPERATIONS: Final[Operations] = {
    "POST /v1/customers": create,
    "GET /v1/customers": every,
    "GET /v1/customers/{customer}": retrieve,
    "POST /v1/customers/{customer}": update,
    "DELETE /v1/customers/{customer}": delete,
    "GET /v1/customers/{customer}/payment_methods": cards,
    "GET /v1/customers/{customer}/payment_methods/{payment_method}": card,
}
