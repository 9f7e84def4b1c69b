"""Between a call and the rules of money: objects as the rules see them, and what the rules did, stored and told."""

from typing import Any, Final

from services.sandbox.domain.stripe import methods
from services.sandbox.domain.stripe.changes import Change, Object, Scene, shown
from services.sandbox.domain.stripe.refusals import StripeRefusal, missing, unbuilt
from services.sandbox.store import stripe_due as due_store
from services.sandbox.use_cases.stripe.call import PLATFORM, Body, Call, Held

_MEMORY: Final = "_"
# Not said by the caller but by Stripe's script, and of no use here.
_OBSERVED: Final = frozenset(
    {
        *("client_attribution_metadata", "client_secret", "expected_payment_method_type", "guid", "hcaptcha_token"),
        *("is_stripe_sdk", "muid", "pasted_fields", "payment_user_agent", "radar_options", "referrer", "sid"),
        *("time_on_page", "use_stripe_sdk", "expand"),
    }
)


def begun(call: Call) -> Change:
    return Change(
        Scene(
            account=call.account,
            platform=PLATFORM,
            now=call.now,
            url=call.pages,
            declines_all=call.faults.decline_all,
            refunds_wait=call.faults.refunds_wait,
        ),
        call.new_id,
    )


def seen(held: Held) -> Object:
    """The object with what the stand-in remembers of it."""
    return {**held.body, **{f"{_MEMORY}{name}": value for name, value in held.private.items()}}


def whole(call: Call, thing: Object) -> Body:
    """As Stripe shows it: with every key, also of the objects in it, and nothing of the memory."""
    fields = {name: _filled(call, value) for name, value in shown(thing).items()}
    return call.blank(thing["object"], **fields)


def _filled(call: Call, value: Any) -> Any:
    if isinstance(value, list):
        return [_filled(call, each) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("object", "list") == "list":
        return {name: _filled(call, each) for name, each in value.items()}
    return whole(call, value)


async def keep(call: Call, change: Change, thing: Object | None = None) -> Body:
    """Stores and tells what was done, and gives the object to be answered; what was refused on the way is raised."""
    for account, kept in change.kept.values():
        memory = {name.removeprefix(_MEMORY): value for name, value in kept.items() if name.startswith(_MEMORY)}
        body = whole(call, kept)
        if kept["id"] in change.born:
            await call.add(body, private=memory, account=account)
        else:
            await call.save(Held(account, body, memory))
        if "due" in memory:
            await due_store.remember(call.tx, account, kept["id"], kept["object"], due=memory["due"])
    for told in change.told:
        call.emit(told.type, whole(call, told.object), previous=told.previous, account=told.account)
    if change.refusal is not None:
        raise with_whole(call, change.refusal)
    return {} if thing is None else whole(call, thing)


def with_whole(call: Call, refusal: StripeRefusal) -> StripeRefusal:
    """The objects that come along in an error have every key, too."""
    refusal.error = _filled(call, refusal.error)
    return refusal


def only(call: Call, *known: str) -> None:
    """What Stripe would heed and nobody heeds here is said to be missing, not passed over."""
    unheeded = sorted(call.params.keys() - set(known) - _OBSERVED)
    if unheeded and call.is_publishable:
        raise StripeRefusal(
            f"The parameter {unheeded[0]} cannot be used with a publishable key.",
            code="secret_key_required",
            param=unheeded[0],
        )
    if unheeded:
        raise unbuilt(f"the parameter {unheeded[0]}")


def can_charge(call: Call) -> None:
    if call.connected is not None and not call.connected["charges_enabled"]:
        raise StripeRefusal(
            "Your account cannot currently make charges. Complete the account's onboarding, and see its requirements.",
            code="account_invalid",
        )


async def customer(call: Call, customer_id: str | None) -> None:
    """There must be one by that id."""
    if customer_id:
        await call.load("customer", customer_id, param="customer")


async def chosen_method(call: Call, change: Change) -> Object | None:
    """What the call pays with, if it says so: card data, one of Stripe's ready-made cards, or one that is here."""
    named, data = call.params.get("payment_method"), call.params.get("payment_method_data")
    if named and data:
        raise StripeRefusal(
            "You may only specify one of these parameters: payment_method, payment_method_data.",
            param="payment_method_data",
        )
    if data:
        return methods.from_data(change, data)
    return await method(call, change, named) if named else None


async def method(call: Call, change: Change, method_id: str) -> Object:
    ready_made = methods.from_alias(change, method_id)
    if ready_made is not None:
        return ready_made
    held = await call.find("payment_method", method_id)
    if held is None:
        raise missing("payment_method", method_id, param="payment_method", status=400)
    return seen(held)


async def found(call: Call, kind: str, object_id: str | None, *, account: str | None = None) -> Object | None:
    held = await call.find(kind, object_id, account=account) if object_id else None
    return None if held is None else seen(held)


async def glimpsed(call: Call, kind: str, object_id: str) -> Object | None:
    """As it is at this moment, not locked: for what never changes of it, where something else is locked first."""
    held = await call.peek(kind, object_id)
    return None if held is None else seen(held)


async def there(call: Call, kind: str, object_id: str, *, account: str | None = None) -> Object:
    """What another object names is there; otherwise the books are broken."""
    held = await call.find(kind, object_id, account=account)
    if held is None:
        raise LookupError(f"{kind} {object_id} is not there")
    return seen(held)


async def target(call: Call, kind: str, name: str | None = None) -> Object:
    return seen(await call.target(kind, name))


def written(call: Call, *names: str) -> dict[str, Any]:
    """Those of the parameters that are kept as they are sent; an empty text takes away what was there."""
    return {name: call.params[name] or None for name in names if name in call.params}
