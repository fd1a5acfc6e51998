-- The platform's own tables: keys, jobs, and what was asked for twice.

-- One row: who this installation is, and the proof that the master key it is opened with is the one its data was sealed with.
CREATE TABLE installation (
    id           boolean     PRIMARY KEY DEFAULT true CHECK (id),
    public_id    uuid        NOT NULL,
    key_check    bytea       NOT NULL,
    demo_loaded_at timestamptz,
    created_at   timestamptz NOT NULL
);

-- Data keys, each wrapped by the master key: one for each class of secret and document.
CREATE TABLE data_keys (
    id          uuid        PRIMARY KEY,
    class       text        NOT NULL CHECK (class IN ('ACCOUNT', 'CONTACT', 'SUBMISSION')),
    document_id uuid,
    wrapped     bytea       NOT NULL,
    created_at  timestamptz NOT NULL
);
CREATE UNIQUE INDEX data_keys_scope ON data_keys (class, document_id) NULLS NOT DISTINCT;

-- The outbox: side effects waiting to be carried out.
CREATE TABLE jobs (
    id          uuid        PRIMARY KEY,
    kind        text        NOT NULL,
    payload     jsonb       NOT NULL,
    -- What somebody waits for at a screen comes before what a flood of contributions causes.
    priority    smallint    NOT NULL DEFAULT 1,
    state       text        NOT NULL DEFAULT 'WAITING' CHECK (state IN ('WAITING', 'DONE', 'DEAD')),
    run_at      timestamptz NOT NULL,
    attempts    integer     NOT NULL DEFAULT 0,
    leased_until timestamptz,
    last_error  text,
    created_at  timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX jobs_due ON jobs (priority, run_at, id) WHERE state = 'WAITING';
CREATE INDEX jobs_dead ON jobs (id) WHERE state = 'DEAD';

-- A public write that carried a key: sent again, it is answered with what it made the first time.
CREATE TABLE idempotency_keys (
    key_hash   bytea       PRIMARY KEY,
    input_hash bytea       NOT NULL,
    subject_id uuid        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
