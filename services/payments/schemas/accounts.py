"""How a business is connected to the payment company, as the dashboard and other contexts see it."""

import msgspec

from services.payments.store.accounts import Account


class LinkView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A page at the payment company, for the browser to go to now; it runs out soon."""

    url: str


class ConnectionView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether cards can be taken. `connected` is a business that has told the company what it wanted to know."""

    connected: bool
    account_id: str | None
    charges_enabled: bool
    payouts_enabled: bool
    # What the company still wants to know, in its own words.
    requirements: list[str]


class AccountView(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What other contexts need to know of it."""

    connected: bool
    account_id: str | None
    charges_enabled: bool


def connection_view(account: Account | None) -> ConnectionView:
    if account is None:
        return ConnectionView(
            connected=False, account_id=None, charges_enabled=False, payouts_enabled=False, requirements=[]
        )
    return ConnectionView(
        connected=account.is_connected,
        account_id=account.account_id,
        charges_enabled=account.can_charge,
        payouts_enabled=account.payouts_enabled,
        requirements=list(account.requirements),
    )


def account_view(account: Account | None) -> AccountView:
    if account is None:
        return AccountView(connected=False, account_id=None, charges_enabled=False)
    return AccountView(
        connected=account.is_connected, account_id=account.account_id, charges_enabled=account.can_charge
    )
