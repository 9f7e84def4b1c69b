"""Values as answers show them."""

from services.catalog.domain.profiles import Profile
from services.catalog.domain.services import Service
from services.catalog.schemas.internal import ContactView
from services.catalog.schemas.public import ConfigView, OfferView, PublicProfileView
from services.catalog.schemas.services import ServiceView
from services.catalog.schemas.settings import CancellationStepView, SettingsView
from services.catalog.use_cases.keeping import Shown
from services.kernel.http.money import MoneyView, money_view
from services.kernel.money import Money


def settings_view(profile: Profile, logo_url: str | None) -> SettingsView:
    return SettingsView(
        business_name=profile.business_name,
        slug=profile.slug,
        logo_url=logo_url,
        brand_color=profile.brand_color,
        email=profile.email,
        phone=profile.phone,
        address=profile.address,
        timezone=profile.timezone,
        currency=profile.currency,
        locale=profile.locale,
        country=profile.country,
        allowed_origins=list(profile.allowed_origins),
        cancellation_policy=_policy(profile),
        reminder_hours=list(profile.reminder_hours),
        booking_notice=profile.booking_notice,
    )


def contact_view(profile: Profile) -> ContactView:
    return ContactView(
        business_name=profile.business_name, email=profile.email, phone=profile.phone, address=profile.address
    )


def service_view(service: Service, locale: str) -> ServiceView:
    return ServiceView(
        id=service.id,
        name=service.name,
        description=service.description,
        price=_money(service.price_money, locale),
        deposit_type=service.deposit_type,
        deposit_amount=_money(service.deposit, locale),
        deposit_percent=None if service.deposit_points is None else _percent(service.deposit_points),
        duration_minutes=service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        min_notice_minutes=service.min_notice_minutes,
        booking_window_days=service.booking_window_days,
        slot_step_minutes=service.slot_step_minutes,
        max_per_day=service.max_per_day,
        staff_ids=None if service.staff_ids is None else list(service.staff_ids),
        active=service.active,
        archived=service.archived_at is not None,
        display_order=service.display_order,
        created_at=service.created_at,
        updated_at=service.changed_at,
    )


def public_view(shown: Shown) -> PublicProfileView:
    profile = shown.profile
    return PublicProfileView(
        slug=profile.slug,
        business_name=profile.business_name,
        logo_url=shown.logo_url,
        brand_color=profile.brand_color,
        phone=profile.phone,
        address=profile.address,
        timezone=profile.timezone,
        currency=profile.currency,
        locale=profile.locale,
        country=profile.country,
        booking_notice=profile.booking_notice,
        cancellation_policy=_policy(profile),
    )


def config_view(shown: Shown) -> ConfigView:
    profile = shown.profile
    return ConfigView(
        business_name=profile.business_name,
        slug=profile.slug,
        logo_url=shown.logo_url,
        brand_color=profile.brand_color,
        timezone=profile.timezone,
        currency=profile.currency,
        locale=profile.locale,
        phone=profile.phone,
        payments_enabled=shown.can_be_paid,
        cancellation_policy=_policy(profile),
        booking_notice=profile.booking_notice,
        services=[_offer(service, profile.locale) for service in shown.services],
    )


def _offer(service: Service, locale: str) -> OfferView:
    return OfferView(
        id=service.id,
        name=service.name,
        description=service.description,
        duration_minutes=service.duration_minutes,
        price=_money(service.price_money, locale),
        deposit_type=service.deposit_type,
        deposit_amount=_money(service.deposit, locale),
    )


def _policy(profile: Profile) -> list[CancellationStepView]:
    return [
        CancellationStepView(hours_before=step.hours_before, refund_percent=step.refund_percent)
        for step in profile.cancellation_policy
    ]


def _money(money: Money | None, locale: str) -> MoneyView | None:
    return None if money is None else money_view(money, locale)


def _percent(points: int) -> float:
    """Two decimals at most, so what is shown is what was given: 33.33 and not 33.330000000000005."""
    return points // 100 if points % 100 == 0 else points / 100
