"""Events that ask for a message."""

from collections.abc import Callable
from dataclasses import dataclass

from services.contracts.auth import InvitationRequested, PasswordResetRequested, VerificationRequested
from services.kernel.bus import Subscription
from services.kernel.clock import Clock
from services.kernel.db import Database
from services.kernel.events import Delivery
from services.notify import use_cases


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
            )
        ]

    async def verification_requested(self, delivery: Delivery[VerificationRequested]) -> None:
        await use_cases.ask_for(
            self.db,
            self.clock,
            self.wake,
            delivery=delivery,
            kind="verification",
            recipient="user",
            request_id=delivery.event.request_id,
            tenant_id=delivery.tenant_id,
        )

    async def password_reset_requested(self, delivery: Delivery[PasswordResetRequested]) -> None:
        await use_cases.ask_for(
            self.db,
            self.clock,
            self.wake,
            delivery=delivery,
            kind="password_reset",
            recipient="user",
            request_id=delivery.event.request_id,
            tenant_id=delivery.tenant_id,
        )

    async def invitation_requested(self, delivery: Delivery[InvitationRequested]) -> None:
        await use_cases.ask_for(
            self.db,
            self.clock,
            self.wake,
            delivery=delivery,
            kind="invitation",
            recipient="invitee",
            request_id=delivery.event.request_id,
            tenant_id=delivery.event.tenant_id,
        )
