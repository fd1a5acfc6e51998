DROP TABLE receipts;
DROP TABLE contributors;
