"""Users, tenants with their slugs, members, sessions, links, second factor, tries and the audit log."""

from services.kernel import schema

revision = "0002"
down_revision = "0001"

PEOPLE = """
CREATE TABLE users (
    id text COLLATE "C" PRIMARY KEY,
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL UNIQUE,
    name text NOT NULL,
    password_hash text,
    email_verified_at timestamptz,
    google_subject text COLLATE "C" UNIQUE,
    last_tenant_id text COLLATE "C",
    created_at timestamptz NOT NULL
);

CREATE TABLE totp (
    user_id text COLLATE "C" PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    secret bytea NOT NULL,
    started_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint NOT NULL DEFAULT 0
);

CREATE TABLE recovery_codes (
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL,
    used_at timestamptz,
    PRIMARY KEY (user_id, code_hash)
);
"""

BUSINESSES = """
CREATE TABLE slugs (
    slug text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL,
    taken_at timestamptz NOT NULL
);
CREATE INDEX slugs_of ON slugs (tenant_id);

CREATE TABLE tenants (
    tenant_id text COLLATE "C" PRIMARY KEY,
    slug text COLLATE "C" NOT NULL UNIQUE REFERENCES slugs (slug),
    name text NOT NULL,
    country text NOT NULL,
    timezone text NOT NULL,
    currency text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL
);

CREATE TABLE members (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (tenant_id),
    user_id text COLLATE "C" NOT NULL REFERENCES users (id),
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'tech')),
    status text NOT NULL CHECK (status IN ('active', 'removed')),
    version integer NOT NULL DEFAULT 1,
    joined_at timestamptz NOT NULL,
    UNIQUE (tenant_id, user_id)
);
CREATE INDEX members_of_user ON members (user_id);

CREATE TABLE invitations (
    id text COLLATE "C" PRIMARY KEY,
    tenant_id text COLLATE "C" NOT NULL REFERENCES tenants (tenant_id),
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'tech')),
    invited_by text COLLATE "C" NOT NULL REFERENCES users (id),
    invited_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    UNIQUE (tenant_id, email_key)
);

CREATE TABLE audit_entries (
    id text COLLATE "C" NOT NULL,
    tenant_id text COLLATE "C" NOT NULL,
    at timestamptz NOT NULL,
    actor_id text COLLATE "C",
    action text NOT NULL,
    target text,
    details jsonb NOT NULL,
    ip_address text,
    PRIMARY KEY (tenant_id, id)
);
CREATE INDEX audit_newest ON audit_entries (tenant_id, at DESC, id DESC);
"""

# What is looked up before anybody is known: ids, hashes and instants only.
LOOKED_UP = """
CREATE TABLE sessions (
    id text COLLATE "C" PRIMARY KEY,
    token_hash bytea NOT NULL UNIQUE,
    user_id text COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    tenant_id text COLLATE "C",
    role text,
    created_at timestamptz NOT NULL,
    renewed_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_seen_at timestamptz NOT NULL
);
CREATE INDEX sessions_of ON sessions (user_id);
CREATE INDEX sessions_end ON sessions (expires_at);

CREATE TABLE session_traces (
    session_id text COLLATE "C" PRIMARY KEY REFERENCES sessions (id) ON DELETE CASCADE,
    user_id text COLLATE "C" NOT NULL,
    device text NOT NULL,
    ip_address text
);

CREATE TABLE stale_copies (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    token_hash bytea NOT NULL
);

CREATE TABLE links (
    id text COLLATE "C" PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('verification', 'password_reset', 'invitation')),
    user_id text COLLATE "C" REFERENCES users (id) ON DELETE CASCADE,
    tenant_id text COLLATE "C",
    generation integer NOT NULL DEFAULT 1,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX links_of ON links (user_id, kind, created_at);
CREATE INDEX links_end ON links (expires_at);

CREATE TABLE tries (
    address_key bytea PRIMARY KEY,
    failed integer NOT NULL,
    pending integer NOT NULL,
    last_at timestamptz NOT NULL,
    locked_until timestamptz
);
CREATE INDEX tries_last ON tries (last_at);

CREATE TABLE google_tries (
    state_hash bytea PRIMARY KEY,
    browser_hash bytea NOT NULL,
    sealed bytea NOT NULL,
    expires_at timestamptz NOT NULL
);
"""


def _own(table: str) -> str:
    """A person's rows, fenced by the person."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY person ON {table} USING (user_id = current_setting('app.user_id', true));
"""


# A person sees which businesses they belong to before one of them is chosen, and changes nothing there; what they do
# with their own account is written into the log of each.
MEMBERSHIPS = """
CREATE POLICY own_membership ON members FOR SELECT USING (user_id = current_setting('app.user_id', true));
CREATE POLICY own_business ON tenants FOR SELECT USING (
    EXISTS (
        SELECT 1 FROM members AS m
        WHERE m.tenant_id = tenants.tenant_id AND m.user_id = current_setting('app.user_id', true)
    )
);
CREATE POLICY own_acts ON audit_entries FOR INSERT WITH CHECK (
    EXISTS (
        SELECT 1 FROM members AS m
        WHERE m.tenant_id = audit_entries.tenant_id AND m.user_id = current_setting('app.user_id', true)
    )
);
"""


def upgrade() -> None:
    for sql in (PEOPLE, BUSINESSES, LOOKED_UP):
        schema.execute(sql)
    for table in ("tenants", "members", "invitations", "audit_entries"):
        schema.execute(schema.fence(table))
    for table in ("totp", "recovery_codes", "session_traces"):
        schema.execute(_own(table))
    schema.execute(MEMBERSHIPS)
