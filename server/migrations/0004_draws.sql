-- The values that a lesson's variables have for a learner. Drawn once, and kept.
CREATE TABLE draws (
    learner TEXT NOT NULL REFERENCES learners (id) ON DELETE CASCADE,
    course  TEXT NOT NULL,
    lesson  TEXT NOT NULL,
    name    TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (learner, course, lesson, name)
);
