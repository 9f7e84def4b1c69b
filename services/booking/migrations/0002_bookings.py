"""Bookings with their customers, timeline, links, moves and money operations, and the copies of what others own."""

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
    -- 0: catalog has not told of it yet.
    profile_version integer NOT NULL DEFAULT 0,
    slug text,
    name text,
    zone text,
    currency text,
    locale text,
    country text,
    brand_color text,
    logo_url text,
    -- Pairs, one after the other: hours before the start, per cent that come back; most hours first.
    policy integer[] NOT NULL DEFAULT '{}',
    account_version integer NOT NULL DEFAULT 0,
    charges_enabled boolean NOT NULL DEFAULT false
);

CREATE TABLE services (
    service_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    version integer NOT NULL,
    name text NOT NULL,
    currency text NOT NULL,
    price bigint,
    deposit bigint NOT NULL,
    duration_minutes integer NOT NULL,
    active boolean NOT NULL
);
CREATE INDEX services_of ON services (tenant_id);
"""

# Behind a fence PostgreSQL uses an index only for comparisons that can't leak: plain ones of texts, numbers and
# instants. So lists are found and ordered by such columns.
BOOKINGS = """
CREATE TABLE customers (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    email_folded text COLLATE "C" NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    address text,
    created_at timestamptz NOT NULL,
    UNIQUE (tenant_id, email_folded)
);

CREATE TABLE bookings (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    reference text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL CHECK (state IN (
        'draft', 'pending', 'confirmed', 'in_progress', 'completed', 'expired', 'cancelled', 'no_show'
    )),
    -- One more with each change: whoever heard of a later one ignores what was said of an earlier one.
    version integer NOT NULL,
    -- A draft that nobody carries on with; it goes once nothing is left of it elsewhere.
    given_up boolean NOT NULL DEFAULT false,
    origin text NOT NULL CHECK (origin IN ('widget', 'hand')),
    customer_id text COLLATE "C",
    -- The contact as it was given.
    name text NOT NULL,
    email text NOT NULL,
    phone text NOT NULL,
    address text,
    notes text,
    -- The service, the price and the terms as they were agreed.
    service_id text COLLATE "C" NOT NULL,
    service_name text NOT NULL,
    duration_minutes integer NOT NULL,
    currency text NOT NULL,
    price bigint,
    deposit bigint NOT NULL,
    policy integer[] NOT NULL,
    zone text NOT NULL,
    save_card boolean NOT NULL,
    starts_at timestamptz NOT NULL,
    ends_at timestamptz,
    staff_id text COLLATE "C",
    -- Until when the deposit can be paid.
    expires_at timestamptz,
    -- What the customer's money was heard to be, and how new that is.
    money_version integer NOT NULL DEFAULT 0,
    paid bigint NOT NULL DEFAULT 0,
    refunded bigint NOT NULL DEFAULT 0,
    deposit_status text NOT NULL,
    -- What the job came to in the end.
    final_amount bigint,
    -- A customer's late move is no way around the terms: no more than this comes back later.
    refund_cap_percent smallint,
    cancelled_at timestamptz,
    cancelled_by text CHECK (cancelled_by IN ('customer', 'tenant')),
    cancel_reason text,
    -- What the terms gave at that moment.
    cancel_percent smallint,
    -- How often a calendar that shows it was given something new.
    sequence integer NOT NULL DEFAULT 0,
    link_generation integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    UNIQUE (tenant_id, reference),
    CHECK (state IN ('draft', 'expired') OR num_nulls(customer_id, ends_at, staff_id) = 0),
    CHECK (state <> 'pending' OR expires_at IS NOT NULL)
);
CREATE INDEX bookings_by_start ON bookings (tenant_id, starts_at, id);
CREATE INDEX bookings_by_state ON bookings (tenant_id, state, starts_at, id);
CREATE INDEX bookings_of_customer ON bookings (customer_id, starts_at);

-- Which booking a caller's own key has led to.
CREATE TABLE keys (
    fingerprint bytea PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    used_at timestamptz NOT NULL
);
CREATE INDEX keys_of ON keys (booking_id);
CREATE INDEX keys_used ON keys (tenant_id, used_at);

CREATE TABLE timeline (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    kind text NOT NULL,
    by text NOT NULL CHECK (by IN ('customer', 'tenant', 'system')),
    -- Which person of the business.
    actor text COLLATE "C",
    details jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX timeline_of ON timeline (booking_id, id);
"""

MOVES_AND_MONEY = """
CREATE TABLE moves (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    state text NOT NULL CHECK (state IN ('open', 'done', 'refused', 'closed')),
    by text NOT NULL CHECK (by IN ('customer', 'tenant')),
    actor text COLLATE "C",
    version integer NOT NULL,
    starts_at timestamptz NOT NULL,
    staff_id text COLLATE "C",
    any_time boolean NOT NULL DEFAULT false,
    former_starts_at timestamptz NOT NULL,
    cap_percent smallint,
    refusal text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE UNIQUE INDEX one_open_move ON moves (booking_id) WHERE state = 'open';
CREATE INDEX moves_of ON moves (booking_id, created_at);

CREATE TABLE operations (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('close_deposit', 'refund', 'balance')),
    cause text NOT NULL CHECK (cause IN ('asked', 'cancelled', 'unclaimed', 'late')),
    state text NOT NULL CHECK (state IN ('waiting', 'open', 'done', 'failed')),
    -- None: all that is left.
    amount bigint,
    final_amount bigint,
    currency text NOT NULL,
    reason text,
    actor text COLLATE "C",
    -- What payments said of it, and of which payment.
    status text,
    payment_id text COLLATE "C",
    decline_code text,
    created_at timestamptz NOT NULL,
    answered_at timestamptz,
    ended_at timestamptz
);
CREATE UNIQUE INDEX one_open_operation ON operations (booking_id) WHERE state = 'open';
CREATE INDEX operations_of ON operations (booking_id, created_at);
"""

# Found before the tenant is known. Ids only: no fence.
LOOKED_UP = """
CREATE TABLE manage_links (
    fingerprint bytea PRIMARY KEY,
    booking_id text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL
);
CREATE INDEX manage_links_of ON manage_links (booking_id);

-- When somebody must look at a booking again, and what for.
CREATE TABLE timers (
    booking_id text COLLATE "C" NOT NULL,
    task text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (booking_id, task)
);
CREATE INDEX timers_due ON timers (task, due_at);
"""

FENCED = ("tenants", "services", "customers", "bookings", "keys", "timeline", "moves", "operations")


def upgrade() -> None:
    schema.execute(COPIES + BOOKINGS + MOVES_AND_MONEY + LOOKED_UP + "".join(schema.fence(table) for table in FENCED))
