import { readFileSync } from 'node:fs';
import { parseShop, shopFormatOf } from '@millrace/engine';
import type { InstanceFigure, PlanningOptions } from './figure.ts';
import { solveShopFile } from './makespan-child.ts';
import { solveOrderFile } from './p1-order-files.ts';

/** CPU seconds for a shop from outside, unless `--seconds` says otherwise. */
const FILE_SECONDS = 30;

/** Not there, or in none of the formats; the message is for the person who named it. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** Tells the format by what the file says, not by its name. */
export async function solveFile(path: string, options: PlanningOptions): Promise<InstanceFigure> {
  const text = readText(path);
  if (text.trimStart().startsWith('{')) return solveOrderFile(path, options);
  const format = shopFormatOf(text);
  const parsed = parseShop(text, format);
  if (!parsed.ok) {
    const { line, detail } = parsed.refusal;
    throw new UnreadableFile(
      `${path} is neither an order file (JSON) nor a job shop nor a flexible job shop: line ${line}, ${detail}`,
    );
  }
  const answer = solveShopFile({
    path,
    format,
    seed: 1,
    cpuSeconds: options.seconds ?? FILE_SECONDS,
    marks: [1, 3, 10, 30].filter((mark) => mark < (options.seconds ?? FILE_SECONDS)),
  });
  const { makespan, bound, violations, atMarks, cpuSeconds } = answer;
  return {
    name: path.slice(path.lastIndexOf('/') + 1),
    figure: makespan,
    unit: 'make-span',
    reference: { name: 'lower bound', figure: bound },
    violations,
    ok: violations === 0,
    note: `${format}, ${cpuSeconds.toFixed(1)} CPU s${atMarks.length > 0 ? `, on the way ${atMarks.join(' / ')}` : ''}`,
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UnreadableFile(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
