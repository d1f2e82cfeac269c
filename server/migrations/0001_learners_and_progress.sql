-- Learners are anonymous: an id, and the hash of the code that brings their progress back elsewhere.
CREATE TABLE learners (
    id            TEXT PRIMARY KEY,
    created_at    BIGINT NOT NULL,
    recovery_hash TEXT UNIQUE
);

-- One row an exercise that a learner has met.
CREATE TABLE progress (
    learner     TEXT    NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    course      TEXT    NOT NULL,
    lesson      TEXT    NOT NULL,
    exercise    TEXT    NOT NULL,
    passed      BOOLEAN NOT NULL DEFAULT FALSE,
    points      BIGINT  NOT NULL DEFAULT 0,
    points_max  BIGINT  NOT NULL DEFAULT 0,
    hints       BIGINT  NOT NULL DEFAULT 0,
    hint_cost   BIGINT  NOT NULL DEFAULT 0,
    fails       BIGINT  NOT NULL DEFAULT 0,
    -- What the grader remembers of the exercise between evaluations: JSON of its own.
    memory      TEXT    NOT NULL DEFAULT '{}',
    first_at    BIGINT  NOT NULL,
    updated_at  BIGINT  NOT NULL,
    PRIMARY KEY (learner, course, lesson, exercise)
);
