"""Staff and their calendars, and the copies of what other contexts own."""

from services.kernel import schema

revision = "0002"
down_revision = "0001"

# A slug is public, and found before the tenant is known: no fence.
COPIES = """
CREATE TABLE slugs (
    slug text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL
);

CREATE TABLE tenants (
    tenant_id text COLLATE "C" PRIMARY KEY,
    name text,
    zone text,
    country text,
    tenant_version integer NOT NULL DEFAULT 0,
    profile_version integer NOT NULL DEFAULT 0,
    -- None: the country of the business.
    holiday_country text,
    holiday_region text,
    closed_on_holidays boolean NOT NULL DEFAULT false,
    feed_generation integer NOT NULL DEFAULT 1
);

CREATE TABLE services (
    service_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    duration integer NOT NULL,
    before integer NOT NULL,
    after integer NOT NULL,
    notice integer NOT NULL,
    window_days integer NOT NULL,
    step integer NOT NULL,
    max_per_day integer,
    staff_ids text[] COLLATE "C",
    active boolean NOT NULL,
    archived boolean NOT NULL DEFAULT false
);
CREATE INDEX services_of ON services (tenant_id);

CREATE TABLE members (
    tenant_id text COLLATE "C" NOT NULL,
    user_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    active boolean NOT NULL,
    PRIMARY KEY (tenant_id, user_id)
);
"""

# Minutes are the wall clock's, counted from the midnight a day begins with; an end past 1440 lies in the next day.
# Midnight at the end of a day is both 24:00 and 00:00; which of them was written is kept, and shown again.
CALENDARS = """
CREATE TABLE staff (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    name text NOT NULL,
    user_id text COLLATE "C",
    active boolean NOT NULL,
    service_ids text[] COLLATE "C",
    created_at timestamptz NOT NULL,
    removed_at timestamptz
);
CREATE INDEX staff_of ON staff (tenant_id, id);

CREATE TABLE rules (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    staff_id text COLLATE "C" REFERENCES staff (id) ON DELETE CASCADE,
    weekday smallint NOT NULL CHECK (weekday BETWEEN 0 AND 6),
    start_minute smallint NOT NULL CHECK (start_minute BETWEEN 0 AND 1439),
    end_minute smallint NOT NULL CHECK (end_minute > start_minute AND end_minute <= start_minute + 1440),
    valid_from date,
    valid_until date,
    midnight_as_zero boolean NOT NULL DEFAULT false,
    CHECK (valid_until >= valid_from)
);
CREATE INDEX rules_of ON rules (tenant_id);

CREATE TABLE overrides (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    staff_id text COLLATE "C" REFERENCES staff (id) ON DELETE CASCADE,
    day date NOT NULL,
    -- Pairs of minutes, start and end one after the other; empty means closed.
    windows smallint[] NOT NULL CHECK (cardinality(windows) % 2 = 0),
    midnight_as_zero boolean NOT NULL DEFAULT false
);
CREATE INDEX overrides_of ON overrides (tenant_id, day);

CREATE TABLE blocks (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    staff_id text COLLATE "C" REFERENCES staff (id) ON DELETE CASCADE,
    start_day date NOT NULL,
    end_day date NOT NULL CHECK (end_day >= start_day),
    start_minute smallint,
    end_minute smallint,
    midnight_as_zero boolean NOT NULL DEFAULT false,
    reason text
);
CREATE INDEX blocks_of ON blocks (tenant_id, end_day);
"""

# That a tenant's time changed, written with the change and gone once all processes were told. Ids only: no fence.
CHANGES = """
CREATE TABLE changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL DEFAULT clock_timestamp()
);
"""

FENCED = ("tenants", "services", "members", "staff", "rules", "overrides", "blocks")


def upgrade() -> None:
    schema.execute(COPIES + CALENDARS + CHANGES + "".join(schema.fence(table) for table in FENCED))
