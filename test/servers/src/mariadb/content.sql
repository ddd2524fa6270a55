SET sql_mode = '', time_zone = '+00:00';
CREATE TABLE kinds (
  id bigint unsigned NOT NULL AUTO_INCREMENT PRIMARY KEY,
  nothing varchar(50) CHARACTER SET utf8mb4, empty varchar(50) NOT NULL DEFAULT '',
  latin varchar(50) CHARACTER SET latin1, wide text CHARACTER SET utf16, bytes binary(4), raw longblob, bits bit(11),
  day date, at datetime(6), stamp timestamp(3) NULL DEFAULT NULL ON UPDATE current_timestamp(3), hour time(2), annum year,
  exact decimal(40, 20), loose double, thin float, choice enum('', 'it''s', 'x,y'), several set('a', 'b "c"', 'd'),
  document json, place point, key_of uuid, address inet6, hidden int INVISIBLE DEFAULT 4,
  doubled bigint GENERATED ALWAYS AS (hidden * 2) VIRTUAL, kept varchar(60) GENERATED ALWAYS AS (concat(empty, '''\\')) STORED,
  CONSTRAINT `it's ``checked``` CHECK (empty <> 'forbidden'), FULLTEXT KEY (nothing), KEY (latin(5), day DESC)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 ROW_FORMAT=COMPRESSED KEY_BLOCK_SIZE=8;
INSERT INTO kinds (nothing) VALUES (NULL), (''), ('NULL'), ('\\N'), ('tab\t\\t\r\n\Z\0end'), ('😀'), ('; -- # /* ` " '' */');
INSERT INTO kinds (id, latin, wide, bytes, raw, bits, day, at, stamp, hour, annum, exact, loose, thin, choice, several,
  document, place, key_of, address)
VALUES (100, 'äÿ€', 'ü☃😀', 0x00ff5c27, '', b'10000000001', '0000-00-00', '0000-00-00 00:00:00',
  '1970-01-01 00:00:01.001', '-838:59:59.00', 0, -1.00000000000000000001, 1.7976931348623157e308, 1.1, '', 'a,d',
  '{"a": "\\u00fc", "b": [1, null]}', POINT(1, -2.5), '00000000-0000-0000-0000-00000000000a', '::ffff:1.2.3.4'),
  (18446744073709551000, NULL, NULL, NULL, NULL, NULL, '2000-00-00', '9999-12-31 23:59:59.999999', '0000-00-00',
  NULL, 2155, NULL, -0.0, NULL, 'wrong', 'b "c"', NULL, NULL, NULL, NULL);
INSERT INTO kinds (raw) SELECT GROUP_CONCAT(CHAR(seq) ORDER BY seq SEPARATOR '') FROM seq_0_to_255;
INSERT INTO kinds (raw) SELECT REPEAT(UNHEX(SHA2(seq, 512)), 16384) FROM seq_1_to_2;
SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO';
INSERT INTO kinds (id, empty) VALUES (0, 'zero');
SET sql_mode = DEFAULT;

CREATE TABLE mine (id int, t text) ENGINE=MyISAM CHARSET=latin1;
INSERT INTO mine SELECT seq, CONCAT('row ', seq) FROM seq_1_to_50;
CREATE TABLE aria (id int, t text, KEY (id)) ENGINE=Aria TRANSACTIONAL=1;
INSERT INTO aria SELECT seq, CONCAT('row ', seq) FROM seq_1_to_50;
CREATE TABLE of_memory (id int) ENGINE=MEMORY;
INSERT INTO of_memory VALUES (1);
CREATE TABLE csv (id int NOT NULL, t varchar(20) NOT NULL) ENGINE=CSV;
INSERT INTO csv VALUES (1, 'a "b", c');
CREATE TABLE merged (id int, t text) ENGINE=MRG_MyISAM UNION=(mine) CHARSET=latin1;
CREATE TABLE parts (id int NOT NULL, t text) PARTITION BY RANGE (id)
  (PARTITION `p ``1` VALUES LESS THAN (20) COMMENT 'it''s', PARTITION rest VALUES LESS THAN MAXVALUE);
INSERT INTO parts SELECT seq, NULL FROM seq_1_to_50;
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE children (id int PRIMARY KEY, parent int, CONSTRAINT `of ``theirs` FOREIGN KEY (parent) REFERENCES parents (id)
  ON DELETE SET NULL);
INSERT INTO parents VALUES (1);
INSERT INTO children VALUES (1, 1), (2, NULL);
SET @@system_versioning_alter_history = keep;
CREATE TABLE versions (id int PRIMARY KEY, t text) WITH SYSTEM VERSIONING;
INSERT INTO versions VALUES (1, 'new');
CREATE SEQUENCE counter START WITH 5 INCREMENT BY -3 MINVALUE -100 MAXVALUE 50 NOCACHE CYCLE;
DO NEXTVAL(counter);
CREATE SEQUENCE untouched;

CREATE VIEW a_view AS SELECT id, nothing FROM kinds WHERE nothing <> '\\''';
CREATE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW b_view AS SELECT * FROM a_view WHERE id > 0 WITH CASCADED CHECK OPTION;
CREATE DEFINER='no one'@'here' TRIGGER guard BEFORE UPDATE ON children FOR EACH ROW SET NEW.id = OLD.id;
DELIMITER //
CREATE TRIGGER count_up AFTER INSERT ON children FOR EACH ROW
BEGIN
  -- a comment; with a semicolon
  IF NEW.id > 1000 THEN SET @many = 'it''s; \\'; END IF;
END //
CREATE TRIGGER count_more AFTER INSERT ON children FOR EACH ROW FOLLOWS count_up SET @more = 1 //
CREATE FUNCTION `it's`(a varchar(20) CHARACTER SET latin1) RETURNS varchar(30) CHARSET utf8mb4 DETERMINISTIC NO SQL
  SQL SECURITY INVOKER
BEGIN
  /* ;; DELIMITER ;; */
  RETURN CONCAT(a, '; ü☃', "\n");
END //
SET sql_mode = 'ANSI_QUOTES,PIPES_AS_CONCAT' //
CREATE PROCEDURE "in another mode"(OUT "x y" int) SELECT 1 INTO "x y" //
SET sql_mode = DEFAULT //
DELIMITER ;
CREATE EVENT `off` ON SCHEDULE AT '2037-01-01 00:00:00' ON COMPLETION PRESERVE DISABLE DO DELETE FROM mine;
CREATE EVENT `on` ON SCHEDULE EVERY '1:30' DAY_HOUR STARTS '2037-01-01' ENDS '2037-12-31' COMMENT 'it''s' DO SET @x = ';';
