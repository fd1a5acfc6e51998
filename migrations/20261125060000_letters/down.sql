DROP TABLE notices;
ALTER TABLE accounts DROP COLUMN bounced_at;
ALTER TABLE contributors DROP COLUMN notify_of_replies, DROP COLUMN bounced_at;
