"""What auth tells the others."""

from typing import ClassVar, Final, Literal

from services.kernel.events import Event
from services.kernel.identity import Role


class TenantRegistered(Event, frozen=True, kw_only=True):
    """A business signed up; its slug is taken for good."""

    TYPE: ClassVar[str] = "auth.tenant.registered.v1"

    tenant_id: str
    version: int
    slug: str
    name: str
    country: str
    timezone: str
    currency: str
    owner_id: str


class TenantRenamed(Event, frozen=True, kw_only=True):
    """A business took another slug or name; the former slug still leads to it."""

    TYPE: ClassVar[str] = "auth.tenant.renamed.v1"

    tenant_id: str
    version: int
    slug: str
    former_slug: str | None
    name: str


class UserRegistered(Event, frozen=True, kw_only=True):
    """A person got an account. Who it is, auth tells on request: an event holds nothing personal."""

    TYPE: ClassVar[str] = "auth.user.registered.v1"

    user_id: str
    tenant_id: str | None = None


class VerificationRequested(Event, frozen=True, kw_only=True):
    """A person's e-mail address is to be verified; the link is asked for when the mail is sent."""

    TYPE: ClassVar[str] = "auth.verification.requested.v1"

    user_id: str
    request_id: str


class PasswordResetRequested(Event, frozen=True, kw_only=True):
    """A person forgot the password; the link is asked for when the mail is sent."""

    TYPE: ClassVar[str] = "auth.password_reset.requested.v1"

    user_id: str
    request_id: str


class InvitationRequested(Event, frozen=True, kw_only=True):
    """Somebody was invited to a business's team; the link is asked for when the mail is sent."""

    TYPE: ClassVar[str] = "auth.invitation.requested.v1"

    tenant_id: str
    request_id: str


class MemberChanged(Event, frozen=True, kw_only=True):
    """A person joined a business, got another role in it, or left it."""

    TYPE: ClassVar[str] = "auth.member.changed.v1"

    tenant_id: str
    version: int
    user_id: str
    role: Role
    status: Literal["active", "removed"]


PUBLISHED: Final[tuple[type[Event], ...]] = (
    TenantRegistered,
    TenantRenamed,
    UserRegistered,
    VerificationRequested,
    PasswordResetRequested,
    InvitationRequested,
    MemberChanged,
)
