"""What the others are told of a business and its services, and all of it once more when they ask for it."""

from typing import Final

from services.catalog.domain.profiles import Profile
from services.catalog.domain.services import Service
from services.catalog.store import profiles, services, slugs
from services.catalog.use_cases.tools import Tools
from services.contracts.catalog import CancellationStep, ProfileChanged, ServiceArchived, ServiceChanged
from services.kernel.db import Tx

_AT_ONCE: Final = 200


def profile_event(profile: Profile, *, logo_url: str | None) -> ProfileChanged:
    return ProfileChanged(
        tenant_id=profile.tenant_id,
        version=profile.version,
        slug=profile.slug,
        business_name=profile.business_name,
        timezone=profile.timezone,
        currency=profile.currency,
        locale=profile.locale,
        country=profile.country,
        brand_color=profile.brand_color,
        logo_url=logo_url,
        cancellation_policy=tuple(
            CancellationStep(hours_before=step.hours_before, refund_percent=step.refund_percent)
            for step in profile.cancellation_policy
        ),
        reminder_hours=profile.reminder_hours,
    )


def service_event(service: Service) -> ServiceChanged:
    deposit = service.deposit
    return ServiceChanged(
        tenant_id=service.tenant_id,
        service_id=service.id,
        version=service.version,
        name=service.name,
        currency=service.currency,
        price=service.price,
        deposit_type=service.deposit_type,
        deposit=0 if deposit is None else deposit.amount,
        duration_minutes=service.duration_minutes,
        buffer_before_minutes=service.buffer_before_minutes,
        buffer_after_minutes=service.buffer_after_minutes,
        min_notice_minutes=service.min_notice_minutes,
        booking_window_days=service.booking_window_days,
        slot_step_minutes=service.slot_step_minutes,
        max_per_day=service.max_per_day,
        staff_ids=service.staff_ids,
        active=service.is_offered,
    )


async def tell_profile(tools: Tools, tx: Tx, profile: Profile) -> None:
    event = profile_event(profile, logo_url=logo_url(tools, profile))
    await tools.outbox.add(tx, event, about=profile.tenant_id)


async def tell_service(tools: Tools, tx: Tx, service: Service) -> None:
    await tools.outbox.add(tx, _news_of(service), about=service.id)


async def hand_over_profile(tools: Tools, profile: Profile) -> None:
    """After the commit, to who would show the old one otherwise until the event comes."""
    await tools.availability.learn(profile_event(profile, logo_url=logo_url(tools, profile)))


async def hand_over_service(tools: Tools, service: Service) -> None:
    await tools.availability.learn(_news_of(service))


def _news_of(service: Service) -> ServiceChanged | ServiceArchived:
    if service.archived_at is not None:
        return ServiceArchived(tenant_id=service.tenant_id, service_id=service.id, version=service.version)
    return service_event(service)


def logo_url(tools: Tools, profile: Profile) -> str | None:
    return None if profile.logo is None else tools.storage.url_of(profile.logo)


async def republish(tools: Tools) -> int:
    """Every business and every service once more, as they are now; how many facts that is."""
    count, last = 0, ""
    while True:
        async with tools.db.transaction() as tx:
            found = await slugs.tenants_after(tx, last, limit=_AT_ONCE)
        for tenant_id in found:
            count += await _republish(tools, tenant_id)
        if len(found) < _AT_ONCE:
            return count
        last = found[-1]


async def _republish(tools: Tools, tenant_id: str) -> int:
    count, last = 0, ""
    while True:
        async with tools.db.transaction(tenant_id) as tx:
            # Locked, so that no older fact is stored after a newer one.
            profile = await profiles.find(tx, tenant_id, lock=True)
            if profile is None:
                return count
            if not last:
                await tell_profile(tools, tx, profile)
                count += 1
            found = await services.after(tx, tenant_id, last, limit=_AT_ONCE)
            for service in found:
                await tell_service(tools, tx, service)
        count += len(found)
        if len(found) < _AT_ONCE:
            return count
        last = found[-1].id
