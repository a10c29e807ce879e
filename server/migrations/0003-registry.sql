-- The nouns everyone shares. A row of a factory is seen by that factory and by the network's operator; items by the whole
-- network. Every row carries the registry version of its last change, so that a directory in memory refreshes by reading
-- only what is newer; rows are retired, never deleted, so that nothing is missed.
CREATE TABLE registry_version (
  network_id uuid PRIMARY KEY,
  version bigint NOT NULL CHECK (version > 0)
);

-- The row lock makes the registry's writers of one network take turns, hence versions become visible in order.
-- SECURITY DEFINER: a member may move the version on, but not write the table.
CREATE FUNCTION next_registry_version(network uuid) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE moved bigint;
BEGIN
  IF acting_scope() = '' OR (acting_scope() <> 'platform' AND network IS DISTINCT FROM acting_network()) THEN
    RAISE EXCEPTION 'registry version of another network' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO registry_version AS v (network_id, version) VALUES (network, 1)
    ON CONFLICT (network_id) DO UPDATE SET version = v.version + 1 RETURNING v.version INTO moved;
  RETURN moved;
END $$;

CREATE TABLE calendar (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- Read and written whole; the shape is Shift[] and CalendarException[] of the contract.
  shifts jsonb NOT NULL CHECK (jsonb_typeof(shifts) = 'array'),
  exceptions jsonb NOT NULL CHECK (jsonb_typeof(exceptions) = 'array'),
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (network_id, id),
  CONSTRAINT calendar_code UNIQUE (network_id, factory_org_id, code)
);

CREATE TABLE site (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  lat double precision NOT NULL CHECK (lat BETWEEN -90 AND 90),
  lon double precision NOT NULL CHECK (lon BETWEEN -180 AND 180),
  position_approximate boolean NOT NULL DEFAULT false,
  zone text NOT NULL,
  -- Share of every work center's hours offered to this network.
  offered_percent int NOT NULL DEFAULT 100 CHECK (offered_percent BETWEEN 0 AND 100),
  -- Offers that fit the plan are accepted at once; off unless the factory asked for it.
  auto_accept boolean NOT NULL DEFAULT false,
  calendar_id uuid,
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (network_id, id),
  CONSTRAINT site_code UNIQUE (network_id, factory_org_id, code),
  FOREIGN KEY (network_id, calendar_id) REFERENCES calendar (network_id, id)
);

CREATE TABLE work_center (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  site_id uuid NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  process_code text NOT NULL CHECK (length(process_code) BETWEEN 1 AND 64),
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (network_id, id),
  CONSTRAINT work_center_code UNIQUE (network_id, factory_org_id, code),
  FOREIGN KEY (network_id, site_id) REFERENCES site (network_id, id)
);
CREATE INDEX work_center_site ON work_center (network_id, site_id);

CREATE TABLE machine (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  site_id uuid NOT NULL,
  work_center_id uuid NOT NULL,
  -- A device of access; no foreign key across modules.
  gateway_id uuid,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  calendar_id uuid,
  count_modulus bigint CHECK (count_modulus BETWEEN 2 AND 4294967296),
  retired_at timestamptz,
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (network_id, id),
  CONSTRAINT machine_code UNIQUE (network_id, factory_org_id, code),
  FOREIGN KEY (network_id, site_id) REFERENCES site (network_id, id),
  FOREIGN KEY (network_id, work_center_id) REFERENCES work_center (network_id, id),
  FOREIGN KEY (network_id, calendar_id) REFERENCES calendar (network_id, id)
);
CREATE INDEX machine_work_center ON machine (network_id, work_center_id);
CREATE INDEX machine_site ON machine (network_id, site_id);
CREATE INDEX machine_gateway ON machine (network_id, gateway_id) WHERE gateway_id IS NOT NULL;
CREATE INDEX machine_version ON machine (network_id, version);

CREATE TABLE item (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
  -- UCUM.
  unit text NOT NULL DEFAULT '{piece}' CHECK (length(unit) BETWEEN 1 AND 32),
  weight_gram bigint CHECK (weight_gram >= 0),
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (network_id, id),
  CONSTRAINT item_code UNIQUE (network_id, code)
);

CREATE TABLE capability (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  site_id uuid NOT NULL,
  work_center_id uuid NOT NULL,
  item_id uuid NOT NULL,
  state text NOT NULL CHECK (state IN ('applied', 'qualified', 'suspended')),
  -- Good pieces per running hour of one machine.
  rate_per_hour double precision NOT NULL CHECK (rate_per_hour > 0 AND rate_per_hour <= 10000000),
  set_up_minutes int NOT NULL CHECK (set_up_minutes BETWEEN 0 AND 10080),
  minimum_lot int NOT NULL CHECK (minimum_lot BETWEEN 1 AND 1000000000),
  unit_cost_minor bigint NOT NULL CHECK (unit_cost_minor >= 0),
  currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
  version bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (network_id, id),
  CONSTRAINT capability_of_work_center UNIQUE (network_id, work_center_id, item_id),
  FOREIGN KEY (network_id, site_id) REFERENCES site (network_id, id),
  FOREIGN KEY (network_id, work_center_id) REFERENCES work_center (network_id, id),
  FOREIGN KEY (network_id, item_id) REFERENCES item (network_id, id)
);
CREATE INDEX capability_item ON capability (network_id, item_id);

-- Time a machine cannot be planned although its calendar says so. Not versioned: breakdowns come and go.
CREATE TABLE machine_block (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  site_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  kind text NOT NULL CHECK (kind IN ('maintenance', 'own-work', 'closed', 'down')),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
  PRIMARY KEY (network_id, id),
  CHECK (from_at < to_at),
  FOREIGN KEY (network_id, machine_id) REFERENCES machine (network_id, id)
);
CREATE INDEX machine_block_time ON machine_block (network_id, to_at, from_at);
CREATE INDEX machine_block_machine ON machine_block (network_id, machine_id, to_at);

ALTER TABLE registry_version ENABLE ROW LEVEL SECURITY;
CREATE POLICY registry_version_read ON registry_version FOR SELECT
  USING ((SELECT acting_scope()) = 'platform' OR network_id = (SELECT acting_network()));

ALTER TABLE item ENABLE ROW LEVEL SECURITY;
-- Every member orders or makes items, so everyone may read the catalogue; the operator keeps it.
CREATE POLICY item_read ON item FOR SELECT
  USING ((SELECT acting_scope()) = 'platform' OR network_id = (SELECT acting_network()));
CREATE POLICY item_keep ON item
  USING ((SELECT acting_scope()) = 'platform' OR ((SELECT acting_scope()) = 'network' AND network_id = (SELECT acting_network())));

DO $$
DECLARE of_factory text;
BEGIN
  FOREACH of_factory IN ARRAY ARRAY['calendar', 'site', 'work_center', 'machine', 'capability', 'machine_block'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of_factory);
    EXECUTE format(
      'CREATE POLICY %I ON %I USING ((SELECT acting_scope()) = ''platform'' OR (network_id = (SELECT acting_network())
         AND ((SELECT acting_scope()) = ''network'' OR factory_org_id = (SELECT acting_organisation()))))',
      of_factory || '_parties', of_factory);
  END LOOP;
END $$;
