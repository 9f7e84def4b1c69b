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


class NoticeForged(errors.Invalid):
    """A webhook that the company did not sign, or not just now."""

    code = "SIGNATURE_INVALID"
    message = "The signature is missing, wrong or too old."
