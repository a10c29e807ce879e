-- The schema that all migrations together make, for reading and for review.
-- Written by "node test/setup/write-schema.ts" and compared with a migrated database by test/schema.test.ts.

-- extensions
extension btree_gist

-- roles
role millrace_app login=f superuser=f bypassrls=f createdb=f createrole=f

-- types

-- functions
CREATE OR REPLACE FUNCTION public.acting_network()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('millrace.network_id', true), '')::uuid $function$
;
-- grants on acting_network: default
CREATE OR REPLACE FUNCTION public.acting_organisation()
 RETURNS uuid
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT nullif(current_setting('millrace.organisation_id', true), '')::uuid $function$
;
-- grants on acting_organisation: default
CREATE OR REPLACE FUNCTION public.acting_scope()
 RETURNS text
 LANGUAGE sql
 STABLE PARALLEL SAFE
AS $function$ SELECT coalesce(current_setting('millrace.scope', true), '') $function$
;
-- grants on acting_scope: default
CREATE OR REPLACE FUNCTION public.audit_append(net uuid, entry_at timestamp with time zone, entry_recorded_at timestamp with time zone, entry_actor text, org uuid, entry_action text, entry_subject text, entry_detail jsonb, canonical text)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
  DECLARE
    head audit_head;
    next_hash text;
  BEGIN
    IF NOT (acting_scope() = 'platform' OR (acting_scope() = 'network' AND net = acting_network())
        OR (acting_scope() = 'organisation' AND net = acting_network() AND org = acting_organisation())) THEN
      RAISE EXCEPTION 'an audit entry is written in one''s own name' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO audit_head (network_id, seq, hash) VALUES (net, 0, repeat('0', 64)) ON CONFLICT DO NOTHING;
    SELECT * INTO head FROM audit_head WHERE network_id = net FOR UPDATE;
    next_hash := encode(sha256(convert_to(head.hash || E'\n' || (head.seq + 1) || E'\n' || canonical, 'UTF8')), 'hex');
    INSERT INTO audit_entry (network_id, seq, at, recorded_at, actor, organisation_id, action, subject, detail, prev_hash, hash)
      VALUES (net, head.seq + 1, entry_at, entry_recorded_at, entry_actor, org, entry_action, entry_subject,
              entry_detail, head.hash, next_hash);
    UPDATE audit_head SET seq = head.seq + 1, hash = next_hash WHERE network_id = net;
    RETURN head.seq + 1;
  END $function$
;
-- grants on audit_append: execute to millrace_app
CREATE OR REPLACE FUNCTION public.ensure_telemetry_days(first_day date, last_day date)
 RETURNS void
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
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
END $function$
;
-- grants on ensure_telemetry_days: default
CREATE OR REPLACE FUNCTION public.granted(wanted text, owner_org uuid)
 RETURNS boolean
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
    SELECT EXISTS (
      SELECT FROM sharing_grant g
       WHERE g.network_id = acting_network() AND g.grantee_org_id = acting_organisation()
         AND g.resource = wanted AND g.grantor_org_id = owner_org
         AND g.revoked_at IS NULL AND g.expires_at > now())
  $function$
;
-- grants on granted: default
CREATE OR REPLACE FUNCTION public.granted_fields(wanted text, owner_org uuid)
 RETURNS text[]
 LANGUAGE sql
 STABLE PARALLEL SAFE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
    SELECT array_agg(DISTINCT f.field ORDER BY f.field)
      FROM sharing_grant g CROSS JOIN LATERAL unnest(g.fields) AS f(field)
     WHERE g.network_id = acting_network() AND g.grantee_org_id = acting_organisation()
       AND g.resource = wanted AND g.grantor_org_id = owner_org
       AND g.revoked_at IS NULL AND g.expires_at > now()
  $function$
;
-- grants on granted_fields: default
CREATE OR REPLACE FUNCTION public.next_registry_version(network uuid)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
DECLARE moved bigint;
BEGIN
  IF acting_scope() = '' OR (acting_scope() <> 'platform' AND network IS DISTINCT FROM acting_network()) THEN
    RAISE EXCEPTION 'registry version of another network' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO registry_version AS v (network_id, version) VALUES (network, 1)
    ON CONFLICT (network_id) DO UPDATE SET version = v.version + 1 RETURNING v.version INTO moved;
  RETURN moved;
END $function$
;
-- grants on next_registry_version: default
CREATE OR REPLACE FUNCTION public.shared_taken_time(span_from timestamp with time zone, span_to timestamp with time zone)
 RETURNS TABLE(machine_id uuid, blocked boolean, starts timestamp with time zone, ends timestamp with time zone)
 LANGUAGE sql
 STABLE SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
    WITH sharer AS MATERIALIZED (
      SELECT o.grantor_org_id AS id
        FROM (SELECT DISTINCT grantor_org_id FROM sharing_grant
               WHERE network_id = acting_network() AND grantee_org_id = acting_organisation()
                 AND resource = 'capacity') o
       WHERE granted_fields('capacity', o.grantor_org_id)
             && '{usedMin,committedMin,unattainableMin,availableMin}'::text[])
    SELECT r.machine_id, false, lower(r.period), upper(r.period) FROM reservation r
     WHERE r.network_id = acting_network() AND r.factory_org_id IN (SELECT id FROM sharer)
       AND upper(r.period) > span_from AND lower(r.period) < span_to
    UNION ALL
    SELECT b.machine_id, true, b.from_at, b.to_at FROM machine_block b
     WHERE b.network_id = acting_network() AND b.factory_org_id IN (SELECT id FROM sharer)
       AND b.to_at > span_from AND b.from_at < span_to
  $function$
;
-- grants on shared_taken_time: execute to millrace_app
CREATE OR REPLACE FUNCTION public.take_order_numbers(network uuid, of_year integer, how_many integer)
 RETURNS bigint
 LANGUAGE plpgsql
 SECURITY DEFINER
 SET search_path TO 'pg_catalog', 'public'
AS $function$
DECLARE last_taken bigint;
BEGIN
  IF acting_scope() = '' OR (acting_scope() <> 'platform' AND network IS DISTINCT FROM acting_network()) THEN
    RAISE EXCEPTION 'order number of another network' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF how_many < 1 THEN
    RAISE EXCEPTION 'at least one number is taken' USING ERRCODE = 'invalid_parameter_value';
  END IF;
  INSERT INTO order_number AS n (network_id, year, last_number) VALUES (network, of_year, how_many)
    ON CONFLICT (network_id, year) DO UPDATE SET last_number = n.last_number + how_many RETURNING n.last_number INTO last_taken;
  RETURN last_taken - how_many + 1;
END $function$
;
-- grants on take_order_numbers: default

