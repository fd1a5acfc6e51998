-- People whom an outside identity provider vouches for: who is who there, and which account is theirs here.
CREATE TABLE external_identities (
    issuer     text        NOT NULL,
    subject    text        NOT NULL,
    account_id uuid        NOT NULL REFERENCES accounts (id),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX external_identities_account ON external_identities (account_id);

-- A provider may know somebody without an address that it vouches for.
ALTER TABLE accounts ALTER COLUMN email_sealed DROP NOT NULL;
ALTER TABLE accounts ALTER COLUMN email_hash DROP NOT NULL;

-- Roles that a provider's claims gave go when the claims do; those that were given here stay.
ALTER TABLE role_grants ADD COLUMN by_provider boolean NOT NULL DEFAULT false;
