-- What mail a moderator wants about one document, or about all of them (no document). A row is also what the link to
-- unsubscribe in a mail names, so it is made by the first mail as well: without a mode nothing was chosen.
CREATE TABLE mail_subscriptions (
    id          uuid        PRIMARY KEY,
    account_id  uuid        NOT NULL REFERENCES accounts (id),
    document_id uuid        REFERENCES documents (id),
    mode        text        CHECK (mode IN ('AT_ONCE', 'HOURLY', 'DAILY', 'NONE')),
    -- At which hour of the day, in which time zone of the IANA database; for the mode DAILY alone.
    hour        integer     CHECK (hour BETWEEN 0 AND 23),
    time_zone   text,
    topics      text[]      NOT NULL DEFAULT '{}',
    created_at  timestamptz NOT NULL,
    updated_at  timestamptz NOT NULL,
    CHECK ((mode = 'DAILY') IS NOT TRUE OR (hour IS NOT NULL AND time_zone IS NOT NULL))
);
CREATE UNIQUE INDEX mail_subscriptions_once ON mail_subscriptions (account_id, document_id) NULLS NOT DISTINCT;

-- How each job that tells a moderator of something was carried out: at once, or collected. A job that is carried out
-- twice finds its row, and how many there are of late says whether mail has become a burst.
CREATE TABLE mail_arrivals (
    job_id      uuid        PRIMARY KEY,
    account_id  uuid        NOT NULL,
    document_id uuid        NOT NULL,
    way         text        NOT NULL CHECK (way IN ('AT_ONCE', 'BURST', 'DIGEST')),
    created_at  timestamptz NOT NULL
);
CREATE INDEX mail_arrivals_recent ON mail_arrivals (account_id, document_id, created_at);
CREATE INDEX mail_arrivals_age ON mail_arrivals (created_at);

-- What was collected for a digest and has not been mailed. `due_at` names the one digest it is part of.
CREATE TABLE digest_entries (
    id          uuid        PRIMARY KEY,
    account_id  uuid        NOT NULL REFERENCES accounts (id),
    document_id uuid        NOT NULL REFERENCES documents (id),
    topic       text        NOT NULL,
    subject_id  uuid        NOT NULL,
    -- Whether it would have been mailed at once, had there not been so much.
    burst       boolean     NOT NULL,
    due_at      timestamptz NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX digest_entries_once ON digest_entries (account_id, topic, subject_id);
CREATE INDEX digest_entries_due ON digest_entries (account_id, due_at);

-- A link in a mail by which a moderator decides on one comment, as it was when the mail was written. Its token is derived
-- from the id, so it is not stored.
CREATE TABLE action_links (
    id          uuid        PRIMARY KEY,
    account_id  uuid        NOT NULL REFERENCES accounts (id),
    comment_id  uuid        NOT NULL REFERENCES comments (id),
    version     integer     NOT NULL,
    expires_at  timestamptz NOT NULL,
    used_at     timestamptz,
    created_at  timestamptz NOT NULL
);
CREATE INDEX action_links_age ON action_links (expires_at);
