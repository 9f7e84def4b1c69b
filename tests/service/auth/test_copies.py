"""The copies of sessions in Valkey, on the real one."""

from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from services.auth.store.copies import Copies, Copy
from services.kernel.ids import new_id
from services.kernel.secrets import fingerprint, new_token
from tests.support.proxy import Wire
from tests.support.servers import Servers


def _copy() -> tuple[bytes, Copy]:
    copy = Copy(
        session_id=new_id("ses"),
        user_id=new_id("usr"),
        tenant_id=new_id("ten"),
        role="owner",
        renewed_at=1.0,
        expires_at=2.0,
    )
    return fingerprint(new_token()), copy


@pytest.fixture
async def copies(servers: Servers) -> AsyncIterator[Copies]:
    async with Redis.from_url(servers.valkey) as valkey:
        yield Copies(valkey)


async def test_a_copy_is_found_as_it_was_kept(copies: Copies) -> None:
    token_hash, copy = _copy()
    assert await copies.find(token_hash) is None
    await copies.keep(token_hash, copy, age=0)
    assert await copies.find(token_hash) == copy


async def test_what_was_read_before_a_revocation_is_not_put_over_it(copies: Copies) -> None:
    token_hash, copy = _copy()
    assert await copies.forget([token_hash])
    await copies.keep(token_hash, copy, age=0)
    assert await copies.find(token_hash) is None


async def test_what_took_longer_than_a_tombstone_lasts_is_not_kept(copies: Copies) -> None:
    token_hash, copy = _copy()
    await copies.keep(token_hash, copy, age=60)
    assert await copies.find(token_hash) is None


async def test_after_a_silence_nothing_is_believed_before_every_revocation_was_told(servers: Servers) -> None:
    token_hash, copy = _copy()
    async with Wire(servers.valkey) as wire, Redis.from_url(wire.url, socket_connect_timeout=1) as valkey:
        copies = Copies(valkey)
        await copies.keep(token_hash, copy, age=0)
        await wire.cut()
        assert not await copies.forget([token_hash])
        await wire.mend()
        assert await copies.find(token_hash) is None
        known = copies.silences
        copies.believe(known - 1)
        trusted = [copies.is_trusted]
        assert await copies.forget([token_hash])
        copies.believe(known)
        trusted.append(copies.is_trusted)
        assert trusted == [False, True]
        assert await copies.find(token_hash) is None
