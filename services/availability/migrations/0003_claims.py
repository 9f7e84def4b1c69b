"""Every claim on a staff member's time, and what is remembered of each booking."""

from services.kernel import schema

revision = "0003"
down_revision = "0002"

# Behind a fence PostgreSQL uses an index only for comparisons that can't leak, and a range's overlap is none of those.
# So what is read is found by `taken_from`, and no claim lasts longer than three days: a job and each of its buffers at
# most one, an external event in pieces of one. The exclusion constraint looks past the fence, with its own index.
CLAIMS = """
CREATE TABLE claims (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    staff_id text COLLATE "C" NOT NULL REFERENCES staff (id),
    kind text NOT NULL CHECK (kind IN ('hold', 'booking', 'external')),
    role text NOT NULL DEFAULT 'current' CHECK (role IN ('current', 'next')),
    booking_id text COLLATE "C",
    service_id text COLLATE "C",
    calendar_id text COLLATE "C",
    starts_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    -- The job with its buffers.
    taken_from timestamptz NOT NULL,
    taken_until timestamptz NOT NULL,
    during tstzrange NOT NULL GENERATED ALWAYS AS (tstzrange(taken_from, taken_until)) STORED,
    expires_at timestamptz,
    CHECK (taken_from <= starts_at AND starts_at < ends_at AND ends_at <= taken_until),
    CHECK (taken_until <= taken_from + interval '3 days'),
    CHECK ((kind = 'external') = (calendar_id IS NOT NULL)),
    CHECK ((kind = 'external') = (booking_id IS NULL)),
    CHECK ((kind = 'hold') = (expires_at IS NOT NULL)),
    CONSTRAINT one_claim_per_role UNIQUE (booking_id, role),
    CONSTRAINT never_sold_twice EXCLUDE USING gist (staff_id WITH =, during WITH &&, booking_id WITH <>)
        WHERE (kind IN ('hold', 'booking'))
);
CREATE INDEX claims_of_staff ON claims (staff_id, taken_from);
CREATE INDEX claims_of_calendar ON claims (calendar_id, taken_from) WHERE kind = 'external';
CREATE INDEX claims_of_service ON claims (service_id, starts_at) WHERE kind IN ('hold', 'booking');

CREATE TABLE bookings (
    booking_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    -- The last version anybody spoke of; what is older is ignored.
    version integer NOT NULL,
    -- Lapsed: it has no time, or its hold ran out. Released: it is over for good.
    state text NOT NULL CHECK (state IN ('held', 'booked', 'lapsed', 'released')),
    -- Whether booking itself said that it stands, after its commit.
    settled boolean NOT NULL DEFAULT false,
    -- What it has, or last had; unknown where only its end was ever heard of.
    service_id text COLLATE "C",
    staff_id text COLLATE "C",
    starts_at timestamptz,
    ends_at timestamptz,
    reference text,
    move_id text COLLATE "C",
    -- How often a calendar that shows it was given something new.
    sequence integer NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL,
    CHECK (state NOT IN ('held', 'booked') OR num_nulls(service_id, staff_id, starts_at, ends_at) = 0)
);
CREATE INDEX bookings_of ON bookings (tenant_id, starts_at);
"""

# When somebody must look at a booking again, and what for: to end its hold, to ask booking about it, to forget it.
# Ids only: no fence.
TIMERS = """
CREATE TABLE timers (
    booking_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    task text NOT NULL CHECK (task IN ('end', 'ask', 'forget')),
    due_at timestamptz NOT NULL
);
CREATE INDEX timers_due ON timers (task, due_at);
"""


def upgrade() -> None:
    schema.execute(CLAIMS + TIMERS + schema.fence("claims") + schema.fence("bookings"))
