"""What every context's schema begins with, and the fence around a tenant's rows; used by migrations."""

import re
from typing import Final

from alembic import op

CHASSIS: Final = """
CREATE TABLE outbox_sequence (
    aggregate_id text COLLATE "C" PRIMARY KEY,
    last bigint NOT NULL
);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id text COLLATE "C" NOT NULL UNIQUE,
    aggregate_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    tenant_id text COLLATE "C",
    body bytea NOT NULL,
    traceparent text NOT NULL DEFAULT '',
    occurred_at timestamptz NOT NULL,
    sent_at timestamptz,
    UNIQUE (aggregate_id, sequence)
);
CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_unsent_of ON outbox (aggregate_id, id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE inbox (
    queue text COLLATE "C" NOT NULL,
    event_id text COLLATE "C" NOT NULL,
    taken_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue, event_id)
);
CREATE INDEX inbox_taken ON inbox (taken_at);

CREATE TABLE inbox_position (
    queue text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (queue, aggregate_id)
);

CREATE TABLE idempotency (
    id bytea PRIMARY KEY,
    body_hash bytea NOT NULL,
    begun_at timestamptz NOT NULL,
    answer bytea
);
CREATE INDEX idempotency_begun ON idempotency (begun_at);
"""


def execute(sql: str) -> None:
    """Several statements, each ended by a semicolon at the end of a line; the driver takes one at a time."""
    for statement in re.split(r";\s*\n", sql):
        if statement.strip():
            op.execute(statement)


def fence(table: str) -> str:
    """Row-level security, for the table's owner too: without a tenant there are no rows, with one only its own."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON {table} USING (tenant_id = current_setting('app.tenant_id', true));
"""
