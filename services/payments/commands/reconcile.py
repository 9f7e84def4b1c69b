"""The ledger against the payment company's books: `python -m services.payments.commands.reconcile`; 1 where they differ."""

import argparse
import asyncio
import json
import sys
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any, Final

from services.kernel import errors, run
from services.kernel.context import Context
from services.kernel.settings import SettingsProblem
from services.payments.domain.reconciling import Difference
from services.payments.use_cases import reconciling
from services.payments.use_cases.reconciling import Comparison
from services.payments.use_cases.tools import Tools

_EVERYTHING: Final = datetime(2000, 1, 1, tzinfo=UTC)


async def compared(context: Context, since: datetime) -> Comparison:
    tools: Tools = context.provides["tools"]
    await context.tools.open()
    try:
        return await reconciling.compared(tools, since=since)
    finally:
        await tools.gateway.close()
        await context.tools.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="./peepopay reconcile", description="The ledger against Stripe's books.")
    parser.add_argument("--since", type=_instant, default=_EVERYTHING, metavar="DAY", help="only from that day on")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write it to a file besides")
    chosen = parser.parse_args()
    try:
        found = asyncio.run(compared(run.compose("payments"), chosen.since))
    except SettingsProblem as problem:
        for sentence in problem.problems:
            sys.stderr.write(f"payments: {sentence}\n")
        return 2
    except errors.Refusal as refusal:
        sys.stderr.write(f"{refusal.sentence}\n")
        return 2
    sys.stdout.write(_told(found))
    if chosen.json is not None:
        text = json.dumps(_said(found), indent=2)
        chosen.json.write_text(f"{text}\n", encoding="utf-8")
    return 1 if found.differences or found.unread else 0


def _told(found: Comparison) -> str:
    unread = [f"{account_id} could not be read: {reason}" for account_id, reason in found.unread]
    count = len(found.differences)
    outcome = {0: "no difference", 1: "1 difference"}.get(count, f"{count} differences")
    summary = f"{found.lines} entries of {found.accounts} accounts: {outcome}"
    return "\n".join([*unread, *map(str, found.differences), summary]) + "\n"


def _instant(text: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        raise argparse.ArgumentTypeError("must be a day such as 2026-03-14") from None


def _said(found: Comparison) -> dict[str, Any]:
    return {
        "accounts": found.accounts,
        "entries": found.lines,
        "differences": [_difference(one) for one in found.differences],
        "unread": [{"accountId": account_id, "reason": reason} for account_id, reason in found.unread],
    }


def _difference(one: Difference) -> dict[str, Any]:
    return {
        "kind": one.kind,
        "accountId": one.account_id,
        "about": one.about,
        "ours": one.ours,
        "currency": one.currency,
        "here": one.here,
        "there": one.there,
        "at": one.at.isoformat(),
        "sentence": str(one),
    }


if __name__ == "__main__":
    sys.exit(main())
