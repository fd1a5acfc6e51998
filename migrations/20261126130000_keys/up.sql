-- Another master key, and other data keys.

-- What links and lookup hashes are made with, sealed by the master key that is in force. The program fills it in where an
-- installation was begun before: there it is what was derived from the master key.
ALTER TABLE installation ADD COLUMN root_sealed bytea;

-- A key that was retired opens what was sealed with it, and seals nothing more.
ALTER TABLE data_keys ADD COLUMN retired_at timestamptz;
DROP INDEX data_keys_scope;
CREATE UNIQUE INDEX data_keys_scope ON data_keys (class, document_id) NULLS NOT DISTINCT WHERE retired_at IS NULL;

-- The name of whoever sent a submission is known to its moderators alone, so it is sealed as the address is.
ALTER TABLE contributors ADD COLUMN name_sealed bytea;

-- A sealed value begins with the id of its key. The reference keeps every key that is needed, and refuses what no key of this
-- database has sealed.
ALTER TABLE accounts ADD COLUMN email_key uuid
    GENERATED ALWAYS AS (encode(substring(email_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE contributors
    ADD COLUMN email_key uuid
        GENERATED ALWAYS AS (encode(substring(email_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id),
    ADD COLUMN name_key uuid
        GENERATED ALWAYS AS (encode(substring(name_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE submissions ADD COLUMN body_key uuid
    GENERATED ALWAYS AS (encode(substring(body_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE submission_texts ADD COLUMN body_key uuid
    GENERATED ALWAYS AS (encode(substring(body_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE reports
    ADD COLUMN explanation_key uuid
        GENERATED ALWAYS AS (encode(substring(explanation_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id),
    ADD COLUMN contact_key uuid
        GENERATED ALWAYS AS (encode(substring(contact_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE appeals ADD COLUMN text_key uuid
    GENERATED ALWAYS AS (encode(substring(text_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE signing_keys ADD COLUMN private_key uuid
    GENERATED ALWAYS AS (encode(substring(private_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE rules ADD COLUMN secret_key uuid
    GENERATED ALWAYS AS (encode(substring(secret_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);
ALTER TABLE rule_findings ADD COLUMN found_key uuid
    GENERATED ALWAYS AS (encode(substring(found_sealed FROM 1 FOR 16), 'hex')::uuid) STORED REFERENCES data_keys (id);

-- Sealing all values anew under new data keys: one row for each time that was ordered, with how far it has come.
CREATE TABLE reseals (
    id          uuid        PRIMARY KEY,
    started_at  timestamptz NOT NULL,
    -- How many values there were to seal anew when it began, and how many have been.
    total       bigint      NOT NULL,
    done        bigint      NOT NULL DEFAULT 0,
    -- In which column, and after which row, it goes on.
    place       text        NOT NULL,
    after       uuid        NOT NULL,
    finished_at timestamptz
);

-- The names that are there in clear are sealed by a job, because the database has no key.
INSERT INTO jobs (id, kind, payload, run_at, created_at)
    SELECT gen_random_uuid(), 'contributors.seal_names', '{}', now(), now() WHERE EXISTS (SELECT FROM submissions);
