"""The feed of bookings that goes out, and the calendars that come in."""

from services.kernel import schema

revision = "0004"
down_revision = "0003"

# The token itself is made again from tenant and generation; by its fingerprint the tenant is found: no fence.
FEEDS = """
CREATE TABLE feeds (
    fingerprint bytea PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL
);
CREATE INDEX feeds_of ON feeds (tenant_id);
"""

CALENDARS = """
CREATE TABLE calendars (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    staff_id text COLLATE "C" NOT NULL REFERENCES staff (id),
    name text NOT NULL,
    -- Encrypted: who has the address of a private calendar can read it.
    address bytea NOT NULL,
    created_at timestamptz NOT NULL,
    -- What the server calls the version that was read last, and a hash of it.
    etag text,
    modified text,
    digest bytea,
    -- For which days and zone it was read: for others the same file says something else.
    read_for text,
    fetched_at timestamptz,
    failures integer NOT NULL DEFAULT 0,
    last_error text,
    events integer NOT NULL DEFAULT 0,
    skipped integer NOT NULL DEFAULT 0
);
CREATE INDEX calendars_of ON calendars (tenant_id, id);
"""

# When a calendar is to be fetched, and how often it was taken for it: only the last taker's word counts. Ids only: no
# fence.
TIMERS = """
CREATE TABLE calendar_timers (
    calendar_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    lease integer NOT NULL DEFAULT 0
);
CREATE INDEX calendar_timers_due ON calendar_timers (due_at);
"""


def upgrade() -> None:
    schema.execute(FEEDS + CALENDARS + TIMERS + schema.fence("calendars"))
