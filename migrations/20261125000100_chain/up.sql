-- The ledger becomes a chain, one for each document: every record carries the hash of the one before. What could name
-- somebody stands apart, behind a salted commitment, so that it can be erased and the chain still holds.

-- SHA-256 of parts, each preceded by its length in eight bytes: as `seal::digest` makes it.
CREATE FUNCTION ledger_digest(VARIADIC parts bytea[]) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256(string_agg(int8send(octet_length(part)) || part, ''::bytea ORDER BY place))
    FROM unnest(parts) WITH ORDINALITY AS p(part, place)
$$;

-- The last link of each chain. Its row is what writers to one document wait for, for the length of one statement and
-- the commit.
CREATE TABLE ledger_heads (
    document_id   uuid   PRIMARY KEY REFERENCES documents (id),
    seq           bigint NOT NULL,
    previous_hash bytea  NOT NULL,
    hash          bytea  NOT NULL
);

-- What of a record could name somebody: who decided, and what was written. It is erased, never changed.
CREATE TABLE moderation_action_details (
    action_id uuid PRIMARY KEY REFERENCES moderation_actions (id),
    salt      bytea,
    actor_id  uuid REFERENCES accounts (id),
    statement text,
    note      text,
    -- How the item stood before, for undoing; no part of what is proved.
    before    jsonb,
    erased_at timestamptz
);
CREATE INDEX moderation_action_details_actor ON moderation_action_details (actor_id, action_id);

ALTER TABLE moderation_actions
    ADD COLUMN seq           bigint,
    -- The rule of the document that is cited, by its number.
    ADD COLUMN rule_cited    integer,
    -- Whether a rule found it first.
    ADD COLUMN detected      boolean NOT NULL DEFAULT false,
    -- What was decided together, in one request.
    ADD COLUMN batch_id      uuid,
    ADD COLUMN commitment    bytea,
    ADD COLUMN previous_hash bytea,
    ADD COLUMN hash          bytea;

-- What was recorded before there was a chain is chained in the order it was made.
ALTER TABLE moderation_actions DISABLE TRIGGER moderation_actions_no_change;
DO $$
DECLARE
    record   moderation_actions%ROWTYPE;
    head     ledger_heads%ROWTYPE;
    salted   bytea;
    promised bytea;
    body     bytea;
BEGIN
    FOR record IN SELECT * FROM moderation_actions ORDER BY document_id, id LOOP
        SELECT * INTO head FROM ledger_heads WHERE document_id = record.document_id;
        IF NOT FOUND THEN
            head := ROW(record.document_id, 0, ''::bytea, ledger_digest('answerable/genesis/1', uuid_send(record.document_id)));
            INSERT INTO ledger_heads VALUES (head.*);
        END IF;
        salted := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
        promised := ledger_digest('answerable/details/1', salted, coalesce(uuid_send(record.actor_id), ''),
            convert_to(coalesce(record.statement, ''), 'UTF8'), '');
        body := ledger_digest('answerable/action/1', uuid_send(record.id), uuid_send(record.document_id),
            convert_to(record.subject_kind, 'UTF8'), uuid_send(record.subject_id), convert_to(record.actor_kind, 'UTF8'),
            convert_to(record.action, 'UTF8'), convert_to(record.from_state, 'UTF8'), convert_to(record.to_state, 'UTF8'),
            convert_to(coalesce(record.reason, ''), 'UTF8'), '', '\x00', '', int4send(record.subject_version),
            int8send((extract(epoch FROM record.created_at) * 1000000)::bigint), promised);
        UPDATE ledger_heads SET seq = head.seq + 1, previous_hash = head.hash,
            hash = ledger_digest(head.hash, int8send(head.seq + 1), body) WHERE document_id = record.document_id;
        SELECT * INTO head FROM ledger_heads WHERE document_id = record.document_id;
        UPDATE moderation_actions SET seq = head.seq, commitment = promised, previous_hash = head.previous_hash,
            hash = head.hash WHERE id = record.id;
        INSERT INTO moderation_action_details (action_id, salt, actor_id, statement)
            VALUES (record.id, salted, record.actor_id, record.statement);
    END LOOP;
END
$$;
ALTER TABLE moderation_actions ENABLE TRIGGER moderation_actions_no_change;

ALTER TABLE moderation_actions
    DROP COLUMN actor_id,
    DROP COLUMN statement,
    ALTER COLUMN seq SET NOT NULL,
    ALTER COLUMN commitment SET NOT NULL,
    ALTER COLUMN previous_hash SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL,
    ADD CONSTRAINT moderation_actions_seq UNIQUE (document_id, seq);
CREATE INDEX moderation_actions_batch ON moderation_actions (batch_id) WHERE batch_id IS NOT NULL;

-- A head moves on by one record at a time.
CREATE FUNCTION ledger_heads_move_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.document_id = OLD.document_id AND NEW.seq = OLD.seq + 1 AND NEW.previous_hash = OLD.hash THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'ledger_heads only moves on' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER ledger_heads_no_change BEFORE UPDATE OR DELETE ON ledger_heads
    FOR EACH ROW EXECUTE FUNCTION ledger_heads_move_on();
CREATE TRIGGER ledger_heads_no_truncate BEFORE TRUNCATE ON ledger_heads
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_heads_move_on();

CREATE FUNCTION moderation_action_details_are_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.action_id = OLD.action_id AND NEW.salt IS NULL AND NEW.actor_id IS NULL AND NEW.statement IS NULL
            AND NEW.note IS NULL AND NEW.before IS NULL AND NEW.erased_at IS NOT NULL THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'moderation_action_details is erased whole or kept' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER moderation_action_details_no_change BEFORE UPDATE OR DELETE ON moderation_action_details
    FOR EACH ROW EXECUTE FUNCTION moderation_action_details_are_kept();
CREATE TRIGGER moderation_action_details_no_truncate BEFORE TRUNCATE ON moderation_action_details
    FOR EACH STATEMENT EXECUTE FUNCTION moderation_action_details_are_kept();
