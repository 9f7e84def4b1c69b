"""Stripe as a gateway: which of its calls stands for which of our acts."""

import logging
from collections.abc import Awaitable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec
import stripe

from services.kernel.clock import Clock
from services.kernel.money import Money
from services.payments.domain.errors import CardDeclined, NoticeForged, PaymentRefused
from services.payments.domain.gateway import (
    Account,
    Dispute,
    Intent,
    Link,
    Movement,
    Notice,
    Order,
    Repayment,
)
from services.payments.gateways.stripe import answers, orders, refusals, signature
from services.payments.gateways.stripe.accounts import Accounts
from services.payments.gateways.stripe.amounts import at_stripe
from services.payments.gateways.stripe.door import Call, Door, Patience, Wire
from services.payments.settings import PaymentsSettings

if TYPE_CHECKING:
    from stripe.params import (
        BalanceTransactionListParams,
        PaymentIntentCreateParams,
        PaymentIntentListParams,
        RefundCreateParams,
        RefundListParams,
    )

# The package would send times of former calls along, and write an id of this machine into the home folder.
stripe.enable_telemetry = False
# It tells of every call at the level of a news item; what went wrong is told by the door.
logging.getLogger("stripe").setLevel(logging.ERROR)

# Lines of a list that Stripe gives at once.
_PAGE: Final = 100


class Create(Protocol):
    """Makes something at Stripe, with the customer's e-mail address or without."""

    def __call__(self, *, with_email: bool) -> Awaitable[dict[str, Any]]: ...


