-- Which learner a browser is. The session layer says what is in `data`: JSON of its own.
CREATE TABLE sessions (
    id         TEXT   PRIMARY KEY,
    data       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Until now a library kept them, in a table that it made itself, as MessagePack: there a text of 32 bytes, a learner's id, follows two
-- bytes that say so. Nobody who was known stays behind.
CREATE TABLE IF NOT EXISTS tower_sessions (
    id          TEXT    PRIMARY KEY NOT NULL,
    data        BLOB    NOT NULL,
    expiry_date INTEGER NOT NULL
);

INSERT INTO sessions (id, data, expires_at)
SELECT was.id, json_object('learner', learners.id), CAST(strftime('%s', was.expiry_date) AS INTEGER)
FROM tower_sessions AS was
JOIN learners
  ON learners.id = CAST(substr(was.data, instr(was.data, CAST('learner' AS BLOB)) + 9, 32) AS TEXT)
WHERE strftime('%s', was.expiry_date) IS NOT NULL;

DROP TABLE tower_sessions;
