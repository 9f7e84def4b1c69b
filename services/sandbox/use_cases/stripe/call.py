"""One call of the stand-in's interface: who asks for what, and everything an operation may do about it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

import msgspec

from services.kernel.db import Tx
from services.kernel.secrets import same
from services.sandbox.domain.stripe.description import Description
from services.sandbox.domain.stripe.numbers import PLATFORM, Ids
from services.sandbox.domain.stripe.refusals import StripeRefusal, missing
from services.sandbox.store import stripe as store
from services.sandbox.store.stripe import NO_FAULTS, Body, Held, StripeFaults

_MOST_ON_A_PAGE: Final = 100
# A browser may see these, each with its own secret only.
_SECRET_HOLDERS: Final = frozenset({"payment_intent", "setup_intent"})


@dataclass(frozen=True, slots=True)
class Emitted:
    """An event that is told when the call ends well; the object as it was at that moment."""

    account: str
    type: str
    object: Body
    previous: Body | None


@dataclass(kw_only=True)
class Call:
    """An operation's hands. What it does through them happens in one transaction, all of it or nothing."""

    tx: Tx
    description: Description
    # Whose data: the account of the header Stripe-Account, else the platform's own.
    account: str
    # The connected account as it is now, not locked; the platform has none.
    connected: Body | None = None
    # Typed by the description; `expand` is not among them, the frame sees to it.
    params: Body = field(default_factory=dict)
    # What stands in the address, by the names of the description: {"intent": "pi_…"}.
    path: Mapping[str, str] = field(default_factory=dict)
    # The address as the caller wrote it, without the query: "/v1/refunds".
    url: str = ""
    # A browser asks, with the publishable key.
    is_publishable: bool = False
    request_id: str | None = None
    idempotency_key: str | None = None
    # Seconds since 1970 by the stand-in's clock, which may be ahead of the machine's.
    now: int
    ids: Ids
    faults: StripeFaults = NO_FAULTS
    # Where the stand-in's pages are for a browser: "http://localhost:8080/sandbox/stripe".
    pages: str = ""
    emitted: list[Emitted] = field(default_factory=list)

    def new_id(self, prefix: str, length: int = 24) -> str:
        return self.ids.new(prefix, length)

    def blank(self, name: str, /, **fields: Any) -> Body:
        """A whole object of the description (`payment_intent`), or a part of one (`payment_intent.next_action`)."""
        made = self.description.blank(name, **fields)
        if "created" in made and "created" not in fields:
            made["created"] = self.now
        return made

    async def target(self, kind: str, name: str | None = None) -> Held:
        """The object that the address names, locked. A browser gets an intent only with the intent's secret."""
        name = name or next(iter(self.path))
        held = await self.find(kind, self.path[name])
        if held is None:
            raise missing(kind, self.path[name], param=name)
        if self.is_publishable and kind in _SECRET_HOLDERS:
            self._require_secret(held)
        return held

    async def load(self, kind: str, object_id: str, *, param: str, account: str | None = None) -> Held:
        """The object that the parameter names, locked; there must be one."""
        held = await self.find(kind, object_id, account=account)
        if held is None:
            raise missing(kind, object_id, param=param, status=400)
        return held

    async def find(self, kind: str, object_id: str, *, account: str | None = None) -> Held | None:
        """The object, locked, if there is one. Lock in one order everywhere: intent or session, charge, refund,
        payment method, customer, application fee, account.
        """
        held = await store.object_by_id(self.tx, account or self.account, object_id, is_locked=True)
        return held if held is not None and held.kind == kind else None

    async def peek(self, kind: str, object_id: str, *, account: str | None = None) -> Held | None:
        """The object as it is now, not locked: for what has to be known before the locks are taken in their order."""
        held = await store.object_by_id(self.tx, account or self.account, object_id, is_locked=False)
        return held if held is not None and held.kind == kind else None

    async def add(self, body: Body, *, private: Body | None = None, account: str | None = None) -> Held:
        held = Held(account or self.account, body, private or {})
        await store.add_object(self.tx, held, now=self.now)
        return held

    async def save(self, held: Held) -> None:
        await store.save_object(self.tx, held)

    async def remove(self, held: Held) -> Body:
        """The object is gone; what Stripe answers then."""
        await store.delete_object(self.tx, held)
        return {"id": held.id, "object": held.kind, "deleted": True}

    def emit(self, event_type: str, body: Body, *, previous: Body | None = None, account: str | None = None) -> None:
        """Tells that something happened to the object; what it is like now is remembered at once."""
        remembered = msgspec.json.decode(msgspec.json.encode(body))
        self.emitted.append(Emitted(account or self.account, event_type, remembered, previous))

    async def all(self, kind: str, *, account: str | None = None, **where: str | int | bool) -> list[Held]:
        """Every object like that, newest first; for the few that belong to one."""
        return await store.objects(self.tx, account or self.account, kind, where=where, created={}, limit=1000)

    async def page(self, kind: str, *, account: str | None = None, **where: str | int | bool | None) -> Body:
        """The page of a list that the call asks for, by limit, starting_after, ending_before and created."""
        limit: int = self.params.get("limit", 10)
        if not 1 <= limit <= _MOST_ON_A_PAGE:
            raise StripeRefusal(
                f"Invalid integer: {limit}; limit must be between 1 and {_MOST_ON_A_PAGE}",
                code="parameter_invalid_integer",
                param="limit",
            )
        created = self.params.get("created", {})
        found = await store.objects(
            self.tx,
            account or self.account,
            kind,
            where={name: value for name, value in where.items() if value is not None},
            created={"gte": created, "lte": created} if isinstance(created, int) else created,
            older_than=await self._position(kind, "starting_after", account),
            newer_than=await self._position(kind, "ending_before", account),
            types=self.params.get("types"),
            limit=limit + 1,
        )
        shown = found[:limit]
        if "ending_before" in self.params:
            shown.reverse()
        return {
            "object": "list",
            "data": [held.body for held in shown],
            "has_more": len(found) > limit,
            "url": self.url,
        }

    async def _position(self, kind: str, param: str, account: str | None) -> int | None:
        if param not in self.params:
            return None
        held = await store.object_by_id(self.tx, account or self.account, self.params[param], is_locked=False)
        if held is None or held.kind != kind:
            raise missing(kind, self.params[param], param=param, status=400)
        return held.position

    def _require_secret(self, held: Held) -> None:
        if not same(str(self.params.get("client_secret", "")), str(held.body["client_secret"])):
            raise StripeRefusal(
                f"The client_secret provided does not match any associated {held.kind} on this account.",
                param="client_secret",
            )


Operation: TypeAlias = Callable[[Call], Awaitable[Body]]
# By method and address as the description writes them: "POST /v1/refunds".
Operations: TypeAlias = Mapping[str, Operation]

__all__ = ["PLATFORM", "Body", "Call", "Held", "Operation", "Operations"]
