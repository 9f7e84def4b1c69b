"""Businesses' accounts, which the platform keeps: made, asked about, changed, onboarded, restricted, taken away."""

from collections.abc import Callable
from typing import Final

from services.sandbox.domain.stripe import accounts
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal, unbuilt
from services.sandbox.store.stripe import Body, Held
from services.sandbox.use_cases.stripe.call import Call, Operations

# A link is good once and not for long; Stripe says how long, and sends whoever comes late to the refresh address.
LINK_SECONDS: Final = 300
# How the stand-in itself keeps a link that it gave.
LINK: Final = "sandbox.account_link"


async def create(call: Call) -> Body:
    _by_the_platform(call)
    account = accounts.created(call.new_id("acct", 16), call.params, now=call.now)
    await call.add(account, account=PLATFORM)
    return account


async def create_newer(call: Call) -> Body:
    """The newer way to ask for the same account; the older interface knows it too."""
    _by_the_platform(call)
    account = accounts.created(call.new_id("acct", 16), accounts.as_older(call.params), now=call.now)
    await call.add(account, account=PLATFORM)
    return accounts.as_newer(account)


async def retrieve(call: Call) -> Body:
    if call.path["account"] == PLATFORM == call.account:
        return accounts.platform()
    return (await _account(call, call.path["account"])).body


async def retrieve_own(call: Call) -> Body:
    """The account on whose behalf is asked; the platform's own where there is none."""
    if call.account != PLATFORM:
        return (await _account(call, call.account)).body
    return accounts.platform()


async def update(call: Call) -> Body:
    held = await _account(call, call.path["account"])
    await _change(call, held, lambda account: accounts.updated(account, call.params))
    return held.body


async def list_all(call: Call) -> Body:
    _by_the_platform(call)
    return await call.page("account")


async def link(call: Call) -> Body:
    """The address of the page on which the business tells Stripe about itself."""
    held = await _account(call, call.params["account"])
    if call.params["type"] == "account_update":
        raise unbuilt("an account link of the type account_update")
    for name in ("refresh_url", "return_url"):
        if name not in call.params:
            raise StripeRefusal(f"Missing required param: {name}.", code="parameter_missing", param=name)
        if not call.params[name].startswith(("http://", "https://")):
            raise StripeRefusal("Not a valid URL", code="url_invalid", param=name)
    expires_at = call.now + LINK_SECONDS
    kept = await call.add(
        {"id": call.new_id("link", 40), "object": LINK, "account": held.id, "expires_at": expires_at},
        private={name: call.params[name] for name in ("refresh_url", "return_url")},
        account=PLATFORM,
    )
    return call.blank("account_link", url=f"{call.pages}/onboarding/{kept.id}", expires_at=expires_at)


async def log_in(call: Call) -> Body:
    held = await _account(call, call.path["account"])
    if not accounts.has_express_dashboard(held.body):
        raise StripeRefusal(
            "Cannot create a login link for an account that does not have access to the Express Dashboard."
        )
    if not held.body["details_submitted"]:
        raise StripeRefusal("Cannot create a login link for an account that has not completed onboarding.")
    return call.blank("login_link", url=f"{call.pages}/express/{held.id}")


# What happens on Stripe's own pages


async def visit(call: Call) -> tuple[Held | None, Held]:
    """The account behind a link, if the link is still good, and the link."""
    kept = await call.find(LINK, call.params["link_id"], account=PLATFORM)
    if kept is None:
        raise StripeRefusal("There is no such link.", status=404)
    if kept.private.get("is_used") or kept.body["expires_at"] <= call.now:
        return None, kept
    return await _account(call, kept.body["account"]), kept


async def finish_visit(call: Call) -> str:
    """Where the business goes on; `is_complete` says whether it told everything before."""
    held, kept = await visit(call)
    refresh_url: str = kept.private["refresh_url"]
    if held is None:
        return refresh_url
    kept.private["is_used"] = True
    await call.save(kept)
    if call.params["is_complete"]:
        await _change(call, held, accounts.onboarded)
    return_url: str = kept.private["return_url"]
    return return_url


async def complete_onboarding(call: Call) -> Body:
    held = await _account(call, call.params["account_id"])
    await _change(call, held, accounts.onboarded)
    return held.body


async def restrict(call: Call) -> Body:
    held = await _account(call, call.params["account_id"])
    await _change(call, held, lambda account: accounts.restricted(account, reason=call.params["reason"]))
    return held.body


async def deauthorize(call: Call) -> Body:
    """The business takes the platform's access away."""
    held = await _account(call, call.params["account_id"])
    held.private["is_deauthorized"] = True
    await call.save(held)
    application = call.blank("application", id="ca_sandbox", name="PeepoPay")
    call.emit("account.application.deauthorized", application, account=held.id)
    return held.body


async def _account(call: Call, account_id: str) -> Held:
    """The account, if whoever asks may know of it: the platform of all that are connected, an account of itself."""
    held = await call.find("account", account_id, account=PLATFORM)
    is_own = call.account in {PLATFORM, account_id}
    if held is None or not is_own or held.private.get("is_deauthorized"):
        raise StripeRefusal(
            f"The provided key does not have access to account '{account_id}' (or that account does not exist)."
            " Application access may have been revoked.",
            status=403,
            code="account_invalid",
        )
    return held


async def _change(call: Call, held: Held, change: Callable[[Body], Body]) -> None:
    """Told where it makes a difference."""
    before, held.body = held.body, change(held.body)
    if previous := accounts.difference(before, held.body):
        await call.save(held)
        call.emit("account.updated", held.body, previous=previous, account=held.id)


def _by_the_platform(call: Call) -> None:
    if call.account != PLATFORM:
        raise StripeRefusal("Only the platform may do this; leave the Stripe-Account header out.", status=403)


OPERATIONS: Final[Operations] = {
    "GET /v1/account": retrieve_own,
    "GET /v1/accounts": list_all,
    "POST /v1/accounts": create,
    "GET /v1/accounts/{account}": retrieve,
    "POST /v1/accounts/{account}": update,
    "POST /v1/accounts/{account}/login_links": log_in,
    "POST /v1/account_links": link,
    "POST /v2/core/accounts": create_newer,
}
