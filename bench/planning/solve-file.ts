import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { InstanceFigure, PlanningOptions } from './figure.ts';
import { solveOrderFile } from './p1-order-files.ts';
import { solveShopText } from './solve-shop-text.ts';

/** Not there, or in none of the formats; the message is for the person who named it. */
export class UnreadableFile extends Error {
  override readonly name = 'UnreadableFile';
}

/** Tells the format by what the file says, not by its name. */
export async function solveFile(path: string, options: PlanningOptions): Promise<InstanceFigure> {
  const text = readText(path);
  if (text.trimStart().startsWith('{')) return solveOrderFile(path, options);
  const solved = solveShopText(basename(path), text, options);
  if (typeof solved !== 'string') return solved;
  throw new UnreadableFile(
    `${path} is neither an order file (JSON) nor a job shop nor a flexible job shop: ${solved}`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new UnreadableFile(`${path} cannot be read: ${(cause as Error).message}`, { cause });
  }
}
