-- Who is at work on what, so that two moderators do not read the same thing at once. A claim ends by its time, and with
-- the next version of the item: every decision makes one.
CREATE TABLE moderation_claims (
    subject_id   uuid        PRIMARY KEY,
    subject_kind text        NOT NULL CHECK (subject_kind IN ('COMMENT', 'SUBMISSION')),
    document_id  uuid        NOT NULL REFERENCES documents (id),
    account_id   uuid        NOT NULL REFERENCES accounts (id),
    version      integer     NOT NULL,
    claimed_at   timestamptz NOT NULL,
    expires_at   timestamptz NOT NULL
);
CREATE INDEX moderation_claims_account ON moderation_claims (account_id, expires_at);
