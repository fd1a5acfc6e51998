DROP TABLE idempotency_keys;
DROP TABLE jobs;
DROP TABLE data_keys;
DROP TABLE installation;
