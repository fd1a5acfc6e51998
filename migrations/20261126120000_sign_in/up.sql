-- Whoever asks for a link may have no account: whom it is for is found out when it is mailed, by the keyed hash of the
-- address, so that asking costs the same whether there is an account or not. `secret_hash` is the digest of what the
-- client that asked has to present; nothing where the link was made for somebody who did not ask.
ALTER TABLE sign_in_links ALTER COLUMN account_id DROP NOT NULL;
ALTER TABLE sign_in_links ADD COLUMN email_hash bytea, ADD COLUMN secret_hash bytea;
ALTER TABLE sign_in_links ADD CONSTRAINT sign_in_links_for_somebody
    CHECK (account_id IS NOT NULL OR email_hash IS NOT NULL);
CREATE INDEX sign_in_links_email ON sign_in_links (email_hash, created_at) WHERE email_hash IS NOT NULL;
CREATE INDEX sign_in_links_end ON sign_in_links (expires_at);

-- The kind of browser and system a session was begun with, in a few words of ours; and when a client that lost the
-- answer to its last refresh was given it again.
ALTER TABLE sessions ADD COLUMN device text NOT NULL DEFAULT '', ADD COLUMN retried_at timestamptz;
