"""The stand-in for Stripe: what happens by itself after a while, and refunds that can't be made."""

from services.kernel import schema

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    schema.execute("""
CREATE TABLE stripe_due (
    account text COLLATE "C" NOT NULL,
    id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    -- By the stand-in's own clock, in seconds since 1970.
    due bigint NOT NULL,
    PRIMARY KEY (account, id),
    FOREIGN KEY (account, id) REFERENCES stripe_objects (account, id) ON DELETE CASCADE
);
CREATE INDEX stripe_due_next ON stripe_due (due);

-- The account's balance is too low: refunds wait for money, or are not taken at all.
ALTER TABLE stripe_faults ADD COLUMN refunds_wait boolean NOT NULL DEFAULT false;
ALTER TABLE stripe_faults ADD COLUMN refuse_refunds boolean NOT NULL DEFAULT false;
""")