-- tables
table allocation with row security (
  network_id uuid not null,
  id uuid not null,
  line_id uuid not null,
  order_id uuid not null,
  order_no text not null,
  line_no integer not null,
  item_id uuid not null,
  site_id uuid not null,
  work_center_id uuid not null,
  capability_id uuid not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  run_id uuid not null,
  quantity integer not null,
  state text not null,
  lock text not null,
  origin text not null,
  priority integer not null,
  start_at timestamp with time zone not null,
  finish_at timestamp with time zone not null,
  arrive_at timestamp with time zone not null,
  requested_at timestamp with time zone not null,
  cost_minor bigint not null,
  currency text not null,
  terms jsonb not null,
  offer_expires_at timestamp with time zone,
  answered_at timestamp with time zone,
  answer_reason text
)
-- grants on table allocation: delete insert select update to millrace_app
table allocation_sub_lot with row security (
  network_id uuid not null,
  allocation_id uuid not null,
  no integer not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  machine_id uuid not null,
  machine_code text not null,
  step_index integer not null,
  quantity integer not null,
  set_up_ms bigint not null,
  start_at timestamp with time zone not null,
  end_at timestamp with time zone not null
)
-- grants on table allocation_sub_lot: delete insert select update to millrace_app
table api_key with row security (
  network_id uuid not null,
  id uuid not null,
  organisation_id uuid not null,
  name text not null,
  scopes text[] not null,
  prefix text not null,
  token_hash bytea not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone,
  revoked_at timestamp with time zone
)
-- grants on table api_key: delete insert select update to millrace_app
table audit_entry with row security (
  network_id uuid not null,
  seq bigint not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null,
  actor text not null,
  organisation_id uuid,
  action text not null,
  subject text not null,
  detail jsonb not null,
  prev_hash text not null,
  hash text not null
)
-- grants on table audit_entry: select to millrace_app
table audit_head with row security (
  network_id uuid not null,
  seq bigint not null,
  hash text not null
)
-- grants on table audit_head: select to millrace_app
table auth_account with row security (
  id uuid not null,
  user_id uuid not null,
  account_id text not null,
  provider_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamp with time zone,
  refresh_token_expires_at timestamp with time zone,
  scope text,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
)
-- grants on table auth_account: delete insert select update to millrace_app
table auth_secret with row security (
  only_row boolean not null default true,
  secret text not null
)
-- grants on table auth_secret: delete insert select update to millrace_app
table auth_session with row security (
  id uuid not null,
  user_id uuid not null,
  token text not null,
  expires_at timestamp with time zone not null,
  ip_address text,
  user_agent text,
  acting_organisation_id uuid,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
)
-- grants on table auth_session: delete insert select update to millrace_app
table auth_totp with row security (
  user_id uuid not null,
  secret text not null,
  last_step bigint not null default 0
)
-- grants on table auth_totp: delete insert select update to millrace_app
table auth_user with row security (
  id uuid not null,
  name text not null,
  email text not null,
  email_verified boolean not null default false,
  image text,
  language text not null default 'en'::text,
  totp_enabled boolean not null default false,
  last_sign_in_at timestamp with time zone,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
)
-- grants on table auth_user: delete insert select update to millrace_app
table auth_verification with row security (
  id uuid not null,
  identifier text not null,
  value text not null,
  expires_at timestamp with time zone not null,
  created_at timestamp with time zone not null,
  updated_at timestamp with time zone not null
)
-- grants on table auth_verification: delete insert select update to millrace_app
table calendar with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  code text not null,
  name text not null,
  shifts jsonb not null,
  exceptions jsonb not null,
  version bigint not null default 0
)
-- grants on table calendar: delete insert select update to millrace_app
table capability with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  site_id uuid not null,
  work_center_id uuid not null,
  item_id uuid not null,
  state text not null,
  rate_per_hour double precision not null,
  set_up_minutes integer not null,
  minimum_lot integer not null,
  unit_cost_minor bigint not null,
  currency text not null,
  version bigint not null default 0
)
-- grants on table capability: delete insert select update to millrace_app
table capacity_outage with row security (
  network_id uuid not null,
  machine_id uuid not null,
  site_id uuid not null,
  factory_org_id uuid not null,
  since timestamp with time zone not null,
  expected_until timestamp with time zone not null
)
-- grants on table capacity_outage: delete insert select update to millrace_app
table capacity_rate with row security (
  network_id uuid not null,
  machine_id uuid not null,
  item_id uuid not null,
  factory_org_id uuid not null,
  pieces double precision not null,
  running_min double precision not null,
  measured_at timestamp with time zone not null
)
-- grants on table capacity_rate: delete insert select update to millrace_app
table capacity_rebuild with row security (
  network_id uuid not null,
  version bigint not null
)
-- grants on table capacity_rebuild: delete insert select update to millrace_app
table capacity_version with row security (
  network_id uuid not null,
  version bigint not null
)
-- grants on table capacity_version: delete insert select update to millrace_app
table command_switch with row security (
  network_id uuid not null,
  machine_id uuid not null,
  factory_org_id uuid not null,
  enabled boolean not null,
  changed_by text not null,
  changed_at timestamp with time zone not null
)
-- grants on table command_switch: delete insert select update to millrace_app
table device_head with row security (
  org_id uuid not null,
  machine_id uuid not null,
  network_id uuid not null,
  minute timestamp with time zone not null,
  count_before double precision,
  count_after double precision,
  running_before boolean,
  running_before_at timestamp with time zone,
  running_after boolean,
  running_after_at timestamp with time zone
)
-- grants on table device_head: delete insert select update to millrace_app
table device_mapping with row security (
  network_id uuid not null,
  id uuid not null,
  org_id uuid not null,
  machine_id uuid not null,
  form text not null,
  count_key text,
  count_kind text not null,
  running_key text,
  running_values text[] not null default '{}'::text[],
  energy_key text,
  token_hash bytea not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone
)
-- grants on table device_mapping: delete insert select update to millrace_app
table device_mapping_version with row security (
  only_row boolean not null default true,
  version bigint not null
)
-- grants on table device_mapping_version: delete insert select update to millrace_app
table edge_alarm with row security (
  network_id uuid not null,
  gateway_id uuid not null,
  id text not null,
  factory_org_id uuid not null,
  machine_id uuid not null,
  machine_code text not null,
  rule text not null,
  severity text not null,
  phase text not null,
  at timestamp with time zone not null,
  value double precision not null,
  crossed double precision,
  received_at timestamp with time zone not null,
  basis jsonb
)
-- grants on table edge_alarm: delete insert select update to millrace_app
table feed_event with row security (
  network_id uuid not null,
  seq bigint not null generated always as identity,
  factory_org_id uuid,
  buyer_org_id uuid,
  kind text not null,
  at timestamp with time zone not null,
  payload jsonb not null,
  names jsonb not null
)
-- grants on table feed_event: delete insert select update to millrace_app
table gateway with row security (
  network_id uuid not null,
  id uuid not null,
  organisation_id uuid not null,
  code text not null,
  name text not null,
  token_hash bytea not null,
  created_at timestamp with time zone not null,
  revoked_at timestamp with time zone,
  rotation_asked_at timestamp with time zone
)
-- grants on table gateway: delete insert select update to millrace_app
table gateway_config with row security (
  network_id uuid not null,
  gateway_id uuid not null,
  version integer not null,
  factory_org_id uuid not null,
  config jsonb not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  note text,
  restored_from integer,
  applied_at timestamp with time zone,
  faults jsonb not null default '[]'::jsonb
)
-- grants on table gateway_config: delete insert select update to millrace_app
table gateway_enrolment with row security (
  network_id uuid not null,
  gateway_id uuid not null,
  code_hash bytea not null,
  factory_org_id uuid not null,
  created_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  used_at timestamp with time zone,
  replaced_at timestamp with time zone
)
-- grants on table gateway_enrolment: delete insert select update to millrace_app
table gateway_health with row security (
  network_id uuid not null,
  gateway_id uuid not null,
  factory_org_id uuid not null,
  heard_at timestamp with time zone not null,
  wait_s integer not null,
  health jsonb not null
)
-- grants on table gateway_health: delete insert select update to millrace_app
table gateway_layout with row security (
  org_id uuid not null,
  gateway_id uuid not null,
  layout_id integer not null,
  network_id uuid not null,
  machine_ids uuid[] not null,
  signals text[] not null,
  increments boolean[] not null
)
-- grants on table gateway_layout: delete insert select update to millrace_app
table gateway_next_token with row security (
  network_id uuid not null,
  gateway_id uuid not null,
  token_hash bytea not null,
  organisation_id uuid not null,
  created_at timestamp with time zone not null,
  attempt_hash bytea
)
-- grants on table gateway_next_token: delete insert select update to millrace_app
table gateway_request with row security (
  network_id uuid not null,
  gateway_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  request jsonb not null,
  requested_by text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  told_at timestamp with time zone,
  answered_at timestamp with time zone,
  answer jsonb
)
-- grants on table gateway_request: delete insert select update to millrace_app
table hour_roll_up with row security (
  org_id uuid not null,
  gateway_id uuid not null,
  hour timestamp with time zone not null,
  network_id uuid not null,
  pieces bigint[] not null,
  running_s smallint[] not null,
  energy_wh bigint[] not null,
  records smallint[] not null,
  restarts smallint[] not null,
  state_minutes smallint[] not null,
  end_minute integer[] not null,
  end_count bigint[] not null,
  end_midnight smallint[] not null
)
-- grants on table hour_roll_up: delete insert select update to millrace_app
table item with row security (
  network_id uuid not null,
  id uuid not null,
  code text not null,
  name text not null,
  unit text not null default '{piece}'::text,
  weight_gram bigint,
  version bigint not null default 0
)
-- grants on table item: delete insert select update to millrace_app
table kernel_clock with row security (
  only_row boolean not null default true,
  domain_at timestamp with time zone not null,
  wall_at timestamp with time zone not null,
  speed double precision not null
)
-- grants on table kernel_clock: delete insert select update to millrace_app
table kernel_migration (
  number integer not null,
  name text not null,
  checksum text not null,
  applied_at timestamp with time zone not null default now()
)
-- grants on table kernel_migration: select to millrace_app
table line_explanation with row security (
  network_id uuid not null,
  line_id uuid not null,
  run_id uuid not null,
  chosen jsonb not null,
  refused jsonb not null
)
-- grants on table line_explanation: delete insert select update to millrace_app
table line_override with row security (
  network_id uuid not null,
  id uuid not null,
  line_id uuid not null,
  order_id uuid not null,
  lock text not null,
  site_id uuid,
  quantity integer,
  finish_at timestamp with time zone,
  reason text not null,
  recorded_by text not null,
  recorded_at timestamp with time zone not null,
  released_at timestamp with time zone
)
-- grants on table line_override: delete insert select update to millrace_app
table loss_ledger with row security (
  org_id uuid not null,
  gateway_id uuid not null,
  day date not null,
  layout_id integer not null,
  network_id uuid not null,
  duplicate integer[] not null,
  conflict integer[] not null,
  rejected integer[] not null,
  late integer[] not null,
  unattributed bigint not null default 0
)
-- grants on table loss_ledger: delete insert select update to millrace_app
table machine with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  site_id uuid not null,
  work_center_id uuid not null,
  gateway_id uuid,
  code text not null,
  name text not null,
  calendar_id uuid,
  count_modulus bigint,
  retired_at timestamp with time zone,
  version bigint not null default 0
)
-- grants on table machine: delete insert select update to millrace_app
table machine_assignment with row security (
  org_id uuid not null,
  machine_id uuid not null,
  started_at timestamp with time zone not null,
  operation_id uuid not null,
  network_id uuid not null,
  item_id uuid not null,
  item_code text not null,
  rate_per_hour double precision not null,
  quantity integer not null,
  ended_at timestamp with time zone
)
-- grants on table machine_assignment: delete insert select update to millrace_app
table machine_block with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  site_id uuid not null,
  machine_id uuid not null,
  from_at timestamp with time zone not null,
  to_at timestamp with time zone not null,
  kind text not null,
  reason text not null
)
-- grants on table machine_block: delete insert select update to millrace_app
table machine_booking with row security (
  network_id uuid not null,
  machine_id uuid not null,
  factory_org_id uuid not null,
  booked_until timestamp with time zone not null
)
-- grants on table machine_booking: delete insert select update to millrace_app
table machine_command with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  gateway_id uuid not null,
  machine_id uuid not null,
  machine_code text not null,
  command text not null,
  class text not null,
  value jsonb not null,
  reason text not null,
  request_key text,
  state text not null,
  requested_by text not null,
  requested_by_id uuid not null,
  requested_at timestamp with time zone not null,
  approved_by text,
  approved_by_id uuid,
  approved_at timestamp with time zone,
  expires_at timestamp with time zone not null,
  delivered_at timestamp with time zone,
  outcome jsonb
)
-- grants on table machine_command: delete insert select update to millrace_app
table machine_scrap with row security (
  org_id uuid not null,
  machine_id uuid not null,
  at timestamp with time zone not null,
  id uuid not null,
  network_id uuid not null,
  quantity integer not null
)
-- grants on table machine_scrap: delete insert select update to millrace_app
table match_lease with row security (
  network_id uuid not null,
  holder uuid not null,
  leased_until timestamp with time zone not null,
  run_trigger text,
  run_started_at timestamp with time zone,
  progress jsonb,
  stop_wish text
)
-- grants on table match_lease: delete insert select update to millrace_app
table match_request with row security (
  id bigint not null generated always as identity,
  network_id uuid not null,
  trigger text not null,
  line_id uuid,
  requested_at timestamp with time zone not null
)
-- grants on table match_request: delete insert select update to millrace_app
table match_run with row security (
  network_id uuid not null,
  id uuid not null,
  trigger text not null,
  started_at timestamp with time zone not null,
  engine_ms double precision not null,
  snapshot_hash text not null,
  plan_hash text not null,
  engine_version text not null,
  lines integer not null,
  placed integer not null,
  unplaced integer not null,
  late integer not null,
  changed integer not null,
  objective double precision not null,
  weights jsonb not null,
  violations integer,
  changes jsonb not null,
  snapshot bytea,
  lower_bound double precision,
  stopped_after integer[]
)
-- grants on table match_run: delete insert select update to millrace_app
table membership with row security (
  network_id uuid not null,
  organisation_id uuid not null,
  user_id uuid not null,
  role text not null,
  disabled_at timestamp with time zone,
  created_at timestamp with time zone not null
)
-- grants on table membership: delete insert select update to millrace_app
table network with row security (
  network_id uuid not null,
  name text not null,
  created_at timestamp with time zone not null
)
-- grants on table network: delete insert select update to millrace_app
table one_time_link with row security (
  token_hash bytea not null,
  purpose text not null,
  user_id uuid,
  organisation_id uuid,
  expires_at timestamp with time zone not null
)
-- grants on table one_time_link: delete insert select update to millrace_app
table operation with row security (
  network_id uuid not null,
  id uuid not null,
  production_order_id uuid not null,
  machine_id uuid not null,
  machine_code text not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  site_id uuid not null,
  item_id uuid not null,
  item_code text not null,
  step_index smallint not null,
  state text not null,
  quantity integer not null,
  counted integer not null default 0,
  manual_good integer not null default 0,
  scrap_quantity integer not null default 0,
  good_quantity integer not null default 0,
  running_s bigint not null default 0,
  rated_pieces integer not null default 0,
  rated_running_s bigint not null default 0,
  planned_start timestamp with time zone not null,
  planned_end timestamp with time zone not null,
  started_at timestamp with time zone,
  finished_at timestamp with time zone,
  set_up_minutes integer not null,
  rate_per_hour double precision not null
)
-- grants on table operation: delete insert select update to millrace_app
table order_line with row security (
  network_id uuid not null,
  id uuid not null,
  order_id uuid not null,
  buyer_org_id uuid not null,
  line_no integer not null,
  item_id uuid not null,
  item_code text not null,
  item_name text not null,
  quantity bigint not null,
  requested_at timestamp with time zone not null,
  priority integer not null,
  split_allowed boolean not null,
  minimum_shipment bigint not null,
  state text not null,
  unplaceable boolean not null default false,
  started boolean not null default false,
  promised_at timestamp with time zone,
  projected_at timestamp with time zone,
  submitted_at timestamp with time zone not null,
  received_at timestamp with time zone,
  allocated_quantity bigint not null default 0,
  produced_quantity bigint not null default 0,
  shipped_quantity bigint not null default 0,
  received_quantity bigint not null default 0,
  short_quantity bigint not null default 0,
  cancelled_quantity bigint not null default 0
)
-- grants on table order_line: delete insert select update to millrace_app
table order_number with row security (
  network_id uuid not null,
  year integer not null,
  last_number bigint not null
)
-- grants on table order_number: delete insert select update to millrace_app
table order_step with row security (
  network_id uuid not null,
  order_id uuid not null,
  seq bigint not null generated always as identity,
  buyer_org_id uuid not null,
  line_id uuid,
  at timestamp with time zone not null,
  kind text not null,
  actor text not null,
  site_name text,
  quantity bigint,
  detail jsonb not null,
  evidence text
)
-- grants on table order_step: delete insert select update to millrace_app
table organisation with row security (
  network_id uuid not null,
  id uuid not null,
  kind text not null,
  code text not null,
  name text not null,
  country text,
  external_ids jsonb not null default '{}'::jsonb,
  created_at timestamp with time zone not null
)
-- grants on table organisation: delete insert select update to millrace_app
table outbox_dead_event with row security (
  subscriber text not null,
  event_id bigint not null,
  network_id uuid not null,
  kind text not null,
  payload jsonb not null,
  error text not null,
  died_at timestamp with time zone not null default now()
)
-- grants on table outbox_dead_event: delete insert select update to millrace_app
table outbox_event with row security (
  id bigint not null generated always as identity,
  tx_id xid8 not null default pg_current_xact_id(),
  network_id uuid not null,
  kind text not null,
  payload jsonb not null,
  at timestamp with time zone not null,
  recorded_at timestamp with time zone not null default clock_timestamp()
)
-- grants on table outbox_event: delete insert select update to millrace_app
table outbox_subscriber with row security (
  name text not null,
  tx_id xid8 not null,
  event_id bigint not null,
  attempts integer not null default 0,
  retry_at timestamp with time zone
)
-- grants on table outbox_subscriber: delete insert select update to millrace_app
table output_report with row security (
  network_id uuid not null,
  id uuid not null,
  operation_id uuid not null,
  production_order_id uuid not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  source text not null,
  good integer not null,
  scrap integer not null,
  scrap_reason text,
  note text,
  report_key text not null,
  at timestamp with time zone not null,
  reported_by text
)
-- grants on table output_report: delete insert select update to millrace_app
table production_order with row security (
  network_id uuid not null,
  id uuid not null,
  production_no text not null,
  allocation_id uuid not null,
  line_id uuid not null,
  order_id uuid not null,
  order_no text not null,
  item_id uuid not null,
  item_code text not null,
  item_name text not null,
  site_id uuid not null,
  site_name text not null,
  work_center_id uuid not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  priority smallint not null,
  state text not null,
  quantity integer not null,
  good_quantity integer not null default 0,
  scrap_quantity integer not null default 0,
  told_quantity integer not null default 0,
  minimum_shipment integer not null default 1,
  planned_start timestamp with time zone not null,
  planned_finish timestamp with time zone not null,
  projected_finish timestamp with time zone not null,
  slip_told timestamp with time zone,
  line_told_finish timestamp with time zone not null,
  transit_ms bigint not null,
  requested_at timestamp with time zone not null,
  released_at timestamp with time zone not null,
  started_at timestamp with time zone,
  completed_at timestamp with time zone,
  promised_finish timestamp with time zone not null
)
-- grants on table production_order: delete insert select update to millrace_app
table record_batch partition by RANGE (minute) with row security (
  org_id uuid not null,
  gateway_id uuid not null,
  minute timestamp with time zone not null,
  network_id uuid not null,
  layout_id integer not null,
  late boolean not null default false,
  running_s smallint[] not null,
  cumulative integer[] not null,
  state smallint[],
  energy_wh integer[],
  signal_values double precision[],
  own_day smallint[]
)
-- grants on table record_batch: delete insert select update to millrace_app
table record_hour_dirty with row security (
  org_id uuid not null,
  gateway_id uuid not null,
  hour timestamp with time zone not null,
  network_id uuid not null,
  marks integer not null default 1
)
-- grants on table record_hour_dirty: delete insert select update to millrace_app
table registry_version with row security (
  network_id uuid not null,
  version bigint not null
)
-- grants on table registry_version: delete insert select update to millrace_app
table reservation with row security (
  network_id uuid not null,
  id uuid not null,
  machine_id uuid not null,
  site_id uuid not null,
  factory_org_id uuid not null,
  allocation_id uuid not null,
  period tstzrange not null,
  quantity integer not null
)
-- grants on table reservation: delete insert select update to millrace_app
table sales_order with row security (
  network_id uuid not null,
  id uuid not null,
  buyer_org_id uuid not null,
  buyer_name text not null,
  order_no text not null,
  reference text not null,
  content_hash text not null,
  destination_name text not null,
  destination_lat double precision not null,
  destination_lon double precision not null,
  state text not null,
  channel text not null,
  submitted_at timestamp with time zone not null
)
-- grants on table sales_order: delete insert select update to millrace_app
table schedule_proposal with row security (
  network_id uuid not null,
  site_id uuid not null,
  snapshot_hash text not null,
  factory_org_id uuid not null,
  made_by text not null,
  made_at timestamp with time zone not null,
  fence_at timestamp with time zone not null,
  snapshot bytea not null,
  proposal jsonb not null,
  applied_at timestamp with time zone,
  applied_by text
)
-- grants on table schedule_proposal: delete insert select update to millrace_app
table schedule_run with row security (
  network_id uuid not null,
  site_id uuid not null,
  factory_org_id uuid not null,
  holder uuid not null,
  told_until timestamp with time zone not null,
  progress jsonb not null,
  stop_wish text
)
-- grants on table schedule_run: delete insert select update to millrace_app
view shared_capacity_rate (
  network_id uuid,
  factory_org_id uuid,
  machine_id uuid,
  item_id uuid,
  pieces double precision,
  running_min double precision,
  measured_at timestamp with time zone
)
-- grants on view shared_capacity_rate: select to millrace_app
view shared_production_progress (
  network_id uuid,
  factory_org_id uuid,
  id uuid,
  production_no text,
  item_name text,
  state text,
  quantity integer,
  good_quantity integer,
  scrap_quantity integer,
  planned_finish timestamp with time zone,
  projected_finish timestamp with time zone
)
-- grants on view shared_production_progress: select to millrace_app
table sharing_grant with row security (
  network_id uuid not null,
  id uuid not null,
  grantor_org_id uuid not null,
  grantee_org_id uuid not null,
  resource text not null,
  fields text[] not null,
  purpose text not null,
  created_at timestamp with time zone not null,
  expires_at timestamp with time zone not null,
  revoked_at timestamp with time zone
)
-- grants on table sharing_grant: delete insert select update to millrace_app
table shipment with row security (
  network_id uuid not null,
  id uuid not null,
  shipment_no text not null,
  production_order_id uuid not null,
  allocation_id uuid not null,
  line_id uuid not null,
  order_id uuid not null,
  order_no text not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  site_id uuid not null,
  site_name text not null,
  item_name text not null,
  quantity integer not null,
  received_quantity integer,
  state text not null,
  from_lat double precision not null,
  from_lon double precision not null,
  to_lat double precision not null,
  to_lon double precision not null,
  destination_name text not null,
  distance_km double precision not null,
  travel_ms bigint not null,
  created_at timestamp with time zone not null
)
-- grants on table shipment: delete insert select update to millrace_app
table shipment_milestone with row security (
  network_id uuid not null,
  shipment_id uuid not null,
  seq smallint not null,
  factory_org_id uuid not null,
  buyer_org_id uuid not null,
  kind text not null,
  planned_at timestamp with time zone,
  estimated_at timestamp with time zone,
  actual_at timestamp with time zone,
  note text,
  recorded_by text
)
-- grants on table shipment_milestone: delete insert select update to millrace_app
table site with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  code text not null,
  name text not null,
  lat double precision not null,
  lon double precision not null,
  position_approximate boolean not null default false,
  zone text not null,
  offered_percent integer not null default 100,
  auto_accept boolean not null default false,
  calendar_id uuid,
  version bigint not null default 0
)
-- grants on table site: delete insert select update to millrace_app
table state_announcement with row security (
  org_id uuid not null,
  gateway_id uuid not null,
  network_id uuid not null,
  state smallint[] not null,
  stopped_since integer[] not null
)
-- grants on table state_announcement: delete insert select update to millrace_app
table telemetry_group partition by RANGE (received_at) with row security (
  org_id uuid not null,
  received_at timestamp with time zone not null,
  id uuid not null,
  network_id uuid not null,
  first_at timestamp with time zone not null,
  last_at timestamp with time zone not null,
  machines uuid[] not null,
  signals text[] not null,
  message_machine integer[] not null,
  message_at_ms integer[] not null,
  value_message integer[] not null,
  value_signal smallint[] not null,
  value double precision[] not null,
  text_message integer[],
  text_signal smallint[],
  text_value text[]
)
-- grants on table telemetry_group: delete insert select update to millrace_app
table telemetry_minute_dirty with row security (
  org_id uuid not null,
  minute timestamp with time zone not null,
  network_id uuid not null,
  marks integer not null default 1
)
-- grants on table telemetry_minute_dirty: delete insert select update to millrace_app
table token_revision with row security (
  only_row boolean not null default true,
  revision bigint not null
)
-- grants on table token_revision: delete insert select update to millrace_app
table work_center with row security (
  network_id uuid not null,
  id uuid not null,
  factory_org_id uuid not null,
  site_id uuid not null,
  code text not null,
  name text not null,
  process_code text not null,
  version bigint not null default 0
)
-- grants on table work_center: delete insert select update to millrace_app

