"""The platform's share of a business's payments: `python -m services.payments.commands.fee SLUG [PERCENT | default]`."""

import argparse
import asyncio
import sys
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from services.kernel import errors, money, run
from services.kernel.context import Context
from services.kernel.settings import SettingsProblem
from services.payments.use_cases import accounts
from services.payments.use_cases.tools import Tools

_DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class Share:
    """In hundredths of a per cent; none is what everybody pays."""

    basis_points: int | None


def percentage(text: str) -> Share:
    if text == _DEFAULT:
        return Share(None)
    whole, _, decimals = text.partition(".")
    if not (whole + decimals).isascii() or not (whole + decimals).isdigit() or not whole:
        raise argparse.ArgumentTypeError(f"`{text}` is no percentage: write it like 2.5")
    try:
        points = money.basis_points(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if points > money.WHOLE:
        raise argparse.ArgumentTypeError("nobody pays more than 100 %")
    return Share(points)


async def act(tools: Tools, slug: str, share: Share | None) -> str:
    """What holds afterwards, in a sentence; without a share nothing is changed."""
    tenant = await tools.auth.tenant_by_slug(slug)
    if share is not None:
        await accounts.set_fee(tools, tenant_id=tenant.id, basis_points=share.basis_points)
    points, is_own = await accounts.fee(tools, tenant_id=tenant.id)
    return f"{tenant.slug} pays {shown(points)} %{'' if is_own else ', as everybody does'}"


def shown(basis_points: int) -> str:
    return f"{(Decimal(basis_points) / 100).normalize():f}"


async def _opened(context: Context, slug: str, share: Share | None) -> str:
    tools: Tools = context.provides["tools"]
    await context.tools.open()
    try:
        return await act(tools, slug, share)
    finally:
        await tools.gateway.close()
        await context.tools.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="./peepopay fee", description="What the platform takes of a business's payments."
    )
    parser.add_argument("slug", metavar="SLUG", help="the business, by the name in its address")
    parser.add_argument(
        "percent",
        metavar="PERCENT",
        nargs="?",
        type=percentage,
        help=f"of payments asked for from now on; `{_DEFAULT}` for what everybody pays; without it, what holds is said",
    )
    chosen = parser.parse_args()
    try:
        said = asyncio.run(_opened(run.compose("payments"), chosen.slug, chosen.percent))
    except SettingsProblem as problem:
        for sentence in problem.problems:
            sys.stderr.write(f"payments: {sentence}\n")
        return 2
    except errors.NotFound:
        sys.stderr.write(f"There is no business `{chosen.slug}`.\n")
        return 1
    except errors.Refusal as refusal:
        sys.stderr.write(f"{refusal.sentence}\n")
        return 1
    sys.stdout.write(f"{said}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
