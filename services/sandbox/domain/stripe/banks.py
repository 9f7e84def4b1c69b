"""Bank accounts that pay by direct debit, which takes its time: Stripe's ready-made ones for tests."""

from collections.abc import Mapping
from typing import Final

from services.sandbox.domain.stripe.cards import Behaviour, Decline

TYPE: Final = "us_bank_account"
CURRENCY: Final = "usd"


def _fails(code: str, message: str) -> Behaviour:
    return Behaviour(arrives="later", decline=Decline(code, None, message), attaches=True)


ACCOUNTS: Final[Mapping[str, Behaviour]] = {
    "pm_usBankAccount_success": Behaviour(arrives="later"),
    # Never ends by itself: for trying what happens to what is on its way.
    "pm_usBankAccount_processing": Behaviour(arrives="never"),
    "pm_usBankAccount_accountClosed": _fails("account_closed", "The customer's bank account has been closed."),
    "pm_usBankAccount_noAccount": _fails("no_account", "No bank account could be located."),
    "pm_usBankAccount_insufficientFunds": _fails(
        "insufficient_funds", "The customer's bank account has insufficient funds."
    ),
    "pm_usBankAccount_debitNotAuthorized": _fails(
        "debit_not_authorized", "The customer has notified their bank that this payment was unauthorized."
    ),
    "pm_usBankAccount_dispute": Behaviour(arrives="later", dispute="unauthorized"),
}