class Stripe:
    """The adapter, over HTTP of its own unless another is given."""

    name = "stripe"

    def __init__(self, settings: PaymentsSettings, clock: Clock, *, wire: stripe.HTTPClient | None = None) -> None:
        base = settings.stripe_base_url.rstrip("/")
        self._clock = clock
        self._secrets = settings.webhook_secrets
        self._is_live = "_live_" in settings.stripe_secret_key.reveal()
        wire = wire or Wire(is_own_address=bool(base))
        self._door = Door(self.name, wire=wire)
        self._client = stripe.StripeClient(
            settings.stripe_secret_key.reveal(),
            # Whichever is left out would stay with the real Stripe.
            base_addresses={"api": base, "connect": base, "files": base, "meter_events": base} if base else {},
            # The package's own retries wait for half a second and more; the door knows when there is time for one.
            max_network_retries=0,
            http_client=wire,
        )
        self._accounts = Accounts(
            self._client, self._door, api=settings.stripe_accounts_api, dashboard=settings.stripe_dashboard
        )

    # Accounts

    async def open_account(
        self, *, key: str, country: str, email: str | None, name: str, metadata: Mapping[str, str]
    ) -> Account:
        return await self._accounts.open(
            key=key, country=country, email=email, name=name[: orders.LONGEST_NAME], metadata=metadata
        )

    async def onboarding_url(self, account_id: str, *, return_url: str, refresh_url: str) -> str:
        return await self._accounts.onboarding_url(account_id, return_url=return_url, refresh_url=refresh_url)

    async def account(self, account_id: str) -> Account:
        return await self._accounts.account(account_id)

    async def dashboard_url(self, account_id: str) -> str:
        return await self._accounts.dashboard_url(account_id)

    # Payments

    async def ask(self, order: Order, *, key: str, save_card: bool) -> Intent:
        patience = Patience()
        params: PaymentIntentCreateParams = {
            **orders.intent_params(order),
            "excluded_payment_method_types": list(orders.SLOW_METHODS),
        }
        if save_card:
            params["customer"] = await self._customer(order, key, patience)
            params["setup_future_usage"] = "off_session"
        said = await self._door.ask(
            "payment_intents.create",
            lambda options: self._client.v1.payment_intents.create_async(params, options),
            account_id=order.account_id,
            key=key,
            patience=patience,
        )
        return answers.intent(said, order.account_id)

    async def charge(self, order: Order, *, key: str, customer_id: str, payment_method_id: str) -> Intent:
        params: PaymentIntentCreateParams = {
            **orders.intent_params(order),
            "customer": customer_id,
            "payment_method": payment_method_id,
            "confirm": True,
            "off_session": True,
        }
        try:
            said = await self._door.ask(
                "payment_intents.create",
                lambda options: self._client.v1.payment_intents.create_async(params, options),
                account_id=order.account_id,
                key=key,
            )
        except CardDeclined as declined:
            refused = refusals.intent_of(declined)
            if refused is None:
                raise
            said = refused
        return answers.charged(said, order.account_id)

    async def intent(self, account_id: str, intent_id: str, *, with_cost: bool = False) -> Intent:
        return await self._intent(account_id, intent_id, Patience(), with_cost=with_cost)

    async def _intent(self, account_id: str, intent_id: str, patience: Patience, *, with_cost: bool = False) -> Intent:
        said = await self._door.ask(
            "payment_intents.retrieve",
            lambda options: self._client.v1.payment_intents.retrieve_async(
                intent_id, {"expand": ["latest_charge.balance_transaction"]} if with_cost else {}, options
            ),
            account_id=account_id,
            patience=patience,
        )
        return answers.intent(said, account_id)

    async def find(self, account_id: str, *, customer_id: str, payment_id: str) -> Intent | None:
        def page(after: str | None) -> Call:
            params: PaymentIntentListParams = {"customer": customer_id, "limit": _PAGE}
            if after is not None:
                params["starting_after"] = after
            return lambda options: self._client.v1.payment_intents.list_async(params, options)

        # Stripe lists the newest first.
        for said in await self._all("payment_intents.list", account_id, page):
            found = answers.intent(said, account_id)
            if found.metadata.get("payment_id") == payment_id:
                return found
        return None

    async def cancel(self, account_id: str, intent_id: str) -> Intent:
        patience = Patience()
        try:
            # No key of our own: whether it can be done changes with time, and doing it twice is as doing it once.
            said = await self._door.ask(
                "payment_intents.cancel",
                lambda options: self._client.v1.payment_intents.cancel_async(intent_id, {}, options),
                account_id=account_id,
                patience=patience,
            )
        except PaymentRefused as refusal:
            if refusal.details.get("code") != refusals.WRONG_STATE:
                raise
            return await self._intent(account_id, intent_id, patience)
        return answers.intent(said, account_id)

    async def open_link(
        self, order: Order, *, key: str, return_url: str, expires_at: datetime, save_card: bool
    ) -> Link:
        patience = Patience()
        customer_id = await self._customer(order, key, patience) if save_card else None

        async def create(*, with_email: bool) -> dict[str, Any]:
            params = orders.page_params(order, return_url=return_url, expires_at=expires_at)
            if customer_id is not None:
                params["customer"] = customer_id
                params["payment_intent_data"]["setup_future_usage"] = "off_session"
            elif with_email:
                params["customer_email"] = order.payer.email
            return await self._door.ask(
                "checkout.sessions.create",
                lambda options: self._client.v1.checkout.sessions.create_async(params, options),
                account_id=order.account_id,
                key=key if with_email else f"{key}:plain",
                patience=patience,
            )

        return answers.link(await _without_address_if_refused(create))

    async def link(self, account_id: str, link_id: str) -> Link:
        return await self._link(account_id, link_id, Patience())

    async def _link(self, account_id: str, link_id: str, patience: Patience) -> Link:
        said = await self._door.ask(
            "checkout.sessions.retrieve",
            lambda options: self._client.v1.checkout.sessions.retrieve_async(link_id, {}, options),
            account_id=account_id,
            patience=patience,
        )
        return answers.link(said)

    async def close_link(self, account_id: str, link_id: str) -> Link:
        patience = Patience()
        try:
            said = await self._door.ask(
                "checkout.sessions.expire",
                lambda options: self._client.v1.checkout.sessions.expire_async(link_id, {}, options),
                account_id=account_id,
                patience=patience,
            )
        except PaymentRefused as refusal:
            # It is no longer open, then; what became of it, Stripe says without a code for it.
            found = await self._link(account_id, link_id, patience)
            if found.status == "open":
                raise refusal from None
            return found
        return answers.link(said)

    # Back

    async def refund(
        self,
        account_id: str,
        *,
        charge_id: str,
        amount: Money,
        key: str,
        metadata: Mapping[str, str],
        with_fee: bool,
    ) -> Repayment:
        params: RefundCreateParams = {"charge": charge_id, "amount": at_stripe(amount), "metadata": dict(metadata)}
        if with_fee:
            params["refund_application_fee"] = True
        said = await self._door.ask(
            "refunds.create",
            lambda options: self._client.v1.refunds.create_async(params, options),
            account_id=account_id,
            key=key,
        )
        return answers.repayment(said, account_id)

    async def repayment(self, account_id: str, repayment_id: str) -> Repayment:
        said = await self._door.ask(
            "refunds.retrieve",
            lambda options: self._client.v1.refunds.retrieve_async(
                repayment_id, {"expand": ["balance_transaction"]}, options
            ),
            account_id=account_id,
        )
        return answers.repayment(said, account_id)

    async def repayments(self, account_id: str, *, charge_id: str) -> Sequence[Repayment]:
        def page(after: str | None) -> Call:
            params: RefundListParams = {
                "charge": charge_id,
                "limit": _PAGE,
                "expand": ["data.balance_transaction"],
            }
            if after is not None:
                params["starting_after"] = after
            return lambda options: self._client.v1.refunds.list_async(params, options)

        return [answers.repayment(said, account_id) for said in await self._all("refunds.list", account_id, page)]

    async def dispute(self, account_id: str, dispute_id: str) -> Dispute:
        said = await self._door.ask(
            "disputes.retrieve",
            lambda options: self._client.v1.disputes.retrieve_async(dispute_id, {}, options),
            account_id=account_id,
        )
        return answers.dispute(said, account_id)

    async def movements(self, account_id: str, *, since: datetime, until: datetime) -> Sequence[Movement]:
        def page(after: str | None) -> Call:
            params: BalanceTransactionListParams = {
                "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                "limit": _PAGE,
            }
            if after is not None:
                params["starting_after"] = after
            return lambda options: self._client.v1.balance_transactions.list_async(params, options)

        found = await self._all("balance_transactions.list", account_id, page)
        return [answers.movement(said) for said in found]

    # What it says by itself

    def notice(self, body: bytes, headers: Mapping[str, str]) -> Notice:
        given = next((value for name, value in headers.items() if name.lower() == signature.HEADER), None)
        signature.check(body, given, secrets=self._secrets, now=self._clock.now())
        return self.told(body)

    def told(self, body: bytes) -> Notice:
        try:
            return answers.notice(msgspec.json.decode(body), is_live=self._is_live)
        except (msgspec.DecodeError, KeyError, TypeError, AttributeError) as error:
            raise NoticeForged("This is no event of Stripe's.") from error

    def intent_in(self, notice: Notice) -> Intent:
        return answers.intent(notice.object, notice.account_id or "")

    def repayment_in(self, notice: Notice) -> Repayment:
        return answers.repayment(notice.object, notice.account_id or "")

    def dispute_in(self, notice: Notice) -> Dispute:
        return answers.dispute(notice.object, notice.account_id or "")

    def account_in(self, notice: Notice) -> Account:
        return answers.account(notice.object)

    async def close(self) -> None:
        await self._door.close()

    # What several of them need

    async def _customer(self, order: Order, key: str, patience: Patience) -> str:
        """On the business's account, for the card to be kept with."""

        async def create(*, with_email: bool) -> dict[str, Any]:
            params = orders.customer_params(order, with_email=with_email)
            return await self._door.ask(
                "customers.create",
                lambda options: self._client.v1.customers.create_async(params, options),
                account_id=order.account_id,
                key=f"{key}:customer" if with_email else f"{key}:customer:plain",
                patience=patience,
            )

        found: str = (await _without_address_if_refused(create))["id"]
        return found

    async def _all(self, what: str, account_id: str, page: Any) -> list[dict[str, Any]]:
        """Every line of a list, page by page; each page has its own patience."""
        found: list[dict[str, Any]] = []
        while True:
            said = await self._door.ask(what, page(found[-1]["id"] if found else None), account_id=account_id)
            found.extend(said["data"])
            if not said["has_more"] or not said["data"]:
                return found


async def _without_address_if_refused(create: Create) -> dict[str, Any]:
    """Stripe is stricter about e-mail addresses than we are, and needs none: our own mails go to the customer."""
    try:
        return await create(with_email=True)
    except PaymentRefused as refusal:
        if refusal.details.get("code") != refusals.WRONG_ADDRESS:
            raise
    return await create(with_email=False)
