-- A factory of a large network pages through its own commands and alarms, and a gateway's page through that gateway's, without
-- passing over everybody else's.
CREATE INDEX machine_command_factory ON machine_command (network_id, factory_org_id, id);
CREATE INDEX machine_command_told ON machine_command (network_id, gateway_id, id);
CREATE INDEX edge_alarm_gateway ON edge_alarm (network_id, gateway_id, at, id);
-- A yes held for the zone that the site was in: since then the midnight itself is kept.
COMMENT ON COLUMN record_batch.own_day IS
  'Minutes from the local midnight with which the count begins to the minute of the row, where the sender said whose day it counts';
