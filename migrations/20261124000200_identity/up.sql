-- People who sign in.
CREATE TABLE accounts (
    id           uuid        PRIMARY KEY,
    display_name text        NOT NULL,
    email_sealed bytea       NOT NULL,
    email_hash   bytea       NOT NULL UNIQUE,
    language     text        NOT NULL DEFAULT 'en',
    disabled_at  timestamptz,
    created_at   timestamptz NOT NULL
);

-- What an account may do, for the installation (no document) or for one document.
CREATE TABLE role_grants (
    id          uuid        PRIMARY KEY,
    account_id  uuid        NOT NULL REFERENCES accounts (id),
    role        text        NOT NULL CHECK (role IN ('ADMINISTRATOR', 'EDITOR', 'MODERATOR', 'PARTICIPANT')),
    document_id uuid,
    granted_by  uuid        REFERENCES accounts (id),
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX role_grants_once ON role_grants (account_id, role, document_id) NULLS NOT DISTINCT;
CREATE INDEX role_grants_document ON role_grants (document_id);

-- A mailed link to sign in with. Its token is derived from id and generation, so it is not stored.
CREATE TABLE sign_in_links (
    id         uuid        PRIMARY KEY,
    account_id uuid        NOT NULL REFERENCES accounts (id),
    generation integer     NOT NULL DEFAULT 0,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    created_at timestamptz NOT NULL
);
CREATE INDEX sign_in_links_account ON sign_in_links (account_id, created_at);

-- A signed-in session and its rotating refresh token: `generation` counts the rotations.
CREATE TABLE sessions (
    id           uuid        PRIMARY KEY,
    account_id   uuid        NOT NULL REFERENCES accounts (id),
    generation   integer     NOT NULL DEFAULT 0,
    refresh_hash bytea       NOT NULL,
    expires_at   timestamptz NOT NULL,
    ended_at     timestamptz,
    created_at   timestamptz NOT NULL,
    refreshed_at timestamptz NOT NULL
);
CREATE INDEX sessions_account ON sessions (account_id);