-- views
view shared_capacity_rate as
 SELECT r.network_id,
    r.factory_org_id,
    r.machine_id,
    r.item_id,
        CASE
            WHEN 'rates'::text = ANY (g.fields) THEN r.pieces
            ELSE NULL::double precision
        END AS pieces,
        CASE
            WHEN g.fields && '{rates,confidence,source}'::text[] THEN r.running_min
            ELSE NULL::double precision
        END AS running_min,
    r.measured_at
   FROM ( SELECT o.grantor_org_id,
            granted_fields('capacity'::text, o.grantor_org_id) AS fields
           FROM ( SELECT DISTINCT sharing_grant.grantor_org_id
                   FROM sharing_grant
                  WHERE sharing_grant.network_id = acting_network() AND sharing_grant.grantee_org_id = acting_organisation() AND sharing_grant.resource = 'capacity'::text) o) g
     JOIN capacity_rate r ON r.network_id = acting_network() AND r.factory_org_id = g.grantor_org_id
  WHERE g.fields && '{rates,confidence,source,ageMs}'::text[];
view shared_production_progress as
 SELECT p.network_id,
    p.factory_org_id,
    p.id,
        CASE
            WHEN 'productionNo'::text = ANY (g.fields) THEN p.production_no
            ELSE NULL::text
        END AS production_no,
        CASE
            WHEN 'itemName'::text = ANY (g.fields) THEN p.item_name
            ELSE NULL::text
        END AS item_name,
        CASE
            WHEN 'state'::text = ANY (g.fields) THEN p.state
            ELSE NULL::text
        END AS state,
        CASE
            WHEN 'quantity'::text = ANY (g.fields) THEN p.quantity
            ELSE NULL::integer
        END AS quantity,
        CASE
            WHEN 'goodQuantity'::text = ANY (g.fields) THEN p.good_quantity
            ELSE NULL::integer
        END AS good_quantity,
        CASE
            WHEN 'scrapQuantity'::text = ANY (g.fields) THEN p.scrap_quantity
            ELSE NULL::integer
        END AS scrap_quantity,
        CASE
            WHEN 'plannedFinish'::text = ANY (g.fields) THEN p.planned_finish
            ELSE NULL::timestamp with time zone
        END AS planned_finish,
        CASE
            WHEN 'projectedFinish'::text = ANY (g.fields) THEN p.projected_finish
            ELSE NULL::timestamp with time zone
        END AS projected_finish
   FROM ( SELECT o.grantor_org_id,
            granted_fields('production-progress'::text, o.grantor_org_id) AS fields
           FROM ( SELECT DISTINCT sharing_grant.grantor_org_id
                   FROM sharing_grant
                  WHERE sharing_grant.network_id = acting_network() AND sharing_grant.grantee_org_id = acting_organisation()) o) g
     JOIN production_order p ON p.network_id = acting_network() AND p.factory_org_id = g.grantor_org_id
  WHERE g.fields IS NOT NULL;

