"""A business's account: what the platform asks for when it makes one, and what the business and Stripe do with it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from services.sandbox.domain.stripe.description import description
from services.sandbox.domain.stripe.metadata import merged
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal, unbuilt

Body = dict[str, Any]

# Where a business can be, and in which currency it is paid.
CURRENCIES: Final[Mapping[str, str]] = {
    country: currency
    for currency, countries in {
        "aed": ("AE",),
        "aud": ("AU",),
        "brl": ("BR",),
        "cad": ("CA",),
        "chf": ("CH", "LI"),
        "czk": ("CZ",),
        "dkk": ("DK",),
        "eur": (
            *("AT", "BE", "BG", "CY", "DE", "EE", "ES", "FI", "FR", "GR", "HR", "IE", "IT"),
            *("LT", "LU", "LV", "MT", "NL", "PT", "SI", "SK"),
        ),
        "gbp": ("GB", "GI"),
        "hkd": ("HK",),
        "huf": ("HU",),
        "inr": ("IN",),
        "jpy": ("JP",),
        "mxn": ("MX",),
        "myr": ("MY",),
        "nok": ("NO",),
        "nzd": ("NZ",),
        "pln": ("PL",),
        "ron": ("RO",),
        "sek": ("SE",),
        "sgd": ("SG",),
        "thb": ("TH",),
        "usd": ("US",),
    }.items()
    for country in countries
}
# The older way to say who sees which dashboard, and what it means in the newer one.
_DASHBOARDS: Final = {"standard": "full", "express": "express", "custom": "none"}
_TYPES: Final = {"full": "standard", "express": "express", "none": "custom"}
_WANTED_OF_EVERYBODY: Final = ("business_profile.url", "external_account", "tos_acceptance.date", "tos_acceptance.ip")
_BUILT: Final = frozenset(
    {
        *("business_profile", "business_type", "capabilities", "controller", "country", "default_currency", "email"),
        *("metadata", "settings", "type"),
    }
)
_PLATFORM_MADE_AT: Final = 1_700_000_000
_TOLD: Final = ("charges_enabled", "details_submitted", "payouts_enabled")


def created(account_id: str, params: Mapping[str, Any], *, now: int) -> Body:
    """A new account, on which nothing can be charged yet."""
    _only_built(params)
    country = params.get("country", "US")
    if country not in CURRENCIES:
        raise StripeRefusal(f"{country} is not currently supported by Stripe.", param="country")
    controller = _controller(params)
    dashboard = controller["stripe_dashboard"]["type"]
    capabilities = params.get("capabilities") or {
        "card_payments": {"requested": True},
        "transfers": {"requested": True},
    }
    account = description().blank(
        "account",
        id=account_id,
        created=now,
        type=_TYPES[dashboard] if "controller" not in params else "none",
        controller=controller,
        country=country,
        default_currency=params.get("default_currency", CURRENCIES[country]),
        capabilities={name: "inactive" for name, asked in capabilities.items() if asked.get("requested")},
        charges_enabled=False,
        payouts_enabled=False,
        details_submitted=False,
        business_profile=description().blank("account.business_profile"),
        external_accounts={
            "object": "list",
            "data": [],
            "has_more": False,
            "total_count": 0,
            "url": f"/v1/accounts/{account_id}/external_accounts",
        },
        requirements=_requirements(),
        future_requirements=_requirements(),
        settings=_settings(),
        tos_acceptance={"date": None, "ip": None, "user_agent": None},
    )
    _wanting(account, list(_WANTED_OF_EVERYBODY), disabled_reason="requirements.past_due")
    return updated(account, {name: fact for name, fact in params.items() if name != "capabilities"})


def as_older(params: Mapping[str, Any]) -> Body:
    """What the newer interface is asked for, as the older one says it. Only the built part of it is known here."""
    known = {"configuration", "contact_email", "dashboard", "defaults", "display_name", "identity", "metadata"}
    for name in params:
        if name not in known:
            raise unbuilt(f"the parameter {name} of a newer account")
    duties = params.get("defaults", {}).get("responsibilities", {})
    merchant = params.get("configuration", {}).get("merchant", {})
    older: Body = {
        "controller": {
            "stripe_dashboard": {"type": params.get("dashboard", "full")},
            "fees": {"payer": "account" if duties.get("fees_collector", "stripe") == "stripe" else "application"},
            "losses": {"payments": duties.get("losses_collector", "stripe")},
        },
        "country": params.get("identity", {}).get("country", "US").upper(),
        "capabilities": merchant.get("capabilities"),
        "business_profile": {"name": params.get("display_name")},
        "metadata": params.get("metadata", {}),
    }
    return older | ({"email": params["contact_email"]} if "contact_email" in params else {})


def as_newer(account: Body) -> Body:
    """The account as the newer interface shows it to who does not ask for more."""
    return description().blank(
        "v2.core.account",
        id=account["id"],
        applied_configurations=["merchant"],
        created=datetime.fromtimestamp(account["created"], UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        contact_email=account["email"],
        dashboard=account["controller"]["stripe_dashboard"]["type"],
        display_name=account["business_profile"]["name"],
        metadata=account["metadata"],
    )


def platform() -> Body:
    """The platform's own, which nobody here changes."""
    return onboarded(created(PLATFORM, {"type": "standard"}, now=_PLATFORM_MADE_AT))


