-- One record of one decision on one item. Records are added, never changed.
CREATE TABLE moderation_actions (
    id              uuid        PRIMARY KEY,
    document_id     uuid        NOT NULL REFERENCES documents (id),
    subject_kind    text        NOT NULL CHECK (subject_kind IN ('COMMENT', 'SUBMISSION')),
    subject_id      uuid        NOT NULL,
    actor_kind      text        NOT NULL CHECK (actor_kind IN ('MODERATOR', 'RULE', 'AUTHOR', 'SYSTEM')),
    actor_id        uuid        REFERENCES accounts (id),
    action          text        NOT NULL,
    from_state      text        NOT NULL,
    to_state        text        NOT NULL,
    reason          text,
    statement       text,
    subject_version integer     NOT NULL,
    created_at      timestamptz NOT NULL
);
CREATE INDEX moderation_actions_subject ON moderation_actions (subject_id, id);
CREATE INDEX moderation_actions_document ON moderation_actions (document_id, id);

CREATE FUNCTION moderation_actions_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'moderation_actions is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER moderation_actions_no_change BEFORE UPDATE OR DELETE ON moderation_actions
    FOR EACH ROW EXECUTE FUNCTION moderation_actions_are_kept();
CREATE TRIGGER moderation_actions_no_truncate BEFORE TRUNCATE ON moderation_actions
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_actions_are_kept();
