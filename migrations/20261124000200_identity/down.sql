DROP TABLE sessions;
DROP TABLE sign_in_links;
DROP TABLE role_grants;
DROP TABLE accounts;
