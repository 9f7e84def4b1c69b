"""Accounts, payments, refunds, disputes, the ledger, what the payment company told us, and when to ask it again."""

from services.kernel import schema

revision = "0002"
down_revision = "0001"

# A copy of what catalog owns.
TENANTS = """
CREATE TABLE tenants (
    tenant_id text COLLATE "C" PRIMARY KEY,
    version integer NOT NULL,
    name text NOT NULL,
    zone text NOT NULL,
    currency text NOT NULL,
    locale text NOT NULL,
    country text NOT NULL
);
"""

# Which business an account belongs to is asked before the tenant is known, and remembered for good, for what was paid
# on an account stays there: no fence.
ACCOUNTS = """
CREATE TABLE accounts (
    tenant_id text COLLATE "C" PRIMARY KEY,
    -- Our own id of the account, the key under which it is opened; a new one where the business connects anew.
    id text COLLATE "C" NOT NULL UNIQUE,
    gateway text NOT NULL DEFAULT 'stripe',
    account_id text COLLATE "C",
    country text,
    charges_enabled boolean NOT NULL DEFAULT false,
    payouts_enabled boolean NOT NULL DEFAULT false,
    details_submitted boolean NOT NULL DEFAULT false,
    requirements text[] NOT NULL DEFAULT '{}',
    disabled_reason text,
    disconnected_at timestamptz,
    -- Of the event that tells of it.
    version integer NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    asked_at timestamptz
);

CREATE TABLE account_tenants (
    account_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL
);

-- What the platform takes of a business's payments, where it is not what it takes of everybody's.
CREATE TABLE fees (
    tenant_id text COLLATE "C" PRIMARY KEY,
    basis_points integer NOT NULL CHECK (basis_points BETWEEN 0 AND 10000),
    changed_at timestamptz NOT NULL
);
"""

