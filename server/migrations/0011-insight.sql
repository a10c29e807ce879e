-- What happened, as people read it: one row per event worth telling, names already resolved. The parties decide who sees it;
-- the network's operator sees everything. Bounded by the retention job; the lasting record is the audit and the order's story.
CREATE TABLE feed_event (
  network_id uuid NOT NULL,
  -- Written by one subscriber at a time, so that numbers become visible in order: a reader may go on from the last it saw.
  seq bigint GENERATED ALWAYS AS IDENTITY,
  factory_org_id uuid,
  buyer_org_id uuid,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  payload jsonb NOT NULL CHECK (jsonb_typeof(payload) = 'object'),
  -- Name by id, for the ids in the payload.
  names jsonb NOT NULL CHECK (jsonb_typeof(names) = 'object'),
  PRIMARY KEY (network_id, seq)
);
CREATE INDEX feed_event_kind ON feed_event (network_id, kind, seq);
CREATE INDEX feed_event_factory ON feed_event (network_id, factory_org_id, seq) WHERE factory_org_id IS NOT NULL;
CREATE INDEX feed_event_buyer ON feed_event (network_id, buyer_org_id, seq) WHERE buyer_org_id IS NOT NULL;

ALTER TABLE feed_event ENABLE ROW LEVEL SECURITY;
-- Parties read; only the platform, in the network's name, tells and forgets.
CREATE POLICY feed_event_parties ON feed_event FOR SELECT USING (
  (SELECT acting_scope()) = 'organisation' AND network_id = (SELECT acting_network())
    AND (factory_org_id = (SELECT acting_organisation()) OR buyer_org_id = (SELECT acting_organisation())));
CREATE POLICY feed_event_keep ON feed_event USING (
  (SELECT acting_scope()) = 'platform' OR ((SELECT acting_scope()) = 'network' AND network_id = (SELECT acting_network())));
