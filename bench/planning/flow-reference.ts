import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FlowAnswer, FlowTask } from './flow-child.ts';

export interface FlowOptimum {
  readonly cost: number;
  /** CPU seconds of LEMON's network simplex here and now; undefined where the optimum is the stored one. */
  readonly lemonSeconds: number | undefined;
}

const MAX_ANSWER_BYTES = 65_536;

/** Solves in a process of its own. */
export function solveApart(task: FlowTask): FlowAnswer {
  const file = fileURLToPath(new URL('./flow-child.ts', import.meta.url));
  const text = execFileSync(process.execPath, [file, JSON.stringify(task)], { maxBuffer: MAX_ANSWER_BYTES });
  // A wire between our own two files.
  return JSON.parse(text.toString()) as FlowAnswer;
}

/**
 * Solves apart and finds the true optimum with LEMON's network simplex, where g++ and liblemon-dev are
 * installed; elsewhere the optimum that LEMON found for the same seed stands in.
 */
export function solveBesideReference(
  task: FlowTask,
  storedOptimum: number,
): { readonly answer: FlowAnswer; readonly optimum: FlowOptimum } {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-flow-'));
  try {
    const program = compileReference(folder);
    if (program === undefined) {
      return { answer: solveApart(task), optimum: { cost: storedOptimum, lemonSeconds: undefined } };
    }
    const path = join(folder, 'network.bin');
    const answer = solveApart({ ...task, path });
    const [cost, seconds] = execFileSync(program, [path]).toString().trim().split(' ').map(Number);
    return { answer, optimum: { cost: cost ?? Number.NaN, lemonSeconds: seconds } };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compileReference(folder: string): string | undefined {
  const source = fileURLToPath(new URL('./reference/flow-lemon.cc', import.meta.url));
  const program = join(folder, 'flow-lemon');
  const { status } = spawnSync('g++', ['-O2', '-o', program, source, '-llemon']);
  return status === 0 ? program : undefined;
}

export function referenceNote({ lemonSeconds }: FlowOptimum): string {
  return lemonSeconds === undefined
    ? 'g++ or LEMON is not installed: the optimum is the one LEMON found for this seed before'
    : `optimum by LEMON network simplex in ${lemonSeconds} CPU s, C++`;
}
