"""Mails and texts are caught instead of sent."""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from services.kernel import ids
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.sandbox.domain.errors import ResendRefusal
from services.sandbox.domain.mails import Mail
from services.sandbox.domain.messages import Channel, Message, caught_mail, caught_text
from services.sandbox.domain.texts import Text
from services.sandbox.store import messages, resend
from services.sandbox.store.resend import Faults, Provider, UsedKey

# As long as Resend remembers a key.
_KEY_LIFETIME: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A caller's key, and what the caller sent with it."""

    caller: str
    key: str
    body: bytes

    @property
    def id(self) -> bytes:
        return hashlib.sha256(f"{self.caller}\0{self.key}".encode()).digest()


async def catch_mails(db: Database, clock: Clock, mails: Sequence[Mail], key: IdempotencyKey | None) -> list[str]:
    """The mails' ids: new ones, or those that the same key got before."""
    now = clock.now()
    caught = [caught_mail(mail, message_id=ids.new_uuid(), at=now) for mail in mails]
    answer = [message.id for message in caught]
    async with db.transaction() as tx:
        if key is not None:
            first = UsedKey(hashlib.sha256(key.body).digest(), answer)
            used = await resend.use_key(tx, key.id, first, now=now, forgotten=now - _KEY_LIFETIME)
            if used is not None:
                if used.body_hash != first.body_hash:
                    raise ResendRefusal(
                        409,
                        "invalid_idempotent_request",
                        "This idempotency key has already been used on a request with a different body.",
                    )
                return used.email_ids
        for message in caught:
            await messages.add_message(tx, message)
    return answer


async def catch_text(db: Database, clock: Clock, text: Text) -> Message:
    message = caught_text(text, message_id=f"SM{secrets.token_hex(16)}", at=clock.now())
    async with db.transaction() as tx:
        await messages.add_message(tx, message)
    return message


async def caught(db: Database, message_id: str, channel: Channel) -> Message | None:
    async with db.transaction() as tx:
        return await messages.message(tx, message_id, channel)


async def all_caught(
    db: Database, *, to: str | None, channel: Channel | None, page: int, limit: int
) -> tuple[list[Message], int]:
    async with db.transaction() as tx:
        return await messages.messages(tx, to=to, channel=channel, limit=limit, offset=(page - 1) * limit)


async def change_faults(
    db: Database,
    provider: Provider,
    *,
    reset: bool,
    fail_next: int | None,
    lose_answers: int | None,
    delay_ms: int | None,
) -> Faults:
    """What holds from now on; what is not named stays."""
    async with db.transaction() as tx:
        held = Faults() if reset else await resend.faults(tx, provider)
        wanted = Faults(
            held.fail_next if fail_next is None else fail_next,
            held.lose_answers if lose_answers is None else lose_answers,
            held.delay_ms if delay_ms is None else delay_ms,
        )
        await resend.set_faults(tx, provider, wanted)
    return wanted


async def meet_faults(db: Database, provider: Provider) -> Faults:
    async with db.at_once() as tx:
        return await resend.spend_faults(tx, provider)
