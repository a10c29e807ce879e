import { readFileSync } from 'node:fs';
import { parseShop, type ShopFormat, solveMakespan, verifyShop } from '@millrace/engine';
import { cpuSeconds } from './figure.ts';

/** One run of one instance, in a process of its own so that its CPU seconds are its own. */
export interface ShopTask {
  readonly path: string;
  readonly format: ShopFormat;
  readonly seed: number;
  readonly seconds: number;
  /** Proven optimum, where one is known: nothing is left to find once it is reached. */
  readonly optimum?: number;
  /** CPU seconds after which the best so far is noted. */
  readonly marks: readonly number[];
}

export interface ShopAnswer {
  readonly makespan: number;
  readonly bound: number;
  /** Best make-span at each mark. */
  readonly curve: readonly number[];
  readonly cpuSeconds: number;
  readonly moves: number;
  readonly violations: number;
}

function answer({ path, format, seed, seconds, optimum, marks }: ShopTask): ShopAnswer {
  const parsed = parseShop(readFileSync(path, 'utf8'), format);
  if (!parsed.ok) throw new TypeError(`${path}: ${parsed.refusal.code}, ${parsed.refusal.detail}`);
  const since = process.cpuUsage();
  const curve: number[] = [];
  const result = solveMakespan(parsed.shop, {
    seed,
    iterations: Number.MAX_SAFE_INTEGER,
    onProgress: ({ makespan }) => {
      const now = cpuSeconds(since);
      while (now >= (marks[curve.length] ?? Number.POSITIVE_INFINITY)) curve.push(makespan);
      return now >= seconds || makespan <= (optimum ?? 0) ? 'stop' : undefined;
    },
  });
  const { makespan, bound, iterations } = result;
  return {
    makespan,
    bound,
    curve: marks.map((_, index) => curve[index] ?? makespan),
    cpuSeconds: cpuSeconds(since),
    moves: iterations,
    violations: verifyShop(parsed.shop, result).length,
  };
}

// A wire between our own two files.
process.stdout.write(JSON.stringify(answer(JSON.parse(process.argv[2] ?? '') as ShopTask)));
