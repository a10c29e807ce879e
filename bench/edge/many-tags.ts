import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { EdgeConfig, EdgeMachine } from '@millrace/contract';
import { bundleEdge } from '../../scripts/edge-bundle.mjs';
import { openBox } from '../../test/edge/box.ts';
import { cpuSeconds, residentMb } from '../cpu.ts';
import type { BenchFigure } from '../figure.ts';

const MODBUS_TAGS = 1_000;
const OPC_UA_ITEMS = 5_000;
/** As many as a machine holds. */
const TAGS_PER_MACHINE = 500;
/** Subscribing, compiling, the first collections. */
const WARM_UP_MS = 15_000;
const MEASURE_MS = 30_000;
/** [issue 4, E3] */
const CORES_MAX = 0.5;
const MIB_MAX = 200;
/** [EMQ, neuron README: 30,000 Modbus tags a second at 111 % CPU] per core and second. */
const NEURON_TAGS_PER_CORE_S = 30_000 / 1.11;
const EDGE = fileURLToPath(new URL('../../edge/', import.meta.url));
const OPC_UA_SERVER = join(EDGE, 'src/drivers/opc-ua/far-side/server.ts');
const READY_MS_MAX = 60_000;

/** E3: what 6,000 values a second cost the shipped agent, with its far sides in other processes. */
export async function benchManyTags(say: (line: string) => void, seconds?: number): Promise<BenchFigure[]> {
  // Below the workspace, so that the packages which npm would install are found.
  const folder = mkdtempSync(join(EDGE, '.bench-'));
  const children: ChildProcess[] = [];
  try {
    await bundleEdge(join(folder, 'package'));
    const far = async (script: string, env: Record<string, string> = {}): Promise<number> => {
      const child = fork(script, {
        env: { ...process.env, ...env },
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      children.push(child);
      const [{ port }] = await once(child, 'message', { signal: AbortSignal.timeout(READY_MS_MAX) });
      return port;
    };
    const modbusPort = await far(fileURLToPath(new URL('./counting-registers.ts', import.meta.url)));
    const plan = JSON.stringify({ port: 0, counters: OPC_UA_ITEMS });
    const opcUaPort = await far(OPC_UA_SERVER, { OPC_UA_PLAN: plan, XDG_CONFIG_HOME: folder });
    say(`E3: ${MODBUS_TAGS} Modbus tags and ${OPC_UA_ITEMS} OPC UA items, each new every second`);
    return await measure(folder, configOf(modbusPort, opcUaPort), (seconds ?? MEASURE_MS / 1_000) * 1_000);
  } finally {
    for (const child of children) child.disconnect();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, config: EdgeConfig, ms: number): Promise<BenchFigure[]> {
  const box = openBox({
    data: join(folder, 'data'),
    config,
    main: join(folder, 'package/bin/millrace-edge.js'),
  });
  try {
    await box.start();
    await box.seeing(0);
    await sleep(WARM_UP_MS);
    const before = cpuSeconds(box.pid());
    const from = performance.now();
    await sleep(ms);
    const wallS = (performance.now() - from) / 1_000;
    const cores = (cpuSeconds(box.pid()) - before) / wallS;
    const mib = residentMb(box.pid());
    // Every tag was seen within the last seconds, or nothing was measured.
    await box.seeing(Date.now() - 5_000);
    return figures(cores, mib);
  } finally {
    await box.kill();
  }
}

function figures(cores: number, mib: number): BenchFigure[] {
  const tagsPerCoreS = (MODBUS_TAGS + OPC_UA_ITEMS) / cores;
  return [
    {
      id: 'E3 CPU',
      what: `${MODBUS_TAGS} Modbus tags and ${OPC_UA_ITEMS} OPC UA items at 1 s`,
      figure: Number((cores * 100).toFixed(1)),
      unit: '% of a core',
      goal: CORES_MAX * 100,
      atMost: true,
      reference: {
        name: 'Neuron, tags a second and core (30,000 at 111 %)',
        figure: Math.round(NEURON_TAGS_PER_CORE_S),
      },
      ratio: tagsPerCoreS / NEURON_TAGS_PER_CORE_S,
      ok: cores <= CORES_MAX,
      note: `${Math.round(tagsPerCoreS)} tags a second and core; Neuron's figure is its vendor's, of another machine`,
    },
    {
      id: 'E3 memory',
      what: 'resident, with both drivers',
      figure: Number(mib.toFixed(0)),
      unit: 'MiB',
      goal: MIB_MAX,
      atMost: true,
      ok: mib < MIB_MAX,
    },
  ];
}

function configOf(modbusPort: number, opcUaPort: number): EdgeConfig {
  const machines = (
    name: string,
    tags: number,
    tag: (index: number) => EdgeMachine['tags'][number],
  ): EdgeMachine[] =>
    Array.from({ length: tags / TAGS_PER_MACHINE }, (_, machine) => ({
      machine: `${name}-${machine}`,
      timeZone: 'Asia/Shanghai',
      tags: Array.from({ length: TAGS_PER_MACHINE }, (_, index) => tag(machine * TAGS_PER_MACHINE + index)),
      count: { from: 'counter', tag: `t${machine * TAGS_PER_MACHINE}` },
    }));
  const endpoint = `opc.tcp://127.0.0.1:${opcUaPort}`;
  return {
    v: 1,
    connections: [
      { code: 'plc', driver: 'modbus', settings: { host: '127.0.0.1', port: modbusPort, pollMs: 1_000 } },
      {
        code: 'cell',
        driver: 'opc-ua',
        settings: { endpoint, securityPolicy: 'None', securityMode: 'none', publishMs: 1_000 },
      },
    ],
    machines: [
      ...machines('M', MODBUS_TAGS, (index) => ({
        name: `t${index}`,
        connection: 'plc',
        address: `1/holding/${index}`,
        type: 'uint16',
      })),
      ...machines('O', OPC_UA_ITEMS, (index) => ({
        name: `t${index}`,
        connection: 'cell',
        address: `nsu=urn:millrace:test;s=n${index}`,
      })),
    ],
  };
}
