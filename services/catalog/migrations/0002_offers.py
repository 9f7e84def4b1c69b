"""Profiles, services, slugs, what payments says of accounts, and changes that were perhaps not told."""

from services.kernel import schema

revision = "0002"
down_revision = "0001"

PROFILES = """
CREATE TABLE profiles (
    tenant_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    slug text COLLATE "C" NOT NULL,
    business_name text NOT NULL,
    naming_version integer NOT NULL,
    logo text,
    brand_color text NOT NULL,
    email text,
    phone text,
    address text,
    timezone text NOT NULL,
    currency text NOT NULL,
    locale text NOT NULL,
    country text NOT NULL,
    allowed_origins text[] NOT NULL,
    cancellation_policy jsonb NOT NULL,
    reminder_hours integer[] NOT NULL,
    booking_notice text,
    changed_at timestamptz NOT NULL
);

CREATE TABLE services (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL REFERENCES profiles (tenant_id),
    version integer NOT NULL,
    currency text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    price bigint CHECK (price >= 0),
    deposit_type text NOT NULL CHECK (deposit_type IN ('none', 'fixed', 'percentage', 'full')),
    deposit_amount bigint CHECK (deposit_amount > 0),
    deposit_points integer CHECK (deposit_points BETWEEN 1 AND 10000),
    duration_minutes integer NOT NULL CHECK (duration_minutes > 0),
    buffer_before_minutes integer NOT NULL CHECK (buffer_before_minutes >= 0),
    buffer_after_minutes integer NOT NULL CHECK (buffer_after_minutes >= 0),
    min_notice_minutes integer NOT NULL CHECK (min_notice_minutes >= 0),
    booking_window_days integer NOT NULL CHECK (booking_window_days > 0),
    slot_step_minutes integer NOT NULL CHECK (slot_step_minutes > 0),
    max_per_day integer CHECK (max_per_day > 0),
    staff_ids text[] CHECK (cardinality(staff_ids) > 0),
    active boolean NOT NULL,
    display_order integer NOT NULL,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    archived_at timestamptz,
    CHECK ((deposit_type = 'fixed') = (deposit_amount IS NOT NULL)),
    CHECK ((deposit_type = 'percentage') = (deposit_points IS NOT NULL))
);
CREATE INDEX services_of ON services (tenant_id, display_order, id) WHERE archived_at IS NULL;
CREATE INDEX services_by_age ON services (tenant_id, id);
"""

ACCOUNTS = """
CREATE TABLE payment_accounts (
    tenant_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    charges_enabled boolean NOT NULL
);
"""

# Who is looked for before it is known whose rows to look at, and ids only: no fence.
SLUGS = """
CREATE TABLE slugs (
    slug text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL
);
CREATE INDEX slugs_of ON slugs (tenant_id);
"""

# Written with the change and deleted when every process has heard of it. Ids only: no fence.
UNTOLD = """
CREATE TABLE untold (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    noted_at timestamptz NOT NULL DEFAULT now()
);
"""


def upgrade() -> None:
    schema.execute(PROFILES)
    schema.execute(ACCOUNTS)
    schema.execute(SLUGS)
    schema.execute(UNTOLD)
    for table in ("profiles", "services", "payment_accounts"):
        schema.execute(schema.fence(table))
