"""What anybody may see of a business."""

from services.catalog.domain.deposits import DepositType
from services.catalog.schemas import View
from services.catalog.schemas.settings import CancellationStepView
from services.kernel.http.money import MoneyView


class PublicProfileView(View, frozen=True, kw_only=True):
    """A business as it shows itself."""

    slug: str
    business_name: str
    logo_url: str | None
    brand_color: str
    phone: str | None
    address: str | None
    timezone: str
    currency: str
    locale: str
    country: str
    booking_notice: str | None
    cancellation_policy: list[CancellationStepView]


class OfferView(View, frozen=True, kw_only=True):
    """A service that can be booked. No price: it is told after the job. `depositAmount` is what is paid to book."""

    id: str
    name: str
    description: str
    duration_minutes: int
    price: MoneyView | None
    deposit_type: DepositType
    deposit_amount: MoneyView | None


class ConfigView(View, frozen=True, kw_only=True):
    """All that the widget needs to know before it asks for times."""

    business_name: str
    slug: str
    logo_url: str | None
    brand_color: str
    timezone: str
    currency: str
    locale: str
    phone: str | None
    payments_enabled: bool
    cancellation_policy: list[CancellationStepView]
    booking_notice: str | None
    services: list[OfferView]
