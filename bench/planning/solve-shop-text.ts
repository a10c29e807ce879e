import { parseShop, shopFormatOf, solveMakespan, verifyShop } from '@millrace/engine';
import { cpuSeconds, type InstanceFigure, type PlanningOptions } from './figure.ts';

/** CPU seconds for a shop from outside, unless `--seconds` says otherwise. */
const SECONDS = 30;
const MARKS = [1, 3, 10, 30];

/** A job shop or flexible job shop from outside; a text when it is neither. */
export function solveShopText(name: string, text: string, options: PlanningOptions): InstanceFigure | string {
  const format = shopFormatOf(text);
  const parsed = parseShop(text, format);
  if (!parsed.ok) return `${parsed.refusal.code} in line ${parsed.refusal.line}: ${parsed.refusal.detail}`;
  const since = process.cpuUsage();
  const limit = options.seconds ?? SECONDS;
  const curve: string[] = [];
  const result = solveMakespan(parsed.shop, {
    seed: 1,
    iterations: Number.MAX_SAFE_INTEGER,
    onProgress: ({ makespan }) => {
      const now = cpuSeconds(since);
      while (now >= (MARKS[curve.length] ?? Number.POSITIVE_INFINITY)) {
        curve.push(`${MARKS[curve.length]} s ${makespan}`);
      }
      return now >= limit ? 'stop' : undefined;
    },
  });
  const violations = verifyShop(parsed.shop, result).length;
  const { jobs, machines } = parsed.shop;
  const share = ((result.makespan / Math.max(1, result.bound) - 1) * 100).toFixed(2);
  return {
    name,
    figure: result.makespan,
    unit: 'make-span',
    reference: { name: 'lower bound', figure: result.bound },
    violations,
    ok: violations === 0,
    note: `${format} ${jobs.length} × ${machines}, ${jobs.flat().length} operations; ${share} % above the bound, ${cpuSeconds(since).toFixed(1)} CPU s, ${result.iterations} moves${curve.length > 0 ? `; on the way ${curve.join(', ')}` : ''}`,
  };
}
