DROP TABLE appeals;
DROP TABLE reports;
