"""Values as answers show them."""

from services.auth.schemas import SignedInView, TenantFactsView, TenantView, UserView
from services.auth.store.tenants import Tenant
from services.auth.store.users import User
from services.auth.use_cases.sessions import Entered
from services.auth.use_cases.tenants import Facts


def user_view(user: User) -> UserView:
    return UserView(id=user.id, email=user.email, name=user.name, email_verified=user.is_verified)


def tenant_view(tenant: Tenant) -> TenantView:
    return TenantView(id=tenant.tenant_id, slug=tenant.slug, name=tenant.name)


def signed_in_view(entered: Entered) -> SignedInView:
    return SignedInView(
        user=user_view(entered.user), tenant=None if entered.tenant is None else tenant_view(entered.tenant)
    )


def facts_view(facts: Facts) -> TenantFactsView:
    tenant = facts.tenant
    return TenantFactsView(
        id=tenant.tenant_id,
        slug=tenant.slug,
        name=tenant.name,
        country=tenant.country,
        timezone=tenant.timezone,
        currency=tenant.currency,
        version=tenant.version,
        owner_email=facts.owner_email,
    )


def tidied(name: str) -> str:
    """A name without what surrounds it, and with single spaces."""
    return " ".join(name.split())
