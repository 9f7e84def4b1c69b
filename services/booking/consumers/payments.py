"""Accounts and money, as payments tells of them."""

from services.booking.use_cases import copies, paying
from services.booking.use_cases.tools import Tools
from services.contracts.payments import (
    AccountChanged,
    BalanceActionRequired,
    BalanceFailed,
    BalanceSucceeded,
    DepositCanceled,
    DepositFailed,
    DepositSucceeded,
    DisputeClosed,
    DisputeOpened,
    MoneyEvent,
    RefundDelayed,
    RefundFailed,
    RefundSucceeded,
)
from services.kernel.bus import Subscription
from services.kernel.events import Delivery


def subscription(tools: Tools) -> Subscription:
    async def account_changed(delivery: Delivery[AccountChanged]) -> None:
        await copies.account_changed(tools, delivery=delivery)

    async def deposit_succeeded(delivery: Delivery[DepositSucceeded]) -> None:
        await paying.deposit_succeeded(tools, delivery=delivery)

    async def deposit_failed(delivery: Delivery[DepositFailed]) -> None:
        await paying.heard_of_deposit(tools, delivery=delivery)

    async def deposit_canceled(delivery: Delivery[DepositCanceled]) -> None:
        await paying.heard_of_deposit(tools, delivery=delivery)

    async def money_moved(delivery: Delivery[MoneyEvent]) -> None:
        await paying.heard_of_money(tools, delivery=delivery)

    return Subscription(
        "payments",
        {
            AccountChanged: account_changed,
            DepositSucceeded: deposit_succeeded,
            DepositFailed: deposit_failed,
            DepositCanceled: deposit_canceled,
            BalanceSucceeded: money_moved,
            BalanceFailed: money_moved,
            BalanceActionRequired: money_moved,
            RefundSucceeded: money_moved,
            RefundDelayed: money_moved,
            RefundFailed: money_moved,
            DisputeOpened: money_moved,
            DisputeClosed: money_moved,
        },
    )
