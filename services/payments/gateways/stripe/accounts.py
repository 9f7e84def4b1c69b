"""Businesses' accounts at Stripe: opened in one of the two shapes that Stripe knows, and the pages that it has for them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Literal

import stripe

from services.payments.domain.errors import PaymentsNotReady
from services.payments.domain.gateway import Account
from services.payments.gateways.stripe import answers
from services.payments.gateways.stripe.door import Door, Patience

if TYPE_CHECKING:
    from stripe.params import AccountCreateParams
    from stripe.params.v2.core import AccountCreateParams as CoreAccountCreateParams

# Where a business with Stripe's full dashboard signs in.
_FULL_DASHBOARD: Final = "https://dashboard.stripe.com"


class Accounts:
    """What is done with an account is done by the platform; only a payment is made as the business itself."""

    def __init__(
        self,
        client: stripe.StripeClient,
        door: Door,
        *,
        api: Literal["v1", "v2"],
        dashboard: Literal["express", "full"],
    ) -> None:
        self._client = client
        self._door = door
        self._api = api
        self._dashboard = dashboard

    async def open(
        self, *, key: str, country: str, email: str | None, name: str, metadata: Mapping[str, str]
    ) -> Account:
        """The business pays Stripe's fees and bears its own losses with Stripe; Stripe asks it what it must know."""
        if self._api == "v2":
            return await self._open_v2(key, country=country, email=email, name=name, metadata=metadata)
        params: AccountCreateParams = {
            "country": country,
            "controller": {
                "fees": {"payer": "account"},
                "losses": {"payments": "stripe"},
                "requirement_collection": "stripe",
                "stripe_dashboard": {"type": self._dashboard},
            },
            "capabilities": {"card_payments": {"requested": True}, "transfers": {"requested": True}},
            "business_profile": {"name": name},
            "metadata": dict(metadata),
        }
        if email is not None:
            params["email"] = email
        said = await self._door.ask(
            "accounts.create", lambda options: self._client.v1.accounts.create_async(params, options), key=key
        )
        return answers.account(said)

    async def _open_v2(
        self, key: str, *, country: str, email: str | None, name: str, metadata: Mapping[str, str]
    ) -> Account:
        """For platforms that may open accounts only in the newer way. The account is the same in both."""
        patience = Patience()
        params: CoreAccountCreateParams = {
            "dashboard": self._dashboard,
            "display_name": name,
            "identity": {"country": country},
            "configuration": {"merchant": {"capabilities": {"card_payments": {"requested": True}}}},
            "defaults": {"responsibilities": {"fees_collector": "stripe", "losses_collector": "stripe"}},
            "metadata": dict(metadata),
        }
        if email is not None:
            params["contact_email"] = email
        said = await self._door.ask(
            "v2.core.accounts.create",
            lambda options: self._client.v2.core.accounts.create_async(params, options),
            key=key,
            patience=patience,
        )
        return await self._account(said["id"], patience)

    async def account(self, account_id: str) -> Account:
        return await self._account(account_id, Patience())

    async def _account(self, account_id: str, patience: Patience) -> Account:
        return answers.account(await self._said(account_id, patience))

    async def onboarding_url(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        said = await self._door.ask(
            "account_links.create",
            lambda options: self._client.v1.account_links.create_async(
                {
                    "account": account_id,
                    "type": "account_onboarding",
                    "return_url": return_url,
                    "refresh_url": refresh_url,
                    "collection_options": {"fields": "eventually_due"},
                },
                options,
            ),
        )
        return str(said["url"])

    async def dashboard_url(self, account_id: str) -> str:
        """Stripe signs a business in to the Express dashboard by a link; to the full one it signs in itself."""
        patience = Patience()
        said = await self._said(account_id, patience)
        dashboard = ((said.get("controller") or {}).get("stripe_dashboard") or {}).get("type") or said.get("type")
        if dashboard != "express":
            return _FULL_DASHBOARD
        if not said.get("details_submitted"):
            # There is nothing to sign in to before the business has told Stripe who it is.
            raise PaymentsNotReady("Please finish connecting your account first.")
        made = await self._door.ask(
            "accounts.login_links.create",
            lambda options: self._client.v1.accounts.login_links.create_async(account_id, {}, options),
            patience=patience,
        )
        return str(made["url"])

    async def _said(self, account_id: str, patience: Patience) -> dict[str, Any]:
        return await self._door.ask(
            "accounts.retrieve",
            lambda options: self._client.v1.accounts.retrieve_async(account_id, {}, options),
            patience=patience,
        )
