-- What the shop floor makes of an accepted allocation. Names of order, item and site are copied at release: the factory
-- sees its work without seeing the buyer's order.
CREATE TABLE production_order (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  production_no text NOT NULL,
  allocation_id uuid NOT NULL,
  line_id uuid NOT NULL,
  order_id uuid NOT NULL,
  order_no text NOT NULL,
  item_id uuid NOT NULL,
  item_code text NOT NULL,
  item_name text NOT NULL,
  site_id uuid NOT NULL,
  site_name text NOT NULL,
  work_center_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  priority smallint NOT NULL,
  state text NOT NULL CHECK (state IN ('released', 'running', 'completed', 'recalled', 'cancelled')),
  quantity int NOT NULL CHECK (quantity >= 0),
  good_quantity int NOT NULL DEFAULT 0 CHECK (good_quantity >= 0),
  scrap_quantity int NOT NULL DEFAULT 0 CHECK (scrap_quantity >= 0),
  -- Part of good_quantity that the order line and the feed know of already.
  told_quantity int NOT NULL DEFAULT 0 CHECK (told_quantity >= 0),
  minimum_shipment int NOT NULL DEFAULT 1,
  planned_start timestamptz NOT NULL,
  planned_finish timestamptz NOT NULL,
  projected_finish timestamptz NOT NULL,
  -- Last projection that was announced as slipped.
  slip_told timestamptz,
  -- Projection the order line knows of.
  line_told_finish timestamptz NOT NULL,
  -- From finish at the site to arrival at the buyer, by the plan.
  transit_ms bigint NOT NULL CHECK (transit_ms >= 0),
  requested_at timestamptz NOT NULL,
  released_at timestamptz NOT NULL,
  started_at timestamptz,
  completed_at timestamptz,
  PRIMARY KEY (network_id, id),
  UNIQUE (network_id, allocation_id),
  UNIQUE (network_id, production_no)
);
CREATE INDEX production_order_open ON production_order (network_id, state) WHERE state IN ('released', 'running');
CREATE INDEX production_order_line ON production_order (network_id, line_id);
CREATE INDEX production_order_site ON production_order (network_id, site_id, planned_start);

-- One sub-lot on one machine. good = manual_good + max(0, counted - scrap): a counter counts bad pieces too.
CREATE TABLE operation (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  production_order_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  machine_code text NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  site_id uuid NOT NULL,
  item_id uuid NOT NULL,
  item_code text NOT NULL,
  step_index smallint NOT NULL,
  state text NOT NULL CHECK (state IN ('queued', 'running', 'done', 'withdrawn')),
  quantity int NOT NULL CHECK (quantity >= 0),
  counted int NOT NULL DEFAULT 0 CHECK (counted >= 0),
  manual_good int NOT NULL DEFAULT 0 CHECK (manual_good >= 0),
  scrap_quantity int NOT NULL DEFAULT 0 CHECK (scrap_quantity >= 0),
  good_quantity int NOT NULL DEFAULT 0 CHECK (good_quantity >= 0),
  running_s bigint NOT NULL DEFAULT 0,
  -- What the measured rate has learned from this operation already.
  rated_pieces int NOT NULL DEFAULT 0,
  rated_running_s bigint NOT NULL DEFAULT 0,
  planned_start timestamptz NOT NULL,
  planned_end timestamptz NOT NULL,
  started_at timestamptz,
  finished_at timestamptz,
  set_up_minutes int NOT NULL,
  rate_per_hour double precision NOT NULL CHECK (rate_per_hour > 0),
  PRIMARY KEY (network_id, id),
  FOREIGN KEY (network_id, production_order_id) REFERENCES production_order (network_id, id)
);
CREATE INDEX operation_of_order ON operation (network_id, production_order_id);
CREATE INDEX operation_open ON operation (network_id, machine_id, planned_start) WHERE state IN ('queued', 'running');
-- A machine does one thing at a time.
CREATE UNIQUE INDEX operation_running ON operation (network_id, machine_id) WHERE state = 'running';

-- Up to which minute a machine's count has been given to operations; moved in the transaction that books the pieces.
CREATE TABLE machine_booking (
  network_id uuid NOT NULL,
  machine_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  booked_until timestamptz NOT NULL,
  PRIMARY KEY (network_id, machine_id)
);

-- Machine reports are one row per operation and hour, manual ones one row each.
CREATE TABLE output_report (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  operation_id uuid NOT NULL,
  production_order_id uuid NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  source text NOT NULL CHECK (source IN ('machine', 'manual')),
  good int NOT NULL,
  scrap int NOT NULL,
  scrap_reason text,
  note text,
  report_key text NOT NULL,
  at timestamptz NOT NULL,
  reported_by text,
  PRIMARY KEY (network_id, id),
  UNIQUE (network_id, operation_id, report_key),
  FOREIGN KEY (network_id, operation_id) REFERENCES operation (network_id, id)
);
CREATE INDEX output_report_order ON output_report (network_id, production_order_id, at);

ALTER TABLE production_order ENABLE ROW LEVEL SECURITY;
CREATE POLICY production_order_parties ON production_order FOR SELECT USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()) OR buyer_org_id = (SELECT acting_organisation()))));
CREATE POLICY production_order_write ON production_order USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
-- Machines and reports are the factory's; the buyer sees the progress of the order only.
ALTER TABLE operation ENABLE ROW LEVEL SECURITY;
CREATE POLICY operation_factory ON operation USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE machine_booking ENABLE ROW LEVEL SECURITY;
CREATE POLICY machine_booking_factory ON machine_booking USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
ALTER TABLE output_report ENABLE ROW LEVEL SECURITY;
CREATE POLICY output_report_factory ON output_report USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()))));
