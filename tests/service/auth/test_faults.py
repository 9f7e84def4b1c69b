"""What auth still does while something that it stands on is away."""

import asyncio

import asyncpg
import pytest
from redis.asyncio import Redis

from tests.service.auth.house import House, opened, signed_in, signup
from tests.support.contexts import connected, eventually
from tests.support.environ import environ_of
from tests.support.proxy import Wire
from tests.support.servers import Servers


async def test_without_valkey_everything_goes_on_by_the_database(servers: Servers) -> None:
    async with Wire(servers.valkey) as wire, opened(servers, REDIS_URL=wire.url) as house:
        person = await house.verified()
        async with signed_in(house, person) as before, signed_in(house, person) as other:
            await before.get("/api/auth/me")
            await wire.cut()
            assert (await before.get("/api/auth/me")).status == 200
            assert (await before.log_in(person["email"])).status == 200
            assert (await before.log_in(person["email"], "not the password at all")).status == 401
            assert (await before.get("/api/auth/sessions")).status == 200
            assert (await other.post("/api/auth/logout")).status == 200
            await house.verified()
            ready = await before.client.get("/health/ready")
            assert ready.status_code == 503
            assert list(ready.json()["error"]["details"]) == ["redis"]


@pytest.mark.parametrize("how", ["cut", "stall"])
async def test_what_was_revoked_while_valkey_was_away_stays_dead_when_it_is_back_with_its_old_copy(
    servers: Servers, how: str
) -> None:
    async with Wire(servers.valkey) as wire, opened(servers, REDIS_URL=wire.url) as house:
        person = await house.verified()
        async with signed_in(house, person) as victim, signed_in(house, person) as owner:
            for _ in range(2):
                assert (await victim.identify()).status == 200
            session = next(one for one in (await victim.get("/api/auth/sessions")).data if one["current"])["id"]
            if how == "cut":
                await wire.cut()
            else:
                wire.stall()
            assert (await owner.delete(f"/api/auth/sessions/{session}")).status == 200
            assert (await victim.identify()).status == 401
            await wire.mend()
            for _ in range(100):
                assert (await victim.identify()).status == 401
                await asyncio.sleep(0.02)
            assert (await owner.identify()).status == 200


async def test_a_copy_that_another_process_left_behind_is_told_of_the_revocation(
    house: House, servers: Servers
) -> None:
    person = await house.verified()
    async with opened(servers) as other, Wire(servers.valkey) as wire, opened(servers, REDIS_URL=wire.url) as cut_off:
        for one in (other, cut_off):
            one.clock.set(house.clock.now())
        async with signed_in(other, person) as browser:
            assert (await browser.identify()).status == 200
            cookie = {"cookie": f"pp_session={browser.token}"}
            await wire.cut()
            async with cut_off.browser() as elsewhere:
                assert (await elsewhere.post("/api/auth/logout", headers=cookie)).status == 200

            async def is_dead() -> bool:
                return (await browser.identify()).status == 401

            await eventually(is_dead, "the other process hears of it", within=3)


async def test_an_emptied_valkey_forgets_nobody(house: House, servers: Servers) -> None:
    person = await house.verified()
    async with signed_in(house, person) as browser, signed_in(house, person) as ended:
        kept = {"cookie": f"pp_session={ended.token}"}
        await ended.post("/api/auth/logout")
        async with Redis.from_url(servers.valkey) as valkey:
            await valkey.flushdb()
        assert (await browser.identify()).status == 200
        assert (await ended.identify(headers=kept)).status == 401


async def test_a_slow_look_up_does_not_bring_a_revoked_session_back(house: House) -> None:
    person = await house.verified()
    for _ in range(10):
        async with signed_in(house, person) as browser, house.browser() as other:
            cookie = {"cookie": f"pp_session={browser.token}"}
            await asyncio.gather(
                other.post("/api/auth/logout", headers=cookie), *(other.identify(headers=cookie) for _ in range(8))
            )
            assert (await other.identify(headers=cookie)).status == 401


