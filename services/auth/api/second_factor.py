"""The second factor."""

from litestar import delete, post
from litestar.params import JSONBody

from services.auth import schemas
from services.auth.api.browser import AnyRequest, Has, visitor
from services.auth.use_cases import second_factor
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.idempotency import Idempotent


@post(
    "/api/auth/totp",
    status_code=200,
    guards=[who.signed_in],
    middleware=[Idempotent()],
    tags=["Second factor"],
    summary="Start a second factor",
)
async def start(request: AnyRequest, tools: Has) -> Ok[schemas.TotpView]:
    """A new secret for the authenticator app. Nothing is asked for before it is confirmed, within half an hour."""
    secret, uri = await second_factor.start(tools, user_id=who.person(request).sub)
    return envelope.ok(schemas.TotpView(secret=secret, uri=uri))


@post(
    "/api/auth/totp/confirm",
    status_code=200,
    guards=[who.signed_in],
    middleware=[Idempotent()],
    tags=["Second factor"],
    summary="Confirm the second factor",
)
async def confirm(
    request: AnyRequest, tools: Has, data: JSONBody[schemas.TotpConfirmRequest]
) -> Ok[schemas.RecoveryCodesView]:
    """Turns it on, and gives ten recovery codes, each for one login. 400 `TOTP_INVALID` where the code is wrong."""
    codes = await second_factor.confirm(
        tools, user_id=who.person(request).sub, code=data.code, visitor=visitor(request)
    )
    return envelope.ok(schemas.RecoveryCodesView(recovery_codes=codes))


@delete(
    "/api/auth/totp",
    status_code=200,
    guards=[who.signed_in],
    tags=["Second factor"],
    summary="Turn the second factor off",
)
async def turn_off(request: AnyRequest, tools: Has, data: JSONBody[schemas.TotpEndRequest]) -> Ok[schemas.NothingView]:
    """Asks for the password or a code, because an open session alone is not proof enough."""
    await second_factor.turn_off(
        tools,
        user_id=who.person(request).sub,
        password=data.password,
        code=data.code,
        visitor=visitor(request),
    )
    return envelope.ok(schemas.NothingView())


ROUTES = (start, confirm, turn_off)