-- constraints
allocation: allocation_cost_minor_check CHECK ((cost_minor >= 0))
allocation: allocation_pkey PRIMARY KEY (network_id, id)
allocation: allocation_quantity_check CHECK ((quantity > 0))
allocation_sub_lot: allocation_sub_lot_network_id_allocation_id_fkey FOREIGN KEY (network_id, allocation_id) REFERENCES allocation(network_id, id) ON DELETE CASCADE
allocation_sub_lot: allocation_sub_lot_pkey PRIMARY KEY (network_id, allocation_id, no)
allocation_sub_lot: allocation_sub_lot_quantity_check CHECK ((quantity > 0))
allocation_sub_lot: allocation_sub_lot_set_up_ms_check CHECK ((set_up_ms >= 0))
api_key: api_key_network_id_organisation_id_fkey FOREIGN KEY (network_id, organisation_id) REFERENCES organisation(network_id, id)
api_key: api_key_pkey PRIMARY KEY (network_id, id)
audit_entry: audit_entry_pkey PRIMARY KEY (network_id, seq)
audit_head: audit_head_pkey PRIMARY KEY (network_id)
auth_account: auth_account_pkey PRIMARY KEY (id)
auth_account: auth_account_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id)
auth_account: auth_account_user_id_provider_id_key UNIQUE (user_id, provider_id)
auth_secret: auth_secret_only_row_check CHECK (only_row)
auth_secret: auth_secret_pkey PRIMARY KEY (only_row)
auth_session: auth_session_pkey PRIMARY KEY (id)
auth_session: auth_session_token_key UNIQUE (token)
auth_session: auth_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id)
auth_totp: auth_totp_pkey PRIMARY KEY (user_id)
auth_totp: auth_totp_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id)
auth_user: auth_user_email_check CHECK ((email = lower(email)))
auth_user: auth_user_email_key UNIQUE (email)
auth_user: auth_user_pkey PRIMARY KEY (id)
auth_verification: auth_verification_pkey PRIMARY KEY (id)
calendar: calendar_code UNIQUE (network_id, factory_org_id, code)
calendar: calendar_code_check CHECK (((length(code) >= 1) AND (length(code) <= 64)))
calendar: calendar_exceptions_check CHECK ((jsonb_typeof(exceptions) = 'array'::text))
calendar: calendar_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
calendar: calendar_pkey PRIMARY KEY (network_id, id)
calendar: calendar_shifts_check CHECK ((jsonb_typeof(shifts) = 'array'::text))
capability: capability_currency_check CHECK ((currency ~ '^[A-Z]{3}$'::text))
capability: capability_minimum_lot_check CHECK (((minimum_lot >= 1) AND (minimum_lot <= 1000000000)))
capability: capability_network_id_item_id_fkey FOREIGN KEY (network_id, item_id) REFERENCES item(network_id, id)
capability: capability_network_id_site_id_fkey FOREIGN KEY (network_id, site_id) REFERENCES site(network_id, id)
capability: capability_network_id_work_center_id_fkey FOREIGN KEY (network_id, work_center_id) REFERENCES work_center(network_id, id)
capability: capability_of_work_center UNIQUE (network_id, work_center_id, item_id)
capability: capability_pkey PRIMARY KEY (network_id, id)
capability: capability_rate_per_hour_check CHECK (((rate_per_hour > (0)::double precision) AND (rate_per_hour <= (10000000)::double precision)))
capability: capability_set_up_minutes_check CHECK (((set_up_minutes >= 0) AND (set_up_minutes <= 10080)))
capability: capability_state_check CHECK ((state = ANY (ARRAY['applied'::text, 'qualified'::text, 'suspended'::text])))
capability: capability_unit_cost_minor_check CHECK ((unit_cost_minor >= 0))
capacity_outage: capacity_outage_pkey PRIMARY KEY (network_id, machine_id)
capacity_rate: capacity_rate_pieces_check CHECK ((pieces >= (0)::double precision))
capacity_rate: capacity_rate_pkey PRIMARY KEY (network_id, machine_id, item_id)
capacity_rate: capacity_rate_running_min_check CHECK ((running_min >= (0)::double precision))
capacity_rebuild: capacity_rebuild_pkey PRIMARY KEY (network_id)
capacity_version: capacity_version_pkey PRIMARY KEY (network_id)
command_switch: command_switch_pkey PRIMARY KEY (network_id, machine_id)
device_head: device_head_pkey PRIMARY KEY (org_id, machine_id)
device_mapping: device_mapping_count_key_check CHECK ((length(count_key) <= 64))
device_mapping: device_mapping_count_kind_check CHECK ((count_kind = ANY (ARRAY['cumulative'::text, 'increment'::text])))
device_mapping: device_mapping_energy_key_check CHECK ((length(energy_key) <= 64))
device_mapping: device_mapping_form_check CHECK ((form = 'thingsboard'::text))
device_mapping: device_mapping_pkey PRIMARY KEY (network_id, id)
device_mapping: device_mapping_running_key_check CHECK ((length(running_key) <= 64))
device_mapping_version: device_mapping_version_only_row_check CHECK (only_row)
device_mapping_version: device_mapping_version_pkey PRIMARY KEY (only_row)
edge_alarm: edge_alarm_basis_check CHECK ((jsonb_typeof(basis) = 'object'::text))
edge_alarm: edge_alarm_phase_check CHECK ((phase = ANY (ARRAY['raised'::text, 'cleared'::text])))
edge_alarm: edge_alarm_pkey PRIMARY KEY (network_id, gateway_id, id)
edge_alarm: edge_alarm_severity_check CHECK ((severity = ANY (ARRAY['info'::text, 'warning'::text, 'critical'::text])))
feed_event: feed_event_names_check CHECK ((jsonb_typeof(names) = 'object'::text))
feed_event: feed_event_payload_check CHECK ((jsonb_typeof(payload) = 'object'::text))
feed_event: feed_event_pkey PRIMARY KEY (network_id, seq)
gateway: gateway_network_id_organisation_id_code_key UNIQUE (network_id, organisation_id, code)
gateway: gateway_network_id_organisation_id_fkey FOREIGN KEY (network_id, organisation_id) REFERENCES organisation(network_id, id)
gateway: gateway_pkey PRIMARY KEY (network_id, id)
gateway_config: gateway_config_config_check CHECK ((jsonb_typeof(config) = 'object'::text))
gateway_config: gateway_config_faults_check CHECK ((jsonb_typeof(faults) = 'array'::text))
gateway_config: gateway_config_pkey PRIMARY KEY (network_id, gateway_id, version)
gateway_config: gateway_config_version_check CHECK ((version > 0))
gateway_enrolment: gateway_enrolment_pkey PRIMARY KEY (network_id, gateway_id, code_hash)
gateway_health: gateway_health_health_check CHECK ((jsonb_typeof(health) = 'object'::text))
gateway_health: gateway_health_pkey PRIMARY KEY (network_id, gateway_id)
gateway_layout: gateway_layout_layout_id_check CHECK ((layout_id > 0))
gateway_layout: gateway_layout_pkey PRIMARY KEY (org_id, gateway_id, layout_id)
gateway_next_token: gateway_next_token_pkey PRIMARY KEY (network_id, gateway_id, token_hash)
gateway_request: gateway_request_pkey PRIMARY KEY (network_id, gateway_id, id)
gateway_request: gateway_request_request_check CHECK ((jsonb_typeof(request) = 'object'::text))
hour_roll_up: hour_roll_up_pkey PRIMARY KEY (org_id, gateway_id, hour)
item: item_code UNIQUE (network_id, code)
item: item_code_check CHECK (((length(code) >= 1) AND (length(code) <= 64)))
item: item_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
item: item_pkey PRIMARY KEY (network_id, id)
item: item_unit_check CHECK (((length(unit) >= 1) AND (length(unit) <= 32)))
item: item_weight_gram_check CHECK ((weight_gram >= 0))
kernel_clock: kernel_clock_only_row_check CHECK (only_row)
kernel_clock: kernel_clock_pkey PRIMARY KEY (only_row)
kernel_clock: kernel_clock_speed_check CHECK ((speed > (0)::double precision))
kernel_migration: kernel_migration_pkey PRIMARY KEY (number)
line_explanation: line_explanation_pkey PRIMARY KEY (network_id, line_id)
line_override: line_override_pkey PRIMARY KEY (network_id, id)
loss_ledger: loss_ledger_pkey PRIMARY KEY (org_id, gateway_id, day, layout_id)
machine: machine_code UNIQUE (network_id, factory_org_id, code)
machine: machine_code_check CHECK (((length(code) >= 1) AND (length(code) <= 64)))
machine: machine_count_modulus_check CHECK (((count_modulus >= 2) AND (count_modulus <= '4294967296'::bigint)))
machine: machine_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
machine: machine_network_id_calendar_id_fkey FOREIGN KEY (network_id, calendar_id) REFERENCES calendar(network_id, id)
machine: machine_network_id_site_id_fkey FOREIGN KEY (network_id, site_id) REFERENCES site(network_id, id)
machine: machine_network_id_work_center_id_fkey FOREIGN KEY (network_id, work_center_id) REFERENCES work_center(network_id, id)
machine: machine_pkey PRIMARY KEY (network_id, id)
machine_assignment: machine_assignment_check CHECK ((ended_at >= started_at))
machine_assignment: machine_assignment_pkey PRIMARY KEY (org_id, machine_id, started_at, operation_id)
machine_assignment: machine_assignment_quantity_check CHECK ((quantity >= 0))
machine_assignment: machine_assignment_rate_per_hour_check CHECK ((rate_per_hour > (0)::double precision))
machine_block: machine_block_check CHECK ((from_at < to_at))
machine_block: machine_block_kind_check CHECK ((kind = ANY (ARRAY['maintenance'::text, 'own-work'::text, 'closed'::text, 'down'::text])))
machine_block: machine_block_network_id_machine_id_fkey FOREIGN KEY (network_id, machine_id) REFERENCES machine(network_id, id)
machine_block: machine_block_pkey PRIMARY KEY (network_id, id)
machine_block: machine_block_reason_check CHECK (((length(reason) >= 1) AND (length(reason) <= 200)))
machine_booking: machine_booking_pkey PRIMARY KEY (network_id, machine_id)
machine_command: machine_command_check CHECK (((approved_by_id IS NULL) OR (class = 'normal'::text) OR (approved_by_id <> requested_by_id)))
machine_command: machine_command_class_check CHECK ((class = ANY (ARRAY['normal'::text, 'dangerous'::text])))
machine_command: machine_command_key UNIQUE (network_id, machine_id, request_key)
machine_command: machine_command_pkey PRIMARY KEY (network_id, id)
machine_command: machine_command_state_check CHECK ((state = ANY (ARRAY['awaiting-approval'::text, 'queued'::text, 'delivered'::text, 'executed'::text, 'refused'::text, 'failed'::text, 'expired'::text, 'withdrawn'::text, 'unknown'::text])))
machine_scrap: machine_scrap_pkey PRIMARY KEY (org_id, machine_id, at, id)
machine_scrap: machine_scrap_quantity_check CHECK ((quantity > 0))
match_lease: match_lease_pkey PRIMARY KEY (network_id)
match_lease: match_lease_stop_wish_check CHECK ((stop_wish = ANY (ARRAY['keep'::text, 'discard'::text])))
match_request: match_request_pkey PRIMARY KEY (id)
match_run: match_run_pkey PRIMARY KEY (network_id, id)
membership: membership_network_id_organisation_id_fkey FOREIGN KEY (network_id, organisation_id) REFERENCES organisation(network_id, id)
membership: membership_pkey PRIMARY KEY (network_id, organisation_id, user_id)
membership: membership_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'dispatcher'::text, 'owner'::text, 'planner'::text, 'worker'::text, 'purchaser'::text, 'viewer'::text, 'auditor'::text])))
membership: membership_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id)
network: network_pkey PRIMARY KEY (network_id)
one_time_link: one_time_link_check CHECK (((purpose = 'sign-in'::text) = (user_id IS NOT NULL)))
one_time_link: one_time_link_pkey PRIMARY KEY (token_hash)
one_time_link: one_time_link_purpose_check CHECK ((purpose = ANY (ARRAY['setup'::text, 'sign-in'::text])))
one_time_link: one_time_link_user_id_fkey FOREIGN KEY (user_id) REFERENCES auth_user(id)
operation: operation_counted_check CHECK ((counted >= 0))
operation: operation_good_quantity_check CHECK ((good_quantity >= 0))
operation: operation_manual_good_check CHECK ((manual_good >= 0))
operation: operation_network_id_production_order_id_fkey FOREIGN KEY (network_id, production_order_id) REFERENCES production_order(network_id, id)
operation: operation_pkey PRIMARY KEY (network_id, id)
operation: operation_quantity_check CHECK ((quantity >= 0))
operation: operation_rate_per_hour_check CHECK ((rate_per_hour > (0)::double precision))
operation: operation_scrap_quantity_check CHECK ((scrap_quantity >= 0))
operation: operation_state_check CHECK ((state = ANY (ARRAY['queued'::text, 'running'::text, 'done'::text, 'withdrawn'::text])))
order_line: order_line_check CHECK (((minimum_shipment >= 1) AND (minimum_shipment <= quantity)))
order_line: order_line_check1 CHECK (((allocated_quantity >= 0) AND (allocated_quantity <= quantity)))
order_line: order_line_check2 CHECK (((shipped_quantity >= 0) AND (shipped_quantity <= produced_quantity)))
order_line: order_line_check3 CHECK (((short_quantity >= 0) AND ((received_quantity + short_quantity) <= shipped_quantity)))
order_line: order_line_check4 CHECK (((cancelled_quantity >= 0) AND (cancelled_quantity <= quantity)))
order_line: order_line_line_no_check CHECK ((line_no > 0))
order_line: order_line_network_id_order_id_fkey FOREIGN KEY (network_id, order_id) REFERENCES sales_order(network_id, id)
order_line: order_line_network_id_order_id_line_no_key UNIQUE (network_id, order_id, line_no)
order_line: order_line_pkey PRIMARY KEY (network_id, id)
order_line: order_line_priority_check CHECK (((priority >= 0) AND (priority <= 4)))
order_line: order_line_produced_quantity_check CHECK ((produced_quantity >= 0))
order_line: order_line_quantity_check CHECK (((quantity >= 1) AND (quantity <= 1000000000)))
order_line: order_line_received_quantity_check CHECK ((received_quantity >= 0))
order_line: order_line_state_check CHECK ((state = ANY (ARRAY['submitted'::text, 'allocated'::text, 'partly-allocated'::text, 'unplaceable'::text, 'in-production'::text, 'produced'::text, 'shipped'::text, 'received'::text, 'cancelled'::text])))
order_number: order_number_last_number_check CHECK ((last_number > 0))
order_number: order_number_pkey PRIMARY KEY (network_id, year)
order_step: order_step_network_id_order_id_fkey FOREIGN KEY (network_id, order_id) REFERENCES sales_order(network_id, id)
order_step: order_step_pkey PRIMARY KEY (network_id, order_id, seq)
organisation: organisation_kind_check CHECK ((kind = ANY (ARRAY['operator'::text, 'factory'::text, 'buyer'::text, 'carrier'::text, 'authority'::text, 'hospital'::text, 'bank'::text])))
organisation: organisation_network_id_code_key UNIQUE (network_id, code)
organisation: organisation_network_id_fkey FOREIGN KEY (network_id) REFERENCES network(network_id)
organisation: organisation_pkey PRIMARY KEY (network_id, id)
outbox_dead_event: outbox_dead_event_pkey PRIMARY KEY (subscriber, event_id)
outbox_event: outbox_event_pkey PRIMARY KEY (id)
outbox_subscriber: outbox_subscriber_pkey PRIMARY KEY (name)
output_report: output_report_network_id_operation_id_fkey FOREIGN KEY (network_id, operation_id) REFERENCES operation(network_id, id)
output_report: output_report_network_id_operation_id_report_key_key UNIQUE (network_id, operation_id, report_key)
output_report: output_report_pkey PRIMARY KEY (network_id, id)
output_report: output_report_source_check CHECK ((source = ANY (ARRAY['machine'::text, 'manual'::text])))
production_order: production_order_good_quantity_check CHECK ((good_quantity >= 0))
production_order: production_order_network_id_allocation_id_key UNIQUE (network_id, allocation_id)
production_order: production_order_network_id_production_no_key UNIQUE (network_id, production_no)
production_order: production_order_pkey PRIMARY KEY (network_id, id)
production_order: production_order_quantity_check CHECK ((quantity >= 0))
production_order: production_order_scrap_quantity_check CHECK ((scrap_quantity >= 0))
production_order: production_order_state_check CHECK ((state = ANY (ARRAY['released'::text, 'running'::text, 'completed'::text, 'recalled'::text, 'cancelled'::text])))
production_order: production_order_told_quantity_check CHECK ((told_quantity >= 0))
production_order: production_order_transit_ms_check CHECK ((transit_ms >= 0))
record_batch: record_batch_pkey PRIMARY KEY (org_id, gateway_id, minute)
record_hour_dirty: record_hour_dirty_pkey PRIMARY KEY (org_id, gateway_id, hour)
registry_version: registry_version_pkey PRIMARY KEY (network_id)
registry_version: registry_version_version_check CHECK ((version > 0))
reservation: reservation_never_overbooked EXCLUDE USING gist (network_id WITH =, machine_id WITH =, period WITH &&)
reservation: reservation_period_check CHECK (((NOT isempty(period)) AND (NOT lower_inf(period)) AND (NOT upper_inf(period))))
reservation: reservation_pkey PRIMARY KEY (network_id, id)
reservation: reservation_quantity_check CHECK ((quantity > 0))
sales_order: sales_order_channel_check CHECK ((channel = ANY (ARRAY['console'::text, 'api'::text, 'file'::text])))
sales_order: sales_order_destination_lat_check CHECK (((destination_lat >= ('-90'::integer)::double precision) AND (destination_lat <= (90)::double precision)))
sales_order: sales_order_destination_lon_check CHECK (((destination_lon >= ('-180'::integer)::double precision) AND (destination_lon <= (180)::double precision)))
sales_order: sales_order_destination_name_check CHECK (((length(destination_name) >= 1) AND (length(destination_name) <= 200)))
sales_order: sales_order_no UNIQUE (network_id, order_no)
sales_order: sales_order_pkey PRIMARY KEY (network_id, id)
sales_order: sales_order_reference UNIQUE (network_id, buyer_org_id, reference)
sales_order: sales_order_reference_check CHECK (((length(reference) >= 1) AND (length(reference) <= 64)))
sales_order: sales_order_state_check CHECK ((state = ANY (ARRAY['submitted'::text, 'in-progress'::text, 'closed'::text, 'cancelled'::text])))
schedule_proposal: schedule_proposal_pkey PRIMARY KEY (network_id, site_id, snapshot_hash)
schedule_run: schedule_run_pkey PRIMARY KEY (network_id, site_id)
schedule_run: schedule_run_stop_wish_check CHECK ((stop_wish = ANY (ARRAY['keep'::text, 'discard'::text])))
sharing_grant: sharing_grant_check CHECK ((grantor_org_id <> grantee_org_id))
sharing_grant: sharing_grant_fields_check CHECK (((cardinality(fields) >= 1) AND (cardinality(fields) <= 64)))
sharing_grant: sharing_grant_network_id_grantee_org_id_fkey FOREIGN KEY (network_id, grantee_org_id) REFERENCES organisation(network_id, id)
sharing_grant: sharing_grant_network_id_grantor_org_id_fkey FOREIGN KEY (network_id, grantor_org_id) REFERENCES organisation(network_id, id)
sharing_grant: sharing_grant_pkey PRIMARY KEY (network_id, id)
sharing_grant: sharing_grant_resource_check CHECK ((resource = ANY (ARRAY['machine-state'::text, 'capacity'::text, 'production-progress'::text])))
shipment: shipment_network_id_production_order_id_key UNIQUE (network_id, production_order_id)
shipment: shipment_network_id_shipment_no_key UNIQUE (network_id, shipment_no)
shipment: shipment_pkey PRIMARY KEY (network_id, id)
shipment: shipment_quantity_check CHECK ((quantity > 0))
shipment: shipment_received_quantity_check CHECK ((received_quantity >= 0))
shipment: shipment_state_check CHECK ((state = ANY (ARRAY['ready'::text, 'in-transit'::text, 'arrived'::text, 'received'::text])))
shipment: shipment_travel_ms_check CHECK ((travel_ms >= 0))
shipment_milestone: shipment_milestone_kind_check CHECK ((kind = ANY (ARRAY['ready'::text, 'departure'::text, 'handover'::text, 'exception'::text, 'arrival'::text, 'received'::text])))
shipment_milestone: shipment_milestone_network_id_shipment_id_fkey FOREIGN KEY (network_id, shipment_id) REFERENCES shipment(network_id, id)
shipment_milestone: shipment_milestone_pkey PRIMARY KEY (network_id, shipment_id, seq)
site: site_code UNIQUE (network_id, factory_org_id, code)
site: site_code_check CHECK (((length(code) >= 1) AND (length(code) <= 64)))
site: site_lat_check CHECK (((lat >= ('-90'::integer)::double precision) AND (lat <= (90)::double precision)))
site: site_lon_check CHECK (((lon >= ('-180'::integer)::double precision) AND (lon <= (180)::double precision)))
site: site_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
site: site_network_id_calendar_id_fkey FOREIGN KEY (network_id, calendar_id) REFERENCES calendar(network_id, id)
site: site_offered_percent_check CHECK (((offered_percent >= 0) AND (offered_percent <= 100)))
site: site_pkey PRIMARY KEY (network_id, id)
state_announcement: state_announcement_pkey PRIMARY KEY (org_id, gateway_id)
telemetry_group: telemetry_group_pkey PRIMARY KEY (org_id, received_at, id)
telemetry_minute_dirty: telemetry_minute_dirty_pkey PRIMARY KEY (org_id, minute)
token_revision: token_revision_only_row_check CHECK (only_row)
token_revision: token_revision_pkey PRIMARY KEY (only_row)
work_center: work_center_code UNIQUE (network_id, factory_org_id, code)
work_center: work_center_code_check CHECK (((length(code) >= 1) AND (length(code) <= 64)))
work_center: work_center_name_check CHECK (((length(name) >= 1) AND (length(name) <= 200)))
work_center: work_center_network_id_site_id_fkey FOREIGN KEY (network_id, site_id) REFERENCES site(network_id, id)
work_center: work_center_pkey PRIMARY KEY (network_id, id)
work_center: work_center_process_code_check CHECK (((length(process_code) >= 1) AND (length(process_code) <= 64)))

