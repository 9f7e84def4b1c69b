"""Events that ask for a message."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from services.contracts.auth import InvitationRequested, PasswordResetRequested, VerificationRequested
from services.contracts.booking import BookingConfirmed
from services.kernel.bus import Subscription
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.events import Delivery, Event
from services.notify import use_cases
from services.notify.domain.messages import Kind, Recipient

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class Consumers:
    """One function for each event heard."""

    db: Database
    clock: Clock
    wake: Callable[[], None]

    def subscriptions(self) -> list[Subscription]:
        return [
            Subscription(
                "auth",
                {
                    VerificationRequested: self.verification_requested,
                    PasswordResetRequested: self.password_reset_requested,
                    InvitationRequested: self.invitation_requested,
                },
            ),
            Subscription("booking", {BookingConfirmed: self.booking_confirmed}),
        ]

    async def verification_requested(self, delivery: Delivery[VerificationRequested]) -> None:
        await self._ask_for(delivery, ("verification", "user"), about=delivery.event.request_id)

    async def password_reset_requested(self, delivery: Delivery[PasswordResetRequested]) -> None:
        await self._ask_for(delivery, ("password_reset", "user"), about=delivery.event.request_id)

    async def invitation_requested(self, delivery: Delivery[InvitationRequested]) -> None:
        await self._ask_for(delivery, ("invitation", "invitee"), about=delivery.event.request_id)

    async def booking_confirmed(self, delivery: Delivery[BookingConfirmed]) -> None:
        await self._ask_for(
            delivery, ("booking_confirmed", "customer"), ("new_booking", "tenant"), about=delivery.event.booking_id
        )

    async def _ask_for(self, delivery: Delivery[E], *messages: tuple[Kind, Recipient], about: str) -> None:
        await use_cases.ask_for(
            self.db,
            self.clock,
            self.wake,
            delivery=delivery,
            wanted=messages,
            about=about,
            tenant_id=delivery.tenant_id,
        )
