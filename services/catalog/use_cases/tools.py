"""What the use cases work with."""

from dataclasses import dataclass, field

from services.catalog.clients import Auth, Availability
from services.catalog.gateways.pictures import Pictures
from services.catalog.gateways.storage import Storage
from services.catalog.use_cases.memory import Memory
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.freshness import Freshness
from services.kernel.outbox import Outbox


@dataclass(frozen=True)
class Tools:
    """Put together once, in `app.py`."""

    db: Database
    clock: Clock
    outbox: Outbox
    auth: Auth
    availability: Availability
    storage: Storage
    pictures: Pictures
    freshness: Freshness
    memory: Memory = field(default_factory=Memory)
