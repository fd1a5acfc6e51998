ALTER TABLE moderation_actions ADD COLUMN actor_id uuid REFERENCES accounts (id), ADD COLUMN statement text;
ALTER TABLE moderation_actions DISABLE TRIGGER moderation_actions_no_change;
UPDATE moderation_actions SET actor_id = d.actor_id, statement = d.statement
    FROM moderation_action_details d WHERE d.action_id = moderation_actions.id;
ALTER TABLE moderation_actions ENABLE TRIGGER moderation_actions_no_change;
ALTER TABLE moderation_actions
    DROP COLUMN seq,
    DROP COLUMN rule_cited,
    DROP COLUMN detected,
    DROP COLUMN batch_id,
    DROP COLUMN commitment,
    DROP COLUMN previous_hash,
    DROP COLUMN hash;
DROP TABLE moderation_action_details;
DROP TABLE ledger_heads;
DROP FUNCTION moderation_action_details_are_kept();
DROP FUNCTION ledger_heads_move_on();
DROP FUNCTION ledger_digest(bytea[]);
