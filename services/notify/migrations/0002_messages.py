"""Messages, from the event that asks for one to the provider's receipt for it."""

from services.kernel import schema

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # Only ids stand here, nothing personal: whom a message goes to is asked when it is sent. A row must be found
    # before its tenant is known, and some have none, so there is no fence by tenant.
    schema.execute("""
CREATE TABLE messages (
    id text COLLATE "C" PRIMARY KEY,
    event_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('verification', 'password_reset', 'invitation')),
    recipient text NOT NULL CHECK (recipient IN ('user', 'invitee')),
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    request_id text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C",
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'suppressed', 'failed')),
    asked_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    -- Who took the message last: an outcome counts only from the one who holds the newest lease.
    lease bigint NOT NULL DEFAULT 0,
    failures integer NOT NULL DEFAULT 0,
    waits integer NOT NULL DEFAULT 0,
    provider_id text,
    reason text,
    settled_at timestamptz,
    CHECK ((state = 'queued') = (settled_at IS NULL)),
    UNIQUE (event_id, kind, recipient)
);
CREATE INDEX messages_due ON messages (due_at) WHERE state = 'queued';
""")
