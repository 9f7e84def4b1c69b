"""Outbox, inbox and idempotency keys of catalog."""

from services.kernel import schema

revision = "0001"
down_revision = None


def upgrade() -> None:
    schema.execute(schema.CHASSIS)
