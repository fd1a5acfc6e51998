-- Tokens for programs: each acts for an account, with some of its rights, for one document or all, until it ends. The
-- token itself is not kept, only its digest; `last_used_at` is a full hour.
CREATE TABLE api_tokens (
    id           uuid        PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES accounts (id),
    name         text        NOT NULL,
    scopes       text[]      NOT NULL CHECK (cardinality(scopes) > 0),
    document_id  uuid,
    token_hash   bytea       NOT NULL UNIQUE,
    created_by   uuid        NOT NULL REFERENCES accounts (id),
    created_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL,
    last_used_at timestamptz,
    revoked_at   timestamptz
);
CREATE INDEX api_tokens_account ON api_tokens (account_id, id);
