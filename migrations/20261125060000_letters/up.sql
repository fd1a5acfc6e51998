-- What a contributor has asked for, and whether mail reaches them.
ALTER TABLE contributors
    -- Whether they want to know when somebody replies.
    ADD COLUMN notify_of_replies boolean NOT NULL DEFAULT false,
    -- When a mail server said that there is no such mailbox; no more mail is sent there.
    ADD COLUMN bounced_at timestamptz;
ALTER TABLE accounts
    ADD COLUMN bounced_at timestamptz;

-- What somebody is told of once (a record of a decision, a reply), and which job does the telling: many jobs may come to
-- the same conclusion, and the first that takes it here is the one that sends the mail.
CREATE TABLE notices (
    subject_id uuid        PRIMARY KEY,
    job_id     uuid        NOT NULL,
    created_at timestamptz NOT NULL
);
