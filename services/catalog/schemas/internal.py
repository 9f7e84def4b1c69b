"""What other contexts are told besides what events hold."""

from services.catalog.schemas import View


class ContactView(View, frozen=True, kw_only=True):
    """How to reach a business."""

    business_name: str
    email: str | None
    phone: str | None
    address: str | None
