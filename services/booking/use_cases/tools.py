"""What the use cases work with."""

from dataclasses import dataclass, field

from services.booking.clients import Auth, Availability, Catalog, Payments
from services.booking.settings import BookingSettings
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.limits import Limits
from services.kernel.outbox import Outbox
from services.kernel.secrets import Keyring


@dataclass(frozen=True)
class Tools:
    """Put together once, in `app.py`."""

    db: Database
    clock: Clock
    outbox: Outbox
    limits: Limits
    keyring: Keyring
    settings: BookingSettings
    availability: Availability
    payments: Payments
    catalog: Catalog
    auth: Auth
    # The businesses of slugs that were asked for: a slug never leads anywhere else.
    slugs: dict[str, str] = field(default_factory=dict)
