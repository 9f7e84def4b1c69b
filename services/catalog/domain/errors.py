"""What catalog refuses."""

from services.kernel import errors


class CurrencyInUse(errors.Conflict):
    """Another currency would give every price another worth."""

    code = "CURRENCY_IN_USE"
    message = "There are services with prices in the present currency."
    suggested_action = "archive these services or remove their prices first"


class TooManyServices(errors.Conflict):
    """No customer chooses from a list that long."""

    code = "TOO_MANY_SERVICES"
    message = "There are as many services as a business can have."
    suggested_action = "archive a service that is no longer offered"


class StorageUnavailable(errors.Unavailable):
    """Where the logos are kept does not answer."""

    code = "STORAGE_UNAVAILABLE"
    message = "The logo can't be stored at the moment. Please try again shortly."
