-- Readers' complaints about comments. Who reported is kept as a keyed hash that is made anew for each comment: equality
-- on one comment can be seen, and nothing can be followed from one comment to another.
CREATE TABLE reports (
    id                 uuid        PRIMARY KEY,
    comment_id         uuid        NOT NULL REFERENCES comments (id),
    document_id        uuid        NOT NULL REFERENCES documents (id),
    reporter_hash      bytea       NOT NULL,
    -- The version of the comment that was reported: a decision that made a later one answers the report.
    comment_version    integer     NOT NULL,
    reason             text        NOT NULL,
    explanation_sealed bytea,
    -- Where the reporter wants to be told what came of it.
    contact_sealed     bytea,
    created_at         timestamptz NOT NULL,
    outcome            text        CHECK (outcome IN ('KEPT', 'CUT', 'REMOVED', 'GONE')),
    -- The decision that answered it.
    action_id          uuid        REFERENCES moderation_actions (id),
    closed_at          timestamptz,
    UNIQUE (comment_id, reporter_hash),
    CHECK ((outcome IS NULL) = (closed_at IS NULL) AND (outcome IS NULL) = (action_id IS NULL))
);
CREATE INDEX reports_of_comment ON reports (comment_id, id);
CREATE INDEX reports_to_answer ON reports (action_id, id) WHERE contact_sealed IS NOT NULL;

-- Challenges to decisions, one for each decision at the most.
CREATE TABLE appeals (
    id             uuid        PRIMARY KEY,
    document_id    uuid        NOT NULL REFERENCES documents (id),
    -- The decision that is challenged.
    action_id      uuid        NOT NULL UNIQUE REFERENCES moderation_actions (id),
    subject_kind   text        NOT NULL CHECK (subject_kind IN ('COMMENT', 'SUBMISSION')),
    subject_id     uuid        NOT NULL,
    -- What the author says; gone when it is erased.
    text_sealed    bytea,
    state          text        NOT NULL
        CHECK (state IN ('LODGED', 'UNDER_REVIEW', 'UPHELD', 'PARTLY_UPHELD', 'DISMISSED', 'WITHDRAWN')),
    version        integer     NOT NULL DEFAULT 1,
    lodged_at      timestamptz NOT NULL,
    taken_up_by    uuid        REFERENCES accounts (id),
    taken_up_at    timestamptz,
    -- The record of how it was decided, which comes last in its transaction.
    decision_id    uuid        UNIQUE REFERENCES moderation_actions (id) DEFERRABLE INITIALLY DEFERRED,
    decided_at     timestamptz,
    -- Decided by the very moderator who made the decision, where there was no other.
    same_moderator boolean     NOT NULL DEFAULT false,
    CHECK ((state IN ('UPHELD', 'PARTLY_UPHELD', 'DISMISSED')) = (decision_id IS NOT NULL)),
    CHECK ((decision_id IS NULL) = (decided_at IS NULL))
);
CREATE INDEX appeals_of_document ON appeals (document_id, id);
CREATE INDEX appeals_of_subject ON appeals (subject_id);
-- The id comes first, for the queue is read in its order.
CREATE INDEX appeals_open ON appeals (id, document_id) WHERE state IN ('LODGED', 'UNDER_REVIEW');
