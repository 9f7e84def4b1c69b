"""A business's account at the payment company: opened once, and known here as it is there."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from services.contracts.payments import AccountChanged
from services.kernel import errors, ids
from services.kernel.db import Tx
from services.payments.domain import gateway
from services.payments.domain.errors import PaymentRefused, PaymentsNotReady
from services.payments.store import accounts, timers
from services.payments.store.accounts import Account
from services.payments.use_cases.tools import Tools

_log = logging.getLogger(__name__)

# An account that lacks something is asked about after so long, then after twice as long, and so on up to a day; one
# that lacks nothing once a day, in case that word of it was lost.
_FIRST_LOOK: Final = timedelta(minutes=5)
_LAST_LOOK: Final = timedelta(days=1)
_DOUBLED_AT_MOST: Final = 12
_TAKEN_FOR: Final = timedelta(minutes=2)
_AT_ONCE: Final = 20


async def onboarding_url(tools: Tools, *, tenant_id: str) -> str:
    """Where the business tells the company what it wants to know; its account is opened with the first question."""
    account = await _opened(tools, tenant_id)
    try:
        return await _onboarding_url(tools, account)
    except PaymentsNotReady:
        # The company does not let us near that account any more: the business begins anew, with another.
        await gone(tools, tenant_id=tenant_id, account_id=account.account_id or "")
        async with tools.db.transaction(tenant_id) as tx:
            await accounts.begin_anew(
                tx, tenant_id, former_id=account.id, account_id=ids.new_id("acc"), now=tools.clock.now()
            )
        return await _onboarding_url(tools, await _opened(tools, tenant_id))


async def known(tools: Tools, *, tenant_id: str) -> Account | None:
    """As it was described last."""
    async with tools.db.transaction(tenant_id) as tx:
        return await accounts.find(tx, tenant_id)


async def present(tools: Tools, *, tenant_id: str) -> Account | None:
    """As it is now; as it was described last where the company can't be asked."""
    try:
        await refresh(tools, tenant_id=tenant_id)
    except (errors.Unavailable, errors.TooOften):
        _log.info("an account is shown as it was described last: the payment company is away")
    return await known(tools, tenant_id=tenant_id)


async def dashboard_url(tools: Tools, *, tenant_id: str) -> str:
    account = await known(tools, tenant_id=tenant_id)
    if account is None or account.account_id is None:
        raise PaymentsNotReady("There is no payment account yet.")
    return await tools.gateway.dashboard_url(account.account_id)


async def refresh(tools: Tools, *, tenant_id: str) -> None:
    """Ask the company, and keep what it says. Nothing where the business has no account."""
    account = await known(tools, tenant_id=tenant_id)
    if account is None or account.account_id is None:
        return
    asked_at = tools.clock.now()
    try:
        found = await tools.gateway.account(account.account_id)
    except PaymentsNotReady:
        await gone(tools, tenant_id=tenant_id, account_id=account.account_id)
        return
    await _keep(tools, tenant_id, found, asked_at)


async def heard(tools: Tools, *, tenant_id: str, account: gateway.Account) -> None:
    """The company tells of a change. Such word comes in any order, so what it is now is asked."""
    held = await known(tools, tenant_id=tenant_id)
    if held is not None and held.account_id == account.id:
        await refresh(tools, tenant_id=tenant_id)


async def gone(tools: Tools, *, tenant_id: str, account_id: str) -> None:
    """The business turned us out of its account, or the company did. Should we be let in again, asking finds out."""
    async with tools.db.transaction(tenant_id) as tx:
        account = await accounts.find(tx, tenant_id, lock=True)
        if account is None or account.account_id != account_id or account.disconnected_at is not None:
            return
        now = tools.clock.now()
        await _change(
            tools,
            tx,
            account,
            replace(account, charges_enabled=False, payouts_enabled=False, disconnected_at=now, asked_at=now),
        )


async def refresh_due(tools: Tools) -> int:
    """Those whose turn it is; answers how many."""
    async with tools.db.transaction() as tx:
        due = await timers.take(tx, "account", tools.clock.now(), given_for=_TAKEN_FOR, limit=_AT_ONCE)
    for one in due:
        try:
            await refresh(tools, tenant_id=one.tenant_id)
        except errors.Refusal as refusal:
            # The others shall not wait for it; it comes again when what it was given for is over.
            _log.info("an account could not be asked about", extra={"refusal": refusal.code})
            continue
        account = await known(tools, tenant_id=one.tenant_id)
        async with tools.db.transaction(one.tenant_id) as tx:
            if account is None or account.account_id != one.id:
                await timers.end(tx, "account", one.id)
            else:
                await timers.postpone(tx, "account", one.id, tools.clock.now() + _pause(account, one.tries))
    return len(due)


async def republish(tools: Tools) -> int:
    """The present facts once more, for a listener that is new or has lost its copy."""
    async with tools.db.transaction() as tx:
        tenant_ids = await accounts.tenants(tx)
    for tenant_id in tenant_ids:
        async with tools.db.transaction(tenant_id) as tx:
            account = await accounts.find(tx, tenant_id, lock=True)
            if account is not None:
                await _tell(tools, tx, account)
    return len(tenant_ids)


