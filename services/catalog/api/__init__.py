"""The HTTP doors of catalog."""

from services.catalog.api import internal, logos, pages, public, services, settings

ROUTES = (*settings.ROUTES, *logos.ROUTES, *services.ROUTES, *public.ROUTES, *pages.ROUTES, *internal.ROUTES)
