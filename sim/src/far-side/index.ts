import type { OpenFarSide } from './far-side.ts';
import { openHttpPoll } from './http-poll.ts';
import { openModbus } from './modbus.ts';
import { openMqttJson } from './mqtt-json.ts';
import { openMtconnectAdapter } from './mtconnect-adapter.ts';
import { openMtconnectAgent } from './mtconnect-agent.ts';
import { openOpcUa } from './opc-ua.ts';
import { openPulse } from './pulse.ts';
import { openS7 } from './s7.ts';
import { openScanner } from './scanner.ts';
import { openSparkplug } from './sparkplug.ts';
import { openWebhook } from './webhook.ts';

export type { FarSide, Reading } from './far-side.ts';

/** What machines of the demonstration speak. */
export const FAR_SIDES = {
  modbus: openModbus,
  s7: openS7,
  'opc-ua': openOpcUa,
  'mtconnect-adapter': openMtconnectAdapter,
  'mtconnect-agent': openMtconnectAgent,
  mqtt: openMqttJson,
  'sparkplug-b': openSparkplug,
  'http-poll': openHttpPoll,
  webhook: openWebhook,
  pulse: openPulse,
  scanner: openScanner,
} as const satisfies Readonly<Record<string, OpenFarSide>>;
export type Protocol = keyof typeof FAR_SIDES;
