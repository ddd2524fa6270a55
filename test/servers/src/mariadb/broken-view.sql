CREATE USER leaving@localhost;
GRANT SELECT ON kinds TO leaving@localhost;
CREATE DEFINER=leaving@localhost VIEW broken AS SELECT id FROM kinds;
DROP USER leaving@localhost;
