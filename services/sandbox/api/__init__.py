"""The sandbox over HTTP: the companies' interfaces in their own shapes, its own addresses and pages beside them."""

from litestar.types import ControllerRouterHandler

from services.sandbox.api import google, messages, overview, resend, stripe, twilio

ROUTES: list[ControllerRouterHandler] = [
    *overview.ROUTES,
    *messages.ROUTES,
    resend.ROUTER,
    twilio.ROUTER,
    google.ROUTER,
    *stripe.ROUTES,
]
