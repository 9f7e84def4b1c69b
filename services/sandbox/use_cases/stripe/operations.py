"""Every operation that the stand-in has built; what the description knows beyond these is answered with 501."""

from collections.abc import Mapping
from typing import Final

from services.sandbox.use_cases.stripe import (
    accounts,
    application_fees,
    balance,
    charges,
    checkout_sessions,
    customers,
    disputes,
    events,
    payment_intents,
    payment_methods,
    refunds,
    setup_intents,
)
from services.sandbox.use_cases.stripe.call import Operation

# Each of these modules holds its own table, OPERATIONS.
BUILT: Final[Mapping[str, Operation]] = {
    **accounts.OPERATIONS,
    **application_fees.OPERATIONS,
    **balance.OPERATIONS,
    **charges.OPERATIONS,
    **checkout_sessions.OPERATIONS,
    **customers.OPERATIONS,
    **disputes.OPERATIONS,
    **events.OPERATIONS,
    **payment_intents.OPERATIONS,
    **payment_methods.OPERATIONS,
    **refunds.OPERATIONS,
    **setup_intents.OPERATIONS,
}

# What a browser may do with the publishable key.
FOR_BROWSERS: Final = frozenset(
    {
        "POST /v1/payment_intents/{intent}/confirm",
        "GET /v1/payment_intents/{intent}",
        "POST /v1/setup_intents/{intent}/confirm",
        "GET /v1/setup_intents/{intent}",
        "POST /v1/payment_methods",
    }
)
