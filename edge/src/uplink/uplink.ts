import { randomBytes } from 'node:crypto';
import { EDGE_ALARMS_MAX, UPLOAD_RECORDS_MAX } from '@millrace/contract';
import type { Store, StreamName } from '../store/index.ts';
import type { Send } from './deliver.ts';
import { type Lane, type LaneHealth, type LaneOptions, startLane } from './lane.ts';
import { createLine, LINE_TIMEOUTS, type Line, type LineTimeouts } from './line.ts';
import { createPause, PAUSE_SCALE, type PauseScale } from './pause.ts';
import { alarmsVerdict, recordsVerdict } from './verdict.ts';

export interface UplinkOptions {
  readonly store: Store;
  /** Address of the platform, for example `https://millrace.example`. */
  readonly server: string;
  /** The gateway's; asked for at every request. */
  token(): string;
  /** Records a second of the backlog, beside live data. [EdgeBuffer] */
  readonly replayPerS?: number;
  /** Wall clock, epoch ms. */
  now(): number;
  /** A lane (`live`, `replay`, `alarms`) is in trouble; undefined = it goes on. */
  onFault?(lane: string, words: string | undefined): void;
  readonly timeouts?: LineTimeouts;
  readonly pauses?: PauseScale;
  /** The factory's proxy, as Node takes it: by default from the environment, and only if NODE_USE_ENV_PROXY=1 as for all of Node. */
  readonly proxyEnv?: NodeJS.ProcessEnv;
  /** In [0, 1); spreads the attempts of many gateways. */
  random?(): number;
}

/** Delivers what the store holds. docs/edge/store-and-forward.md */
export interface Uplink {
  health(): readonly LaneHealth[];
  /** There is a new token or a new link: pauses are cut short. */
  tryNow(): void;
  /** Another rate for the backlog, records a second. */
  setReplayPerS(perS: number): void;
  /** Requests under way are broken off; what they carried is sent again at the next start. */
  close(): Promise<void>;
}

/** [EdgeBuffer] */
const REPLAY_PER_S = 2_000;

/**
 * Live data goes at once; what could not be sent then is the backlog, which goes oldest first at its own rate and over its own
 * connection. A border in the sequence divides the two, so that no entry is ever in both.
 */
export function startUplink(options: UplinkOptions): Uplink {
  const { store, now, random = Math.random, onFault = () => undefined } = options;
  const scale = options.pauses ?? PAUSE_SCALE;
  const lineOptions = {
    server: options.server,
    token: options.token,
    timeouts: options.timeouts ?? LINE_TIMEOUTS,
    proxyEnv: options.proxyEnv ?? (process.env.NODE_USE_ENV_PROXY === '1' ? process.env : undefined),
  };
  const boot = randomBytes(4).toString('hex');
  let uploads = 0;
  let replayPerS = options.replayPerS ?? REPLAY_PER_S;
  // The newest of an earlier run first: it shows at the platform how the machines are, hours before the replay has come so far.
  let border = Math.max(1, store.durableEnd('records'));

  const start = (name: string, stream: StreamName, track: Track): Lane =>
    startLane({
      name,
      stream,
      store,
      now,
      ...track,
      pause: createPause(scale, random),
      line: createLine(lineOptions),
      itemsMax: stream === 'records' ? UPLOAD_RECORDS_MAX : EDGE_ALARMS_MAX,
      send: (line, signal) => sender(line, stream, signal, () => `${boot}-${uploads++}`),
      answered: () => {
        for (const lane of lanes) lane.linkWorks();
      },
      onFault: (words) => onFault(name, words),
    });
  const replay = start('replay', 'records', {
    range: () => ({ from: store.firstWaiting('records'), before: border }),
    passed: () => undefined,
    resumed: () => undefined,
    perS: () => replayPerS,
  });
  const moveBorder = (to: number): void => {
    border = Math.max(border, to);
    replay.wake();
  };
  const live = start('live', 'records', {
    range: () => ({ from: border, before: Number.POSITIVE_INFINITY }),
    passed: moveBorder,
    // What came in during the pause is backlog, but for the newest.
    resumed: () => moveBorder(store.durableEnd('records')),
    perS: () => Number.POSITIVE_INFINITY,
  });
  const alarms = start('alarms', 'alarms', {
    range: () => ({ from: store.firstWaiting('alarms'), before: Number.POSITIVE_INFINITY }),
    passed: () => undefined,
    resumed: () => undefined,
    perS: () => Number.POSITIVE_INFINITY,
  });
  const lanes: readonly Lane[] = [live, replay, alarms];
  const unsubscribe = store.subscribe(() => {
    live.wake();
    alarms.wake();
  });
  return {
    health: () => lanes.map((lane) => lane.health()),
    tryNow: () => {
      for (const lane of lanes) lane.tryNow();
    },
    setReplayPerS: (perS) => {
      replayPerS = perS;
    },
    close: async () => {
      unsubscribe();
      await Promise.all(lanes.map((lane) => lane.close()));
    },
  };
}

type Track = Pick<LaneOptions, 'range' | 'passed' | 'resumed' | 'perS'>;

/** The platform answers when what it took is committed. [design §3.5] */
function sender(line: Line, stream: StreamName, signal: AbortSignal, nextId: () => string): Send {
  if (stream === 'alarms') {
    return async (alarms) =>
      alarmsVerdict(
        await line.post('/api/v3/edge-alarms', JSON.stringify({ v: 1, alarms }), signal),
        alarms.length,
      );
  }
  return async (records) => {
    const uploadId = nextId();
    const body = JSON.stringify({ v: 3, uploadId, records });
    return recordsVerdict(await line.post('/api/v3/machine-records', body, signal), records.length, uploadId);
  };
}