-- indexes
CREATE INDEX allocation_active ON public.allocation USING btree (network_id, state) WHERE (state = ANY (ARRAY['offered'::text, 'accepted'::text, 'in-production'::text]))
CREATE INDEX allocation_by_line ON public.allocation USING btree (network_id, line_id)
CREATE INDEX allocation_by_order ON public.allocation USING btree (network_id, order_id)
CREATE INDEX allocation_by_site ON public.allocation USING btree (network_id, site_id, start_at)
CREATE UNIQUE INDEX allocation_pkey ON public.allocation USING btree (network_id, id)
CREATE INDEX allocation_waiting ON public.allocation USING btree (offer_expires_at) WHERE (state = 'offered'::text)
CREATE UNIQUE INDEX allocation_sub_lot_pkey ON public.allocation_sub_lot USING btree (network_id, allocation_id, no)
CREATE UNIQUE INDEX api_key_pkey ON public.api_key USING btree (network_id, id)
CREATE INDEX api_key_token ON public.api_key USING btree (token_hash)
CREATE INDEX audit_entry_organisation ON public.audit_entry USING btree (network_id, organisation_id, seq)
CREATE UNIQUE INDEX audit_entry_pkey ON public.audit_entry USING btree (network_id, seq)
CREATE UNIQUE INDEX audit_head_pkey ON public.audit_head USING btree (network_id)
CREATE UNIQUE INDEX auth_account_pkey ON public.auth_account USING btree (id)
CREATE UNIQUE INDEX auth_account_user_id_provider_id_key ON public.auth_account USING btree (user_id, provider_id)
CREATE UNIQUE INDEX auth_secret_pkey ON public.auth_secret USING btree (only_row)
CREATE UNIQUE INDEX auth_session_pkey ON public.auth_session USING btree (id)
CREATE UNIQUE INDEX auth_session_token_key ON public.auth_session USING btree (token)
CREATE INDEX auth_session_user ON public.auth_session USING btree (user_id)
CREATE UNIQUE INDEX auth_totp_pkey ON public.auth_totp USING btree (user_id)
CREATE UNIQUE INDEX auth_user_email_key ON public.auth_user USING btree (email)
CREATE UNIQUE INDEX auth_user_pkey ON public.auth_user USING btree (id)
CREATE UNIQUE INDEX auth_verification_pkey ON public.auth_verification USING btree (id)
CREATE UNIQUE INDEX calendar_code ON public.calendar USING btree (network_id, factory_org_id, code)
CREATE UNIQUE INDEX calendar_pkey ON public.calendar USING btree (network_id, id)
CREATE INDEX capability_item ON public.capability USING btree (network_id, item_id)
CREATE UNIQUE INDEX capability_of_work_center ON public.capability USING btree (network_id, work_center_id, item_id)
CREATE UNIQUE INDEX capability_pkey ON public.capability USING btree (network_id, id)
CREATE UNIQUE INDEX capacity_outage_pkey ON public.capacity_outage USING btree (network_id, machine_id)
CREATE UNIQUE INDEX capacity_rate_pkey ON public.capacity_rate USING btree (network_id, machine_id, item_id)
CREATE UNIQUE INDEX capacity_rebuild_pkey ON public.capacity_rebuild USING btree (network_id)
CREATE UNIQUE INDEX capacity_version_pkey ON public.capacity_version USING btree (network_id)
CREATE UNIQUE INDEX command_switch_pkey ON public.command_switch USING btree (network_id, machine_id)
CREATE UNIQUE INDEX device_head_pkey ON public.device_head USING btree (org_id, machine_id)
CREATE UNIQUE INDEX device_mapping_machine ON public.device_mapping USING btree (network_id, machine_id) WHERE (revoked_at IS NULL)
CREATE UNIQUE INDEX device_mapping_pkey ON public.device_mapping USING btree (network_id, id)
CREATE INDEX device_mapping_token ON public.device_mapping USING btree (token_hash)
CREATE UNIQUE INDEX device_mapping_version_pkey ON public.device_mapping_version USING btree (only_row)
CREATE INDEX edge_alarm_factory ON public.edge_alarm USING btree (network_id, factory_org_id, at, id)
CREATE INDEX edge_alarm_gateway ON public.edge_alarm USING btree (network_id, gateway_id, at, id)
CREATE INDEX edge_alarm_machine ON public.edge_alarm USING btree (network_id, machine_id, rule, at)
CREATE INDEX edge_alarm_newest ON public.edge_alarm USING btree (network_id, at, id)
CREATE UNIQUE INDEX edge_alarm_pkey ON public.edge_alarm USING btree (network_id, gateway_id, id)
CREATE INDEX feed_event_buyer ON public.feed_event USING btree (network_id, buyer_org_id, seq) WHERE (buyer_org_id IS NOT NULL)
CREATE INDEX feed_event_factory ON public.feed_event USING btree (network_id, factory_org_id, seq) WHERE (factory_org_id IS NOT NULL)
CREATE INDEX feed_event_kind ON public.feed_event USING btree (network_id, kind, seq)
CREATE UNIQUE INDEX feed_event_pkey ON public.feed_event USING btree (network_id, seq)
CREATE UNIQUE INDEX gateway_network_id_organisation_id_code_key ON public.gateway USING btree (network_id, organisation_id, code)
CREATE UNIQUE INDEX gateway_pkey ON public.gateway USING btree (network_id, id)
CREATE INDEX gateway_token ON public.gateway USING btree (token_hash)
CREATE UNIQUE INDEX gateway_config_pkey ON public.gateway_config USING btree (network_id, gateway_id, version)
CREATE INDEX gateway_enrolment_code ON public.gateway_enrolment USING btree (code_hash)
CREATE UNIQUE INDEX gateway_enrolment_open ON public.gateway_enrolment USING btree (network_id, gateway_id) WHERE ((used_at IS NULL) AND (replaced_at IS NULL))
CREATE UNIQUE INDEX gateway_enrolment_pkey ON public.gateway_enrolment USING btree (network_id, gateway_id, code_hash)
CREATE UNIQUE INDEX gateway_health_pkey ON public.gateway_health USING btree (network_id, gateway_id)
CREATE UNIQUE INDEX gateway_layout_pkey ON public.gateway_layout USING btree (org_id, gateway_id, layout_id)
CREATE INDEX gateway_next_token_hash ON public.gateway_next_token USING btree (token_hash)
CREATE UNIQUE INDEX gateway_next_token_pkey ON public.gateway_next_token USING btree (network_id, gateway_id, token_hash)
CREATE INDEX gateway_request_age ON public.gateway_request USING btree (created_at)
CREATE UNIQUE INDEX gateway_request_pkey ON public.gateway_request USING btree (network_id, gateway_id, id)
CREATE UNIQUE INDEX hour_roll_up_pkey ON public.hour_roll_up USING btree (org_id, gateway_id, hour)
CREATE UNIQUE INDEX item_code ON public.item USING btree (network_id, code)
CREATE UNIQUE INDEX item_pkey ON public.item USING btree (network_id, id)
CREATE UNIQUE INDEX kernel_clock_pkey ON public.kernel_clock USING btree (only_row)
CREATE UNIQUE INDEX kernel_migration_pkey ON public.kernel_migration USING btree (number)
CREATE UNIQUE INDEX line_explanation_pkey ON public.line_explanation USING btree (network_id, line_id)
CREATE INDEX line_override_in_force ON public.line_override USING btree (network_id, line_id) WHERE (released_at IS NULL)
CREATE UNIQUE INDEX line_override_pkey ON public.line_override USING btree (network_id, id)
CREATE UNIQUE INDEX loss_ledger_pkey ON public.loss_ledger USING btree (org_id, gateway_id, day, layout_id)
CREATE UNIQUE INDEX machine_code ON public.machine USING btree (network_id, factory_org_id, code)
CREATE INDEX machine_gateway ON public.machine USING btree (network_id, gateway_id) WHERE (gateway_id IS NOT NULL)
CREATE UNIQUE INDEX machine_pkey ON public.machine USING btree (network_id, id)
CREATE INDEX machine_site ON public.machine USING btree (network_id, site_id)
CREATE INDEX machine_version ON public.machine USING btree (network_id, version)
CREATE INDEX machine_work_center ON public.machine USING btree (network_id, work_center_id)
CREATE INDEX machine_assignment_ended ON public.machine_assignment USING btree (ended_at)
CREATE INDEX machine_assignment_open ON public.machine_assignment USING btree (org_id, machine_id) WHERE (ended_at IS NULL)
CREATE UNIQUE INDEX machine_assignment_pkey ON public.machine_assignment USING btree (org_id, machine_id, started_at, operation_id)
CREATE INDEX machine_block_machine ON public.machine_block USING btree (network_id, machine_id, to_at)
CREATE UNIQUE INDEX machine_block_pkey ON public.machine_block USING btree (network_id, id)
CREATE INDEX machine_block_time ON public.machine_block USING btree (network_id, to_at, from_at)
CREATE UNIQUE INDEX machine_booking_pkey ON public.machine_booking USING btree (network_id, machine_id)
CREATE INDEX machine_command_due ON public.machine_command USING btree (expires_at) WHERE (state = ANY (ARRAY['awaiting-approval'::text, 'queued'::text, 'delivered'::text]))
CREATE INDEX machine_command_factory ON public.machine_command USING btree (network_id, factory_org_id, id)
CREATE INDEX machine_command_gateway ON public.machine_command USING btree (network_id, gateway_id) WHERE (state = ANY (ARRAY['awaiting-approval'::text, 'queued'::text, 'delivered'::text]))
CREATE UNIQUE INDEX machine_command_key ON public.machine_command USING btree (network_id, machine_id, request_key)
CREATE INDEX machine_command_machine ON public.machine_command USING btree (network_id, machine_id, id)
CREATE UNIQUE INDEX machine_command_pkey ON public.machine_command USING btree (network_id, id)
CREATE INDEX machine_command_told ON public.machine_command USING btree (network_id, gateway_id, id)
CREATE INDEX machine_scrap_at ON public.machine_scrap USING btree (at)
CREATE UNIQUE INDEX machine_scrap_pkey ON public.machine_scrap USING btree (org_id, machine_id, at, id)
CREATE UNIQUE INDEX match_lease_pkey ON public.match_lease USING btree (network_id)
CREATE INDEX match_request_by_network ON public.match_request USING btree (network_id, id)
CREATE UNIQUE INDEX match_request_pkey ON public.match_request USING btree (id)
CREATE INDEX match_run_newest ON public.match_run USING btree (network_id, started_at DESC, id DESC)
CREATE UNIQUE INDEX match_run_pkey ON public.match_run USING btree (network_id, id)
CREATE INDEX match_run_replayable ON public.match_run USING btree (network_id, started_at, id) WHERE (snapshot IS NOT NULL)
CREATE UNIQUE INDEX membership_pkey ON public.membership USING btree (network_id, organisation_id, user_id)
CREATE INDEX membership_user ON public.membership USING btree (user_id)
CREATE UNIQUE INDEX network_pkey ON public.network USING btree (network_id)
CREATE UNIQUE INDEX one_time_link_pkey ON public.one_time_link USING btree (token_hash)
CREATE INDEX one_time_link_user ON public.one_time_link USING btree (user_id)
CREATE INDEX operation_of_order ON public.operation USING btree (network_id, production_order_id)
CREATE INDEX operation_open ON public.operation USING btree (network_id, machine_id, planned_start) WHERE (state = ANY (ARRAY['queued'::text, 'running'::text]))
CREATE UNIQUE INDEX operation_pkey ON public.operation USING btree (network_id, id)
CREATE UNIQUE INDEX operation_running ON public.operation USING btree (network_id, machine_id) WHERE (state = 'running'::text)
CREATE INDEX order_line_buyer ON public.order_line USING btree (network_id, buyer_org_id, submitted_at, id)
CREATE UNIQUE INDEX order_line_network_id_order_id_line_no_key ON public.order_line USING btree (network_id, order_id, line_no)
CREATE INDEX order_line_open ON public.order_line USING btree (network_id, requested_at, id) WHERE (state <> ALL (ARRAY['received'::text, 'cancelled'::text]))
CREATE UNIQUE INDEX order_line_pkey ON public.order_line USING btree (network_id, id)
CREATE INDEX order_line_received ON public.order_line USING btree (network_id, received_at) WHERE (received_at IS NOT NULL)
CREATE INDEX order_line_requested ON public.order_line USING btree (network_id, requested_at, id)
CREATE INDEX order_line_submitted ON public.order_line USING btree (network_id, submitted_at, id)
CREATE UNIQUE INDEX order_number_pkey ON public.order_number USING btree (network_id, year)
CREATE UNIQUE INDEX order_step_pkey ON public.order_step USING btree (network_id, order_id, seq)
CREATE UNIQUE INDEX organisation_network_id_code_key ON public.organisation USING btree (network_id, code)
CREATE UNIQUE INDEX organisation_pkey ON public.organisation USING btree (network_id, id)
CREATE UNIQUE INDEX outbox_dead_event_pkey ON public.outbox_dead_event USING btree (subscriber, event_id)
CREATE INDEX outbox_event_order ON public.outbox_event USING btree (tx_id, id)
CREATE UNIQUE INDEX outbox_event_pkey ON public.outbox_event USING btree (id)
CREATE UNIQUE INDEX outbox_subscriber_pkey ON public.outbox_subscriber USING btree (name)
CREATE UNIQUE INDEX output_report_network_id_operation_id_report_key_key ON public.output_report USING btree (network_id, operation_id, report_key)
CREATE INDEX output_report_order ON public.output_report USING btree (network_id, production_order_id, at)
CREATE UNIQUE INDEX output_report_pkey ON public.output_report USING btree (network_id, id)
CREATE INDEX production_order_line ON public.production_order USING btree (network_id, line_id)
CREATE UNIQUE INDEX production_order_network_id_allocation_id_key ON public.production_order USING btree (network_id, allocation_id)
CREATE UNIQUE INDEX production_order_network_id_production_no_key ON public.production_order USING btree (network_id, production_no)
CREATE INDEX production_order_open ON public.production_order USING btree (network_id, state) WHERE (state = ANY (ARRAY['released'::text, 'running'::text]))
CREATE UNIQUE INDEX production_order_pkey ON public.production_order USING btree (network_id, id)
CREATE INDEX production_order_site ON public.production_order USING btree (network_id, site_id, planned_start)
CREATE UNIQUE INDEX record_batch_pkey ON ONLY public.record_batch USING btree (org_id, gateway_id, minute)
CREATE INDEX record_hour_dirty_hour ON public.record_hour_dirty USING btree (hour)
CREATE UNIQUE INDEX record_hour_dirty_pkey ON public.record_hour_dirty USING btree (org_id, gateway_id, hour)
CREATE UNIQUE INDEX registry_version_pkey ON public.registry_version USING btree (network_id)
CREATE INDEX reservation_by_allocation ON public.reservation USING btree (network_id, allocation_id)
CREATE INDEX reservation_by_end ON public.reservation USING btree (network_id, upper(period))
CREATE INDEX reservation_never_overbooked ON public.reservation USING gist (network_id, machine_id, period)
CREATE UNIQUE INDEX reservation_pkey ON public.reservation USING btree (network_id, id)
CREATE UNIQUE INDEX sales_order_no ON public.sales_order USING btree (network_id, order_no)
CREATE UNIQUE INDEX sales_order_pkey ON public.sales_order USING btree (network_id, id)
CREATE UNIQUE INDEX sales_order_reference ON public.sales_order USING btree (network_id, buyer_org_id, reference)
CREATE UNIQUE INDEX schedule_proposal_pkey ON public.schedule_proposal USING btree (network_id, site_id, snapshot_hash)
CREATE UNIQUE INDEX schedule_run_pkey ON public.schedule_run USING btree (network_id, site_id)
CREATE INDEX sharing_grant_grantee ON public.sharing_grant USING btree (network_id, grantee_org_id, resource, grantor_org_id)
CREATE UNIQUE INDEX sharing_grant_pkey ON public.sharing_grant USING btree (network_id, id)
CREATE UNIQUE INDEX shipment_network_id_production_order_id_key ON public.shipment USING btree (network_id, production_order_id)
CREATE UNIQUE INDEX shipment_network_id_shipment_no_key ON public.shipment USING btree (network_id, shipment_no)
CREATE INDEX shipment_order ON public.shipment USING btree (network_id, order_id)
CREATE UNIQUE INDEX shipment_pkey ON public.shipment USING btree (network_id, id)
CREATE INDEX shipment_state ON public.shipment USING btree (network_id, state) WHERE (state <> 'received'::text)
CREATE UNIQUE INDEX shipment_milestone_once ON public.shipment_milestone USING btree (network_id, shipment_id, kind) WHERE (kind = ANY (ARRAY['ready'::text, 'departure'::text, 'arrival'::text, 'received'::text]))
CREATE UNIQUE INDEX shipment_milestone_pkey ON public.shipment_milestone USING btree (network_id, shipment_id, seq)
CREATE UNIQUE INDEX site_code ON public.site USING btree (network_id, factory_org_id, code)
CREATE UNIQUE INDEX site_pkey ON public.site USING btree (network_id, id)
CREATE UNIQUE INDEX state_announcement_pkey ON public.state_announcement USING btree (org_id, gateway_id)
CREATE INDEX telemetry_group_last ON ONLY public.telemetry_group USING btree (org_id, last_at)
CREATE UNIQUE INDEX telemetry_group_pkey ON ONLY public.telemetry_group USING btree (org_id, received_at, id)
CREATE INDEX telemetry_minute_dirty_minute ON public.telemetry_minute_dirty USING btree (minute)
CREATE UNIQUE INDEX telemetry_minute_dirty_pkey ON public.telemetry_minute_dirty USING btree (org_id, minute)
CREATE UNIQUE INDEX token_revision_pkey ON public.token_revision USING btree (only_row)
CREATE UNIQUE INDEX work_center_code ON public.work_center USING btree (network_id, factory_org_id, code)
CREATE UNIQUE INDEX work_center_pkey ON public.work_center USING btree (network_id, id)
CREATE INDEX work_center_site ON public.work_center USING btree (network_id, site_id)