# Every decision about a booking's money is made under the lock of its row here.
MONEY = """
CREATE TABLE booking_money (
    booking_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    currency text,
    -- Grows with each event about the booking's money.
    version integer NOT NULL DEFAULT 0,
    paid bigint NOT NULL DEFAULT 0 CHECK (paid >= 0),
    -- What went back, and what is on its way back.
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    -- No deposit can be asked for any more.
    closed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CHECK (refunded <= paid)
);

-- What booking ordered once, decided once: the same again has the same outcome.
CREATE TABLE operations (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN ('balance', 'refund')),
    -- Unknown where it was closed before it was ever ordered.
    booking_id text COLLATE "C" REFERENCES booking_money (booking_id),
    amount bigint CHECK (amount >= 0),
    closed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    CHECK (closed OR num_nulls(booking_id, amount) = 0)
);

CREATE TABLE payments (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL REFERENCES booking_money (booking_id),
    kind text NOT NULL CHECK (kind IN ('deposit', 'balance')),
    -- In the browser, from the saved card, or on a page of the company's.
    way text NOT NULL CHECK (way IN ('browser', 'card', 'link')),
    operation_id text COLLATE "C" REFERENCES operations (id),
    status text NOT NULL CHECK (status IN ('requires_payment', 'processing', 'succeeded', 'failed', 'canceled')),
    gateway text NOT NULL DEFAULT 'stripe',
    account_id text COLLATE "C" NOT NULL,
    -- None until the company has answered.
    intent_id text COLLATE "C",
    charge_id text COLLATE "C",
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    fee bigint NOT NULL CHECK (fee BETWEEN 0 AND amount),
    -- The company's own cut; it often says so only later.
    cost bigint,
    refunded bigint NOT NULL DEFAULT 0,
    fee_returned bigint NOT NULL DEFAULT 0 CHECK (fee_returned BETWEEN 0 AND fee),
    -- What the customer's bank demands back, or got.
    disputed bigint NOT NULL DEFAULT 0 CHECK (disputed >= 0),
    save_card boolean NOT NULL DEFAULT false,
    customer_id text COLLATE "C",
    payment_method_id text COLLATE "C",
    decline_code text,
    decline_message text,
    -- Of each failed try, so that none is told twice.
    failed_tries text[] NOT NULL DEFAULT '{}',
    description text NOT NULL,
    -- A repeated question must be the same to the letter. Forgotten once the payment has ended.
    payer_name text,
    payer_email text,
    payer_phone text,
    created_at timestamptz NOT NULL,
    paid_at timestamptz,
    changed_at timestamptz NOT NULL,
    CHECK (refunded BETWEEN 0 AND amount),
    CHECK (status = 'succeeded' OR refunded = 0),
    CHECK ((kind = 'balance') = (operation_id IS NOT NULL)),
    CONSTRAINT one_way_per_operation UNIQUE (operation_id, way),
    CONSTRAINT one_payment_per_intent UNIQUE (intent_id)
);
CREATE UNIQUE INDEX one_live_deposit ON payments (booking_id)
    WHERE kind = 'deposit' AND status IN ('requires_payment', 'processing', 'succeeded');
CREATE INDEX payments_of_booking ON payments (booking_id);
CREATE INDEX payments_of ON payments (tenant_id, id);
CREATE INDEX payments_by_status ON payments (tenant_id, status, id);
CREATE INDEX payments_of_charge ON payments (charge_id);

-- A page on which a balance is paid.
CREATE TABLE links (
    link_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C" NOT NULL UNIQUE REFERENCES payments (id),
    account_id text COLLATE "C" NOT NULL,
    url text NOT NULL,
    status text NOT NULL CHECK (status IN ('open', 'complete', 'expired')),
    expires_at timestamptz NOT NULL
);

CREATE TABLE refunds (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL REFERENCES booking_money (booking_id),
    payment_id text COLLATE "C" NOT NULL REFERENCES payments (id),
    -- None where it was made elsewhere.
    operation_id text COLLATE "C" REFERENCES operations (id),
    repayment_id text COLLATE "C",
    amount bigint NOT NULL CHECK (amount > 0),
    -- The platform's part of it: as it will be, and once the company has made the refund as it was.
    fee bigint NOT NULL CHECK (fee BETWEEN 0 AND amount),
    -- Made by the platform, which alone can send its fee back.
    with_fee boolean NOT NULL DEFAULT false,
    currency text NOT NULL,
    status text NOT NULL CHECK (status IN ('pending', 'succeeded', 'failed')),
    reason text,
    failure text,
    -- How often the company was asked in vain, and since when it is known that it takes longer.
    tries integer NOT NULL DEFAULT 0,
    delayed_at timestamptz,
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    CONSTRAINT one_part_per_payment UNIQUE (operation_id, payment_id),
    CONSTRAINT one_refund_per_repayment UNIQUE (repayment_id)
);
CREATE INDEX refunds_of_booking ON refunds (booking_id);
CREATE INDEX refunds_of_payment ON refunds (payment_id);

CREATE TABLE disputes (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL REFERENCES booking_money (booking_id),
    payment_id text COLLATE "C" NOT NULL REFERENCES payments (id),
    -- The company's own id of it.
    gateway_id text COLLATE "C" NOT NULL UNIQUE,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    -- What the company has taken for it and not given back.
    taken bigint NOT NULL DEFAULT 0 CHECK (taken >= 0),
    status text NOT NULL CHECK (status IN ('open', 'won', 'lost', 'warning_closed')),
    reason text NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    updated_at timestamptz NOT NULL
);
CREATE INDEX disputes_of_booking ON disputes (booking_id);
CREATE INDEX disputes_of_payment ON disputes (payment_id);
"""

