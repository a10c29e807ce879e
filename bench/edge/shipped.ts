import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchFigure } from '../figure.ts';

const RUN = fileURLToPath(new URL('../../scripts/run.mjs', import.meta.url));
/** [issue 4, E4] */
const MIB_MAX = 80;
/** [scripts/edge-pack.mjs] */
const START_MS_MAX = 1_000;
/** npm packs and unpacks sixty packages. */
const PACK_MS_MAX = 300_000;

/** E4: the agent as npm installs it into an empty folder. */
export function benchShipped(): BenchFigure[] {
  const packed = spawnSync(process.execPath, [RUN, 'edge:pack'], {
    encoding: 'utf8',
    timeout: PACK_MS_MAX,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const found = (line: RegExp): number => Number(line.exec(packed.stdout)?.[1] ?? Number.NaN);
  const mib = found(/^installed size\s+([\d.]+) MiB/m);
  const startMs = found(/^start time\s+(\d+) ms/m);
  // NaN is below no goal.
  return [
    {
      id: 'E4 size',
      what: 'installed without optional drivers',
      figure: mib,
      unit: 'MiB',
      goal: MIB_MAX,
      atMost: true,
      ok: mib < MIB_MAX,
    },
    {
      id: 'E4 start',
      what: 'from the command to ready, best of three',
      figure: startMs,
      unit: 'ms',
      goal: START_MS_MAX,
      atMost: true,
      ok: startMs < START_MS_MAX,
    },
  ];
}
