"""What the use cases work with."""

from dataclasses import dataclass

from services.auth.gateways.google import Google
from services.auth.gateways.hashing import Hashing
from services.auth.store.copies import Copies
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.outbox import Outbox
from services.kernel.secrets import Keyring


@dataclass(frozen=True)
class Tools:
    """Put together once, in `app.py`."""

    db: Database
    clock: Clock
    keyring: Keyring
    outbox: Outbox
    hashing: Hashing
    copies: Copies
    google: Google
    public_url: str
