-- Until when a role is held that a provider's claims gave, unless it vouches for it again before; nothing for one that was given
-- here. Those that are there have a day.
ALTER TABLE role_grants ADD COLUMN held_until timestamptz;
UPDATE role_grants SET held_until = now() + interval '1 day' WHERE by_provider;
