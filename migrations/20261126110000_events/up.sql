-- What has happened, for the processes that tell those who listen: ids alone. A row is written by the transaction that
-- it is about, and read in the order of transactions: one is read when every transaction before it has ended, so that a
-- late commit is never skipped. Rows are thrown away after some hours; nothing refers to them.
CREATE TABLE events (
    -- `xid8`, kept as a number because that is what programs can read. Never reused in one cluster.
    transaction_id bigint      NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
    id             bigint      GENERATED ALWAYS AS IDENTITY,
    kind           text        NOT NULL,
    document_id    uuid        NOT NULL,
    subject_id     uuid        NOT NULL,
    created_at     timestamptz NOT NULL,
    PRIMARY KEY (transaction_id, id)
);
