"""What one act does: the objects it leaves behind and what is told of them, for whoever stores and sends."""

import copy
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from services.sandbox.domain.stripe.refusals import StripeRefusal

# An object in Stripe's own shape, holding what is set. Keys that begin with an underscore are the stand-in's memory and
# are never shown; `_due` is the second from which time has something to do with the object.
Object = dict[str, Any]

APPLICATION: Final = "ca_sandbox"
DAY: Final = 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """Where and when an act takes place."""

    account: str
    platform: str
    now: int
    # Where a browser reaches the stand-in.
    url: str
    # What is wrong on demand.
    declines_all: bool = False
    refunds_wait: bool = False

    @property
    def is_connected(self) -> bool:
        return self.account != self.platform


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """An event to be: the object as it was at that moment, and on whose account."""

    type: str
    account: str
    object: Object
    previous: Object | None


class NewId(Protocol):
    def __call__(self, prefix: str, length: int = 24, /) -> str: ...


@dataclass(slots=True)
class Change:
    """Gathers what an act does. What it refuses after having changed something (a card is declined, and the intent
    remembers it) is in `refusal`, to be answered once the rest is stored.
    """

    scene: Scene
    new_id: NewId
    kept: dict[str, tuple[str, Object]] = field(default_factory=dict)
    # Those of `kept` that were not there before.
    born: set[str] = field(default_factory=set)
    told: list[Told] = field(default_factory=list)
    refusal: StripeRefusal | None = None

    def made(self, kind: str, prefix: str, *, on: str | None = None, **facts: Any) -> Object:
        """A new object, kept."""
        object_id = self.new_id(prefix)
        self.born.add(object_id)
        return self.keep({"id": object_id, "object": kind, "created": self.scene.now, **facts}, on=on)

    def keep(self, thing: Object, *, on: str | None = None) -> Object:
        self.kept[thing["id"]] = (on or self.scene.account, thing)
        return thing

    def tell(self, type_: str, thing: Object, *, previous: Object | None = None, on: str | None = None) -> None:
        account = on or self.scene.account
        self.told.append(Told(type=type_, account=account, object=copy.deepcopy(thing), previous=previous))

    def alter(self, thing: Object, *, on: str | None = None, **facts: Any) -> Object:
        """Changes an object and gives what those of its fields were that are others now."""
        previous = {name: thing.get(name) for name, value in facts.items() if thing.get(name) != value}
        thing.update(facts)
        self.keep(thing, on=on)
        return {name: copy.deepcopy(value) for name, value in previous.items() if not name.startswith("_")}


def shown(thing: Object) -> Object:
    """Without the stand-in's memory."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}
