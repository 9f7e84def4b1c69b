"""What the use cases work with."""

from dataclasses import dataclass

from redis.asyncio import Redis

from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.limits import Limits
from services.kernel.outbox import Outbox
from services.kernel.secrets import Keyring
from services.payments.clients import Auth, Catalog
from services.payments.domain.gateway import Gateway
from services.payments.settings import PaymentsSettings


@dataclass(frozen=True)
class Tools:
    """Put together once, in `app.py`."""

    db: Database
    clock: Clock
    outbox: Outbox
    valkey: Redis
    limits: Limits
    keyring: Keyring
    settings: PaymentsSettings
    gateway: Gateway
    auth: Auth
    catalog: Catalog
