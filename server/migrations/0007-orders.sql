-- Demand. An order is seen by its buyer and the network's operator; a factory sees only what was allocated to it.
CREATE TABLE order_number (
  network_id uuid NOT NULL,
  year int NOT NULL,
  last_number bigint NOT NULL CHECK (last_number > 0),
  PRIMARY KEY (network_id, year)
);
-- Takes the next `how_many` numbers and answers the first. SECURITY DEFINER: a buyer takes a number of the network without
-- being able to read or set the counter.
CREATE FUNCTION take_order_numbers(network uuid, of_year int, how_many int) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
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
END $$;

CREATE TABLE sales_order (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  -- As it was when the order was made; an order is a document.
  buyer_name text NOT NULL,
  order_no text NOT NULL,
  reference text NOT NULL CHECK (length(reference) BETWEEN 1 AND 64),
  -- SHA-256 of what was ordered: the same reference with the same content is the same order.
  content_hash text NOT NULL,
  destination_name text NOT NULL CHECK (length(destination_name) BETWEEN 1 AND 200),
  destination_lat double precision NOT NULL CHECK (destination_lat BETWEEN -90 AND 90),
  destination_lon double precision NOT NULL CHECK (destination_lon BETWEEN -180 AND 180),
  state text NOT NULL CHECK (state IN ('submitted', 'in-progress', 'closed', 'cancelled')),
  channel text NOT NULL CHECK (channel IN ('console', 'api', 'file')),
  submitted_at timestamptz NOT NULL,
  PRIMARY KEY (network_id, id),
  CONSTRAINT sales_order_no UNIQUE (network_id, order_no),
  CONSTRAINT sales_order_reference UNIQUE (network_id, buyer_org_id, reference)
);

CREATE TABLE order_line (
  network_id uuid NOT NULL,
  id uuid NOT NULL,
  order_id uuid NOT NULL,
  buyer_org_id uuid NOT NULL,
  line_no int NOT NULL CHECK (line_no > 0),
  item_id uuid NOT NULL,
  item_code text NOT NULL,
  item_name text NOT NULL,
  quantity bigint NOT NULL CHECK (quantity BETWEEN 1 AND 1000000000),
  requested_at timestamptz NOT NULL,
  priority int NOT NULL CHECK (priority BETWEEN 0 AND 4),
  split_allowed boolean NOT NULL,
  minimum_shipment bigint NOT NULL CHECK (minimum_shipment BETWEEN 1 AND quantity),
  state text NOT NULL CHECK (state IN ('submitted', 'allocated', 'partly-allocated', 'unplaceable', 'in-production',
    'produced', 'shipped', 'received', 'cancelled')),
  unplaceable boolean NOT NULL DEFAULT false,
  started boolean NOT NULL DEFAULT false,
  promised_at timestamptz,
  projected_at timestamptz,
  submitted_at timestamptz NOT NULL,
  -- When the last piece was received, for the promises kept.
  received_at timestamptz,
  allocated_quantity bigint NOT NULL DEFAULT 0 CHECK (allocated_quantity BETWEEN 0 AND quantity),
  -- May exceed the quantity: machines run on until somebody stops them.
  produced_quantity bigint NOT NULL DEFAULT 0 CHECK (produced_quantity >= 0),
  shipped_quantity bigint NOT NULL DEFAULT 0 CHECK (shipped_quantity BETWEEN 0 AND produced_quantity),
  received_quantity bigint NOT NULL DEFAULT 0 CHECK (received_quantity >= 0),
  -- Shipped, but not in the parcel when it arrived.
  short_quantity bigint NOT NULL DEFAULT 0 CHECK (short_quantity >= 0 AND received_quantity + short_quantity <= shipped_quantity),
  cancelled_quantity bigint NOT NULL DEFAULT 0 CHECK (cancelled_quantity BETWEEN 0 AND quantity),
  PRIMARY KEY (network_id, id),
  UNIQUE (network_id, order_id, line_no),
  FOREIGN KEY (network_id, order_id) REFERENCES sales_order (network_id, id)
);
CREATE INDEX order_line_open ON order_line (network_id, requested_at, id) WHERE state NOT IN ('received', 'cancelled');
CREATE INDEX order_line_requested ON order_line (network_id, requested_at, id);
CREATE INDEX order_line_submitted ON order_line (network_id, submitted_at, id);
CREATE INDEX order_line_buyer ON order_line (network_id, buyer_org_id, submitted_at, id);
CREATE INDEX order_line_received ON order_line (network_id, received_at) WHERE received_at IS NOT NULL;

CREATE TABLE order_step (
  network_id uuid NOT NULL,
  order_id uuid NOT NULL,
  -- Settles the order of steps of the same instant.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  buyer_org_id uuid NOT NULL,
  line_id uuid,
  at timestamptz NOT NULL,
  kind text NOT NULL,
  actor text NOT NULL,
  site_name text,
  quantity bigint,
  detail jsonb NOT NULL,
  evidence text,
  PRIMARY KEY (network_id, order_id, seq),
  FOREIGN KEY (network_id, order_id) REFERENCES sales_order (network_id, id)
);

-- No policy: reached only through take_order_numbers().
ALTER TABLE order_number ENABLE ROW LEVEL SECURITY;

DO $$
DECLARE of_buyer text;
BEGIN
  FOREACH of_buyer IN ARRAY ARRAY['sales_order', 'order_line', 'order_step'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', of_buyer);
    EXECUTE format(
      'CREATE POLICY %I ON %I USING ((SELECT acting_scope()) = ''platform'' OR (network_id = (SELECT acting_network())
         AND ((SELECT acting_scope()) = ''network'' OR buyer_org_id = (SELECT acting_organisation()))))',
      of_buyer || '_parties', of_buyer);
  END LOOP;
END $$;
