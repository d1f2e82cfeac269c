-- What waits to be graded, and what came of it. A learner's own are there once an exercise; those that another system has handed in
-- have no learner.
CREATE TABLE gradings (
    id           TEXT    PRIMARY KEY,
    learner      TEXT    REFERENCES learners (id) ON DELETE CASCADE,
    student      TEXT    NOT NULL,
    course       TEXT    NOT NULL,
    lesson       TEXT    NOT NULL,
    -- Empty: all of the lesson's.
    exercise     TEXT    NOT NULL DEFAULT '',
    -- What whoever handed it in calls the request: the same one again is no other.
    request      TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    reason       TEXT,
    -- What was handed in, until it is graded; and its SHA-256.
    archive      BLOB,
    archive_hash TEXT    NOT NULL,
    -- JSON.
    grade        TEXT,
    handed_in_at BIGINT  NOT NULL,
    changed_at   BIGINT  NOT NULL,
    -- Counts up: who was first is first.
    place        BIGINT  NOT NULL,
    UNIQUE (learner, course, lesson, exercise)
);

CREATE UNIQUE INDEX gradings_by_request ON gradings (request) WHERE learner IS NULL;

CREATE INDEX gradings_by_state ON gradings (state, place);

-- Results that are sealed: each holds the hash of the one before, and none is ever changed. Who they belong to is a random id, of
-- which nothing else is known any more once its learner is forgotten.
CREATE TABLE results (
    number       BIGINT  PRIMARY KEY,
    grading      TEXT    NOT NULL UNIQUE,
    learner      TEXT    NOT NULL,
    course       TEXT    NOT NULL,
    lesson       TEXT    NOT NULL,
    exercise     TEXT    NOT NULL,
    lesson_hash  TEXT    NOT NULL,
    evidence     TEXT    NOT NULL,
    archive_hash TEXT    NOT NULL,
    points       BIGINT  NOT NULL,
    points_max   BIGINT  NOT NULL,
    passed       BOOLEAN NOT NULL,
    handed_in_at BIGINT  NOT NULL,
    graded_at    BIGINT  NOT NULL,
    previous     TEXT    NOT NULL,
    hash         TEXT    NOT NULL
);

CREATE TRIGGER results_are_not_changed BEFORE UPDATE ON results
BEGIN
    SELECT RAISE(ABORT, 'a sealed result is never changed');
END;

CREATE TRIGGER results_are_not_removed BEFORE DELETE ON results
BEGIN
    SELECT RAISE(ABORT, 'a sealed result is never removed');
END;
