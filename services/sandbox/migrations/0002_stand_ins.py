"""What was caught, what was promised to callers, and the faults asked for."""

from services.kernel import schema

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    schema.execute("""
CREATE TABLE messages (
    id text COLLATE "C" PRIMARY KEY,
    -- Several mails of one batch are caught at the same instant.
    position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    channel text NOT NULL CHECK (channel IN ('email', 'sms')),
    sender text NOT NULL,
    recipients text[] NOT NULL,
    -- Everybody who gets it, copies too, folded for the search.
    reached text[] NOT NULL,
    subject text NOT NULL,
    text text NOT NULL,
    html text NOT NULL,
    links text[] NOT NULL,
    details jsonb NOT NULL,
    sent_at timestamptz NOT NULL
);
CREATE INDEX messages_reached ON messages USING gin (reached);
CREATE TABLE resend_keys (
    id bytea PRIMARY KEY,
    body_hash bytea NOT NULL,
    email_ids text[] NOT NULL,
    used_at timestamptz NOT NULL
);
CREATE TABLE faults (
    provider text COLLATE "C" PRIMARY KEY,
    fail_next integer NOT NULL DEFAULT 0,
    lose_answers integer NOT NULL DEFAULT 0,
    delay_ms integer NOT NULL DEFAULT 0
);
CREATE TABLE google_accounts (
    email text COLLATE "C" PRIMARY KEY,
    name text NOT NULL,
    subject text COLLATE "C" NOT NULL UNIQUE,
    seen_at timestamptz NOT NULL
);
CREATE TABLE google_codes (
    id bytea PRIMARY KEY,
    email text COLLATE "C" NOT NULL REFERENCES google_accounts,
    redirect_uri text NOT NULL,
    scope text NOT NULL,
    nonce text NOT NULL,
    code_challenge text NOT NULL,
    issued_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE TABLE google_key (
    -- There is one.
    id integer PRIMARY KEY CHECK (id = 1),
    sealed bytea NOT NULL
);
""")
