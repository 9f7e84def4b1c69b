"""Signing up, verifying an address, a new password, the first business."""

from litestar import post
from litestar.params import JSONBody

from services.auth import schemas
from services.auth.api.browser import AnyRequest, Has, visitor
from services.auth.api.views import tenant_view, tidied, user_view
from services.auth.use_cases import accounts
from services.auth.use_cases.tenants import Business
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.idempotency import Idempotent


@post("/api/auth/signup", status_code=201, middleware=[Idempotent()], tags=["Accounts"], summary="Sign up")
async def sign_up(request: AnyRequest, tools: Has, data: JSONBody[schemas.SignupRequest]) -> Ok[schemas.SignedUpView]:
    """Makes a person and their business. A mail with a link goes out; before it is opened, nobody can log in.

    The slug comes from the business's name and is made unique. 409 `EMAIL_TAKEN` where the address has an account.
    """
    account = await accounts.sign_up(
        tools,
        email=data.email,
        password=data.password,
        name=tidied(data.name),
        business=_business(data),
        visitor=visitor(request),
    )
    return envelope.ok(schemas.SignedUpView(user=user_view(account.user), tenant=tenant_view(account.tenant)))


@post("/api/auth/verify-email", status_code=200, tags=["Accounts"], summary="Verify an e-mail address")
async def verify_email(
    request: AnyRequest, tools: Has, data: JSONBody[schemas.TokenRequest]
) -> Ok[schemas.VerifiedView]:
    """Takes the token of the mail's link. It works once, and for 48 hours; else 400 `TOKEN_INVALID`."""
    user = await accounts.verify_email(tools, token=data.token, visitor=visitor(request))
    return envelope.ok(schemas.VerifiedView(user=user_view(user)))


@post("/api/auth/resend-verification", status_code=202, tags=["Accounts"], summary="Send the verification mail again")
async def resend_verification(tools: Has, data: JSONBody[schemas.EmailRequest]) -> Ok[schemas.NothingView]:
    """Always 202: nobody learns whether the address has an account. Asked too often, no mail goes out."""
    await accounts.resend_verification(tools, email=data.email)
    return envelope.ok(schemas.NothingView())


@post("/api/auth/forgot-password", status_code=202, tags=["Accounts"], summary="Ask for a password reset")
async def forgot_password(tools: Has, data: JSONBody[schemas.EmailRequest]) -> Ok[schemas.NothingView]:
    """Always 202: nobody learns whether the address has an account. Asked too often, no mail goes out."""
    await accounts.forgot_password(tools, email=data.email)
    return envelope.ok(schemas.NothingView())


@post("/api/auth/reset-password", status_code=200, tags=["Accounts"], summary="Reset a password")
async def reset_password(
    request: AnyRequest, tools: Has, data: JSONBody[schemas.ResetPasswordRequest]
) -> Ok[schemas.NothingView]:
    """Takes the token of the mail's link, once, within an hour; else 400 `TOKEN_INVALID`. Ends all sessions."""
    await accounts.reset_password(tools, token=data.token, password=data.password, visitor=visitor(request))
    return envelope.ok(schemas.NothingView())


@post(
    "/api/auth/complete-profile",
    status_code=200,
    guards=[who.signed_in],
    middleware=[Idempotent(across_tenants=True)],
    tags=["Accounts"],
    summary="Name the business",
)
async def complete_profile(
    request: AnyRequest, tools: Has, data: JSONBody[schemas.CompleteProfileRequest]
) -> Ok[schemas.SlugView]:
    """For who came by Google and has no business yet; 409 `PROFILE_COMPLETE` for who has one."""
    tenant = await accounts.complete_profile(
        tools, user_id=who.person(request).sub, business=_business(data), visitor=visitor(request)
    )
    return envelope.ok(schemas.SlugView(slug=tenant.slug))


def _business(data: schemas.SignupRequest | schemas.CompleteProfileRequest) -> Business:
    return Business(
        name=tidied(data.business_name), country=data.country, timezone=data.timezone, currency=data.currency
    )


ROUTES = (
    sign_up,
    verify_email,
    resend_verification,
    forgot_password,
    reset_password,
    complete_profile,
)
