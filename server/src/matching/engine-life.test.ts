import type { Snapshot } from '@millrace/engine';
import { afterAll, describe, expect, test } from 'vitest';
import { line, planOf, world } from '../../../test/setup/planning-world.ts';
import { ImpossibleTask } from '../kernel/index.ts';
import { createEngineThread } from './engine-thread.ts';
import { runEngine } from './engine-work.ts';

const engine = createEngineThread();
afterAll(() => engine.stop());

/** More lines than can be in time, so that there is something to improve for seconds. */
async function crowded(lines: number): Promise<Snapshot> {
  const { snapshot } = await planOf(engine, world({ lines: [line(1)] }));
  const [first] = snapshot.lines;
  if (!first) throw new TypeError('no line to copy');
  return { ...snapshot, lines: Array.from({ length: lines }, (_, n) => ({ ...first, id: line(n).id })) };
}

describe('the engine thread', () => {
  test('tells what went wrong and goes on with the next task', async () => {
    const { snapshot } = await planOf(engine, world({ lines: [line(1)] }));
    const broken = { ...snapshot, horizonEndMs: snapshot.nowMs - 1 };
    const failure = await engine
      .run({ snapshot: broken, explain: false, verify: false })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ImpossibleTask);
    expect((failure as ImpossibleTask).problems.join()).toMatch(/horizon/);
    const { violations } = await engine.run({ snapshot, explain: false, verify: true });
    expect(violations).toEqual([]);
  });

  test('is stopped when it takes too long, and replaced', async () => {
    const hasty = createEngineThread({ stopMs: 1, timeoutMs: 1 });
    const heavy = await crowded(300);
    await expect(hasty.run({ snapshot: heavy, explain: true, verify: true })).rejects.toThrow(/longer than/);
    await hasty.stop();
  });

  test('ends with its best plan when it is told to stop, and the same plan comes again from where it stopped', async () => {
    const snapshot = await crowded(400);
    const stop = new AbortController();
    const told: (number | undefined)[] = [];
    const work = engine.run(
      { snapshot, explain: false, verify: true },
      {
        signal: stop.signal,
        onProgress: ({ objective }) => {
          told.push(objective);
          if (objective !== undefined) stop.abort('keep');
        },
      },
    );
    const { plan, planHash, stoppedAfter, violations } = await work;
    expect(told.length).toBeGreaterThan(0);
    expect(violations).toEqual([]);
    expect(plan.summary.placedLines).toBe(400);
    expect(plan.summary.objective).toBeGreaterThanOrEqual(plan.summary.lowerBound);
    expect(stoppedAfter?.some((calls) => calls > 0)).toBe(true);
    const again = runEngine({ snapshot, explain: false, verify: false, stopAfter: stoppedAfter });
    expect(again.planHash).toBe(planHash);
  });

  test('begins again when the thread dies under its task', async () => {
    const mortal = createEngineThread();
    const snapshot = await crowded(400);
    let killed = false;
    const { violations } = await mortal.run(
      { snapshot, explain: false, verify: true },
      {
        onProgress: () => {
          if (!killed) mortal.kill();
          killed = true;
        },
      },
    );
    expect(killed).toBe(true);
    expect(violations).toEqual([]);
    await mortal.stop();
  });
});