-- policies
allocation: allocation_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
allocation_sub_lot: allocation_sub_lot_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
api_key: api_key_all permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (organisation_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
audit_entry: audit_entry_read permissive select to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (organisation_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
audit_head: audit_head_read permissive select to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((( SELECT acting_scope() AS acting_scope) = 'network'::text) AND (network_id = ( SELECT acting_network() AS acting_network))))) with check ()
auth_account: auth_account_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
auth_secret: auth_secret_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
auth_session: auth_session_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
auth_totp: auth_totp_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
auth_user: auth_user_colleague permissive select to public using ((EXISTS ( SELECT
   FROM membership m
  WHERE (m.user_id = auth_user.id)))) with check ()
auth_user: auth_user_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
auth_verification: auth_verification_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
calendar: calendar_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
capability: capability_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
capacity_outage: capacity_outage_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
capacity_rate: capacity_rate_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
capacity_rebuild: capacity_rebuild_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
capacity_version: capacity_version_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
command_switch: command_switch_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
device_head: device_head_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
device_mapping: device_mapping_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
device_mapping_version: device_mapping_version_all permissive all to public using (true) with check ()
edge_alarm: edge_alarm_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
feed_event: feed_event_keep permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((( SELECT acting_scope() AS acting_scope) = 'network'::text) AND (network_id = ( SELECT acting_network() AS acting_network))))) with check ()
feed_event: feed_event_parties permissive select to public using (((( SELECT acting_scope() AS acting_scope) = 'organisation'::text) AND (network_id = ( SELECT acting_network() AS acting_network)) AND ((factory_org_id = ( SELECT acting_organisation() AS acting_organisation)) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation))))) with check ()
gateway: gateway_all permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (organisation_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
gateway_config: gateway_config_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
gateway_enrolment: gateway_enrolment_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
gateway_health: gateway_health_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
gateway_layout: gateway_layout_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
gateway_next_token: gateway_next_token_all permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (organisation_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
gateway_request: gateway_request_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
hour_roll_up: hour_roll_up_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
item: item_keep permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((( SELECT acting_scope() AS acting_scope) = 'network'::text) AND (network_id = ( SELECT acting_network() AS acting_network))))) with check ()
item: item_read permissive select to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR (network_id = ( SELECT acting_network() AS acting_network)))) with check ()
kernel_clock: kernel_clock_all permissive all to public using ((acting_scope() = 'platform'::text)) with check ()
line_explanation: line_explanation_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
line_override: line_override_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
loss_ledger: loss_ledger_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
machine: machine_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
machine_assignment: machine_assignment_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
machine_block: machine_block_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
machine_booking: machine_booking_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
machine_command: machine_command_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
machine_scrap: machine_scrap_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
match_lease: match_lease_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
match_request: match_request_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
match_run: match_run_network permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND (( SELECT acting_scope() AS acting_scope) = 'network'::text)))) with check ()
membership: membership_all permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (organisation_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
network: network_member permissive select to public using ((network_id = ( SELECT acting_network() AS acting_network))) with check ()
network: network_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
one_time_link: one_time_link_platform permissive all to public using ((( SELECT acting_scope() AS acting_scope) = 'platform'::text)) with check ()
operation: operation_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
order_line: order_line_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
order_step: order_step_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
organisation: organisation_read permissive select to public using (((network_id = ( SELECT acting_network() AS acting_network)) AND ((id = ( SELECT acting_organisation() AS acting_organisation)) OR (kind <> ALL (ARRAY['buyer'::text, 'hospital'::text])) OR (EXISTS ( SELECT
   FROM sharing_grant g
  WHERE ((g.network_id = organisation.network_id) AND ((organisation.id = g.grantor_org_id) OR (organisation.id = g.grantee_org_id)))))))) with check ()
organisation: organisation_write permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((( SELECT acting_scope() AS acting_scope) = 'network'::text) AND (network_id = ( SELECT acting_network() AS acting_network))))) with check ()
outbox_dead_event: outbox_dead_event_all permissive all to public using (((acting_scope() = 'platform'::text) OR ((acting_scope() = 'network'::text) AND (network_id = acting_network())))) with check ()
outbox_event: outbox_event_prune permissive delete to public using ((acting_scope() = 'platform'::text)) with check ()
outbox_event: outbox_event_read permissive select to public using ((acting_scope() = 'platform'::text)) with check ()
outbox_event: outbox_event_write permissive insert to public using () with check (((acting_scope() = 'platform'::text) OR (network_id = acting_network())))
outbox_subscriber: outbox_subscriber_all permissive all to public using (true) with check ()
output_report: output_report_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
production_order: production_order_parties permissive select to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
production_order: production_order_write permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
record_batch: record_batch_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
record_hour_dirty: record_hour_dirty_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
registry_version: registry_version_read permissive select to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR (network_id = ( SELECT acting_network() AS acting_network)))) with check ()
reservation: reservation_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
sales_order: sales_order_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
schedule_proposal: schedule_proposal_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
schedule_run: schedule_run_factory permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
sharing_grant: sharing_grant_read permissive select to public using (((network_id = ( SELECT acting_network() AS acting_network)) AND (grantee_org_id = ( SELECT acting_organisation() AS acting_organisation)))) with check ()
sharing_grant: sharing_grant_write permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (grantor_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
shipment: shipment_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
shipment_milestone: shipment_milestone_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)) OR (buyer_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
site: site_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
state_announcement: state_announcement_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
telemetry_group: telemetry_group_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
telemetry_minute_dirty: telemetry_minute_dirty_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()
token_revision: token_revision_all permissive all to public using (true) with check ()
work_center: work_center_parties permissive all to public using (((( SELECT acting_scope() AS acting_scope) = 'platform'::text) OR ((network_id = ( SELECT acting_network() AS acting_network)) AND ((( SELECT acting_scope() AS acting_scope) = 'network'::text) OR (factory_org_id = ( SELECT acting_organisation() AS acting_organisation)))))) with check ()

-- triggers

-- sequence grants
sequence feed_event_seq_seq: usage to millrace_app
sequence match_request_id_seq: usage to millrace_app
sequence order_step_seq_seq: usage to millrace_app
sequence outbox_event_id_seq: usage to millrace_app
