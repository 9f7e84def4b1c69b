"""What availability refuses, each with a stable code."""

from services.kernel import errors


class SlotTaken(errors.Conflict):
    """The time can't be had: sold, held, or not offered (any more)."""

    code = "SLOT_UNAVAILABLE"
    message = "This time is not available any more."
    suggested_action = "Pick another time."


class LastStaff(errors.Conflict):
    """A business without anybody who works can't be booked, and could not be told why."""

    code = "LAST_STAFF"
    message = "Somebody who works must stay."
    suggested_action = "add or activate somebody else first"


class TooMany(errors.Conflict):
    """As many as are kept are there already."""

    code = "LIMIT_REACHED"
    message = "No more of these can be kept."
    suggested_action = "remove what is not needed any more"


class ClaimDiffers(errors.Conflict):
    """The booking has a time already, and it is another one than is asked for."""

    code = "CLAIM_DIFFERS"
    message = "This booking holds another time already."
    suggested_action = "Release it first, or move it."


class BookingOver(errors.Conflict):
    """The booking was given up; its id comes to life no more."""

    code = "BOOKING_OVER"
    message = "This booking is over."
    suggested_action = "Make a new booking."


class HoldRunOut(errors.Conflict):
    """There is no live hold, or no claim at all, on which this could be done."""

    code = "HOLD_EXPIRED"
    message = "The time is no longer held."
    suggested_action = "Take the time again."


class ReplacedIsBooked(errors.Conflict):
    """What was to be given up is no longer just held: somebody may have paid for it."""

    code = "REPLACED_IS_BOOKED"
    message = "The booking that was to be replaced stands already."
    suggested_action = "Move that booking instead."


class UnknownBooking(errors.NotFound):
    """Nobody ever spoke of this booking, or it was forgotten."""

    code = "BOOKING_NOT_FOUND"
    message = "Nothing is known of this booking."


class StaffNotFound(errors.NotFound):
    """Nobody of this business, or nobody any more."""

    code = "STAFF_NOT_FOUND"
    message = "Nobody of that name works here."
    suggested_action = "choose somebody else, or anybody"


class ServiceNotFound(errors.NotFound):
    """Nobody knows it, or it is not offered (any more)."""

    code = "SERVICE_NOT_FOUND"
    message = "This service is not offered."
    suggested_action = "choose another service"
