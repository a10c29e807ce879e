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

-- tables
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

-- views

-- constraints
kernel_clock: kernel_clock_only_row_check CHECK (only_row)
kernel_clock: kernel_clock_pkey PRIMARY KEY (only_row)
kernel_clock: kernel_clock_speed_check CHECK ((speed > (0)::double precision))
kernel_migration: kernel_migration_pkey PRIMARY KEY (number)
outbox_dead_event: outbox_dead_event_pkey PRIMARY KEY (subscriber, event_id)
outbox_event: outbox_event_pkey PRIMARY KEY (id)
outbox_subscriber: outbox_subscriber_pkey PRIMARY KEY (name)

-- indexes
CREATE UNIQUE INDEX kernel_clock_pkey ON public.kernel_clock USING btree (only_row)
CREATE UNIQUE INDEX kernel_migration_pkey ON public.kernel_migration USING btree (number)
CREATE UNIQUE INDEX outbox_dead_event_pkey ON public.outbox_dead_event USING btree (subscriber, event_id)
CREATE INDEX outbox_event_order ON public.outbox_event USING btree (tx_id, id)
CREATE UNIQUE INDEX outbox_event_pkey ON public.outbox_event USING btree (id)
CREATE UNIQUE INDEX outbox_subscriber_pkey ON public.outbox_subscriber USING btree (name)

-- policies
kernel_clock: kernel_clock_all permissive all to public using ((acting_scope() = 'platform'::text)) with check ()
outbox_dead_event: outbox_dead_event_all permissive all to public using (((acting_scope() = 'platform'::text) OR (network_id = acting_network()))) with check ()
outbox_event: outbox_event_prune permissive delete to public using ((acting_scope() = 'platform'::text)) with check ()
outbox_event: outbox_event_read permissive select to public using ((acting_scope() = 'platform'::text)) with check ()
outbox_event: outbox_event_write permissive insert to public using () with check (((acting_scope() = 'platform'::text) OR (network_id = acting_network())))
outbox_subscriber: outbox_subscriber_all permissive all to public using (true) with check ()

-- triggers

-- sequence grants
sequence outbox_event_id_seq: usage to millrace_app
