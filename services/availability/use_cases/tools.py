"""What the use cases work with."""

from dataclasses import dataclass, field

from redis.asyncio import Redis

from services.availability.clients import Auth, Booking, Catalog
from services.availability.settings import AvailabilitySettings
from services.availability.store.changes import Changes
from services.availability.store.kept import Kept
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.freshness import Freshness
from services.kernel.limits import Limits
from services.kernel.outbox import Outbox
from services.kernel.outside import Outside
from services.kernel.secrets import Keyring


@dataclass(frozen=True)
class Tools:
    """Put together once, in `app.py`."""

    db: Database
    clock: Clock
    outbox: Outbox
    valkey: Redis
    limits: Limits
    keyring: Keyring
    settings: AvailabilitySettings
    auth: Auth
    catalog: Catalog
    booking: Booking
    freshness: Freshness
    changes: Changes
    kept: Kept
    outside: Outside
    # The businesses of slugs that were asked for.
    slugs: dict[str, str] = field(default_factory=dict)