async def test_without_postgresql_it_says_that_it_may_be_tried_again_and_recovers(servers: Servers) -> None:
    own = environ_of(servers, "auth")["DATABASE_URL"]
    async with Wire(servers.postgres) as wire, opened(servers, DATABASE_URL=wire.of(own)) as house:
        person = await house.verified()
        async with signed_in(house, person) as browser, house.browser() as guest:
            assert (await browser.identify()).status == 200
            await wire.cut()
            for path, body in (
                ("/api/auth/login", {"email": person["email"], "password": person["password"]}),
                ("/api/auth/signup", signup()),
                ("/api/auth/forgot-password", {"email": person["email"]}),
            ):
                answer = await guest.post(path, body)
                assert (answer.status, answer.error["retryable"]) == (503, True)
                assert "retry-after" in answer.headers
            # Who was seen a moment ago is still known, by the copy.
            assert (await browser.identify()).status == 200
            assert (await guest.identify(headers={"cookie": f"pp_session={'A' * 43}"})).status == 503
            assert (await guest.get("/api/health")).status == 200
            await wire.mend()

            async def is_back() -> bool:
                return (await guest.log_in(person["email"])).status == 200

            await eventually(is_back, "it logs in again")


async def test_without_the_broker_signing_up_succeeds_and_the_mail_goes_out_later(servers: Servers) -> None:
    async with Wire(servers.rabbitmq) as wire, opened(servers, RABBITMQ_URL=wire.url) as house:
        await wire.cut()
        person = await house.signed_up()
        assert house.events("auth.verification.requested", userId=person["user"]["id"]) == []
        await wire.mend()
        await connected(house.context)
        token = await house.mailed("auth.verification.requested", userId=person["user"]["id"])
        async with house.browser() as browser:
            assert (await browser.post("/api/auth/verify-email", {"token": token})).status == 200


async def test_what_ran_out_is_forgotten(house: House, servers: Servers) -> None:
    person = await house.verified()
    async with signed_in(house, person) as owner:
        await house.invited(owner, "tech", "leaving@example.com")
        await owner.get("/api/auth/google")
        await owner.log_in("nobody-in-particular@example.com", "not the password at all")
    house.clock.advance(days=30)
    clean = next(job for job in house.context.jobs if job.name == "forget what ran out")
    await clean.act()
    connection = await asyncpg.connect(servers.postgres)
    try:
        for table in ("sessions", "session_traces", "links", "tries", "google_tries", "invitations"):
            assert await connection.fetchval(f"SELECT count(*) FROM auth.{table}") == 0, table
        assert await connection.fetchval("SELECT count(*) FROM auth.users WHERE id = $1", person["user"]["id"]) == 1
    finally:
        await connection.close()


async def test_the_database_itself_keeps_businesses_apart(house: House) -> None:
    mine, theirs = await house.verified(), await house.verified()
    async with signed_in(house, theirs) as owner:
        await house.invited(owner, "tech")
    tables = ("tenants", "members", "invitations", "audit_entries")
    async with house.tools.db.transaction() as tx:
        for table in tables:
            assert await tx.value(f"SELECT count(*) FROM {table}") == 0, table
    async with house.tools.db.transaction(mine["tenant"]["id"]) as tx:
        for table in tables:
            other = theirs["tenant"]["id"]
            assert await tx.value(f"SELECT count(*) FROM {table} WHERE tenant_id = $1", other) == 0, table
        assert await tx.value("SELECT count(*) FROM members") == 1
        assert await tx.run("UPDATE members SET role = 'tech' WHERE tenant_id = $1", theirs["tenant"]["id"]) == 0
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with house.tools.db.transaction(mine["tenant"]["id"], user_id=mine["user"]["id"]) as tx:
            await tx.run(
                "INSERT INTO audit_entries (id, tenant_id, at, action, details) VALUES ('x', $1, now(), 'x', '{}')",
                theirs["tenant"]["id"],
            )


async def test_a_person_sees_their_memberships_but_changes_none_by_themselves(house: House) -> None:
    person = await house.verified()
    async with house.tools.db.transaction(user_id=person["user"]["id"]) as tx:
        assert await tx.value("SELECT count(*) FROM members") == 1
        assert await tx.value("SELECT count(*) FROM tenants") == 1
        assert await tx.run("UPDATE members SET role = 'tech'") == 0
        assert await tx.run("UPDATE tenants SET name = 'x'") == 0
