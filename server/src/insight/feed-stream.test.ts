import type { FeedEvent } from '@millrace/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRunningPlatform, type RunningPlatform } from '../../../test/setup/running-platform.ts';

type Member = Parameters<RunningPlatform['ask']>[0];
interface Told {
  readonly id: string;
  readonly event: FeedEvent;
}

let house: RunningPlatform;

/** A browser's EventSource, as far as this stream uses it. */
class Listener {
  readonly #lines: AsyncGenerator<string>;
  readonly #abort: AbortController;
  readonly response: Response;

  private constructor(response: Response, abort: AbortController) {
    this.response = response;
    this.#abort = abort;
    this.#lines = linesOf(response);
  }
  static async open(member: Member, lastEventId?: string): Promise<Listener> {
    const abort = new AbortController();
    const resume = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const response = await fetch(`${house.http}/api/v3/events/stream`, {
      headers: { ...house.headers(member), ...resume },
      signal: abort.signal,
    });
    return new Listener(response, abort);
  }
  /** The next entry, or undefined when the stream has ended. */
  async next(): Promise<Told | undefined> {
    let id = '';
    for (;;) {
      const { value, done } = await this.#lines.next();
      if (done) return undefined;
      if (value.startsWith('id: ')) id = value.slice(4);
      if (value.startsWith('data: ')) return { id, event: JSON.parse(value.slice(6)) };
    }
  }
  close(): void {
    this.#abort.abort();
  }
}

async function* linesOf(response: Response): AsyncGenerator<string> {
  let rest = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    const lines = (rest + decoder.decode(chunk as Uint8Array, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** News of one factory's machine, told as far as the feed. */
async function breakDown(factory: 'F1' | 'F2'): Promise<void> {
  const { bus, db } = house.platform.kernel;
  const { machineId, siteId } = house.places[factory];
  await db.transaction({ kind: 'network', networkId: house.networkId }, (tx) =>
    bus.publish(tx, house.networkId, 'machine-stopped-long', {
      machineId,
      siteId,
      state: 'down',
      since: house.clock.ms,
    }),
  );
  await bus.settle();
}

beforeAll(async () => {
  house = await openRunningPlatform();
});
afterAll(() => house.close());

describe('the live feed', () => {
  test('tells what happens from now on, each reader only its own', async () => {
    await breakDown('F1');
    const [operator, own, rival] = [
      await Listener.open('OP'),
      await Listener.open('F1'),
      await Listener.open('F2'),
    ];
    expect(operator.response.headers.get('content-type')).toContain('text/event-stream');
    await breakDown('F1');
    await breakDown('F2');
    const [first, second] = [await operator.next(), await operator.next()];
    expect(first?.event).toMatchObject({
      kind: 'machine-stopped-long',
      payload: { siteId: house.places.F1.siteId },
      names: { [house.places.F1.machineId]: 'Loom F1' },
    });
    expect(second?.event.payload.siteId).toBe(house.places.F2.siteId);
    // The rival's first entry is its own although the other came before it.
    expect((await rival.next())?.event.payload.siteId).toBe(house.places.F2.siteId);
    expect((await own.next())?.event.payload.siteId).toBe(house.places.F1.siteId);
    for (const listener of [operator, own, rival]) listener.close();
  });

  test('goes on after the entry the reader saw last, and repeats nothing', async () => {
    const before = await Listener.open('OP');
    await breakDown('F1');
    const seen = await before.next();
    before.close();
    await breakDown('F2');
    await breakDown('F1');
    const again = await Listener.open('OP', seen?.id);
    const missed = [await again.next(), await again.next()];
    expect(missed.map((told) => told?.event.payload.siteId)).toEqual([
      house.places.F2.siteId,
      house.places.F1.siteId,
    ]);
    const listed = (await house.ask('OP', 'GET', '/events?limit=2')).body.rows;
    expect(missed.map((told) => told?.event).reverse()).toEqual(listed);
    again.close();
  });

  test('an id it never gave out is refused, and nobody listens unnamed', async () => {
    const wrong = await Listener.open('OP', 'yesterday');
    expect(wrong.response.status).toBe(400);
    const nobody = await fetch(`${house.http}/api/v3/events/stream`);
    expect(nobody.status).toBe(401);
  });

  test('one reader may not open streams without end', async () => {
    const open: Listener[] = [];
    while (open.length < 20) open.push(await Listener.open('F2'));
    const oneMore = await Listener.open('F2');
    expect(oneMore.response.status).toBe(503);
    const another = await Listener.open('F1');
    expect(another.response.status).toBe(200);
    for (const listener of [...open, another]) listener.close();
  });

  test('ends when the platform stops', async () => {
    const listener = await Listener.open('B1');
    const end = listener.next().catch(() => undefined);
    await house.platform.modules.insight.stop();
    expect(await end).toBeUndefined();
  });
});
