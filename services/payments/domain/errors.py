"""What payments says no to."""

from services.kernel import errors


class PaymentsNotReady(errors.Conflict):
    """The business has no account that can take cards now."""

    code = "PAYMENTS_NOT_READY"
    message = "This business can't take card payments at the moment."
    suggested_action = "contact the business"


class PaymentServiceUnavailable(errors.Unavailable):
    """The company that moves the money does not answer, or not well."""

    code = "PAYMENT_SERVICE_UNAVAILABLE"
    message = "Payments can't be made at the moment. Please try again shortly."


class PaymentServiceBusy(errors.TooOften):
    """The company that moves the money was asked too often."""

    code = "PAYMENT_SERVICE_BUSY"
    message = "Too many payments at once. Please try again in a moment."


class CardDeclined(errors.Declined):
    """The bank's word, with the company's code for it in `details.declineCode`."""


class PaymentRefused(errors.Invalid):
    """The company takes what was asked for as a mistake."""

    code = "PAYMENT_REFUSED"
    message = "The payment service does not accept this."


class RefundExceedsPayment(errors.Conflict):
    """More than is left of what was paid."""

    code = "REFUND_EXCEEDS_PAYMENT"
    message = "That is more than was paid."
    suggested_action = "refund at most what is left"


class DepositClosed(errors.Conflict):
    """The booking gave up its deposit, and none can be asked for any more."""

    code = "DEPOSIT_CLOSED"
    message = "This deposit can't be paid any more."
    suggested_action = "book again"


class OrderDiffers(errors.Conflict):
    """The same was ordered before with other facts."""

    code = "ORDER_DIFFERS"
    message = "This was asked for before, with another amount."


class OperationClosed(errors.Conflict):
    """The operation was given up before."""

    code = "OPERATION_CLOSED"
    message = "This operation was given up."


class PaymentParked(errors.Conflict):
    """What the company says of the payment differs from what was asked; a person has to look."""

    code = "PAYMENT_PARKED"
    message = "Something about this payment does not fit. It is being looked at."


class StillUnderWay(errors.Unavailable):
    """The company has not made up its mind yet."""

    code = "PAYMENT_UNDER_WAY"
    message = "The payment is still under way. Please look again in a moment."


class NoticeForged(errors.Invalid):
    """A webhook that the company did not sign, or not just now."""

    code = "SIGNATURE_INVALID"
    message = "The signature is missing, wrong or too old."


class BalanceTooLow(errors.Conflict):
    """The business's balance at the company can't bear the refund now; later it may, under another key."""

    code = "BALANCE_TOO_LOW"
    message = "The business's balance at the payment service is too low for this at the moment."
    retryable = True
    suggested_action = "try again later"


# The next two are bugs or mistakes of the operator, and not refusals: they answer 500 and wake somebody.


class KeyRefused(Exception):  # noqa: N818 - house style: named by what happened
    """The company does not take our key, or the key may not do what we ask."""


class KeyReused(Exception):  # noqa: N818 - house style: named by what happened
    """The same idempotency key was sent with other facts."""
