"""What booking refuses, each with a stable code."""

from services.kernel import errors


class SlotTaken(errors.Conflict):
    """The time can't be had: sold, held, or not offered (any more)."""

    code = "SLOT_UNAVAILABLE"
    message = "This time is not available any more."
    suggested_action = "pick another time"


class PaymentsNotReady(errors.Conflict):
    """The business can't take cards (yet, or at the moment), and this service asks for a deposit."""

    code = "PAYMENTS_NOT_READY"
    message = "This business can't take payments online at the moment."
    suggested_action = "contact the business"


class PaymentServiceUnavailable(errors.Unavailable):
    """No deposit can be asked for at the moment; the time is not held."""

    code = "PAYMENT_SERVICE_UNAVAILABLE"
    message = "Payments can't be taken at the moment. Nothing was booked or charged."
    suggested_action = "try again in a moment"


class AlreadyPaid(errors.Conflict):
    """What was to be given up for another time was paid meanwhile."""

    code = "ALREADY_PAID"
    message = "This booking has been paid for already."
    suggested_action = "move that booking instead"


class InvalidStatusChange(errors.Conflict):
    """From where the booking is, no way leads there."""

    code = "INVALID_STATUS_CHANGE"
    message = "This can't be done with a booking in its present state."
    suggested_action = "look at the booking as it is now"


class ServiceNotFound(errors.NotFound):
    """Nobody knows the service."""

    message = "This service is not offered."
    suggested_action = "choose another service"


class ServiceNotOffered(errors.Conflict):
    """The business has such a service, and does not offer it at the moment."""

    code = "SERVICE_NOT_OFFERED"
    message = "This service is not offered at the moment."
    suggested_action = "choose another service"


class BookingNotFound(errors.NotFound):
    """No booking of that id, or somebody else's."""

    message = "There is no such booking."


class BookingUnknown(errors.NotFound):
    """What other contexts are told: they must know it from a path that does not exist."""

    code = "BOOKING_NOT_FOUND"
    message = "There is no such booking."


class MoneyOperationOpen(errors.Conflict):
    """Another refund or charge of this booking has not ended yet."""

    code = "MONEY_OPERATION_OPEN"
    message = "Another payment or refund of this booking is still being worked on."
    retryable = True
    suggested_action = "try again in a moment"


class NothingDue(errors.Conflict):
    """All of it was paid already."""

    code = "NOTHING_DUE"
    message = "Nothing is left to pay."
    suggested_action = "look at what was paid"


class RefundExceedsPayment(errors.Conflict):
    """More than is left of what was paid."""

    code = "REFUND_EXCEEDS_PAYMENT"
    message = "That is more than was paid and not given back yet."
    suggested_action = "refund at most what is left"


class BookingIsPast(errors.Conflict):
    """Its time has come, or has gone."""

    code = "BOOKING_IS_PAST"
    message = "This booking's time has come already."
    suggested_action = "contact the business"


class NothingPaid(errors.NotFound):
    """There is nothing that a receipt could be about."""

    code = "NOTHING_PAID"
    message = "Nothing was paid for this booking."
