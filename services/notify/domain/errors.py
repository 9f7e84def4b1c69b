"""What keeps a message from being sent."""

from datetime import timedelta

from services.kernel import errors


class MailRefused(errors.Invalid):
    """The provider will never take this mail; the reason holds no address."""

    code = "MAIL_REFUSED"

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__("The mail provider refuses this mail.")


class MailNotTaken(errors.Unavailable):
    """The provider did not take the mail now, but may later; the reason holds no address."""

    code = "MAIL_PROVIDER_UNAVAILABLE"

    def __init__(self, reason: str, *, not_before: timedelta = timedelta()) -> None:
        self.reason = reason
        self.not_before = not_before
        super().__init__("The mail provider does not take mails at the moment.")
