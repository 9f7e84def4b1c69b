"""What each kind of notice means for us, and whether its word is taken or the company is asked."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from services.payments.domain.gateway import Notice
from services.payments.use_cases import accounts, disputes, intents, links, refunds
from services.payments.use_cases.applying import Applied
from services.payments.use_cases.tools import Tools


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A notice whose tenant is known."""

    kind: str
    tenant_id: str
    account_id: str
    object_id: str
    # None where its text was forgotten.
    told: Notice | None
    # A notice of the same object that is not older was worked on already.
    is_behind: bool

    @property
    def trusted(self) -> Notice | None:
        """The notice, where its object is worth reading; else the company has to be asked how things are now."""
        return self.told if self.kind in _LASTING or not self.is_behind else None


# What is so for good once it was said. Everything else may be different by now.
_LASTING: Final = frozenset({"payment_intent.succeeded", "payment_intent.canceled"})


def matters(kind: str) -> bool:
    return kind in _HEARD


async def heard(tools: Tools, news: News) -> Applied:
    return await _HEARD[news.kind](tools, news)


async def _payment(tools: Tools, news: News) -> Applied:
    told = news.trusted
    if told is not None:
        intent = tools.gateway.intent_in(told)
    else:
        intent = await tools.gateway.intent(news.account_id, news.object_id)
    return await intents.apply(tools, tenant_id=news.tenant_id, intent=intent)


async def _refund(tools: Tools, news: News) -> Applied:
    told = news.trusted
    if told is not None:
        repayment = tools.gateway.repayment_in(told)
    else:
        repayment = await tools.gateway.repayment(news.account_id, news.object_id)
    return await refunds.apply(tools, tenant_id=news.tenant_id, repayment=repayment)


async def _refunds_of_charge(tools: Tools, news: News) -> Applied:
    """The charge does not say which refund it is about."""
    found: set[Applied] = set()
    for repayment in await tools.gateway.repayments(news.account_id, charge_id=news.object_id):
        found.add(await refunds.apply(tools, tenant_id=news.tenant_id, repayment=repayment))
    outcomes: tuple[Applied, ...] = ("parked", "applied", "unchanged")
    return next((outcome for outcome in outcomes if outcome in found), "unknown")


async def _dispute(tools: Tools, news: News) -> Applied:
    told = news.trusted
    if told is not None:
        dispute = tools.gateway.dispute_in(told)
    else:
        dispute = await tools.gateway.dispute(news.account_id, news.object_id)
    return await disputes.apply(tools, tenant_id=news.tenant_id, dispute=dispute)


async def _link(tools: Tools, news: News) -> Applied:
    link = await tools.gateway.link(news.account_id, news.object_id)
    return await links.apply(tools, tenant_id=news.tenant_id, link=link)


async def _account(tools: Tools, news: News) -> Applied:
    if news.told is None:
        await accounts.refresh(tools, tenant_id=news.tenant_id)
    else:
        await accounts.heard(tools, tenant_id=news.tenant_id, account=tools.gateway.account_in(news.told))
    return "applied"


async def _disconnected(tools: Tools, news: News) -> Applied:
    await accounts.gone(tools, tenant_id=news.tenant_id, account_id=news.account_id)
    return "applied"


async def _payouts(tools: Tools, news: News) -> Applied:
    """Money that the business's bank did not take may have closed its account for more."""
    await accounts.refresh(tools, tenant_id=news.tenant_id)
    return "applied"


_Heard: TypeAlias = Callable[[Tools, News], Awaitable[Applied]]

_HEARD: Final[Mapping[str, _Heard]] = {
    "payment_intent.succeeded": _payment,
    "payment_intent.payment_failed": _payment,
    "payment_intent.canceled": _payment,
    "payment_intent.processing": _payment,
    "payment_intent.requires_action": _payment,
    "checkout.session.completed": _link,
    "checkout.session.async_payment_succeeded": _link,
    "checkout.session.async_payment_failed": _link,
    "checkout.session.expired": _link,
    "charge.refunded": _refunds_of_charge,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.closed": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "account.updated": _account,
    "account.application.deauthorized": _disconnected,
    "payout.failed": _payouts,
}
