"""Setup intents: a card is kept for later without paying anything now."""

from typing import Any, Final

from services.sandbox.domain.stripe import methods
from services.sandbox.domain.stripe.attempts import NOT_AUTHENTICATED, Way, action, remembered
from services.sandbox.domain.stripe.cards import GENERIC, Decline
from services.sandbox.domain.stripe.changes import APPLICATION, Change, Object, shown
from services.sandbox.domain.stripe.intents import ways_to_pay
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.refusals import StripeRefusal, unexpected_state

_OPEN: Final = ("requires_payment_method", "requires_confirmation", "requires_action")


def created(change: Change, sent: dict[str, Any], method: Object | None) -> Object:
    if sent.get("return_url") and not sent.get("confirm"):
        raise StripeRefusal(
            "The parameter `return_url` cannot be passed when creating a SetupIntent unless `confirm` is set to true.",
            param="return_url",
        )
    automatic, types = ways_to_pay(sent, "usd")
    if method is not None:
        methods.usable(method, customer=sent.get("customer"))
    setup = change.made(
        "setup_intent",
        "seti",
        allowed_payment_method_types=sent.get("allowed_payment_method_types"),
        application=APPLICATION if change.scene.is_connected else None,
        automatic_payment_methods=automatic,
        cancellation_reason=None,
        customer=sent.get("customer"),
        description=sent.get("description"),
        last_setup_error=None,
        metadata=merged({}, sent.get("metadata")),
        next_action=None,
        payment_method=None if method is None else method["id"],
        payment_method_types=types,
        status="requires_payment_method" if method is None else "requires_confirmation",
        usage=sent.get("usage", "off_session"),
    )
    setup["client_secret"] = f"{setup['id']}_secret_{change.new_id('secret').removeprefix('secret_')}"
    change.tell("setup_intent.created", setup)
    return setup


def update(change: Change, setup: Object, sent: dict[str, Any], method: Object | None) -> None:
    _open(setup, "updated")
    facts: dict[str, Any] = {name: sent[name] for name in ("customer", "description") if name in sent}
    if "metadata" in sent:
        facts["metadata"] = merged(setup["metadata"], sent["metadata"])
    if method is not None:
        methods.usable(method, customer=facts.get("customer", setup["customer"]))
        facts |= {"payment_method": method["id"], "status": "requires_confirmation", "next_action": None}
    change.alter(setup, **facts)


def confirm(change: Change, setup: Object, method: Object | None, way: Way) -> None:
    """Asks the bank. Its refusal is in `change.refusal`: the setup intent remembers it."""
    _open(setup, "confirmed")
    if method is None:
        raise unexpected_state(
            "You cannot confirm this SetupIntent because it's missing a payment method. Update the SetupIntent with a "
            "payment method and then confirm it again.",
            setup_intent=shown(setup) if setup["id"] not in change.born else None,
        )
    methods.usable(method, customer=setup["customer"])
    automatic = setup["automatic_payment_methods"]
    redirects = automatic is not None and automatic["enabled"] and automatic.get("allow_redirects") != "never"
    if redirects and not way.return_url:
        raise StripeRefusal(
            "This SetupIntent is configured to accept payment methods enabled in your Dashboard. Because some of these "
            "payment methods might redirect your customer off of your page, you must provide a `return_url`.",
            param="return_url",
        )
    change.alter(setup, payment_method=method["id"], next_action=None, last_setup_error=None)
    if methods.behaviour(method).bank == "never":
        _keep(change, setup, method)
    else:
        change.alter(setup, status="requires_action", next_action=action(change, setup, method, way))
        change.tell("setup_intent.requires_action", setup)


def answer_bank(change: Change, setup: Object, method: Object, *, passed: bool) -> None:
    if setup["status"] != "requires_action":
        raise unexpected_state(
            f"This SetupIntent waits for no authentication: it has a status of {setup['status']}.",
            setup_intent=shown(setup),
        )
    change.alter(setup, next_action=None)
    if passed:
        _keep(change, setup, method)
        return
    error = {
        "type": "invalid_request_error",
        "code": "setup_intent_authentication_failure",
        "message": NOT_AUTHENTICATED,
        "payment_method": shown(method),
    }
    _failed(change, setup, error)


def cancel(change: Change, setup: Object, reason: str | None) -> None:
    _open(setup, "canceled")
    change.alter(setup, status="canceled", cancellation_reason=reason, next_action=None)
    change.tell("setup_intent.canceled", setup)


def _open(setup: Object, what: str) -> None:
    if setup["status"] not in _OPEN:
        raise unexpected_state(
            f"This SetupIntent could not be {what} because it has a status of {setup['status']}. Only a SetupIntent "
            f"with one of the following statuses may be {what}: {', '.join(_OPEN)}.",
            setup_intent=shown(setup),
        )


def _keep(change: Change, setup: Object, method: Object) -> None:
    does = methods.behaviour(method)
    decline: Decline | None = GENERIC if change.scene.declines_all else does.decline
    if decline is not None and (change.scene.declines_all or not does.attaches):
        error = {
            "type": "card_error",
            "code": decline.code,
            "decline_code": decline.decline_code,
            "message": decline.message,
            "payment_method": shown(method),
        }
        _failed(change, setup, error)
        change.refusal = decline.refusal(setup_intent=shown(setup), payment_method=shown(method))
        return
    change.alter(setup, status="succeeded")
    methods.keep_after_use(change, method, customer=setup["customer"], usage=setup["usage"])
    change.tell("setup_intent.succeeded", setup)


def _failed(change: Change, setup: Object, error: Object) -> None:
    change.alter(
        setup,
        status="requires_payment_method",
        payment_method=None,
        next_action=None,
        last_setup_error=remembered(error),
    )
    change.tell("setup_intent.setup_failed", setup)
