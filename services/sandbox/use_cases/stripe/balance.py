"""An account's books, and what they sum up to."""

from typing import Final

from services.sandbox.domain.stripe import balances
from services.sandbox.store import stripe_books
from services.sandbox.use_cases.stripe.call import Body, Call, Operations


async def retrieve(call: Call) -> Body:
    currency = "usd" if call.connected is None else call.connected["default_currency"] or "usd"
    sums = await stripe_books.sums(call.tx, call.account, now=call.now)
    return balances.balance(sums, currency=currency)


async def line(call: Call) -> Body:
    return balances.dated((await call.target("balance_transaction")).body, now=call.now)


async def lines(call: Call) -> Body:
    names = ("currency", "source", "type")
    page = await call.page("balance_transaction", **{name: call.params.get(name) for name in names})
    page["data"] = [balances.dated(each, now=call.now) for each in page["data"]]
    return page


OPERATIONS: Final[Operations] = {
    "GET /v1/balance": retrieve,
    "GET /v1/balance_transactions": lines,
    "GET /v1/balance_transactions/{id}": line,
}
