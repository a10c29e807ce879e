-- A factory's own order of work. What was promised stays known when the plan moves: a proposal is measured against it.
ALTER TABLE production_order ADD COLUMN promised_finish timestamptz;
UPDATE production_order SET promised_finish = planned_finish;
ALTER TABLE production_order ALTER COLUMN promised_finish SET NOT NULL;

-- Proposals that a planner may still apply, and those that were applied, with what they were made from [D11].
CREATE TABLE schedule_proposal (
  network_id uuid NOT NULL,
  site_id uuid NOT NULL,
  snapshot_hash text NOT NULL,
  factory_org_id uuid NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  -- From here on it can no longer be applied.
  fence_at timestamptz NOT NULL,
  -- Canonical JSON of the engine's input, gzip.
  snapshot bytea NOT NULL,
  proposal jsonb NOT NULL,
  applied_at timestamptz,
  applied_by text,
  PRIMARY KEY (network_id, site_id, snapshot_hash)
);

-- The computation that is under way for a site: any process can show it and ask it to stop.
CREATE TABLE schedule_run (
  network_id uuid NOT NULL,
  site_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  holder uuid NOT NULL,
  -- Wall time; a process that died does not tell any more.
  told_until timestamptz NOT NULL,
  progress jsonb NOT NULL,
  stop_wish text CHECK (stop_wish IN ('keep', 'discard')),
  PRIMARY KEY (network_id, site_id)
);

ALTER TABLE schedule_proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY schedule_proposal_factory ON schedule_proposal USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE schedule_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY schedule_run_factory ON schedule_run USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
