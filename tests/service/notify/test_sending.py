"""A message that an event asks for is sent once, whatever goes wrong on the way."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from services.contracts.auth import VerificationRequested
from services.contracts.booking import BookingConfirmed
from services.kernel import ids
from services.kernel.context import Tools
from services.kernel.settings import SettingsProblem
from services.notify import store, use_cases
from services.notify.channels.resend import Resend
from services.notify.clients import Auth, Bookings, Sources
from services.notify.domain.mails import Mail
from services.notify.domain.messages import Due, sent
from services.notify.settings import NotifySettings
from tests.service.notify.world import Environ, World, world
from tests.support.clock import FrozenClock


def address(name: str = "sam") -> str:
    return f"{name}.{uuid4().hex[:12]}@example.com"


class DyingMailer(Resend):
    """Hands the mail over and dies before it can tell."""

    async def send(self, mail: Mail, *, key: str) -> str | None:
        await super().send(mail, key=key)
        raise asyncio.CancelledError


def mailer(around: World, kind: type[Resend] = Resend) -> Resend:
    settings = NotifySettings.read(around.environ)
    return kind(address=settings.resend_base_url, api_key=settings.resend_api_key, sender=settings.from_email)


def sources_of(tools: Tools) -> Sources:
    settings = tools.settings
    return Sources(
        auth=Auth(tools.calls, settings.address_of("auth")),
        bookings=Bookings(
            tools.calls,
            booking=settings.address_of("booking"),
            catalog=settings.address_of("catalog"),
            public_url=settings.public_url,
        ),
    )


async def queued(around: World, tools: Tools, clock: FrozenClock, to: str) -> str:
    """A message that no running process takes, for it is due only by the clock that stands still in the future."""
    clock.set(datetime.now(UTC) + timedelta(days=1))
    event_id = ids.new_uuid()
    async with tools.db.transaction() as tx:
        await store.add(
            tx,
            ids.new_id("msg"),
            event_id=event_id,
            kind="verification",
            recipient="user",
            request_id=around.knows("verification", to),
            tenant_id=None,
            asked_at=datetime.now(UTC),
            now=clock.now(),
        )
    return event_id


async def test_each_event_brings_its_mail(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        new, forgetful, invited = address("new"), address("forgetful"), address("invited")
        event_id = await around.ask_to_verify(new)
        await around.ask_to_reset(forgetful)
        await around.invite(invited)

        mail = await around.mail(new)
        assert mail["subject"] == "Verify your e-mail address"
        assert mail["from"] == "PeepoPay <hello@peepopay.example>"
        assert mail["links"][0].startswith("https://book.example.com/dashboard/verification?token=req_")
        assert "Reset" in (await around.mail(forgetful))["subject"]
        assert (await around.mail(invited))["subject"] == "Join Joe & Sons on PeepoPay"
        assert (await around.settled(event_id, "sent"))["provider_id"] == mail["id"]


async def test_nothing_personal_is_stored(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        to = address()
        message = await around.settled(await around.ask_to_verify(to), "sent")
        stored = repr(message)
        assert to not in stored
        assert "Sam" not in stored
        assert "token" not in stored


async def test_an_event_that_comes_twice_brings_one_mail(environ: Environ) -> None:
    async with world(environ, processes=2) as around, around.auth_is_there():
        to = address()
        event = VerificationRequested(user_id="usr_x", request_id=around.knows("verification", to))
        event_id = await around.tell(event)
        for _ in range(5):
            await around.tell(event, event_id=event_id)
        await around.settled(event_id, "sent")
        await around.tell(event, event_id=event_id)
        await asyncio.sleep(1)
        assert len(await around.mails(to)) == 1


async def test_a_provider_that_fails_and_heals_gets_the_mail_once(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        await around.faults(failNext=2)
        to = address()
        message = await around.settled(await around.ask_to_verify(to), "sent")
        assert message["failures"] == 2
        assert len(await around.mails(to)) == 1


async def test_an_answer_that_gets_lost_does_not_bring_a_second_mail(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        await around.faults(loseAnswers=2)
        to = address()
        message = await around.settled(await around.ask_to_verify(to), "sent")
        assert message["failures"] == 2
        (mail,) = await around.mails(to)
        assert mail["id"] == message["provider_id"]


async def test_a_process_killed_between_sending_and_saving_sends_once(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        tools, clock, to = around.contexts[0].tools, FrozenClock(), address()
        event_id = await queued(around, tools, clock, to)
        with pytest.raises(asyncio.CancelledError):
            await use_cases.send_due(tools.db, clock, sources_of(tools), mailer(around, DyingMailer))
        assert len(await around.mails(to)) == 1
        assert (await around.settled(event_id, "queued"))["failures"] == 0

        # The dead one's lease still holds; then it runs out.
        assert await use_cases.send_due(tools.db, clock, sources_of(tools), mailer(around)) == 0
        clock.advance(seconds=15)
        assert await use_cases.send_due(tools.db, clock, sources_of(tools), mailer(around)) == 1
        message = await around.settled(event_id, "sent")
        (mail,) = await around.mails(to)
        assert mail["id"] == message["provider_id"]


async def test_a_mail_that_differs_on_the_second_try_is_not_sent_again(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        tools, clock, to = around.contexts[0].tools, FrozenClock(), address()
        event_id = await queued(around, tools, clock, to)
        with pytest.raises(asyncio.CancelledError):
            await use_cases.send_due(tools.db, clock, sources_of(tools), mailer(around, DyingMailer))
        for known in around.links.known.values():
            known["name"] = "Samantha Ngata"
        clock.advance(seconds=15)
        await use_cases.send_due(tools.db, clock, sources_of(tools), mailer(around))
        await around.settled(event_id, "sent")
        (mail,) = await around.mails(to)
        assert "Hello Sam Ngata," in mail["text"]


async def test_who_lost_the_lease_has_no_say(environ: Environ) -> None:
    async with world(environ) as around:
        tools, clock = around.contexts[0].tools, FrozenClock()
        await queued(around, tools, clock, address())

        async def take() -> Due:
            async with tools.db.transaction() as tx:
                (due,) = await store.take_due(tx, now=clock.now(), until=clock.now() + timedelta(seconds=12), limit=9)
            return due

        slow = await take()
        clock.advance(seconds=15)
        quick = await take()
        async with tools.db.transaction() as tx:
            assert not await store.settle(tx, slow, sent(slow, "slow"), now=clock.now())
            assert await store.settle(tx, quick, sent(quick, "quick"), now=clock.now())
            assert not await store.settle(tx, quick, sent(quick, "again"), now=clock.now())


async def test_a_broken_address_stands_in_nobodys_way(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        to = address()
        broken = await around.ask_to_verify("broken@nowhere@example.com")
        odd = await around.ask_to_verify(address(), url="javascript:alert(1)")
        unreadable = await around.ask_to_verify(address(), expiresAt="soon")
        good = await around.ask_to_verify(to)
        await around.settled(good, "sent")
        await around.mail(to)
        message = await around.settled(broken, "failed")
        assert message["reason"] == "422 validation_error"
        for event_id in (odd, unreadable):
            assert (await around.settled(event_id, "queued"))["failures"] >= 1


async def test_while_auth_is_away_a_mail_waits_and_then_is_sent(environ: Environ) -> None:
    async with world(environ) as around:
        to = address()
        event_id = await around.ask_to_verify(to)
        for _ in range(200):
            if (await around.settled(event_id, "queued"))["waits"] >= 2:
                break
            await asyncio.sleep(0.1)
        assert await around.mails(to) == []
        async with around.auth_is_there():
            await around.mail(to)
            assert (await around.settled(event_id, "sent"))["failures"] == 0


async def test_a_link_that_is_used_up_brings_no_mail(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        to = address()
        request_id = around.knows("verification", to)
        del around.links.known[request_id]
        event_id = await around.tell(VerificationRequested(user_id="usr_x", request_id=request_id))
        await around.settled(event_id, "suppressed")
        assert await around.mails(to) == []


async def test_a_provider_that_never_heals_is_given_up(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        tools, clock, to = around.contexts[0].tools, FrozenClock(), address()
        event_id = await queued(around, tools, clock, to)
        await around.faults(failNext=1000)
        tries = 0
        while (await around.message(event_id) or {})["state"] == "queued":
            tries += await use_cases.send_due(tools.db, clock, sources_of(tools), mailer(around))
            clock.advance(hours=6)
        message = await around.settled(event_id, "failed")
        assert tries == message["failures"] == 10
        assert message["reason"] == "500 application_error"
        assert await around.mails(to) == []


async def test_many_processes_share_the_work_and_send_each_mail_once(environ: Environ) -> None:
    async with world(environ, processes=3) as around, around.auth_is_there():
        everybody = [address(f"p{number}") for number in range(40)]
        event_ids = await asyncio.gather(*(around.ask_to_verify(to) for to in everybody))
        for event_id in event_ids:
            await around.settled(event_id, "sent", seconds=30)
        for to in everybody:
            assert len(await around.mails(to)) == 1


def test_the_account_to_send_with_is_required(environ: Environ) -> None:
    given = {
        name: value
        for name, value in environ("notify").items()
        if name not in {"RESEND_API_KEY", "FROM_EMAIL", "RESEND_BASE_URL"}
    }
    with pytest.raises(SettingsProblem) as caught:
        NotifySettings.read(given)
    assert caught.value.problems == ["RESEND_API_KEY is missing", "FROM_EMAIL is missing"]
    with pytest.raises(SettingsProblem) as caught:
        NotifySettings.read({**given, "RESEND_API_KEY": "re_x", "FROM_EMAIL": "PeepoPay", "RESEND_BASE_URL": "resend"})
    assert len(caught.value.problems) == 2


async def test_a_booking_that_stands_is_told_to_the_customer_and_to_the_business_once_each(environ: Environ) -> None:
    async with world(environ, processes=2) as around, around.auth_is_there():
        customer, business = address("mia"), address("joe")
        await around.book(customer, business)
        told = await around.mail(customer)
        assert told["subject"].startswith("Confirmed: Blocked drain, Tuesday, 24 November 2026")
        assert "PP-7K3M9" in told["subject"]
        assert told["links"][0].startswith("https://book.example.com/manage/book_")
        assert "$50.00" in told["text"]
        assert "$130.00" in told["text"]
        assert "everything comes back" in told["text"]
        heard = await around.mail(business)
        assert heard["subject"].startswith("New booking: Blocked drain")
        for fact in ("Mia Patel", "+64211234567", "1 Queen St", "Taupō", customer):
            assert fact in heard["text"]
        assert "/manage/" not in heard["html"]


async def test_a_confirmation_that_comes_twice_is_told_once(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        customer = address("mia")
        event_id = await around.book(customer, None)
        booking_id, tenant_id = (path.split("/")[3] for path in around.links.told)
        event = BookingConfirmed(
            tenant_id=tenant_id, booking_id=booking_id, version=2, reference="PP-7K3M9", service_id="svc_x", staff_id="stf_x",
            starts_at=datetime.now(UTC), ends_at=datetime.now(UTC),
        )  # fmt: skip
        for _ in range(3):
            await around.tell(event, event_id=event_id)
        await around.mail(customer)


async def test_a_booking_that_was_cancelled_meanwhile_is_not_called_confirmed(environ: Environ) -> None:
    async with world(environ) as around:
        customer, business = address("mia"), address("joe")
        event_id = await around.book(customer, business, state="cancelled")
        async with around.auth_is_there():
            await around.settled(event_id, "suppressed")
        assert await around.mails(customer) == []
        assert await around.mails(business) == []


async def test_41_what_a_customer_typed_arrives_as_text(environ: Environ) -> None:
    async with world(environ) as around, around.auth_is_there():
        customer, business = address("mia"), address("joe")
        evil = "<script>alert(1)</script>"
        await around.book(
            customer, business, notes=evil, serviceName=evil,
            customer={"name": evil, "email": customer, "phone": evil, "address": f"{evil}\n2\n3\n4\n5"},
        )  # fmt: skip
        for to in (customer, business):
            mail = await around.mail(to)
            assert "<script" not in mail["html"]
            assert evil in mail["text"]
