"""Messages about bookings."""

from services.kernel import schema

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    schema.execute("""
ALTER TABLE messages DROP CONSTRAINT messages_kind_check;
ALTER TABLE messages ADD CONSTRAINT messages_kind_check
    CHECK (kind IN ('verification', 'password_reset', 'invitation', 'booking_confirmed', 'new_booking'));
ALTER TABLE messages DROP CONSTRAINT messages_recipient_check;
ALTER TABLE messages ADD CONSTRAINT messages_recipient_check
    CHECK (recipient IN ('user', 'invitee', 'customer', 'tenant'));
""")
