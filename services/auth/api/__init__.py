"""The HTTP doors of auth: decode, one call, encode."""

from typing import Final

from services.auth.api import accounts, audit, google, health, internal, second_factor, sessions, team

ROUTES: Final = (
    *accounts.ROUTES,
    *sessions.ROUTES,
    *google.ROUTES,
    *second_factor.ROUTES,
    *team.ROUTES,
    *audit.ROUTES,
    *internal.ROUTES,
    *health.ROUTES,
)
