import type { Protocol } from './far-side/index.ts';
import type { SimFactory } from './network.ts';

/** Who runs Millrace's own agent, and what the machines of a process speak there; several protocols take turns. */
const PLAN: Readonly<Record<string, Readonly<Record<string, readonly Protocol[]>>>> = {
  F001: { TABLET: ['modbus'], LIQUID: ['s7'], CAPSULE: ['pulse'] },
  F008: { TABLET: ['opc-ua', 'http-poll', 'opc-ua', 'webhook'] },
  F011: { TABLET: ['mtconnect-agent'], LIQUID: ['mtconnect-adapter'], CAPSULE: ['mtconnect-adapter'] },
  F014: { TABLET: ['mqtt'], LIQUID: ['sparkplug-b'], CAPSULE: ['sparkplug-b'] },
};

/** Beside that: a scanner where cartons leave the last machine of a process. */
const SCANNED: Readonly<Record<string, string>> = { F001: 'CAPSULE' };

export const hasAgent = (factory: SimFactory): boolean => factory.code in PLAN;

/** Machine codes by what they speak; a machine may have more than one voice. */
export function machinesByProtocol(factory: SimFactory): ReadonlyMap<Protocol, readonly string[]> {
  const found = new Map<Protocol, string[]>();
  for (const { process, machines } of factory.workCenters) {
    const spoken = PLAN[factory.code]?.[process.code] ?? [];
    machines.forEach(({ code }, index) => {
      const protocol = spoken[index % spoken.length] ?? 'modbus';
      found.set(protocol, [...(found.get(protocol) ?? []), code]);
    });
  }
  const scanned = factory.workCenters.find(({ process }) => process.code === SCANNED[factory.code]);
  const last = scanned?.machines.at(-1);
  if (last !== undefined) found.set('scanner', [last.code]);
  return found;
}
