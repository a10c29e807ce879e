-- Parts of a run that have no machine in common are planned side by side, each stopped at a call of its own: by part,
-- 0 = it came to its end; NULL = all of them did.
ALTER TABLE match_run
  ALTER COLUMN stopped_after TYPE int[] USING CASE WHEN stopped_after IS NULL THEN NULL ELSE ARRAY[stopped_after] END;
