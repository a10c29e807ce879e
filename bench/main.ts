import { cpus, totalmem } from 'node:os';
import { benchEdge, EDGE_FIGURES } from './edge/edge.ts';
import type { BenchFigure } from './figure.ts';
import { benchIngest } from './ingest.ts';
import { benchMatching } from './matching.ts';
import { benchMillion } from './million.ts';
import { benchMqtt } from './mqtt.ts';
import { benchOverload } from './overload.ts';
import type { PlanningFigure } from './planning/figure.ts';
import { benchFile, benchPlanning, instancesJson, PLANNING_FIGURES } from './planning/planning.ts';
import { UnreadableFile } from './planning/solve-file.ts';
import { benchPromise } from './promise.ts';

interface Options {
  readonly json: boolean;
  /** P1 … P10, E1 … E6: only these of the figures of planning and of the edge. */
  readonly figures: readonly string[];
  /** An instance from outside, for planning. */
  readonly file: string | undefined;
  readonly say: (line: string) => void;
  readonly minutes: number | undefined;
  readonly seconds: number | undefined;
  readonly rivals: boolean;
}

/** Each bench opens what it needs and closes it; the order is that of the figures' numbers. */
const BENCHES: Readonly<Record<string, (options: Options) => Promise<BenchFigure[]>>> = {
  ingest: () => benchIngest(),
  million: ({ minutes }) => benchMillion(minutes),
  mqtt: ({ seconds }) => benchMqtt(seconds),
  overload: ({ seconds }) => benchOverload(seconds),
  matching: async () => [...(await benchMatching()), ...(await benchPromise())],
  planning: async ({ figures, file, seconds, rivals, say }) => {
    const options = { say, rivals, ...(seconds === undefined ? {} : { seconds }) };
    return file === undefined ? benchPlanning(figures, options) : [await benchFile(file, options)];
  },
  edge: ({ figures, seconds, say }) => benchEdge(figures, { say, seconds }),
};
const USAGE =
  `npm run bench -- [${Object.keys(BENCHES).join('|')}] [--json] [--minutes n] [--seconds n]\n` +
  `npm run bench -- planning [${PLANNING_FIGURES.join('|')}] [--file path] [--json] [--seconds n] [--rivals]\n` +
  `npm run bench -- edge [${EDGE_FIGURES.join('|')}] [--json] [--seconds n]\n`;
const FIGURES: readonly string[] = [...PLANNING_FIGURES, ...EDGE_FIGURES];

async function main(args: readonly string[]): Promise<number> {
  const words = args.filter(
    (arg, index) => !arg.startsWith('--') && !/^--(minutes|seconds|file)$/.test(args[index - 1] ?? ''),
  );
  const figures = words.filter((word) => FIGURES.includes(word));
  const names = words.filter((word) => !FIGURES.includes(word));
  const json = args.includes('--json');
  const say = (line: string): void => void (json ? process.stderr : process.stdout).write(`${line}\n`);
  const options: Options = {
    json,
    figures,
    file: textOf(args, '--file'),
    minutes: numberOf(args, '--minutes'),
    seconds: numberOf(args, '--seconds'),
    rivals: args.includes('--rivals'),
    say,
  };
  const unknown = names.find((name) => BENCHES[name] === undefined);
  if (unknown !== undefined) {
    process.stderr.write(`There is no bench "${unknown}".\n${USAGE}`);
    return 64;
  }
  say(machine());
  const measured: (BenchFigure | PlanningFigure)[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const made = await bench(options);
    for (const figure of made) say(line(figure));
    measured.push(...made);
  }
  if (json) process.stdout.write(`${JSON.stringify(toJson(measured))}\n`);
  return measured.every(({ ok }) => ok) ? 0 : 1;
}

function numberOf(args: readonly string[], flag: string): number | undefined {
  const at = args.indexOf(flag);
  const value = Number(at < 0 ? Number.NaN : args[at + 1]);
  return value > 0 ? value : undefined;
}

function textOf(args: readonly string[], flag: string): string | undefined {
  const at = args.indexOf(flag);
  return at < 0 ? undefined : args[at + 1];
}

function machine(): string {
  const [first] = cpus();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  return `${cpus().length} × ${first?.model ?? 'CPU'}, ${gib} GiB, Node ${process.version}, embedded PostgreSQL with fsync on`;
}

function line({ id, what, figure, unit, goal, atMost, reference, ratio, ok, note }: BenchFigure): string {
  const beside = reference
    ? ` · beside ${reference.name}: ${reference.figure}${ratio === undefined ? '' : `, ratio ${ratio.toFixed(2)}`}`
    : '';
  return `${ok ? 'ok    ' : 'MISSED'} ${id.padEnd(20)} ${what}: ${figure} ${unit} (goal ${atMost ? '≤' : '≥'} ${goal})${beside}${note ? `\n         ${note}` : ''}`;
}

function toJson(figures: readonly (BenchFigure | PlanningFigure)[]): Record<string, object> {
  return Object.fromEntries(
    figures.map(({ id, figure, unit, goal, reference, ratio, ok, ...rest }) => [
      id,
      {
        figure,
        unit,
        goal,
        ...(reference ? { reference } : {}),
        ...(ratio === undefined ? {} : { ratio }),
        ok,
        ...('instances' in rest ? { instances: instancesJson(rest.instances) } : {}),
      },
    ]),
  );
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UnreadableFile)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 66;
}
