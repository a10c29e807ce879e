-- The platform's side of gateways. Everything here that expires does so on the wall clock.

-- A token's successor, handed out over the line of the old one. Whichever is used first becomes the token; several, because
-- the answer that carried one may have been lost. Kept by access, like the token itself.
ALTER TABLE gateway ADD COLUMN rotation_asked_at timestamptz;
CREATE TABLE gateway_next_token (
  network_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  token_hash bytea NOT NULL,
  organisation_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, gateway_id, token_hash)
);
CREATE INDEX gateway_next_token_hash ON gateway_next_token (token_hash);

-- One-time codes. A used, replaced or expired one is kept for a day, so that whoever types it is told why it does not work.
CREATE TABLE gateway_enrolment (
  network_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  -- SHA-256 of 60 random bits that live for half an hour.
  code_hash bytea NOT NULL,
  factory_org_id uuid NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  replaced_at timestamptz,
  PRIMARY KEY (network_id, gateway_id, code_hash)
);
CREATE INDEX gateway_enrolment_code ON gateway_enrolment (code_hash);
-- One that works at a time.
CREATE UNIQUE INDEX gateway_enrolment_open ON gateway_enrolment (network_id, gateway_id)
  WHERE used_at IS NULL AND replaced_at IS NULL;

CREATE TABLE gateway_config (
  network_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  version int NOT NULL CHECK (version > 0),
  factory_org_id uuid NOT NULL,
  -- EdgeConfig of the contract; secrets in it are names only.
  config jsonb NOT NULL CHECK (jsonb_typeof(config) = 'object'),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  note text,
  restored_from int,
  -- What the agent said of it.
  applied_at timestamptz,
  faults jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(faults) = 'array'),
  PRIMARY KEY (network_id, gateway_id, version)
);

-- The last word of each agent; written at most every few seconds, the rest is in memory.
CREATE TABLE gateway_health (
  network_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  heard_at timestamptz NOT NULL,
  -- How long the agent waits for an answer: silence is measured by it.
  wait_s int NOT NULL,
  health jsonb NOT NULL CHECK (jsonb_typeof(health) = 'object'),
  PRIMARY KEY (network_id, gateway_id)
);

-- What a person asks of an agent and waits for; gone after minutes.
CREATE TABLE gateway_request (
  network_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  request jsonb NOT NULL CHECK (jsonb_typeof(request) = 'object'),
  requested_by text NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- Last handed out; again a few seconds later, when no answer came.
  told_at timestamptz,
  answered_at timestamptz,
  answer jsonb,
  PRIMARY KEY (network_id, gateway_id, id)
);
CREATE INDEX gateway_request_age ON gateway_request (created_at);

CREATE TABLE edge_alarm (
  network_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  -- The agent's own; a repeated delivery is the same alarm.
  id text NOT NULL,
  factory_org_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  machine_code text NOT NULL,
  rule text NOT NULL,
  severity text NOT NULL CHECK (severity IN ('info', 'warning', 'critical')),
  phase text NOT NULL CHECK (phase IN ('raised', 'cleared')),
  at timestamptz NOT NULL,
  value double precision NOT NULL,
  crossed double precision,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, gateway_id, id)
);
CREATE INDEX edge_alarm_newest ON edge_alarm (network_id, at, id);
CREATE INDEX edge_alarm_factory ON edge_alarm (network_id, factory_org_id, at, id);
CREATE INDEX edge_alarm_machine ON edge_alarm (network_id, machine_id, rule, at);

-- No row = off.
CREATE TABLE command_switch (
  network_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  enabled boolean NOT NULL,
  changed_by text NOT NULL,
  changed_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, machine_id)
);

CREATE TABLE machine_command (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  gateway_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  machine_code text NOT NULL,
  command text NOT NULL,
  class text NOT NULL CHECK (class IN ('normal', 'dangerous')),
  -- A JSON scalar.
  value jsonb NOT NULL,
  reason text NOT NULL,
  request_key text,
  state text NOT NULL CHECK (state IN ('awaiting-approval', 'queued', 'delivered', 'executed', 'refused', 'failed',
    'expired', 'withdrawn', 'unknown')),
  -- Ids beside names: the second person must be another one.
  requested_by text NOT NULL,
  requested_by_id uuid NOT NULL,
  requested_at timestamptz NOT NULL,
  approved_by text,
  approved_by_id uuid,
  approved_at timestamptz,
  expires_at timestamptz NOT NULL,
  delivered_at timestamptz,
  outcome jsonb,
  PRIMARY KEY (network_id, id),
  CONSTRAINT machine_command_key UNIQUE (network_id, machine_id, request_key),
  CHECK (approved_by_id IS NULL OR class = 'normal' OR approved_by_id <> requested_by_id)
);
CREATE INDEX machine_command_gateway ON machine_command (network_id, gateway_id)
  WHERE state IN ('awaiting-approval', 'queued', 'delivered');
CREATE INDEX machine_command_due ON machine_command (expires_at)
  WHERE state IN ('awaiting-approval', 'queued', 'delivered');
CREATE INDEX machine_command_machine ON machine_command (network_id, machine_id, id);

ALTER TABLE gateway_next_token ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway_next_token_all ON gateway_next_token USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR organisation_id = (SELECT acting_organisation()))));
ALTER TABLE gateway_enrolment ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway_enrolment_factory ON gateway_enrolment USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE gateway_config ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway_config_factory ON gateway_config USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE gateway_health ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway_health_factory ON gateway_health USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE gateway_request ENABLE ROW LEVEL SECURITY;
CREATE POLICY gateway_request_factory ON gateway_request USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE edge_alarm ENABLE ROW LEVEL SECURITY;
CREATE POLICY edge_alarm_factory ON edge_alarm USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE command_switch ENABLE ROW LEVEL SECURITY;
CREATE POLICY command_switch_factory ON command_switch USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE machine_command ENABLE ROW LEVEL SECURITY;
CREATE POLICY machine_command_factory ON machine_command USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
