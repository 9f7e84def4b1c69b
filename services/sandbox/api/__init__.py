"""The sandbox over HTTP: the companies' interfaces in their own shapes, its own addresses and pages beside them."""

from litestar.types import ControllerRouterHandler

from services.sandbox.api import google, messages, resend, twilio

ROUTES: list[ControllerRouterHandler] = [*messages.ROUTES, resend.ROUTER, twilio.ROUTER, google.ROUTER]
