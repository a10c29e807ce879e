-- The role every request runs as: no login of its own, no BYPASSRLS, no ownership, so that row-level security binds it [D4].
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'millrace_app') THEN
    CREATE ROLE millrace_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; -- another database of the cluster was faster
END $$;
DO $$ BEGIN EXECUTE format('GRANT millrace_app TO %I', current_user); END $$;
GRANT USAGE ON SCHEMA public TO millrace_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO millrace_app;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE ON SEQUENCES TO millrace_app;
GRANT SELECT ON kernel_migration TO millrace_app;

CREATE EXTENSION IF NOT EXISTS btree_gist;

-- Who acts, set by the server at the start of every transaction. Unset = nobody: no row is visible.
CREATE FUNCTION acting_scope() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT coalesce(current_setting('millrace.scope', true), '') $$;
CREATE FUNCTION acting_network() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('millrace.network_id', true), '')::uuid $$;
CREATE FUNCTION acting_organisation() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT nullif(current_setting('millrace.organisation_id', true), '')::uuid $$;

-- News that travels downstream. Undistributed: read across networks by subscribers. Ordered by (tx_id, id), because ids
-- alone are not in commit order: a reader takes only rows older than every transaction still running.
CREATE TABLE outbox_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tx_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  network_id uuid NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX outbox_event_order ON outbox_event (tx_id, id);

CREATE TABLE outbox_subscriber (
  name text PRIMARY KEY,
  tx_id xid8 NOT NULL,
  event_id bigint NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  retry_at timestamptz
);

-- What a subscriber could not digest after its last retry; kept for a person.
CREATE TABLE outbox_dead_event (
  subscriber text NOT NULL,
  event_id bigint NOT NULL,
  network_id uuid NOT NULL,
  kind text NOT NULL,
  payload jsonb NOT NULL,
  error text NOT NULL,
  died_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (subscriber, event_id)
);

ALTER TABLE outbox_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY outbox_event_write ON outbox_event FOR INSERT
  WITH CHECK (acting_scope() = 'platform' OR network_id = acting_network());
CREATE POLICY outbox_event_read ON outbox_event FOR SELECT USING (acting_scope() = 'platform');
CREATE POLICY outbox_event_prune ON outbox_event FOR DELETE USING (acting_scope() = 'platform');
ALTER TABLE outbox_subscriber ENABLE ROW LEVEL SECURITY;
CREATE POLICY outbox_subscriber_all ON outbox_subscriber USING (true);
ALTER TABLE outbox_dead_event ENABLE ROW LEVEL SECURITY;
CREATE POLICY outbox_dead_event_all ON outbox_dead_event
  USING (acting_scope() = 'platform' OR (acting_scope() = 'network' AND network_id = acting_network()));

-- The demonstration's domain clock: where it stood last, so that a stopped platform does not let domain time pass.
CREATE TABLE kernel_clock (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  domain_at timestamptz NOT NULL,
  wall_at timestamptz NOT NULL,
  speed double precision NOT NULL CHECK (speed > 0)
);
ALTER TABLE kernel_clock ENABLE ROW LEVEL SECURITY;
CREATE POLICY kernel_clock_all ON kernel_clock USING (acting_scope() = 'platform');
