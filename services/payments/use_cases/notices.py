"""What a company told us: taken in at once, worked on afterwards, any number of times and in any order."""

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from prometheus_client import Counter, Gauge

from services.kernel import errors
from services.kernel.db import Tx
from services.payments.store import accounts
from services.payments.store import notices as store
from services.payments.store.notices import NoticeStored, Outcome, StoredNotice
from services.payments.use_cases import hearing
from services.payments.use_cases.hearing import News
from services.payments.use_cases.tools import Tools

_log = logging.getLogger(__name__)

received: Final = Counter("payments_notices_received_total", "Notices of payment companies that came in", ["outcome"])
worked_on: Final = Counter("payments_notices_worked_on_total", "Notices that were worked on", ["outcome"])
present: Final = Gauge("payments_notices_open", "Notices that are not done with", ["state"])

# The event of a notice goes out with its commit; so long after it nobody has got it.
_LOST_AFTER: Final = timedelta(seconds=30)
# Longer than the queue ever waits between two tries.
_ABANDONED_AFTER: Final = timedelta(minutes=10)
_AT_ONCE: Final = 50
# Nobody looks at the texts of what is long done; they hold what is personal.
_TEXTS_KEPT: Final = timedelta(days=90)
_FORGOTTEN_AT_ONCE: Final = 5_000


async def take_in(tools: Tools, body: bytes, headers: Mapping[str, str]) -> None:
    """Stored for good when this returns, once, however often it comes. Raises `NoticeForged`."""
    try:
        notice = tools.gateway.notice(body, headers)
    except errors.Invalid:
        received.labels("refused").inc()
        raise
    is_new = await store.store(tools.db, tools.outbox, notice, body, gateway=tools.gateway.name, now=tools.clock.now())
    received.labels("new" if is_new else "known").inc()


async def work_on(tools: Tools, notice_id: str) -> None:
    """What it means for us is done, or tried again later."""
    async with tools.db.transaction() as tx:
        notice = await store.find(tx, notice_id)
        tenant_id = None if notice is None else await _tenant_of(tx, notice)
        if notice is not None and notice.tenant_id is None and tenant_id is not None:
            await store.claim(tx, notice_id, tenant_id)
    if notice is None:
        _log.warning("a notice is not there", extra={"notice": notice_id})
        return
    if notice.done_at is not None and not (notice.tenant_id is None and notice.outcome == "parked"):
        return
    try:
        outcome, reason = await _outcome(tools, notice, tenant_id)
    except Exception as error:
        counts = not isinstance(error, errors.Unavailable)
        async with tools.db.transaction() as tx:
            await store.failed(tx, notice_id, type(error).__name__, counts=counts, now=tools.clock.now())
        worked_on.labels("failed" if counts else "waits").inc()
        raise
    async with tools.db.transaction() as tx:
        await store.done(tx, notice_id, outcome, now=tools.clock.now(), reason=reason)
    worked_on.labels(outcome).inc()


async def work_on_left_behind(tools: Tools) -> None:
    """Those whose event was lost, or could not be sent for a while; and those whose account is known by now."""
    now = tools.clock.now()
    async with tools.db.transaction() as tx:
        found = await store.left_behind(
            tx, stored_before=now - _LOST_AFTER, tried_before=now - _ABANDONED_AFTER, limit=_AT_ONCE
        )
    for notice_id in found:
        try:
            await work_on(tools, notice_id)
        except Exception:  # noqa: BLE001 - one that fails is noted as such, and keeps nobody else waiting
            _log.exception("a notice that was left behind failed again", extra={"notice": notice_id})


async def again(tools: Tools, notice_ids: Sequence[str]) -> int:
    """Have these worked on as if they had just come, or without any all that wait for a person."""
    async with tools.db.transaction() as tx:
        found = await store.begin_anew(tx, notice_ids)
        for notice_id in found:
            await tools.outbox.add(tx, NoticeStored(notice_id=notice_id), about=notice_id)
    return len(found)


async def measure(tools: Tools) -> None:
    async with tools.db.transaction() as tx:
        found = await store.waiting(tx)
    present.labels("waiting").set(found.waiting)
    present.labels("given_up").set(found.given_up)
    present.labels("parked").set(found.parked)


async def forget_texts(tools: Tools) -> None:
    async with tools.db.transaction() as tx:
        found = await store.with_old_texts(tx, done_before=tools.clock.now() - _TEXTS_KEPT, limit=_FORGOTTEN_AT_ONCE)
    for tenant_id, notice_ids in found.items():
        async with tools.db.transaction(tenant_id) as tx:
            await store.forget_texts(tx, notice_ids)


async def _tenant_of(tx: Tx, notice: StoredNotice) -> str | None:
    if notice.tenant_id is not None or notice.account_id is None:
        return notice.tenant_id
    return await accounts.tenant_of(tx, notice.account_id)


async def _outcome(tools: Tools, notice: StoredNotice, tenant_id: str | None) -> tuple[Outcome, str | None]:
    # What happens on the platform's own account has nothing to do with a business's money.
    if notice.account_id is None or notice.object_id is None or not hearing.matters(notice.kind):
        return "ignored", None
    if tenant_id is None:
        return "parked", "account"
    async with tools.db.transaction(tenant_id) as tx:
        text = await store.body(tx, notice.id)
        is_behind = await store.is_behind(tx, notice)
    told = None if text is None else tools.gateway.told(text)
    if told is not None and not told.is_ours:
        return "ignored", "mode"
    news = News(
        kind=notice.kind,
        tenant_id=tenant_id,
        account_id=notice.account_id,
        object_id=notice.object_id,
        told=told,
        is_behind=is_behind,
    )
    applied = await hearing.heard(tools, news)
    if applied == "parked":
        return "parked", "differs"
    return ("ignored", "not ours") if applied == "unknown" else ("applied", None)
