-- A factory of a large network pages through its own commands and alarms, and a gateway's page through that gateway's, without
-- passing over everybody else's.
CREATE INDEX machine_command_factory ON machine_command (network_id, factory_org_id, id);
CREATE INDEX machine_command_told ON machine_command (network_id, gateway_id, id);
CREATE INDEX edge_alarm_gateway ON edge_alarm (network_id, gateway_id, at, id);
