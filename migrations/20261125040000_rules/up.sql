-- The rules of a document, what they found, which texts say nearly the same, and how a text read before its author changed it.

-- A class of keys for what rules keep: secrets of classifiers, and what was found. The program lists the classes.
ALTER TABLE data_keys DROP CONSTRAINT data_keys_class_check;
ALTER TABLE data_keys ADD CONSTRAINT data_keys_class_check CHECK (class ~ '^[A-Z]+$');

-- What runs when a contribution arrives, and when it is amended.
CREATE TABLE rules (
    id            uuid        PRIMARY KEY,
    document_id   uuid        NOT NULL REFERENCES documents (id),
    position      integer     NOT NULL,
    kind          text        NOT NULL
        CHECK (kind IN ('WORD_LIST', 'LINKS', 'REPEATED_TEXT', 'FIRST_TIME', 'TOO_FAST', 'CLASSIFIER')),
    effect        text        NOT NULL CHECK (effect IN ('WITHHOLD', 'ASK_TO_REVISE')),
    -- Words, bounds and addresses, as the kind needs them.
    settings      jsonb       NOT NULL,
    -- What requests to a classifier are signed with.
    secret_sealed bytea,
    created_at    timestamptz NOT NULL,
    CHECK (effect = 'WITHHOLD' OR kind IN ('WORD_LIST', 'LINKS', 'TOO_FAST')),
    CHECK ((kind = 'CLASSIFIER') = (secret_sealed IS NOT NULL))
);
CREATE INDEX rules_document ON rules (document_id, position);

-- The moderation rules as people read them, cited by number.
CREATE TABLE moderation_rules (
    document_id uuid    NOT NULL REFERENCES documents (id),
    number      integer NOT NULL CHECK (number BETWEEN 1 AND 999),
    title       text    NOT NULL,
    markdown    text    NOT NULL,
    html        text    NOT NULL,
    plain       text    NOT NULL,
    PRIMARY KEY (document_id, number)
);

-- What a rule found in a contribution. The rule may be gone by now, so it is named by its kind too. The words are sealed: of a
-- submission nothing stands here in clear.
CREATE TABLE rule_findings (
    id           uuid        PRIMARY KEY,
    document_id  uuid        NOT NULL REFERENCES documents (id),
    subject_kind text        NOT NULL CHECK (subject_kind IN ('COMMENT', 'SUBMISSION')),
    subject_id   uuid        NOT NULL,
    rule_id      uuid        NOT NULL,
    kind         text        NOT NULL,
    found_sealed bytea       NOT NULL,
    withheld     boolean     NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE INDEX rule_findings_subject ON rule_findings (subject_id, id);

-- Texts that say nearly the same. A group is represented by the text it began with, as a sketch of keyed hashes.
CREATE TABLE similar_groups (
    id          uuid        PRIMARY KEY,
    document_id uuid        NOT NULL REFERENCES documents (id),
    sketch      bytea       NOT NULL,
    created_at  timestamptz NOT NULL
);

-- By which groups are found: texts that are near to each other share at least one band of their sketches.
CREATE TABLE similar_bands (
    band     bigint NOT NULL,
    group_id uuid   NOT NULL REFERENCES similar_groups (id),
    PRIMARY KEY (band, group_id)
);

-- What belongs to a group. Counted when somebody asks, so that the letters of a campaign do not queue for one counter.
CREATE TABLE similar_members (
    subject_id     uuid PRIMARY KEY,
    subject_kind   text NOT NULL CHECK (subject_kind IN ('COMMENT', 'SUBMISSION')),
    document_id    uuid NOT NULL REFERENCES documents (id),
    group_id       uuid NOT NULL REFERENCES similar_groups (id),
    contributor_id uuid NOT NULL
);
CREATE INDEX similar_members_group ON similar_members (group_id, subject_id);
CREATE INDEX similar_members_document ON similar_members (document_id, group_id);
CREATE INDEX similar_members_contributor ON similar_members (contributor_id);

-- How a comment read before its author changed it.
CREATE TABLE comment_texts (
    comment_id  uuid        NOT NULL REFERENCES comments (id),
    -- The version of the comment that had this text last.
    version     integer     NOT NULL,
    markdown    text        NOT NULL,
    html        text        NOT NULL,
    plain       text        NOT NULL,
    replaced_at timestamptz NOT NULL,
    PRIMARY KEY (comment_id, version)
);

-- The same of a submission, sealed.
CREATE TABLE submission_texts (
    id            uuid        PRIMARY KEY,
    submission_id uuid        NOT NULL REFERENCES submissions (id),
    version       integer     NOT NULL,
    body_sealed   bytea       NOT NULL,
    replaced_at   timestamptz NOT NULL,
    UNIQUE (submission_id, version)
);