def updated(account: Body, params: Mapping[str, Any]) -> Body:
    """The account with what was sent; what was not sent stays."""
    _only_built(params)
    changed = dict(account)
    for name in ("email", "business_type", "default_currency"):
        if name in params:
            changed[name] = params[name] or None
    if "metadata" in params:
        changed["metadata"] = merged(account["metadata"], params["metadata"])
    for name in ("business_profile", "settings"):
        if name in params:
            changed[name] = _laid_over(account[name], params[name])
    for name, asked in params.get("capabilities", {}).items():
        if asked.get("requested"):
            state = "active" if account["charges_enabled"] else "inactive"
            changed["capabilities"] = {name: state, **changed["capabilities"]}
    return changed


def onboarded(account: Body) -> Body:
    """The business has told Stripe all that it wants to know."""
    changed = {
        **account,
        **dict.fromkeys(_TOLD, True),
        "capabilities": dict.fromkeys(account["capabilities"], "active"),
        "requirements": dict(account["requirements"]),
        "tos_acceptance": {
            **account["tos_acceptance"],
            "date": account["tos_acceptance"]["date"] or account["created"],
        },
    }
    _wanting(changed, [], disabled_reason=None)
    return changed


def restricted(account: Body, *, reason: str) -> Body:
    """Stripe lets nothing be charged any more, until it is told what it wants to know."""
    changed = {
        **account,
        "charges_enabled": False,
        "payouts_enabled": False,
        "capabilities": dict.fromkeys(account["capabilities"], "inactive"),
        "requirements": dict(account["requirements"]),
    }
    _wanting(changed, ["individual.verification.document"], disabled_reason=reason)
    return changed


def difference(before: Body, after: Body) -> Body:
    """What `previous_attributes` says of a change."""
    return {name: before[name] for name in before if before[name] != after.get(name)}


def has_express_dashboard(account: Body) -> bool:
    return bool(account["controller"]["stripe_dashboard"]["type"] == "express")


def _only_built(params: Mapping[str, Any]) -> None:
    for name in params:
        if name not in _BUILT:
            raise unbuilt(f"the parameter {name} of an account")


def _controller(params: Mapping[str, Any]) -> Body:
    asked = params.get("controller")
    if asked is not None and "type" in params:
        raise StripeRefusal("You may only specify one of these parameters: controller, type.", param="type")
    dashboard = (asked or {}).get("stripe_dashboard", {}).get("type") or _DASHBOARDS[params.get("type", "standard")]
    is_full = dashboard == "full"
    fees = (asked or {}).get("fees", {}).get("payer") or ("account" if is_full else "application")
    losses = (asked or {}).get("losses", {}).get("payments") or ("stripe" if is_full else "application")
    collected = (asked or {}).get("requirement_collection") or ("application" if dashboard == "none" else "stripe")
    if is_full and (losses, fees) != ("stripe", "account"):
        raise StripeRefusal(
            "When `controller[stripe_dashboard][type]` is `full`, Stripe must bear the losses and the account must pay"
            " the fees.",
            param="controller[stripe_dashboard][type]",
        )
    return description().blank(
        "account.controller",
        type="application",
        is_controller=True,
        fees={"payer": fees},
        losses={"payments": losses},
        requirement_collection=collected,
        stripe_dashboard={"type": dashboard},
    )


def _requirements() -> Body:
    return description().blank(
        "account.requirements",
        alternatives=[],
        currently_due=[],
        errors=[],
        eventually_due=[],
        past_due=[],
        pending_verification=[],
    )


def _settings() -> Body:
    return description().blank("account.settings")


def _wanting(account: Body, what: list[str], *, disabled_reason: str | None) -> None:
    account["requirements"] |= {
        "currently_due": what,
        "eventually_due": what,
        "past_due": what,
        "disabled_reason": disabled_reason,
    }


def _laid_over(held: Body, given: Mapping[str, Any]) -> Body:
    """What was sent over what there was, also inside."""
    over = dict(held)
    for name, fact in given.items():
        inside = held.get(name)
        over[name] = _laid_over(inside, fact) if isinstance(inside, dict) and isinstance(fact, Mapping) else fact
    return over
