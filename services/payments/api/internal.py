"""What booking asks: deposits, balances, refunds, and how the money of a booking stands."""

from typing import Annotated, Final

from litestar import get, post
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler
from litestar.params import JSONBody, PathParameter, QueryParameter

from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok
from services.kernel.identity import Verifier
from services.kernel.ids import is_id
from services.payments.api.asking import Has
from services.payments.schemas.internal import (
    BalanceClosedView,
    BalanceRequest,
    BalanceView,
    BookingsMoneyView,
    ClosedView,
    DepositRequest,
    DepositView,
    RefundedView,
    RefundRequest,
    TenantRequest,
    balance_view,
    bookings_money_view,
    closed_view,
    deposit_view,
    refunded_view,
)
from services.payments.use_cases import balances, deposits, looking, refunding

BookingId = Annotated[str, PathParameter(max_length=64)]
OperationId = Annotated[str, PathParameter(max_length=64)]
TenantId = Annotated[str, QueryParameter(name="tenantId", max_length=64)]


async def booking_only(connection: ASGIConnection, _: BaseRouteHandler) -> None:  # type: ignore[type-arg]
    """Guard: nobody but booking has money taken or given back."""
    verifier: Verifier = connection.app.state.verifier
    if verifier.context(connection.headers.get(who.HEADER, "")).iss != "booking":
        raise errors.Forbidden("Only booking may ask this.")


@post("/internal/deposits", status_code=200, guards=[booking_only], include_in_schema=False)
async def deposit(tools: Has, data: JSONBody[DepositRequest]) -> Ok[DepositView]:
    """The same booking again gives the same payment. 409 `PAYMENTS_NOT_READY`, `DEPOSIT_CLOSED`, `ORDER_DIFFERS`."""
    asked = await deposits.ask(
        tools,
        tenant_id=data.tenant_id,
        booking_id=data.booking_id,
        amount=data.money,
        description=_described(data.description, data.reference),
        payer=data.customer.payer,
        save_card=data.save_card,
    )
    return envelope.ok(deposit_view(asked, tools.settings))


@post("/internal/deposits/{booking_id:str}/close", status_code=200, guards=[booking_only], include_in_schema=False)
async def close_deposit(tools: Has, booking_id: BookingId, data: JSONBody[TenantRequest]) -> Ok[ClosedView]:
    """At the company first: afterwards it can't be paid, unless the answer says that it was."""
    closed = await deposits.close(tools, tenant_id=data.tenant_id, booking_id=_checked(booking_id))
    return envelope.ok(closed_view(closed))


@post("/internal/balances", status_code=200, guards=[booking_only], include_in_schema=False)
async def balance(tools: Has, data: JSONBody[BalanceRequest]) -> Ok[BalanceView]:
    """The same operation again is the same charge. 409 `PAYMENTS_NOT_READY`, `OPERATION_CLOSED`, `ORDER_DIFFERS`."""
    order = balances.Order(
        tenant_id=data.tenant_id,
        booking_id=data.booking_id,
        operation_id=data.operation_id,
        amount=data.money,
        description=_described(data.description, data.reference),
        payer=data.customer.payer,
    )
    return envelope.ok(balance_view(await balances.charge(tools, order)))


@post("/internal/balances/{operation_id:str}/close", status_code=200, guards=[booking_only], include_in_schema=False)
async def close_balance(tools: Has, operation_id: OperationId, data: JSONBody[TenantRequest]) -> Ok[BalanceClosedView]:
    """Afterwards it can't be charged, unless the answer says that it was."""
    outcome = await balances.close(tools, tenant_id=data.tenant_id, operation_id=_checked(operation_id))
    return envelope.ok(BalanceClosedView(outcome=outcome))


@post("/internal/refunds", status_code=200, guards=[booking_only], include_in_schema=False)
async def refund(tools: Has, data: JSONBody[RefundRequest]) -> Ok[RefundedView]:
    """The same operation again is the same refund. 409 `REFUND_EXCEEDS_PAYMENT`, `ORDER_DIFFERS`."""
    refunded = await refunding.refund(
        tools,
        tenant_id=data.tenant_id,
        booking_id=data.booking_id,
        operation_id=data.operation_id,
        amount=data.amount,
        reason=data.reason,
    )
    return envelope.ok(refunded_view(refunded))


@get("/internal/bookings/{booking_id:str}/money", guards=[booking_only], include_in_schema=False)
async def money(tools: Has, booking_id: BookingId, tenant_id: TenantId) -> Ok[BookingsMoneyView]:
    """Nothing but zeros where nobody ever asked for money of it."""
    found = await looking.of_booking(tools, tenant_id=tenant_id, booking_id=_checked(booking_id))
    return envelope.ok(bookings_money_view(found))


def _described(description: str, reference: str) -> str:
    """As people read it on their statement and in the company's dashboard."""
    return description if not reference or reference in description else f"{description} ({reference})"


def _checked(text: str) -> str:
    if not is_id(text):
        raise errors.NotFound
    return text


ROUTES: Final = (deposit, close_deposit, balance, close_balance, refund, money)
