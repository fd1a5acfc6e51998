-- Keys that sign access tokens, where they were rotated: before the first rotation there is none, and the key of the
-- configuration signs. That one has a row from then on as well, without its private half, so that its end is known.
-- A key signs from `signs_from` until another does, and what it signed is believed until `verifies_until`.
CREATE TABLE signing_keys (
    id             uuid        PRIMARY KEY,
    kid            text        NOT NULL UNIQUE,
    public_key     bytea       NOT NULL,
    private_sealed bytea,
    signs_from     timestamptz NOT NULL,
    verifies_until timestamptz,
    created_at     timestamptz NOT NULL
);
