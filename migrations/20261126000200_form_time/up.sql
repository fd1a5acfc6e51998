-- A rule about how long somebody had the form before they sent it. The program lists the kinds, and which may ask.
ALTER TABLE rules DROP CONSTRAINT rules_kind_check;
ALTER TABLE rules ADD CONSTRAINT rules_kind_check CHECK (kind ~ '^[A-Z_]+$');
ALTER TABLE rules DROP CONSTRAINT rules_check;
ALTER TABLE rules ADD CONSTRAINT rules_check CHECK (effect = 'WITHHOLD' OR kind NOT IN ('REPEATED_TEXT', 'FIRST_TIME', 'CLASSIFIER'));
