"""A message is asked for by an event, and sent exactly once."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, TypeVar

from services.kernel import errors, ids, inbox
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.events import Delivery, Event
from services.notify import store
from services.notify.channels.resend import Resend
from services.notify.clients import Sources
from services.notify.domain import messages
from services.notify.domain.bookings import STANDS, mail_about, to_whom
from services.notify.domain.errors import MailNotTaken, MailRefused
from services.notify.domain.mails import Mail, mail_with
from services.notify.domain.messages import Due, Kind, Outcome, Recipient

_log = logging.getLogger(__name__)
E = TypeVar("E", bound=Event)

_AT_ONCE: Final = 20
# A try ends before its lease does, so that two processes never work on the same message. Where a process dies, the
# lease's end is when another takes the message over.
_LEASE: Final = timedelta(seconds=12)
_TRY_SECONDS: Final = 9.0


async def ask_for(
    db: Database,
    clock: Clock,
    wake: Callable[[], None],
    *,
    delivery: Delivery[E],
    wanted: Sequence[tuple[Kind, Recipient]],
    about: str,
    tenant_id: str | None,
) -> None:
    """The event is remembered and its messages stored in one transaction; then the sender is woken."""
    async with db.transaction() as tx:
        if not await inbox.take(tx, delivery):
            return
        for kind, recipient in wanted:
            await store.add(
                tx,
                ids.new_id("msg"),
                event_id=delivery.id,
                kind=kind,
                recipient=recipient,
                request_id=about,
                tenant_id=tenant_id,
                asked_at=delivery.at,
                now=clock.now(),
            )
        tx.after_commit(wake)


async def send_due(db: Database, clock: Clock, sources: Sources, mailer: Resend) -> int:
    """Send what is due, a few at once, until nothing is any more; how many tries there were."""
    tries = 0
    async with mailer.connected():
        while due := await _taken(db, clock):
            outcomes = await asyncio.gather(
                *(_send(db, clock, sources, mailer, message) for message in due), return_exceptions=True
            )
            # Each message has had its try by now; what is left is the database being away.
            for outcome in outcomes:
                if isinstance(outcome, BaseException):
                    raise outcome
            tries += len(due)
    return tries


async def _taken(db: Database, clock: Clock) -> list[Due]:
    now = clock.now()
    async with db.at_once() as tx:
        return await store.take_due(tx, now=now, until=now + _LEASE, limit=_AT_ONCE)


async def _send(db: Database, clock: Clock, sources: Sources, mailer: Resend, message: Due) -> None:
    outcome = await _try(clock, sources, mailer, message)
    async with db.at_once() as tx:
        settled = await store.settle(tx, message, outcome, now=clock.now())
    facts = {"message_id": message.id, "kind": message.kind, "state": outcome.state, "reason": outcome.reason}
    if not settled:
        _log.warning("a message was settled by another process", extra=facts)
    elif outcome.state == "failed":
        _log.error("a message was given up", extra=facts)
    elif outcome.state == "queued":
        _log.warning("a message waits for its next try", extra={**facts, "failures": outcome.failures})


async def _try(clock: Clock, sources: Sources, mailer: Resend, message: Due) -> Outcome:
    """One try; whatever happens in it is an outcome, so that no message stands in another's way."""
    reason, not_before = "", timedelta()
    try:
        async with asyncio.timeout(_TRY_SECONDS):
            mail = await _made(sources, message)
            if mail is None:
                return messages.suppressed(message)
            return messages.sent(message, await mailer.send(mail, key=message.id))
    except MailRefused as refusal:
        return messages.refused(message, refusal.reason)
    except MailNotTaken as refusal:
        reason, not_before = refusal.reason, refusal.not_before
    except errors.Unavailable:
        return messages.waiting(message, clock.now())
    except TimeoutError:
        reason = "took too long"
    except Exception as error:  # noqa: BLE001 - the edge of one message: a bug in it must not stop the others
        _log.exception("a message could not be made", extra={"message_id": message.id})
        reason = type(error).__name__
    spread = random.random()  # noqa: S311 - not for secrets
    return messages.tried(message, clock.now(), reason=reason, not_before=not_before, spread=spread)


async def _made(sources: Sources, message: Due) -> Mail | None:
    """Nothing where what it was about is over."""
    if message.kind == "booking_confirmed" or message.kind == "new_booking":  # noqa: PLR1714 - so a type checker sees it
        if message.tenant_id is None:
            raise ValueError("a booking is always somebody's")
        booked = await sources.bookings.booked(message.tenant_id, message.request_id)
        if booked is None or booked.state not in STANDS:
            return None
        to = to_whom(message.kind, booked)
        return None if to is None else mail_about(message.kind, booked, to=to)
    link = await sources.auth.link(message.request_id)
    return None if link is None else mail_with(link, asked_at=message.asked_at)
