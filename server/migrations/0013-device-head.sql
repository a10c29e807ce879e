-- How far the messages of a mapped device are folded into minute records: the newest folded minute, what was known before it
-- (so that folding it again gives the same) and at its end (for the next one). One row per device and fold, not per message.
CREATE TABLE device_head (
  org_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  network_id uuid NOT NULL,
  minute timestamptz NOT NULL,
  -- The device's own count, whatever it counts from; beyond 2^32 for counters that are never reset.
  count_before float8,
  count_after float8,
  running_before boolean,
  running_before_at timestamptz,
  running_after boolean,
  running_after_at timestamptz,
  PRIMARY KEY (org_id, machine_id)
);
ALTER TABLE device_head ENABLE ROW LEVEL SECURITY;
CREATE POLICY device_head_parties ON device_head USING ((SELECT acting_scope()) = 'platform' OR (network_id = (SELECT acting_network())
  AND ((SELECT acting_scope()) = 'network' OR org_id = (SELECT acting_organisation()))));

-- A minute is read by when things happened, and most of it was received in it.
CREATE INDEX telemetry_group_last ON telemetry_group (org_id, last_at);
