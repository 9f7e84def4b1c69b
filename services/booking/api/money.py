"""What the business charges after the job, and gives back."""

from typing import Final

from litestar import post
from litestar.params import JSONBody

from services.booking.api.asking import IN_CHARGE, AnyRequest, Has, Id, person_of, tenant_of
from services.booking.schemas.desk import (
    ChargedView,
    ChargeRequest,
    RefundedView,
    RefundPartView,
    RefundRequest,
    amount_of,
)
from services.booking.use_cases import charging, detailing, refunding
from services.booking.use_cases.copies import tenant_of as business_of
from services.kernel.http import envelope
from services.kernel.http.envelope import Ok
from services.kernel.http.money import MoneyView, money_view
from services.kernel.idempotency import Idempotent
from services.kernel.money import Money

_TAGS: Final = ["Bookings"]
_ALL: Final = RefundRequest()


@post(
    "/api/bookings/{id:str}/charge-balance",
    status_code=200,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Charge the balance",
)
async def charge(request: AnyRequest, tools: Has, booking_id: Id, data: JSONBody[ChargeRequest]) -> Ok[ChargedView]:
    """The final amount less what was paid, from the saved card. Where the bank asks for the customer, or no card is
    saved, `requires_action` comes with a link to pay at; the same amount again gives the same link.

    409 `NOTHING_DUE`, `MONEY_OPERATION_OPEN`, `INVALID_STATUS_CHANGE`, `PAYMENTS_NOT_READY`.
    """
    tenant_id = tenant_of(request)
    business = await business_of(tools, tenant_id)
    booking = await detailing.known(tools, tenant_id=tenant_id, booking_id=booking_id)
    charged = await charging.charge_balance(
        tools,
        tenant_id=tenant_id,
        booking_id=booking_id,
        final_amount=amount_of("finalAmount", data.final_amount, booking.currency, least=1),
        actor=person_of(request),
    )
    answer = charged.answer
    return envelope.ok(
        ChargedView(
            payment_id=answer.payment_id,
            amount_charged=money_view(Money(answer.amount_charged, booking.currency), business.locale),
            status=answer.status,
            payment_url=answer.payment_url,
            decline_code=answer.decline_code,
            message=answer.message,
        )
    )


@post(
    "/api/bookings/{id:str}/refund",
    status_code=200,
    guards=[IN_CHARGE],
    middleware=[Idempotent()],
    tags=_TAGS,
    summary="Give money back",
)
async def refund(
    request: AnyRequest, tools: Has, booking_id: Id, data: JSONBody[RefundRequest] = _ALL
) -> Ok[RefundedView]:
    """All that is left where no amount is given; the newest payment first. A link to pay at is closed before.

    409 `REFUND_EXCEEDS_PAYMENT`, `MONEY_OPERATION_OPEN`.
    """
    tenant_id = tenant_of(request)
    business = await business_of(tools, tenant_id)
    known = await detailing.known(tools, tenant_id=tenant_id, booking_id=booking_id)
    refunded = await refunding.refund(
        tools,
        tenant_id=tenant_id,
        booking_id=booking_id,
        amount=None if data.amount is None else amount_of("amount", data.amount, known.currency, least=1),
        reason=data.reason or None,
        actor=person_of(request),
    )
    booking, answer = refunded.booking, refunded.answer

    def shown(amount: int) -> MoneyView:
        return money_view(Money(amount, booking.currency), business.locale)

    return envelope.ok(
        RefundedView(
            operation_id=refunded.operation.id,
            amount=shown(refunded.amount),
            status="pending" if answer is None else answer.status,
            refunds=[
                RefundPartView(id=one.id, payment_id=one.payment_id, amount=shown(one.amount), status=one.status)
                for one in (() if answer is None else answer.refunds)
            ],
            amount_paid=shown(booking.paid),
            amount_refunded=shown(booking.refunded),
        )
    )


ROUTES = (charge, refund)
