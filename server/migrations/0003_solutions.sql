-- How often a solution was shown, and the points beyond which an exercise brings nothing since it was shown before it was passed.
ALTER TABLE progress ADD COLUMN solutions BIGINT NOT NULL DEFAULT 0;
ALTER TABLE progress ADD COLUMN points_cap BIGINT;
