"""The HTTP doors of payments: decode, one call, encode."""

from typing import Final

from litestar.types import ControllerRouterHandler

from services.payments.api import accounts, internal, payments, receipts, webhooks

ROUTES: Final[tuple[ControllerRouterHandler, ...]] = (
    *accounts.ROUTES,
    *webhooks.ROUTES,
    *receipts.ROUTES,
    *payments.ROUTES,
    *internal.ROUTES,
)
