-- What is, derived from what gateways said. Everything but assignments and scrap can be made again from the raw records.
-- Telemetry tables: the factory's organisation first [D3a]; `network_id` rides along for the policies.

-- One row per gateway and hour, arrays in the order of the gateway's layout (a position keeps its machine over all versions).
-- The last three arrays are where counting stood at the end of the hour, so that the next hour goes on from there.
CREATE TABLE hour_roll_up (
  org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  network_id uuid NOT NULL,
  -- Pieces of the hour.
  pieces int8[] NOT NULL,
  -- 0–3,600.
  running_s int2[] NOT NULL,
  energy_wh int8[] NOT NULL,
  -- Minutes with a record, 0–60.
  records int2[] NOT NULL,
  -- Controller restarts seen in the count.
  restarts int2[] NOT NULL,
  -- Minutes in state s of machine m stand at s × machines + m; s is the position in the contract's MACHINE_STATES.
  state_minutes int2[] NOT NULL,
  -- Minutes since the epoch of the last record up to here; -1 before the first.
  end_minute int4[] NOT NULL,
  -- Cumulative count of that record, unsigned 32 bits.
  end_count int8[] NOT NULL,
  -- Where the daily reset stood against local midnight.
  end_midnight int2[] NOT NULL,
  PRIMARY KEY (org_id, gateway_id, hour)
);

-- What was told of the machines, so that a restart neither repeats nor forgets it. One row per gateway, arrays as above.
CREATE TABLE state_announcement (
  org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  network_id uuid NOT NULL,
  -- Position in MACHINE_STATES; -1 when nothing was told yet.
  state int2[] NOT NULL,
  -- Minute since the epoch from which the machine is told to stand still; -1 when it is not.
  stopped_since int4[] NOT NULL,
  PRIMARY KEY (org_id, gateway_id)
);

-- What a machine was set to make, and at which rate: effectiveness and the plan of the day come from here.
CREATE TABLE machine_assignment (
  org_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  started_at timestamptz NOT NULL,
  operation_id uuid NOT NULL,
  network_id uuid NOT NULL,
  item_id uuid NOT NULL,
  item_code text NOT NULL,
  -- Good pieces per running hour.
  rate_per_hour double precision NOT NULL CHECK (rate_per_hour > 0),
  -- Pieces still to make when it started.
  quantity int NOT NULL CHECK (quantity >= 0),
  ended_at timestamptz CHECK (ended_at >= started_at),
  PRIMARY KEY (org_id, machine_id, started_at, operation_id)
);
CREATE INDEX machine_assignment_open ON machine_assignment (org_id, machine_id) WHERE ended_at IS NULL;
CREATE INDEX machine_assignment_ended ON machine_assignment (ended_at);

-- Pieces reported as scrap, at the instant of the report.
CREATE TABLE machine_scrap (
  org_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  at timestamptz NOT NULL,
  id uuid NOT NULL,
  network_id uuid NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  PRIMARY KEY (org_id, machine_id, at, id)
);
CREATE INDEX machine_scrap_at ON machine_scrap (at);

DO $$
DECLARE telemetry text;
BEGIN
  FOREACH telemetry IN ARRAY ARRAY['hour_roll_up', 'state_announcement', 'machine_assignment', 'machine_scrap'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', telemetry);
    EXECUTE format(
      'CREATE POLICY %I ON %I USING ((SELECT acting_scope()) = ''platform'' OR (network_id = (SELECT acting_network())
         AND ((SELECT acting_scope()) = ''network'' OR org_id = (SELECT acting_organisation()))))',
      telemetry || '_parties', telemetry);
  END LOOP;
END $$;
