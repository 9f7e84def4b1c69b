"""What payments needs to know: Stripe's keys and addresses, and the platform's share."""

from typing import Final, Literal
from urllib.parse import urlsplit

from services.kernel import money
from services.kernel.settings import Secret, Settings

# What the platform may take at most.
_WHOLE_PERCENT: Final = 100


class PaymentsSettings(Settings, frozen=True, kw_only=True):
    """Without STRIPE_BASE_URL it is the real Stripe that is asked."""

    stripe_secret_key: Secret
    stripe_publishable_key: str
    # Each may hold several, with commas between, while one is being replaced by another.
    stripe_webhook_secret: Secret
    stripe_connect_webhook_secret: Secret
    stripe_base_url: str = ""
    # Where the customer's browser finds the same Stripe, if not at Stripe's own address.
    stripe_browser_url: str = ""
    # With which of Stripe's two interfaces accounts are opened, and which of its dashboards a business gets.
    stripe_accounts_api: Literal["v1", "v2"] = "v1"
    stripe_dashboard: Literal["express", "full"] = "express"
    stripe_platform_fee_percentage: str = "2.5"

    @property
    def fee_basis_points(self) -> int:
        """The platform's share of every payment, in hundredths of a per cent."""
        return money.basis_points(self.stripe_platform_fee_percentage)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """Of the platform's endpoint and of that for the businesses' accounts."""
        texts = (self.stripe_webhook_secret.reveal(), self.stripe_connect_webhook_secret.reveal())
        return tuple(part.strip() for text in texts for part in text.split(",") if part.strip())

    def problems(self) -> list[str]:
        found = super().problems()
        secret, publishable = self.stripe_secret_key.reveal(), self.stripe_publishable_key
        if not secret.startswith(("sk_test_", "sk_live_", "rk_test_", "rk_live_")):
            found.append("STRIPE_SECRET_KEY must begin with sk_ or rk_ and test_ or live_")
        if not publishable.startswith(("pk_test_", "pk_live_")):
            found.append("STRIPE_PUBLISHABLE_KEY must begin with pk_test_ or pk_live_")
        elif secret and ("_live_" in secret) != ("_live_" in publishable):
            found.append("STRIPE_PUBLISHABLE_KEY must be of the same mode, live or test, as STRIPE_SECRET_KEY")
        for name, given in (
            ("STRIPE_WEBHOOK_SECRET", self.stripe_webhook_secret.reveal()),
            ("STRIPE_CONNECT_WEBHOOK_SECRET", self.stripe_connect_webhook_secret.reveal()),
        ):
            if not all(part.strip().startswith("whsec_") for part in given.split(",")):
                found.append(f"{name} must begin with whsec_")
        for name, address in (
            ("STRIPE_BASE_URL", self.stripe_base_url),
            ("STRIPE_BROWSER_URL", self.stripe_browser_url),
        ):
            parts = urlsplit(address)
            if address and (parts.scheme not in {"http", "https"} or not parts.hostname):
                found.append(f"{name} must be an address such as http://127.0.0.1:8090/sandbox/stripe")
        if not _is_percentage(self.stripe_platform_fee_percentage):
            found.append("STRIPE_PLATFORM_FEE_PERCENTAGE must be a number from 0 to 100 with at most two decimals")
        return found


def _is_percentage(text: str) -> bool:
    # Digits and a point only: what else Python takes for a number is no percentage.
    whole, _, decimals = text.partition(".")
    if (
        not whole.isascii()
        or not whole.isdigit()
        or not (decimals == "" or (decimals.isascii() and decimals.isdigit()))
    ):
        return False
    return len(decimals.rstrip("0")) <= 2 and float(text) <= _WHOLE_PERCENT  # noqa: PLR2004 - said above
