-- What a document's owner decides about moderation.
ALTER TABLE documents
    -- Within how many hours a contribution is to be decided on; after that it is overdue. None: never.
    ADD COLUMN target_hours     integer CHECK (target_hours BETWEEN 1 AND 8760),
    -- For how many days a decision can be appealed against; six months.
    ADD COLUMN appeal_days      integer NOT NULL DEFAULT 183 CHECK (appeal_days BETWEEN 1 AND 3650),
    -- How many readers' reports withhold a comment until a moderator has looked. None: no number does.
    ADD COLUMN report_threshold integer CHECK (report_threshold BETWEEN 1 AND 1000),
    -- Whether a contribution counts only once its author has confirmed the address.
    ADD COLUMN confirm_addresses boolean NOT NULL DEFAULT false;

-- A comment can be withheld after it was public: like one that is hidden it then leaves a tombstone.
DROP INDEX comments_of_section, comments_of_document, comments_replies, comments_waiting;
ALTER TABLE comments DROP COLUMN visible;
ALTER TABLE comments
    ADD COLUMN visible boolean NOT NULL GENERATED ALWAYS AS
        (published_at IS NOT NULL AND state IN ('PUBLISHED', 'WITHHELD', 'HIDDEN', 'WITHDRAWN', 'ERASED')) STORED,
    -- Whether the author's address has been confirmed, where the document asks for it.
    ADD COLUMN intake text NOT NULL DEFAULT 'CONFIRMED' CHECK (intake IN ('UNCONFIRMED', 'CONFIRMED', 'EXPIRED')),
    -- What everybody reads where passages were cut; the original stays beside it, for moderators alone.
    ADD COLUMN redacted_markdown text,
    ADD COLUMN redacted_html     text,
    ADD COLUMN redacted_plain    text,
    -- A moderator has asked the author for another wording, and waits for it.
    ADD COLUMN changes_requested_at timestamptz,
    -- When the author last changed it.
    ADD COLUMN amended_at timestamptz,
    -- How many readers have reported it since a moderator last looked.
    ADD COLUMN open_reports integer NOT NULL DEFAULT 0,
    ADD CHECK ((redacted_markdown IS NULL) = (redacted_html IS NULL) AND (redacted_html IS NULL) = (redacted_plain IS NULL));
CREATE INDEX comments_of_section ON comments (section_id, id) WHERE visible AND parent_id IS NULL;
CREATE INDEX comments_of_document ON comments (document_id, id) WHERE visible AND parent_id IS NULL AND section_id IS NULL;
CREATE INDEX comments_replies ON comments (parent_id, id) WHERE visible;
-- The id comes first, for the queue is read in its order: else the planner takes the primary key and passes by all that was
-- decided on long ago.
CREATE INDEX comments_waiting ON comments (id, document_id)
    WHERE state IN ('PENDING', 'WITHHELD') AND intake = 'CONFIRMED' AND changes_requested_at IS NULL;
CREATE INDEX comments_reported ON comments (id, document_id) WHERE open_reports > 0;
CREATE INDEX comments_unreviewed ON comments (id, document_id) WHERE state = 'PUBLISHED' AND reviewed_at IS NULL;

ALTER TABLE submissions
    ADD COLUMN intake text NOT NULL DEFAULT 'CONFIRMED' CHECK (intake IN ('UNCONFIRMED', 'CONFIRMED', 'EXPIRED')),
    ADD COLUMN amended_at timestamptz;
DROP INDEX submissions_waiting;
CREATE INDEX submissions_waiting ON submissions (id, document_id) WHERE state = 'RECEIVED' AND intake = 'CONFIRMED';
