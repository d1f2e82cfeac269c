-- When a learner was last here, to the day: who has not been for long is forgotten.
ALTER TABLE learners ADD COLUMN seen_at BIGINT NOT NULL DEFAULT 0;
UPDATE learners SET seen_at = created_at;
