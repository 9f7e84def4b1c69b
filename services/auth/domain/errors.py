"""What auth says no to."""

from services.kernel import errors


class EmailTaken(errors.Conflict):
    """Two accounts never share an address."""

    code = "EMAIL_TAKEN"
    message = "There is an account with this e-mail address already."
    suggested_action = "log in, or reset the password"


class InvalidCredentials(errors.Unauthenticated):
    """Wrong password or no such account: which of them, nobody is told."""

    code = "INVALID_CREDENTIALS"
    message = "The e-mail address and the password don't belong together."
    suggested_action = "check both, or reset the password"


class TotpRequired(errors.Unauthenticated):
    """The password is right, and a second factor is needed besides."""

    code = "TOTP_REQUIRED"
    message = "Please give the code of your authenticator app, or a recovery code."
    suggested_action = "send it as totp"


class WrongSecondFactor(errors.Unauthenticated):
    """The password is right, and the code is not."""

    code = "TOTP_INVALID"
    message = "The code of the authenticator app is not right, or its time is over."
    suggested_action = "type the code that shows now, or a recovery code"


class EmailNotVerified(errors.Forbidden):
    """The password is right, but nobody has shown that the address is theirs."""

    code = "EMAIL_NOT_VERIFIED"
    message = "Please open the link in the mail that we sent you first."
    suggested_action = "verify the e-mail address, or ask for the mail again"


class TooManyAttempts(errors.TooOften):
    """Ten wrong tries; now even the right password has to wait."""

    code = "TOO_MANY_ATTEMPTS"
    message = "Too many wrong tries. Please wait before you try again."
    suggested_action = "wait, or reset the password"


class BadLink(errors.Invalid):
    """A link that was used, has run out, or never was."""

    code = "TOKEN_INVALID"
    message = "This link has been used already, or its time is over."
    suggested_action = "ask for a new one"


class ProfileComplete(errors.Conflict):
    """The business has its name already."""

    code = "PROFILE_COMPLETE"
    message = "Your business has a name already."


class SlugTaken(errors.Conflict):
    """Another business has, or had, this slug."""

    code = "SLUG_TAKEN"
    message = "Another business uses this address already."
    suggested_action = "choose another one"


class TotpOn(errors.Conflict):
    """There is a second factor already."""

    code = "TOTP_ALREADY_ON"
    message = "The second factor is on already."
    suggested_action = "turn it off first"


class TotpOff(errors.Conflict):
    """There is no second factor, or none that waits to be confirmed."""

    code = "TOTP_NOT_STARTED"
    message = "The second factor has not been set up."
    suggested_action = "start it first"


class PasswordNeeded(errors.Conflict):
    """A second factor stands beside a password, and there is none."""

    code = "PASSWORD_NEEDED"
    message = "Please set a password first; the second factor protects it."
    suggested_action = "reset the password"


class WrongCode(errors.Invalid):
    """It is not the code that the authenticator shows now."""

    code = "TOTP_INVALID"
    message = "This code is not right, or its time is over."
    suggested_action = "type the code that shows now"


class WrongProof(errors.Forbidden):
    """Neither the password nor a code that fits."""

    code = "PROOF_INVALID"
    message = "The password or the code is not right."


class LastOwner(errors.Conflict):
    """A business always has an owner."""

    code = "LAST_OWNER"
    message = "A business needs at least one owner."
    suggested_action = "make somebody else an owner first"


class AlreadyMember(errors.Conflict):
    """Whoever is to be invited is there already."""

    code = "ALREADY_MEMBER"
    message = "This person belongs to the team already."


class OwnersOnly(errors.Forbidden):
    """Ownership is the owners' own affair."""

    message = "Only an owner may do this."


class GoogleRefused(errors.Unauthenticated):
    """A sign-in by Google that came to nothing; the code goes to the login page."""

    code = "GOOGLE_FAILED"
    message = "Google did not sign you in."

    def __init__(self, code: str) -> None:
        self.code = code  # type: ignore[misc] # each reason has a code of its own
        super().__init__()
