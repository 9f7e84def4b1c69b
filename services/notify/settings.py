"""What notify needs to know of the mail provider."""

from typing import Final
from urllib.parse import urlsplit

from services.kernel.settings import Secret, Settings
from services.notify.domain.mails import is_sender

RESEND: Final = "https://api.resend.com"


class NotifySettings(Settings, frozen=True, kw_only=True):
    """The account that mails are sent with, and the address they come from."""

    resend_api_key: Secret
    resend_base_url: str = RESEND
    from_email: str

    def problems(self) -> list[str]:
        found = super().problems()
        address = urlsplit(self.resend_base_url)
        if address.scheme not in {"http", "https"} or not address.hostname:
            found.append(f"RESEND_BASE_URL must be an address such as {RESEND}")
        if not is_sender(self.from_email):
            found.append("FROM_EMAIL must be an e-mail address, or a name with one: PeepoPay <bookings@example.com>")
        return found
