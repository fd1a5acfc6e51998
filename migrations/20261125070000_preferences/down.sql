DROP TABLE action_links;
DROP TABLE digest_entries;
DROP TABLE mail_arrivals;
DROP TABLE mail_subscriptions;
