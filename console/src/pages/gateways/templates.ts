import type { MachineTemplate } from '@millrace/contract';
import cncMtconnect from '../../../../edge/templates/cnc-mtconnect.yaml?raw';
import cncOpcua from '../../../../edge/templates/cnc-opcua-machine-tool.yaml?raw';
import mouldingModbus from '../../../../edge/templates/injection-moulding-modbus.yaml?raw';
import mouldingOpcua from '../../../../edge/templates/injection-moulding-opcua.yaml?raw';
import maskLine from '../../../../edge/templates/mask-line-photo-eye.yaml?raw';
import modbusCounter from '../../../../edge/templates/modbus-counter.yaml?raw';
import mqttJson from '../../../../edge/templates/mqtt-json.yaml?raw';
import press from '../../../../edge/templates/press-counter-relay.yaml?raw';
import { readTemplate } from './read-template.ts';

/** In the order in which machines are met in factories. */
const SHIPPED = [
  modbusCounter,
  press,
  maskLine,
  mouldingModbus,
  mouldingOpcua,
  cncMtconnect,
  cncOpcua,
  mqttJson,
];

export function shippedTemplates(): readonly MachineTemplate[] {
  return SHIPPED.flatMap((text) => readTemplate(text).template ?? []);
}
