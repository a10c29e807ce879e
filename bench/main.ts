import { cpus, totalmem } from 'node:os';
import type { BenchFigure } from './figure.ts';
import { benchIngest } from './ingest.ts';
import { benchMatching } from './matching.ts';
import { benchMillion } from './million.ts';
import { benchMqtt } from './mqtt.ts';
import { benchOverload } from './overload.ts';
import { benchPromise } from './promise.ts';

interface Options {
  readonly json: boolean;
  readonly minutes: number | undefined;
  readonly seconds: number | undefined;
}

/** Each bench opens what it needs and closes it; the order is that of the figures' numbers. */
const BENCHES: Readonly<Record<string, (options: Options) => Promise<BenchFigure[]>>> = {
  ingest: () => benchIngest(),
  million: ({ minutes }) => benchMillion(minutes),
  mqtt: ({ seconds }) => benchMqtt(seconds),
  overload: ({ seconds }) => benchOverload(seconds),
  matching: async () => [...(await benchMatching()), ...(await benchPromise())],
};
const USAGE = `npm run bench -- [${Object.keys(BENCHES).join('|')}] [--json] [--minutes n] [--seconds n]\n`;

async function main(args: readonly string[]): Promise<number> {
  const options = {
    json: args.includes('--json'),
    minutes: numberOf(args, '--minutes'),
    seconds: numberOf(args, '--seconds'),
  };
  const names = args.filter(
    (arg, index) => !arg.startsWith('--') && !/^--(minutes|seconds)$/.test(args[index - 1] ?? ''),
  );
  const unknown = names.find((name) => BENCHES[name] === undefined);
  if (unknown !== undefined) {
    process.stderr.write(`There is no bench "${unknown}".\n${USAGE}`);
    return 64;
  }
  const say = (line: string): void =>
    void (options.json ? process.stderr : process.stdout).write(`${line}\n`);
  say(machine());
  const figures: BenchFigure[] = [];
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const made = await bench(options);
    for (const figure of made) say(line(figure));
    figures.push(...made);
  }
  if (options.json) process.stdout.write(`${JSON.stringify(toJson(figures))}\n`);
  return figures.every(({ ok }) => ok) ? 0 : 1;
}

function numberOf(args: readonly string[], flag: string): number | undefined {
  const at = args.indexOf(flag);
  const value = Number(at < 0 ? Number.NaN : args[at + 1]);
  return value > 0 ? value : undefined;
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

function toJson(figures: readonly BenchFigure[]): Record<string, object> {
  return Object.fromEntries(
    figures.map(({ id, figure, unit, goal, reference, ratio, ok }) => [
      id,
      {
        figure,
        unit,
        goal,
        ...(reference ? { reference } : {}),
        ...(ratio === undefined ? {} : { ratio }),
        ok,
      },
    ]),
  );
}

process.exitCode = await main(process.argv.slice(2));
