"""Links in mails: asked for, made again when the mail is sent, and used once."""

from datetime import datetime
from typing import Final

import msgspec

from services.auth.domain import rules
from services.auth.domain.errors import BadLink
from services.auth.domain.rules import LinkKind
from services.auth.store import links, members, tenants, users
from services.auth.use_cases.tools import Tools
from services.contracts.auth import InvitationRequested, PasswordResetRequested, VerificationRequested
from services.kernel import errors
from services.kernel.db import Tx
from services.kernel.ids import new_id
from services.kernel.secrets import Keyring, fingerprint

_PAGES: Final[dict[LinkKind, str]] = {
    "verification": "verify-email",
    "password_reset": "reset-password",
    "invitation": "accept-invitation",
}

OVER: Final = {"token": "has been used already, or its time is over"}


class LinkFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail with a link says, and to whom it goes."""

    kind: LinkKind
    to: str
    name: str | None
    url: str
    expires_at: datetime
    tenant_name: str | None = None
    inviter_name: str | None = None


async def request(tools: Tools, tx: Tx, *, kind: LinkKind, user_id: str) -> None:
    """Have a mail with a link sent to a person; whoever asks too often is passed over in silence."""
    now = tools.clock.now()
    await users.lock(tx, user_id)
    if await links.made_since(tx, user_id=user_id, kind=kind, since=now - rules.LINKS_ROW) >= rules.LINKS_IN_A_ROW:
        return
    if await links.made_since(tx, user_id=user_id, kind=kind, since=now - rules.DAY) >= rules.LINKS_A_DAY:
        return
    link = links.Link(
        id=new_id("lnk"),
        kind=kind,
        user_id=user_id,
        tenant_id=None,
        generation=1,
        created_at=now,
        expires_at=now + rules.LINK_LIFETIME[kind],
    )
    await links.add(tx, link, fingerprint(_token(tools.keyring, link)))
    event = VerificationRequested if kind == "verification" else PasswordResetRequested
    await tools.outbox.add(tx, event(user_id=user_id, request_id=link.id), about=user_id)


async def request_invitation(tools: Tools, tx: Tx, invitation: members.Invitation) -> None:
    """Have the invitation's mail sent; asked for again, the former mail's link opens nothing."""
    link = links.Link(
        id=invitation.id,
        kind="invitation",
        user_id=None,
        tenant_id=invitation.tenant_id,
        generation=await links.generation_of(tx, invitation.id) + 1,
        created_at=invitation.invited_at,
        expires_at=invitation.expires_at,
    )
    await links.add(tx, link, fingerprint(_token(tools.keyring, link)))
    asked = InvitationRequested(tenant_id=invitation.tenant_id, request_id=link.id)
    await tools.outbox.add(tx, asked, about=link.id)


async def use(tx: Tx, *, kind: LinkKind, token: str, now: datetime) -> links.Link:
    """The link that this token opens, for the last time."""
    link = await links.use(tx, kind, fingerprint(token), now)
    if link is None:
        raise BadLink(details=OVER)
    return link


async def facts(tools: Tools, *, link_id: str) -> LinkFacts:
    """What the mail needs; nothing where the link was used or its time is over."""
    async with tools.db.transaction() as tx:
        link = await links.open_by_id(tx, link_id, tools.clock.now())
        user = None if link is None or link.user_id is None else await users.by_id(tx, link.user_id)
    if link is None:
        raise errors.NotFound
    url = f"{tools.public_url.rstrip('/')}/dashboard/{_PAGES[link.kind]}?token={_token(tools.keyring, link)}"
    if user is not None:
        return LinkFacts(kind=link.kind, to=user.email, name=user.name, url=url, expires_at=link.expires_at)
    async with tools.db.transaction(link.tenant_id) as tx:
        invitation = await members.invitation(tx, link.id)
        tenant = None if link.tenant_id is None else await tenants.find(tx, link.tenant_id)
        inviter = None if invitation is None else await users.by_id(tx, invitation.invited_by)
    if invitation is None or tenant is None or inviter is None:
        raise errors.NotFound
    return LinkFacts(
        kind=link.kind,
        to=invitation.email,
        name=None,
        url=url,
        expires_at=link.expires_at,
        tenant_name=tenant.name,
        inviter_name=inviter.name,
    )


def _token(keyring: Keyring, link: links.Link) -> str:
    """Never stored: made from the link's id and generation whenever it is needed."""
    return keyring.sign("one-time", f"{link.id}:{link.generation}")
