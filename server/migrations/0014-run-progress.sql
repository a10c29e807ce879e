-- What a match run that is under way tells of itself, and what a person wishes of it, beside its lease: so that any process
-- can show it and ask it to stop.
ALTER TABLE match_lease
  ADD COLUMN run_trigger text,
  ADD COLUMN run_started_at timestamptz,
  ADD COLUMN progress jsonb,
  ADD COLUMN stop_wish text CHECK (stop_wish IN ('keep', 'discard'));

ALTER TABLE match_run
  -- No plan of the same snapshot has fewer points.
  ADD COLUMN lower_bound double precision,
  -- The call of progress at which the run was told to stop; with it the same plan comes again. NULL = it ran to its end.
  ADD COLUMN stopped_after int;
