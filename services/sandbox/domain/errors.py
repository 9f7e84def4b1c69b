"""What a company's interface refuses, in that company's words."""


class ResendRefusal(Exception):  # noqa: N818 - a refusal is an outcome, not an error
    """Resend says no; the name tells programs why."""

    def __init__(self, status: int, name: str, message: str) -> None:
        self.status = status
        self.name = name
        self.message = message
        super().__init__(message)


class TwilioRefusal(Exception):  # noqa: N818 - a refusal is an outcome, not an error
    """Twilio says no; the number tells programs why."""

    def __init__(self, status: int, code: int, message: str) -> None:
        self.status = status
        self.code = code
        self.message = message
        super().__init__(message)


class OAuthRefusal(Exception):  # noqa: N818 - a refusal is an outcome, not an error
    """Google says no, in the words of OAuth 2."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        self.error = error
        self.description = description
        self.status = status
        super().__init__(description)
