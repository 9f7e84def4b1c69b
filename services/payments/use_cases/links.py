"""What the company says of a page on which a balance is paid."""

from services.payments.domain.gateway import Link
from services.payments.store import links, money, payments
from services.payments.use_cases import intents
from services.payments.use_cases.applying import Applied
from services.payments.use_cases.tools import Tools


async def apply(tools: Tools, *, tenant_id: str, link: Link) -> Applied:
    """Where the page was used, the company is asked what came of it."""
    async with tools.db.transaction(tenant_id) as tx:
        stored = await links.find(tx, link.id)
        if stored is None:
            return "unknown"
        known = await payments.find(tx, stored.payment_id)
        if known is None:
            raise AssertionError("a link belongs to a payment")
        await money.lock(tx, known.booking_id)
        payment = await payments.find(tx, known.id) or known
        if link.status == "open":
            return "unchanged"
        await links.end(tx, link.id, link.status)
        if link.status == "complete":
            if payment.intent_id is None and link.intent_id is not None:
                await payments.name_intent(tx, payment.id, link.intent_id)
        elif payment.is_open:
            await intents.ended_unpaid(tools, tx, payment)
            return "applied"
        payment = await payments.find(tx, payment.id) or payment
    if link.status == "complete" and payment.status != "succeeded" and payment.intent_id is not None:
        _, applied = await intents.ask(tools, payment)
        return applied
    return "unchanged" if stored.status == link.status else "applied"
