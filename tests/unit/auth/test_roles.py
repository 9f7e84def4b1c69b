from collections.abc import Callable
from functools import partial
from itertools import product

import pytest

from services.auth.domain import roles
from services.auth.domain.roles import Role
from services.kernel import errors

ROLES: tuple[Role, ...] = ("owner", "admin", "tech")


def _may(check: Callable[[], None]) -> bool:
    try:
        check()
    except errors.Forbidden:
        return False
    return True


@pytest.mark.parametrize("actor", ROLES)
def test_only_owners_touch_ownership_and_technicians_touch_nobody(actor: Role) -> None:
    for present, wanted in product(ROLES, ROLES):
        allowed = actor == "owner" or (actor == "admin" and "owner" not in {present, wanted})
        assert _may(partial(roles.check_may_change, actor, present, wanted)) is allowed
    for given in ROLES:
        allowed = actor == "owner" or (actor == "admin" and given != "owner")
        assert _may(partial(roles.check_may_give, actor, given)) is allowed
        assert _may(partial(roles.check_may_remove, actor, given, is_self=False)) is allowed


@pytest.mark.parametrize("actor", ROLES)
def test_everybody_may_leave(actor: Role) -> None:
    assert _may(partial(roles.check_may_remove, actor, actor, is_self=True))