async def fee(tools: Tools, *, tenant_id: str) -> tuple[int, bool]:
    """The platform's share of this business's payments, in hundredths of a per cent, and whether it is its own."""
    async with tools.db.transaction(tenant_id) as tx:
        own = await accounts.fee_basis_points(tx, tenant_id)
    return (tools.settings.fee_basis_points, False) if own is None else (own, True)


async def set_fee(tools: Tools, *, tenant_id: str, basis_points: int | None) -> None:
    """Of payments that are asked for from now on; without a share of its own, the business pays what everybody pays."""
    async with tools.db.transaction(tenant_id) as tx:
        if basis_points is None:
            await accounts.end_fee(tx, tenant_id)
        else:
            await accounts.set_fee(tx, tenant_id, basis_points, now=tools.clock.now())


async def _opened(tools: Tools, tenant_id: str) -> Account:
    """The business's account, which the company knows. However often it is called at once, it is opened once."""
    account = await known(tools, tenant_id=tenant_id)
    if account is None:
        async with tools.db.transaction(tenant_id) as tx:
            await accounts.begin(
                tx, tenant_id, account_id=ids.new_id("acc"), gateway=tools.gateway.name, now=tools.clock.now()
            )
            account = await accounts.find(tx, tenant_id)
    if account is None:
        raise AssertionError("an account that was begun is there")
    if account.account_id is not None:
        return account
    tenant = await tools.auth.tenant(tenant_id)
    profile = await tools.catalog.profile(tenant_id)
    asked_at = tools.clock.now()
    found = await _open(tools, account, country=profile.country, name=profile.business_name, email=tenant.owner_email)
    async with tools.db.transaction(tenant_id) as tx:
        held = await accounts.find(tx, tenant_id, lock=True)
        if held is None:
            raise AssertionError("an account is never taken away")
        if held.id == account.id and held.account_id is None:
            await accounts.remember(tx, found.id, tenant_id)
            await timers.set(tx, "account", found.id, tools.clock.now() + _FIRST_LOOK)
            await _change(
                tools, tx, held, replace(_as_found(held, found, asked_at), account_id=found.id, country=profile.country)
            )
            held = await accounts.find(tx, tenant_id)
    if held is None or held.account_id is None:
        # Somebody else began anew meanwhile; this one may do so, too.
        raise errors.Unavailable
    return held


async def _open(tools: Tools, account: Account, *, country: str, name: str, email: str | None) -> gateway.Account:
    metadata = {"tenant_id": account.tenant_id}
    try:
        return await tools.gateway.open_account(
            key=account.id, country=country, email=email, name=name, metadata=metadata
        )
    except PaymentRefused as refusal:
        if refusal.details.get("code") != "email_invalid":
            raise
    # The address is only a convenience: what is not right with it, the business is asked for by the company.
    return await tools.gateway.open_account(
        key=f"{account.id}:plain", country=country, email=None, name=name, metadata=metadata
    )


async def _onboarding_url(tools: Tools, account: Account) -> str:
    if account.account_id is None:
        raise AssertionError("the account was opened")
    page = f"{tools.settings.public_url.rstrip('/')}/dashboard/stripe/complete"
    return await tools.gateway.onboarding_url(
        account.account_id, return_url=f"{page}?success=true", refresh_url=f"{page}?refresh=true"
    )


async def _keep(tools: Tools, tenant_id: str, found: gateway.Account, asked_at: datetime) -> None:
    async with tools.db.transaction(tenant_id) as tx:
        held = await accounts.find(tx, tenant_id, lock=True)
        if held is None or held.account_id != found.id:
            return
        # Of two answers the one counts that was asked for later, whichever comes first.
        if held.asked_at is not None and held.asked_at > asked_at:
            return
        await _change(tools, tx, held, _as_found(held, found, asked_at))


def _as_found(held: Account, found: gateway.Account, asked_at: datetime) -> Account:
    return replace(
        held,
        charges_enabled=found.charges_enabled,
        payouts_enabled=found.payouts_enabled,
        details_submitted=found.details_submitted,
        requirements=found.requirements,
        disabled_reason=found.disabled_reason,
        disconnected_at=None,
        asked_at=asked_at,
    )


async def _change(tools: Tools, tx: Tx, held: Account, account: Account) -> None:
    """Keep it, and tell of it where something changed that others go by."""
    if _told(held) == _told(account):
        await accounts.save(tx, account)
        return
    account = replace(account, version=held.version + 1, changed_at=tools.clock.now())
    await accounts.save(tx, account)
    await _tell(tools, tx, account)


async def _tell(tools: Tools, tx: Tx, account: Account) -> None:
    charges_enabled, payouts_enabled, needs_attention = _told(account)
    await tools.outbox.add(
        tx,
        AccountChanged(
            tenant_id=account.tenant_id,
            version=account.version,
            charges_enabled=charges_enabled,
            payouts_enabled=payouts_enabled,
            needs_attention=needs_attention,
        ),
        about=account.tenant_id,
    )


def _told(account: Account) -> tuple[bool, bool, bool]:
    return account.can_charge, account.payouts_enabled, account.needs_attention


def _pause(account: Account, tries: int) -> timedelta:
    if account.is_complete:
        return _LAST_LOOK
    return min(_FIRST_LOOK * (1 << min(tries, _DOUBLED_AT_MOST)), _LAST_LOOK)
