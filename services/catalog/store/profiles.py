"""Profiles, a row for each business."""

import msgspec

from services.catalog.domain.profiles import CancellationStep, Profile
from services.kernel.db import Row, Tx

_FIELDS = (
    "tenant_id, version, slug, business_name, naming_version, logo, brand_color, email, phone, address, timezone,"
    " currency, locale, country, allowed_origins, cancellation_policy, reminder_hours, booking_notice, changed_at"
)
_NAMES = [name.strip() for name in _FIELDS.split(",")]
_PLACES = ", ".join(f"${number}" for number in range(1, len(_NAMES) + 1))
_STEPS = tuple[CancellationStep, ...]


async def find(tx: Tx, tenant_id: str, *, lock: bool = False) -> Profile | None:
    """Locked, it keeps all other changes of the business and its services waiting."""
    row = await tx.row(f"SELECT {_FIELDS} FROM profiles WHERE tenant_id = $1{' FOR UPDATE' if lock else ''}", tenant_id)
    return None if row is None else _profile(row)


async def add(tx: Tx, profile: Profile) -> bool:
    """Whether it is new."""
    return bool(
        await tx.run(
            f"INSERT INTO profiles ({_FIELDS}) VALUES ({_PLACES}) ON CONFLICT DO NOTHING",
            *_values(profile),
        )
    )


async def save(tx: Tx, profile: Profile) -> None:
    await tx.run(
        f"UPDATE profiles SET ({_FIELDS}) = ROW ({_PLACES}) WHERE tenant_id = $1",
        *_values(profile),
    )


def _profile(row: Row) -> Profile:
    values = dict(row)
    values["allowed_origins"] = tuple(values["allowed_origins"])
    values["reminder_hours"] = tuple(values["reminder_hours"])
    values["cancellation_policy"] = msgspec.json.decode(values["cancellation_policy"], type=_STEPS)
    return Profile(**values)


def _values(profile: Profile) -> list[object]:
    values = {name: getattr(profile, name) for name in _NAMES}
    values["allowed_origins"] = list(profile.allowed_origins)
    values["reminder_hours"] = list(profile.reminder_hours)
    values["cancellation_policy"] = msgspec.json.encode(profile.cancellation_policy).decode()
    return list(values.values())
