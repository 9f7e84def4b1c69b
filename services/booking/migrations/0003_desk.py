"""What lists are searched by, and what a refund had come to."""

from services.kernel import schema

revision = "0003"
down_revision = "0002"

# Behind a fence no index helps with a search for a part of a text, for such a comparison might leak. So a business's
# own bookings are read from the latest on, and compared with one text for each: no case, no accents, the phone's digits.
SEARCH = """
CREATE FUNCTION folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(normalize(lower(words), NFKD), U&'[\\0300-\\036f]', '', 'g');

ALTER TABLE bookings ADD COLUMN found_by text COLLATE "C" GENERATED ALWAYS AS (folded(
    reference || ' ' || replace(reference, '-', '') || ' ' || name || ' ' || email || ' '
    || regexp_replace(phone, '[^0-9]', '', 'g') || ' ' || coalesce(address, '')
)) STORED;

ALTER TABLE customers
    ADD COLUMN found_by text COLLATE "C" GENERATED ALWAYS AS (folded(
        name || ' ' || email || ' ' || regexp_replace(phone, '[^0-9]', '', 'g') || ' ' || coalesce(address, '')
    )) STORED,
    -- Of one phone, however its country and area were written.
    ADD COLUMN phone_end text COLLATE "C" GENERATED ALWAYS AS (
        right(regexp_replace(phone, '[^0-9]', '', 'g'), 8)
    ) STORED;
CREATE INDEX customers_by_phone ON customers (tenant_id, phone_end);
CREATE INDEX customers_by_age ON customers (tenant_id, created_at, id);
"""

OPERATIONS = """
-- What had gone back of the whole booking once payments had answered, so that nothing is given back twice.
ALTER TABLE operations ADD COLUMN refunded_after bigint;
"""


def upgrade() -> None:
    schema.execute(SEARCH + OPERATIONS)
