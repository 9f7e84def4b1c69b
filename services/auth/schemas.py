"""Requests and answers of auth, as its OpenAPI document shows them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

import msgspec
from msgspec import Meta

from services.auth.domain import names, passwords, places, slugs
from services.auth.domain.roles import Role
from services.auth.domain.rules import LinkKind
from services.kernel import addresses
from services.kernel.http.bodies import Check, Wire

Email = Annotated[str, Meta(max_length=addresses.LONGEST, examples=["jo@example.com"])]
NewPassword = Annotated[str, Meta(min_length=passwords.SHORTEST, max_length=passwords.LONGEST)]
Password = Annotated[str, Meta(min_length=1, max_length=passwords.LONGEST_TRIED)]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
Token = Annotated[str, Meta(min_length=1, max_length=200, description="From the link in the mail.")]
Code = Annotated[str, Meta(min_length=1, max_length=40)]


def _country_problem(text: str) -> str | None:
    return None if places.is_country(text) else "must be a country of ISO 3166, such as NZ"


def _zone_problem(text: str) -> str | None:
    return None if places.is_zone(text) else "must be a time zone of the IANA, such as Pacific/Auckland"


def _currency_problem(text: str) -> str | None:
    return None if places.is_currency(text) else "must be a currency of ISO 4217, such as NZD"


_PLACE: dict[str, Check] = {
    "country": _country_problem,
    "timezone": _zone_problem,
    "currency": _currency_problem,
}

Country = Annotated[str, Meta(max_length=2, examples=["NZ"])]
Timezone = Annotated[str, Meta(max_length=64, examples=["Pacific/Auckland"])]
Currency = Annotated[str, Meta(max_length=3, examples=["NZD"])]


class SignupRequest(Wire, frozen=True, kw_only=True):
    """A person and their business. Zone and currency follow from the country where they are left out."""

    CHECKS: ClassVar[Mapping[str, Check]] = {
        "email": addresses.problem,
        "password": passwords.problem,
        "name": names.problem,
        "business_name": names.problem,
        **_PLACE,
    }

    email: Email
    password: NewPassword
    name: Name
    business_name: Name
    country: Country | None = None
    timezone: Timezone | None = None
    currency: Currency | None = None


class LoginRequest(Wire, frozen=True, kw_only=True):
    """Address and password, and the authenticator's code or a recovery code where a second factor is on."""

    email: Email
    password: Password
    totp: Annotated[str, Meta(max_length=40)] | None = None


class EmailRequest(Wire, frozen=True, kw_only=True):
    """Whose mail is asked for."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"email": addresses.problem}

    email: Email


class TokenRequest(Wire, frozen=True, kw_only=True):
    """The token of a link."""

    token: Token


class ResetPasswordRequest(Wire, frozen=True, kw_only=True):
    """The token of the link, and the password from now on."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"password": passwords.problem}

    token: Token
    password: NewPassword


class CompleteProfileRequest(Wire, frozen=True, kw_only=True):
    """The business of who came by Google."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"business_name": names.problem, **_PLACE}

    business_name: Name
    country: Country | None = None
    timezone: Timezone | None = None
    currency: Currency | None = None


class TotpConfirmRequest(Wire, frozen=True, kw_only=True):
    """The code that the authenticator shows now."""

    code: Code


class TotpEndRequest(Wire, frozen=True, kw_only=True):
    """The password, or a code."""

    password: Password | None = None
    code: Code | None = None


class InvitationRequest(Wire, frozen=True, kw_only=True):
    """Who may join, and as what."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"email": addresses.problem}

    email: Email
    role: Role


class AcceptInvitationRequest(Wire, frozen=True, kw_only=True):
    """Whose address has an account gives its password (and `totp`); everybody else chooses one."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"name": names.problem, "password": passwords.length_problem}

    token: Token
    name: Name
    password: Annotated[
        str, Meta(min_length=1, max_length=passwords.LONGEST_TRIED, description="At least 10 characters.")
    ]
    totp: Annotated[str, Meta(max_length=40)] | None = None


class RoleRequest(Wire, frozen=True, kw_only=True):
    """A member's role from now on."""

    role: Role


class SlugRequest(Wire, frozen=True, kw_only=True):
    """Another slug, another name, or both; what is left out stays."""

    CHECKS: ClassVar[Mapping[str, Check]] = {"slug": slugs.problem, "name": names.problem}

    slug: Annotated[str, Meta(max_length=slugs.LONGEST)] | None = None
    name: Name | None = None


class View(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an answer shows."""


class UserView(View, frozen=True, kw_only=True):
    """A person."""

    id: str
    email: str
    name: str
    email_verified: bool


class MyselfView(UserView, frozen=True, kw_only=True):
    """The person who asks."""

    totp_enabled: bool


class TenantView(View, frozen=True, kw_only=True):
    """A business."""

    id: str
    slug: str
    name: str


class SignedUpView(View, frozen=True, kw_only=True):
    """A new person with a new business."""

    user: UserView
    tenant: TenantView


class SignedInView(View, frozen=True, kw_only=True):
    """A person, and the business they are signed in to; none before it has a name."""

    user: UserView
    tenant: TenantView | None


class MeView(View, frozen=True, kw_only=True):
    """Who asks, in which business, as what."""

    user: MyselfView
    tenant: TenantView | None
    role: Role | None


class SessionView(View, frozen=True, kw_only=True):
    """Where somebody is signed in."""

    id: str
    current: bool
    device: str
    place: str | None
    ip_address: str | None
    created_at: datetime
    last_seen_at: datetime


class NothingView(View, frozen=True, kw_only=True):
    """It is done, and there is no more to say."""


class VerifiedView(View, frozen=True, kw_only=True):
    """Whose address is verified now."""

    user: UserView


class SlugView(View, frozen=True, kw_only=True):
    """A business's part of the addresses."""

    slug: str


class TotpView(View, frozen=True, kw_only=True):
    """For the authenticator app: to be typed, or as a picture."""

    secret: str
    uri: str


class RecoveryCodesView(View, frozen=True, kw_only=True):
    """Each of them lets its owner in once. They are shown this one time."""

    recovery_codes: list[str]


class MemberView(View, frozen=True, kw_only=True):
    """A member, or who is invited."""

    id: str
    user_id: str | None
    name: str | None
    email: str
    role: Role
    status: str
    joined_at: datetime | None


class ActorView(View, frozen=True, kw_only=True):
    """Who did it."""

    id: str
    name: str


class AuditView(View, frozen=True, kw_only=True):
    """Something that was done, or tried."""

    id: str
    at: datetime
    actor: ActorView | None
    action: str
    target: str | None
    details: dict[str, str]
    ip_address: str | None


class TenantFactsView(View, frozen=True, kw_only=True):
    """A business, for another context's copy."""

    id: str
    slug: str
    name: str
    country: str
    timezone: str
    currency: str
    version: int
    # Nobody's where the business has no owner left.
    owner_email: str | None


class LinkView(View, frozen=True, kw_only=True):
    """What a mail with a link says, and to whom it goes."""

    kind: LinkKind
    to: str
    name: str | None
    url: str
    expires_at: datetime
    tenant_name: str | None
    inviter_name: str | None
