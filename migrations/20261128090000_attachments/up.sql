-- Files that belong to submissions. The files themselves lie sealed outside the database, each under a key of its own, which
-- is sealed here: with the row a file is lost for good, whatever copies of it there are.
CREATE TABLE attachments (
    id             uuid        PRIMARY KEY,
    document_id    uuid        NOT NULL REFERENCES documents (id),
    -- Nothing as long as it waits to be part of one; what waits too long is thrown away.
    submission_id  uuid        REFERENCES submissions (id),
    name_sealed    bytea       NOT NULL,
    name_key       uuid        GENERATED ALWAYS AS (encode(substring(name_sealed FROM 1 FOR 16), 'hex')::uuid) STORED
                               REFERENCES data_keys (id),
    -- How long its sender has said that it is.
    announced      bigint      NOT NULL CHECK (announced > 0),
    created_at     timestamptz NOT NULL,
    expires_at     timestamptz NOT NULL,
    -- What has come: all of it, or nothing yet. An object is never written twice.
    object         uuid        UNIQUE,
    secret_sealed  bytea,
    secret_key     uuid        GENERATED ALWAYS AS (encode(substring(secret_sealed FROM 1 FOR 16), 'hex')::uuid) STORED
                               REFERENCES data_keys (id),
    media_type     text,
    bytes          bigint      CHECK (bytes >= 0),
    stored_at      timestamptz,
    CHECK (num_nulls(object, secret_sealed, media_type, bytes, stored_at) IN (0, 5)),
    CHECK (submission_id IS NULL OR object IS NOT NULL)
);
CREATE INDEX attachments_submission ON attachments (submission_id, id) WHERE submission_id IS NOT NULL;
-- By which it is known how much waits.
CREATE INDEX attachments_waiting ON attachments (bytes) WHERE submission_id IS NULL AND bytes IS NOT NULL;
