"""Who may do what to whom within a business."""

from typing import Literal

from services.auth.domain.errors import OwnersOnly
from services.kernel import errors

Role = Literal["owner", "admin", "tech"]


def check_may_give(actor: Role, given: Role) -> None:
    """Only an owner makes owners, and a technician nobody anything."""
    if actor == "tech":
        raise errors.Forbidden
    if actor != "owner" and given == "owner":
        raise OwnersOnly


def check_may_change(actor: Role, present: Role, wanted: Role) -> None:
    check_may_give(actor, present)
    check_may_give(actor, wanted)


def check_may_remove(actor: Role, present: Role, *, is_self: bool) -> None:
    """Everybody may leave."""
    if not is_self:
        check_may_give(actor, present)
