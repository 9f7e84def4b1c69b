"""The keys that callers of Resend's interface used, and the faults asked for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.kernel.db import Tx

Provider = Literal["resend"]


@dataclass(frozen=True, slots=True)
class UsedKey:
    """What was answered when the key was used first, and for which body."""

    body_hash: bytes
    email_ids: list[str]


async def use_key(tx: Tx, key: bytes, first: UsedKey, *, now: datetime, forgotten: datetime) -> UsedKey | None:
    """Nothing where the key is new; a second caller at the same moment waits here for the first one's commit."""
    await tx.run("DELETE FROM resend_keys WHERE used_at < $1", forgotten)
    fresh = await tx.value(
        "INSERT INTO resend_keys (id, body_hash, email_ids, used_at) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT DO NOTHING RETURNING true",
        key,
        first.body_hash,
        first.email_ids,
        now,
    )
    if fresh:
        return None
    row = await tx.row("SELECT body_hash, email_ids FROM resend_keys WHERE id = $1", key)
    return None if row is None else UsedKey(row["body_hash"], row["email_ids"])


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong on demand."""

    fail_next: int = 0
    lose_answers: int = 0
    delay_ms: int = 0


async def faults(tx: Tx, provider: Provider) -> Faults:
    row = await tx.row("SELECT fail_next, lose_answers, delay_ms FROM faults WHERE provider = $1", provider)
    return Faults() if row is None else Faults(**row)


async def set_faults(tx: Tx, provider: Provider, wanted: Faults) -> None:
    await tx.run(
        "INSERT INTO faults (provider, fail_next, lose_answers, delay_ms) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (provider) DO UPDATE SET fail_next = excluded.fail_next,"
        " lose_answers = excluded.lose_answers, delay_ms = excluded.delay_ms",
        provider,
        wanted.fail_next,
        wanted.lose_answers,
        wanted.delay_ms,
    )


async def spend_faults(tx: Tx, provider: Provider) -> Faults:
    """What this one call meets; a call that fails outright has no answer to lose."""
    row = await tx.row(
        "WITH met AS ("
        " SELECT provider, fail_next, lose_answers, delay_ms FROM faults"
        " WHERE provider = $1 AND (fail_next > 0 OR lose_answers > 0 OR delay_ms > 0) FOR UPDATE)"
        " UPDATE faults AS f SET fail_next = greatest(met.fail_next - 1, 0),"
        " lose_answers = CASE WHEN met.fail_next > 0 THEN met.lose_answers ELSE greatest(met.lose_answers - 1, 0) END"
        " FROM met WHERE f.provider = met.provider"
        " RETURNING met.fail_next, met.lose_answers, met.delay_ms",
        provider,
    )
    return Faults() if row is None else Faults(**row)
