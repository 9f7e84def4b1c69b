"""Objects in the place of their ids, where the caller asks for them."""

from collections.abc import Sequence
from typing import Any, Final

from services.sandbox.domain.stripe import checkout
from services.sandbox.domain.stripe.numbers import PLATFORM
from services.sandbox.domain.stripe.refusals import StripeRefusal
from services.sandbox.store import stripe as store
from services.sandbox.store.stripe import Body
from services.sandbox.use_cases.stripe import changing
from services.sandbox.use_cases.stripe.call import Call

_DEEPEST: Final = 4
# Lists that are shown only when they are asked for: what is in them, and what these have of the object around.
_LISTS: Final = {("charge", "refunds"): ("refund", "charge"), ("checkout.session", "line_items"): ("item", "session")}


async def expanded(call: Call, body: Body, paths: Sequence[str]) -> Body:
    """The answer with those objects in it."""
    for path in paths:
        parts = path.split(".")
        if len(parts) > _DEEPEST + (parts[0] == "data"):
            raise StripeRefusal(f"You cannot expand more than {_DEEPEST} levels of a property. Path: {path}")
        await _expand(call, body, parts, path)
    return body


async def _expand(call: Call, body: Any, parts: list[str], path: str) -> None:
    """`body` is nothing, an object, a list of them, or a part of an object."""
    if not parts or body is None:
        return
    if not isinstance(body, dict):
        raise _not_expandable(path)
    if body.get("object") == "list" and parts[0] == "data":
        for each in body["data"]:
            await _expand(call, each, parts[1:], path)
        return
    name, rest = parts[0], parts[1:]
    kind = str(body.get("object", ""))
    if (kind, name) in _LISTS:
        await _show_list(call, body, name)
    elif call.description.is_expandable(kind, name):
        if isinstance(body.get(name), str):
            body[name] = await _object(call, body[name])
    elif not rest or name not in body:
        raise _not_expandable(path)
    if not isinstance(body.get(name), str):
        await _expand(call, body.get(name), rest, path)


async def _object(call: Call, object_id: str) -> Body | str:
    """Of the account itself, or of the platform, which keeps the fees. What is not there stays an id."""
    for account in dict.fromkeys((call.account, PLATFORM)):
        held = await store.object_by_id(call.tx, account, object_id, is_locked=False)
        if held is not None:
            return held.body
    return object_id


async def _show_list(call: Call, body: Body, name: str) -> None:
    if name == "line_items":
        session = await store.object_by_id(call.tx, call.account, body["id"], is_locked=False)
        body[name] = None if session is None else checkout.line_items(changing.seen(session))
        return
    kind, belongs = _LISTS[body["object"], name]
    found = await call.all(kind, **{belongs: body["id"]})
    body[name] = {
        "object": "list",
        "data": [held.body for held in found],
        "has_more": False,
        "url": f"/v1/{body['object']}s/{body['id']}/{name}",
    }


def _not_expandable(path: str) -> StripeRefusal:
    return StripeRefusal(f"This property cannot be expanded ({path}).", param="expand")
