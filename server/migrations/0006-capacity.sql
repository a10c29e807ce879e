-- What is sold of a machine's time. One machine does one thing at a time: the exclusion constraint is the last word,
-- whatever a program above it believes.
CREATE TABLE reservation (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  machine_id uuid NOT NULL,
  site_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  allocation_id uuid NOT NULL,
  period tstzrange NOT NULL CHECK (NOT isempty(period) AND NOT lower_inf(period) AND NOT upper_inf(period)),
  quantity int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (network_id, id),
  CONSTRAINT reservation_never_overbooked
    EXCLUDE USING gist (network_id WITH =, machine_id WITH =, period WITH &&)
);
CREATE INDEX reservation_by_allocation ON reservation (network_id, allocation_id);
-- "Everything from now to the horizon" is the question of every planning run.
CREATE INDEX reservation_by_end ON reservation (network_id, upper(period));

-- Good pieces and running minutes seen lately, older ones fading: what the rate to plan with is measured from.
CREATE TABLE capacity_rate (
  network_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  item_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  pieces double precision NOT NULL CHECK (pieces >= 0),
  running_min double precision NOT NULL CHECK (running_min >= 0),
  measured_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, machine_id, item_id)
);

-- One number per network that moves with everything a promise rests on. Its row lock makes the writers of one network's
-- plan take turns; its value tells every process whether what it holds in memory is still true.
CREATE TABLE capacity_version (
  network_id uuid NOT NULL PRIMARY KEY,
  version bigint NOT NULL
);

-- The other half of the version: calendars, machines, capabilities and breakdowns. A row of its own, so that their news never
-- waits for a planning run that is being committed.
CREATE TABLE capacity_rebuild (
  network_id uuid NOT NULL PRIMARY KEY,
  version bigint NOT NULL
);

-- Machines that stand still unplanned, and until when they are taken to do so.
CREATE TABLE capacity_outage (
  network_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  site_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  since timestamptz NOT NULL,
  expected_until timestamptz NOT NULL,
  PRIMARY KEY (network_id, machine_id)
);

ALTER TABLE reservation ENABLE ROW LEVEL SECURITY;
CREATE POLICY reservation_parties ON reservation USING (
  (SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network()) AND (
    (SELECT acting_scope()) = 'network' OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE capacity_rate ENABLE ROW LEVEL SECURITY;
CREATE POLICY capacity_rate_parties ON capacity_rate USING (
  (SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network()) AND (
    (SELECT acting_scope()) = 'network' OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE capacity_outage ENABLE ROW LEVEL SECURITY;
CREATE POLICY capacity_outage_parties ON capacity_outage USING (
  (SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network()) AND (
    (SELECT acting_scope()) = 'network' OR factory_org_id = (SELECT acting_organisation()))));
-- Planning is the network's own business: no member reads or moves it.
ALTER TABLE capacity_rebuild ENABLE ROW LEVEL SECURITY;
CREATE POLICY capacity_rebuild_network ON capacity_rebuild USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
ALTER TABLE capacity_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY capacity_version_network ON capacity_version USING (
  (SELECT acting_scope()) = 'platform' OR (
    network_id = (SELECT acting_network()) AND (SELECT acting_scope()) = 'network'));
