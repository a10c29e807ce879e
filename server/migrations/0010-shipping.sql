CREATE TABLE shipment (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  shipment_no text NOT NULL,
  production_order_id uuid NOT NULL,
  allocation_id uuid NOT NULL,
  line_id uuid NOT NULL,
  order_id uuid NOT NULL,
  order_no text NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  site_id uuid NOT NULL,
  site_name text NOT NULL,
  item_name text NOT NULL,
  quantity int NOT NULL CHECK (quantity > 0),
  received_quantity int CHECK (received_quantity >= 0),
  state text NOT NULL CHECK (state IN ('ready', 'in-transit', 'arrived', 'received')),
  from_lat double precision NOT NULL,
  from_lon double precision NOT NULL,
  to_lat double precision NOT NULL,
  to_lon double precision NOT NULL,
  destination_name text NOT NULL,
  distance_km double precision NOT NULL,
  -- Travel time of the plan, without the handling before departure.
  travel_ms bigint NOT NULL CHECK (travel_ms >= 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, id),
  UNIQUE (network_id, production_order_id),
  UNIQUE (network_id, shipment_no)
);
CREATE INDEX shipment_order ON shipment (network_id, order_id);
CREATE INDEX shipment_state ON shipment (network_id, state) WHERE state <> 'received';

-- planned by the plan, estimated by later knowledge, actual only by somebody's record [EPCIS-like milestones].
CREATE TABLE shipment_milestone (
  network_id uuid NOT NULL,
  shipment_id uuid NOT NULL,
  seq smallint NOT NULL,
  factory_org_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ready', 'departure', 'handover', 'exception', 'arrival', 'received')),
  planned_at timestamptz,
  estimated_at timestamptz,
  actual_at timestamptz,
  note text,
  recorded_by text,
  PRIMARY KEY (network_id, shipment_id, seq),
  FOREIGN KEY (network_id, shipment_id) REFERENCES shipment (network_id, id)
);
-- Exceptions and handovers may repeat, the others happen once.
CREATE UNIQUE INDEX shipment_milestone_once ON shipment_milestone (network_id, shipment_id, kind)
  WHERE kind IN ('ready', 'departure', 'arrival', 'received');

ALTER TABLE shipment ENABLE ROW LEVEL SECURITY;
CREATE POLICY shipment_parties ON shipment USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()) OR buyer_org_id = (SELECT acting_organisation()))));
ALTER TABLE shipment_milestone ENABLE ROW LEVEL SECURITY;
CREATE POLICY shipment_milestone_parties ON shipment_milestone USING ((SELECT acting_scope()) = 'platform'
  OR (network_id = (SELECT acting_network()) AND ((SELECT acting_scope()) = 'network'
    OR factory_org_id = (SELECT acting_organisation()) OR buyer_org_id = (SELECT acting_organisation()))));
