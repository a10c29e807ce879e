-- What gateways said, one row per gateway and minute: arrays in the order of the gateway's layout. Telemetry has the
-- factory's organisation first everywhere, so that it can be distributed by it [D3a]; `network_id` rides along for the policies.

-- A gateway's list of machines and signals, versioned: rows keep the version they were written with. A new version appends
-- machines at the end, so a position keeps its machine. Uploads of an API key and mapped devices have no gateway of their
-- own: their rows carry the organisation's id as gateway.
CREATE TABLE gateway_layout (
  org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  layout_id int NOT NULL CHECK (layout_id > 0),
  network_id uuid NOT NULL,
  machine_ids uuid[] NOT NULL,
  -- Names of the signals beyond the basics; value of signal s of machine m stands at s × machines + m.
  signals text[] NOT NULL,
  -- True where the stored count is the pieces of the minute instead of a cumulative count (mapped devices that send increments).
  increments boolean[] NOT NULL,
  PRIMARY KEY (org_id, gateway_id, layout_id)
);

-- The primary key makes an upload idempotent. NULL where a machine is missing. `cumulative` is unsigned: a negative value
-- means value + 2^32 (nobody makes two thousand million pieces a day, but a counter may stand there).
CREATE TABLE record_batch (
  org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  minute timestamptz NOT NULL,
  network_id uuid NOT NULL,
  layout_id int NOT NULL,
  -- A later minute of the gateway was stored before this one.
  late boolean NOT NULL DEFAULT false,
  running_s int2[] NOT NULL,
  cumulative int4[] NOT NULL,
  -- Positions in the contract's MACHINE_STATES.
  state int2[],
  energy_wh int4[],
  signal_values float8[],
  PRIMARY KEY (org_id, gateway_id, minute)
) PARTITION BY RANGE (minute);

-- Hours whose roll-up is older than their records; written with the records, taken away with the roll-up.
CREATE TABLE record_hour_dirty (
  org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  hour timestamptz NOT NULL,
  network_id uuid NOT NULL,
  -- Moves when marked again, which makes the marker wait for a roll-up in progress and the roll-up for the marker.
  marks int NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, gateway_id, hour)
);
CREATE INDEX record_hour_dirty_hour ON record_hour_dirty (hour);

-- What was received and not simply accepted, by day of receipt and position in the layout. Accepted records are counted
-- where they are stored, so that the ledger cannot disagree with the store: received = accepted + duplicate + conflict + rejected.
CREATE TABLE loss_ledger (
  org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  day date NOT NULL,
  layout_id int NOT NULL,
  network_id uuid NOT NULL,
  duplicate int4[] NOT NULL,
  conflict int4[] NOT NULL,
  rejected int4[] NOT NULL,
  -- Accepted into a row that was there, after a later minute was stored; rows that are late as a whole say so themselves.
  late int4[] NOT NULL,
  -- Rejected records that name no machine of the layout.
  unattributed bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (org_id, gateway_id, day, layout_id)
);

-- A device that speaks another telemetry form, mapped onto one machine.
CREATE TABLE device_mapping (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  org_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  form text NOT NULL CHECK (form IN ('thingsboard')),
  count_key text CHECK (length(count_key) <= 64),
  count_kind text NOT NULL CHECK (count_kind IN ('cumulative', 'increment')),
  running_key text CHECK (length(running_key) <= 64),
  running_values text[] NOT NULL DEFAULT '{}',
  energy_key text CHECK (length(energy_key) <= 64),
  -- SHA-256; the token itself is shown once.
  token_hash bytea NOT NULL,
  created_at timestamptz NOT NULL,
  revoked_at timestamptz,
  PRIMARY KEY (network_id, id)
);
CREATE UNIQUE INDEX device_mapping_machine ON device_mapping (network_id, machine_id) WHERE revoked_at IS NULL;
CREATE INDEX device_mapping_token ON device_mapping (token_hash);
-- Moves with every change, so that every process notices by reading one number.
CREATE TABLE device_mapping_version (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  version bigint NOT NULL
);
INSERT INTO device_mapping_version (version) VALUES (1);

-- Messages finer than a minute: one row per organisation and group commit. A message is a machine (position in `machines`)
-- and an instant (ms after `first_at`); a value is a message, a signal (position in `signals`) and a number. Texts apart.
CREATE TABLE telemetry_group (
  org_id uuid NOT NULL,
  received_at timestamptz NOT NULL,
  id uuid NOT NULL,
  network_id uuid NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  machines uuid[] NOT NULL,
  signals text[] NOT NULL,
  message_machine int4[] NOT NULL,
  message_at_ms int4[] NOT NULL,
  value_message int4[] NOT NULL,
  value_signal int2[] NOT NULL,
  value float8[] NOT NULL,
  text_message int4[],
  text_signal int2[],
  text_value text[],
  PRIMARY KEY (org_id, received_at, id)
) PARTITION BY RANGE (received_at);

-- Minutes whose telemetry is not yet folded into minute records.
CREATE TABLE telemetry_minute_dirty (
  org_id uuid NOT NULL,
  minute timestamptz NOT NULL,
  network_id uuid NOT NULL,
  marks int NOT NULL DEFAULT 1,
  PRIMARY KEY (org_id, minute)
);
CREATE INDEX telemetry_minute_dirty_minute ON telemetry_minute_dirty (minute);

DO $$
DECLARE telemetry text;
BEGIN
  FOREACH telemetry IN ARRAY ARRAY['gateway_layout', 'record_batch', 'record_hour_dirty', 'loss_ledger', 'device_mapping',
                                   'telemetry_group', 'telemetry_minute_dirty'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', telemetry);
    EXECUTE format(
      'CREATE POLICY %I ON %I USING ((SELECT acting_scope()) = ''platform'' OR (network_id = (SELECT acting_network())
         AND ((SELECT acting_scope()) = ''network'' OR org_id = (SELECT acting_organisation()))))',
      telemetry || '_parties', telemetry);
  END LOOP;
END $$;
ALTER TABLE device_mapping_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY device_mapping_version_all ON device_mapping_version USING (true);

-- Makes the day partitions of [first, last], both included. A partition is made beside and attached, because that does not
-- block writers; it has row security and no policy, so that it is reachable only through its parent.
-- SECURITY DEFINER: the role the server works as cannot create tables.
CREATE FUNCTION ensure_telemetry_days(first_day date, last_day date) RETURNS void
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE
  day date;
  parent text;
  part text;
BEGIN
  IF acting_scope() <> 'platform' OR last_day - first_day > 400 THEN
    RAISE EXCEPTION 'partitions are made by the platform, at most 400 days at once' USING ERRCODE = 'insufficient_privilege';
  END IF;
  PERFORM pg_advisory_xact_lock(7311004);
  day := first_day;
  WHILE day <= last_day LOOP
    FOREACH parent IN ARRAY ARRAY['record_batch', 'telemetry_group'] LOOP
      part := parent || to_char(day, '_YYYYMMDD');
      IF to_regclass(format('public.%I', part)) IS NULL THEN
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, parent);
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)', parent, part,
          day::timestamp AT TIME ZONE 'UTC', (day + 1)::timestamp AT TIME ZONE 'UTC');
      END IF;
    END LOOP;
    day := day + 1;
  END LOOP;
END $$;
