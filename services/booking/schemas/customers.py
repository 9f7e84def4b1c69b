"""Customers as the business sees them."""

from datetime import datetime

from services.booking.schemas import View
from services.booking.schemas.shown import BookingView, booking_view
from services.booking.store.people import Customer
from services.booking.use_cases.listing import CustomerDetail


class KnownCustomerView(View, frozen=True, kw_only=True):
    """A customer: one for each e-mail address, as given with their first booking."""

    id: str
    name: str
    email: str
    phone: str
    address: str | None
    created_at: datetime
    bookings: int
    last_booking_at: datetime | None


class CustomerDetailView(View, frozen=True, kw_only=True):
    """A customer with their latest bookings. `sameAs` are others with that phone: maybe the same person."""

    customer: KnownCustomerView
    bookings: list[BookingView]
    same_as: list[KnownCustomerView]


def known_view(customer: Customer) -> KnownCustomerView:
    return KnownCustomerView(
        id=customer.id,
        name=customer.name,
        email=customer.email,
        phone=customer.phone,
        address=customer.address,
        created_at=customer.created_at,
        bookings=customer.bookings,
        last_booking_at=customer.last_starts_at,
    )


def customer_view(detail: CustomerDetail) -> CustomerDetailView:
    return CustomerDetailView(
        customer=known_view(detail.customer),
        bookings=[booking_view(booking, detail.tenant.locale) for booking in detail.bookings],
        same_as=[known_view(customer) for customer in detail.alike],
    )
