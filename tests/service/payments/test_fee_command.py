"""`./peepopay fee`: what the platform takes of one business's payments."""

import argparse
import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from services.kernel import errors
from services.payments.commands import fee
from services.payments.commands.fee import Share
from services.payments.use_cases import accounts
from stack.home import ROOT
from tests.service.payments.connecting import Business, House, opened
from tests.support.servers import Servers, emptied


@pytest.fixture(scope="module")
async def house(servers: Servers) -> AsyncIterator[House]:
    await emptied(servers, "payments")
    async with opened(servers) as house:
        yield house


@pytest.fixture
def shop(house: House) -> Business:
    return house.business()


async def test_a_business_pays_what_everybody_pays_unless_told_otherwise(house: House, shop: Business) -> None:
    async def say(share: Share | None = None) -> str:
        return await fee.act(house.tools, shop.slug, share)

    assert await say() == f"{shop.slug} pays 2.5 %, as everybody does"
    assert await say(Share(125)) == f"{shop.slug} pays 1.25 %"
    assert await say() == f"{shop.slug} pays 1.25 %"
    assert await accounts.fee(house.tools, tenant_id=shop.tenant_id) == (125, True)
    assert await accounts.fee(house.tools, tenant_id=house.business().tenant_id) == (250, False)
    assert await say(Share(0)) == f"{shop.slug} pays 0 %"
    assert await say(Share(None)) == f"{shop.slug} pays 2.5 %, as everybody does"


@pytest.mark.parametrize(
    ("text", "points"), [("2.5", 250), ("0", 0), ("100", 10_000), ("0.05", 5), ("10", 1000), ("default", None)]
)
def test_percentages(text: str, points: int | None) -> None:
    assert fee.percentage(text) == Share(points)


@pytest.mark.parametrize("text", ["-1", "100.01", "2.555", "1e1", "nan", "2,5", "", "٣", ".5", "2.5%"])
def test_what_is_no_percentage(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        fee.percentage(text)


async def test_a_business_that_is_not_there_has_no_share(house: House) -> None:
    with pytest.raises(errors.NotFound):
        await fee.act(house.tools, "nobody", Share(300))


async def test_the_command_as_the_operator_runs_it(house: House, shop: Business) -> None:
    assert await _run(house, shop.slug, "3") == (0, f"{shop.slug} pays 3 %\n", "")
    assert await accounts.fee(house.tools, tenant_id=shop.tenant_id) == (300, True)


async def _run(house: House, *arguments: str) -> tuple[int | None, str, str]:
    environ = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT), **house.environ}
    running = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "stack",
        "fee",
        *arguments,
        cwd=ROOT,
        env=environ,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await running.communicate()
    return running.returncode, out.decode(), err.decode()
