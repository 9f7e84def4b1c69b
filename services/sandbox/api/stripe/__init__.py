"""The stand-in for Stripe over HTTP: Stripe's interface, Stripe's pages, and addresses of its own."""

from typing import Final

from litestar.types import ControllerRouterHandler

from services.sandbox.api.stripe import challenge, checkout, control, hosted, interface, onboarding, script, switches

ROUTES: Final[list[ControllerRouterHandler]] = [
    interface.ROUTER,
    control.ROUTER,
    onboarding.ROUTER,
    challenge.ROUTER,
    hosted.ROUTER,
    *checkout.ROUTES,
    *switches.ROUTES,
    *script.ROUTES,
]
