-- One planning run: what it saw (kept for replay), what came out, what it changed.
CREATE TABLE match_run (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  trigger text NOT NULL,
  started_at timestamptz NOT NULL,
  engine_ms double precision NOT NULL,
  snapshot_hash text NOT NULL,
  plan_hash text NOT NULL,
  engine_version text NOT NULL,
  lines int NOT NULL,
  placed int NOT NULL,
  unplaced int NOT NULL,
  late int NOT NULL,
  changed int NOT NULL,
  objective double precision NOT NULL,
  weights jsonb NOT NULL,
  violations int,
  changes jsonb NOT NULL,
  -- Canonical JSON, gzip; set to NULL when the run is older than the newest that are kept.
  snapshot bytea,
  PRIMARY KEY (network_id, id)
);
CREATE INDEX match_run_newest ON match_run (network_id, started_at DESC, id DESC);
CREATE INDEX match_run_replayable ON match_run (network_id, started_at, id) WHERE snapshot IS NOT NULL;

CREATE TABLE allocation (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  line_id uuid NOT NULL,
  order_id uuid NOT NULL,
  order_no text NOT NULL,
  line_no int NOT NULL,
  item_id uuid NOT NULL,
  site_id uuid NOT NULL,
  work_center_id uuid NOT NULL,
  capability_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  run_id uuid NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  state text NOT NULL,
  lock text NOT NULL,
  origin text NOT NULL,
  priority int NOT NULL,
  start_at timestamptz NOT NULL,
  finish_at timestamptz NOT NULL,
  arrive_at timestamptz NOT NULL,
  requested_at timestamptz NOT NULL,
  cost_minor bigint NOT NULL CHECK (cost_minor >= 0),
  currency text NOT NULL,
  -- Objective points by term, as the engine gave them.
  terms jsonb NOT NULL,
  offer_expires_at timestamptz,
  answered_at timestamptz,
  answer_reason text,
  PRIMARY KEY (network_id, id)
);
CREATE INDEX allocation_by_line ON allocation (network_id, line_id);
CREATE INDEX allocation_by_order ON allocation (network_id, order_id);
CREATE INDEX allocation_by_site ON allocation (network_id, site_id, start_at);
CREATE INDEX allocation_active ON allocation (network_id, state) WHERE state IN ('offered', 'accepted', 'in-production');
-- Every offer that waits for an answer, over all networks: the expiry task looks at nothing else.
CREATE INDEX allocation_waiting ON allocation (offer_expires_at) WHERE state = 'offered';

CREATE TABLE allocation_sub_lot (
  network_id uuid NOT NULL,
  allocation_id uuid NOT NULL,
  no int NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  machine_code text NOT NULL,
  step_index int NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  set_up_ms bigint NOT NULL CHECK (set_up_ms >= 0),
  start_at timestamptz NOT NULL,
  end_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, allocation_id, no),
  FOREIGN KEY (network_id, allocation_id) REFERENCES allocation (network_id, id) ON DELETE CASCADE
);

-- Why here, why not there: the newest answer for each line. It names competitors, so it is the operator's only.
CREATE TABLE line_explanation (
  network_id uuid NOT NULL,
  line_id uuid NOT NULL,
  run_id uuid NOT NULL,
  chosen jsonb NOT NULL,
  refused jsonb NOT NULL,
  PRIMARY KEY (network_id, line_id)
);

-- The operator's hand on the plan. `released_at` is set when a later decision takes its place.
CREATE TABLE line_override (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  line_id uuid NOT NULL,
  order_id uuid NOT NULL,
  lock text NOT NULL,
  site_id uuid,
  quantity int,
  finish_at timestamptz,
  reason text NOT NULL,
  recorded_by text NOT NULL,
  recorded_at timestamptz NOT NULL,
  released_at timestamptz,
  PRIMARY KEY (network_id, id)
);
CREATE INDEX line_override_in_force ON line_override (network_id, line_id) WHERE released_at IS NULL;

-- What waits to be planned: written by whoever changed something, taken away by the run that has looked at it.
-- Undistributed queue, read across networks.
CREATE TABLE match_request (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  network_id uuid NOT NULL,
  trigger text NOT NULL,
  -- Null = the whole network has to be looked at.
  line_id uuid,
  requested_at timestamptz NOT NULL
);
CREATE INDEX match_request_by_network ON match_request (network_id, id);

-- One run at a time in a network. A lease and not a lock: a process that dies leaves it to expire on the wall clock.
CREATE TABLE match_lease (
  network_id uuid NOT NULL PRIMARY KEY,
  holder uuid NOT NULL,
  leased_until timestamptz NOT NULL
);

ALTER TABLE allocation ENABLE ROW LEVEL SECURITY;
CREATE POLICY allocation_parties ON allocation USING (
  (SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network()) AND (
    (SELECT acting_scope()) = 'network' OR factory_org_id = (SELECT acting_organisation())
    OR buyer_org_id = (SELECT acting_organisation()))));
ALTER TABLE allocation_sub_lot ENABLE ROW LEVEL SECURITY;
CREATE POLICY allocation_sub_lot_parties ON allocation_sub_lot USING (
  (SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network()) AND (
    (SELECT acting_scope()) = 'network' OR factory_org_id = (SELECT acting_organisation())
    OR buyer_org_id = (SELECT acting_organisation()))));

ALTER TABLE match_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY match_run_network ON match_run USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
ALTER TABLE line_explanation ENABLE ROW LEVEL SECURITY;
CREATE POLICY line_explanation_network ON line_explanation USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
ALTER TABLE line_override ENABLE ROW LEVEL SECURITY;
CREATE POLICY line_override_network ON line_override USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
ALTER TABLE match_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY match_request_network ON match_request USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
ALTER TABLE match_lease ENABLE ROW LEVEL SECURITY;
CREATE POLICY match_lease_network ON match_lease USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
