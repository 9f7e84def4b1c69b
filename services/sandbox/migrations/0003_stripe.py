"""The stand-in for Stripe: objects by account, events on their way, keys used, faults asked for."""

from services.kernel import schema

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    schema.execute("""
CREATE TABLE stripe_objects (
    account text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    -- Several objects are made within one second, and lists stand in the order of making.
    position bigint GENERATED ALWAYS AS IDENTITY,
    -- What Stripe would show; json and not jsonb, because it keeps the order of the keys and costs less to write.
    body json NOT NULL,
    -- What only the stand-in knows, as how a card behaves.
    private json NOT NULL,
    created bigint NOT NULL,
    type text GENERATED ALWAYS AS (body ->> 'type') STORED,
    customer text COLLATE "C" GENERATED ALWAYS AS (body ->> 'customer') STORED,
    payment_intent text COLLATE "C" GENERATED ALWAYS AS (body ->> 'payment_intent') STORED,
    charge text COLLATE "C" GENERATED ALWAYS AS (body ->> 'charge') STORED,
    PRIMARY KEY (account, id)
);
CREATE INDEX stripe_objects_listed ON stripe_objects (account, kind, position DESC);
CREATE INDEX stripe_objects_made ON stripe_objects (kind, position DESC);
CREATE INDEX stripe_objects_of_customer ON stripe_objects (customer, kind) WHERE customer IS NOT NULL;
CREATE INDEX stripe_objects_of_intent ON stripe_objects (payment_intent, kind) WHERE payment_intent IS NOT NULL;
CREATE INDEX stripe_objects_of_charge ON stripe_objects (charge, kind) WHERE charge IS NOT NULL;
CREATE SEQUENCE stripe_requests OWNED BY stripe_objects.position;

CREATE TABLE stripe_deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    endpoint text NOT NULL CHECK (endpoint IN ('platform', 'connect')),
    state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'dropped', 'given_up')),
    -- By the machine's clock, which no test advances.
    due_at timestamptz NOT NULL,
    first_tried_at timestamptz,
    last_tried_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    -- The status, or what went wrong instead of one.
    outcome text NOT NULL DEFAULT '',
    FOREIGN KEY (account, event_id) REFERENCES stripe_objects (account, id) ON DELETE CASCADE
);
CREATE INDEX stripe_deliveries_due ON stripe_deliveries (due_at) WHERE state = 'waiting';
CREATE INDEX stripe_deliveries_of ON stripe_deliveries (event_id);

CREATE TABLE stripe_keys (
    id bytea PRIMARY KEY,
    fingerprint bytea NOT NULL,
    request_id text COLLATE "C" NOT NULL,
    status integer NOT NULL,
    answer bytea NOT NULL,
    used_at timestamptz NOT NULL
);
CREATE INDEX stripe_keys_used ON stripe_keys (used_at);

CREATE TABLE stripe_faults (
    -- One account, or everybody where it is empty.
    account text COLLATE "C" PRIMARY KEY,
    delay_ms integer NOT NULL DEFAULT 0,
    fail_next integer NOT NULL DEFAULT 0,
    drop_webhooks boolean NOT NULL DEFAULT false,
    duplicate_webhooks integer NOT NULL DEFAULT 0,
    shuffle_webhooks boolean NOT NULL DEFAULT false,
    decline_all boolean NOT NULL DEFAULT false
);

CREATE TABLE stripe_clock (
    -- There is one.
    id integer PRIMARY KEY CHECK (id = 1),
    seconds_ahead bigint NOT NULL
);
""")
