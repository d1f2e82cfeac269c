-- Which learner a browser is. The session layer says what is in `data`: JSON of its own.
CREATE TABLE sessions (
    id         TEXT   PRIMARY KEY,
    data       TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Where another library kept them, in a form of its own. A learner whose browser was known by one of these comes back with the code
-- that brings progress back.
DROP TABLE IF EXISTS tower_sessions;