# One row is one set of entries, in one currency: what each of the four has gained by one thing that happened to money.
# That it sums to zero is the table's own law. `about` is our payment, refund or dispute, `outside_id` the company's
# charge, refund or dispute.
LEDGER = """
CREATE TABLE ledger_sets (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    booking_id text COLLATE "C" NOT NULL,
    kind text NOT NULL CHECK (kind IN (
        'deposit', 'balance', 'cost', 'refund', 'refund_returned', 'dispute', 'dispute_returned'
    )),
    about text COLLATE "C" NOT NULL,
    account_id text COLLATE "C" NOT NULL,
    outside_id text COLLATE "C",
    currency text NOT NULL,
    customer bigint NOT NULL DEFAULT 0,
    tenant bigint NOT NULL DEFAULT 0,
    platform bigint NOT NULL DEFAULT 0,
    stripe bigint NOT NULL DEFAULT 0,
    at timestamptz NOT NULL,
    CONSTRAINT sums_to_zero CHECK (customer + tenant + platform + stripe = 0),
    CONSTRAINT written_once UNIQUE (kind, about)
);
CREATE INDEX ledger_of ON ledger_sets (tenant_id, at);
CREATE INDEX ledger_of_booking ON ledger_sets (booking_id);
"""

# What the company told us, by its own id of it. Its text may hold what is personal, and lies apart under the tenant;
# whose account it is about is not always known, and such text is seen only where no tenant is set.
NOTICES = """
CREATE TABLE notices (
    id text COLLATE "C" PRIMARY KEY,
    gateway text NOT NULL DEFAULT 'stripe',
    kind text NOT NULL,
    account_id text COLLATE "C",
    object_id text COLLATE "C",
    tenant_id text COLLATE "C",
    -- By the company's clock.
    created_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0,
    tried_at timestamptz,
    done_at timestamptz,
    outcome text CHECK (outcome IN ('applied', 'ignored', 'parked')),
    error text,
    has_text boolean NOT NULL DEFAULT true
);
CREATE INDEX notices_with_text ON notices (done_at) WHERE has_text;
CREATE INDEX notices_parked ON notices (id) WHERE outcome = 'parked';
CREATE INDEX notices_waiting ON notices (stored_at) WHERE done_at IS NULL;
CREATE INDEX notices_about ON notices (object_id, created_at);
-- Those of accounts that nobody knew, which may become known.
CREATE INDEX notices_of_nobody ON notices (account_id) WHERE tenant_id IS NULL;

CREATE TABLE notice_bodies (
    notice_id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL DEFAULT '',
    body bytea NOT NULL
);
ALTER TABLE notice_bodies ENABLE ROW LEVEL SECURITY;
ALTER TABLE notice_bodies FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON notice_bodies USING (tenant_id = coalesce(current_setting('app.tenant_id', true), ''))
    WITH CHECK (true);

-- What the company says and does not fit what was asked: nothing of it is applied until a person has looked. Ids, codes
-- and amounts only: no fence.
CREATE TABLE parked (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C",
    account_id text COLLATE "C",
    kind text NOT NULL CHECK (kind IN ('payment', 'refund', 'dispute', 'link')),
    -- The company's id of it, and ours where it has one.
    object_id text COLLATE "C" NOT NULL,
    payment_id text COLLATE "C",
    reason text NOT NULL CHECK (reason IN ('unknown', 'account', 'amount', 'currency', 'state')),
    expected text,
    found text,
    parked_at timestamptz NOT NULL,
    settled_at timestamptz,
    CONSTRAINT parked_once UNIQUE (object_id, reason)
);
CREATE INDEX parked_waiting ON parked (id) WHERE settled_at IS NULL;
"""

# When the company must be asked again, and about what: an intent, a link, a refund, its own cut. Ids only: no fence.
TIMERS = """
CREATE TABLE timers (
    task text NOT NULL CHECK (task IN ('intent', 'stray', 'link', 'refund', 'cost', 'account')),
    id text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    due_at timestamptz NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    PRIMARY KEY (task, id)
);
CREATE INDEX timers_due ON timers (task, due_at);
"""

FENCED = (
    "tenants",
    "accounts",
    "fees",
    "booking_money",
    "operations",
    "payments",
    "links",
    "refunds",
    "disputes",
    "ledger_sets",
)


def upgrade() -> None:
    schema.execute(
        TENANTS + ACCOUNTS + MONEY + LEDGER + NOTICES + TIMERS + "".join(schema.fence(table) for table in FENCED)
    )
