import { isDeepStrictEqual } from 'node:util';
import type { EdgeConfig } from '@millrace/contract';
import { DriverFault } from './driver/index.ts';
import { type Intake, openIntake } from './intake/index.ts';
import type { Log } from './log/index.ts';
import type { Secrets } from './secret/index.ts';
import type { Store } from './store/index.ts';

type Settings = EdgeConfig['intake'];
export interface WorkstationOptions {
  readonly secrets: Secrets;
  store(): Store | undefined;
  readonly log: Log;
  /** Between two attempts to listen, ms; tests are in a hurry. */
  readonly againMs?: number;
}

/** The agent as a workstation for other collectors, as far as the running configuration wants it. */
export interface Workstation {
  /**
   * Rejects when the port is taken or the token is not in `secrets.yaml`; then nothing listens. With `ranBefore` it is tried
   * again instead: after a power cut the network may come up later than the agent.
   */
  apply(settings: Settings, ranBefore: boolean): Promise<void>;
  close(): Promise<void>;
}

/** A network that is up is used soon; a port that is somebody else's is asked for without haste. */
const AGAIN_MS = 10_000;

export function createWorkstation({
  secrets,
  store,
  log,
  againMs = AGAIN_MS,
}: WorkstationOptions): Workstation {
  let wanted: Settings;
  let intake: Intake | undefined;
  let again: NodeJS.Timeout | undefined;
  let opening: Promise<void> = Promise.resolve();
  const close = async (): Promise<void> => {
    clearTimeout(again);
    wanted = undefined;
    await opening;
    const before = intake;
    intake = undefined;
    await before?.close();
  };
  const open = async ({ port, host, token }: NonNullable<Settings>): Promise<void> => {
    const granted = secrets.grantAtPort(token, port);
    const why = granted.withheld[token];
    // Said now rather than to the first collector.
    if (why !== undefined) throw new DriverFault(why, { lasting: true });
    intake = await openIntake({
      port,
      ...(host === undefined ? {} : { host }),
      // Taken out of the file later: nobody may upload any more (an empty token fits nobody).
      token: () => secrets.grantAtPort(token, port).values[token] ?? '',
      store,
    });
    granted.worked();
    log.info('uploads of other collectors are taken', { port, host });
  };
  const openLater = (settings: NonNullable<Settings>): void => {
    again = setTimeout(() => {
      opening = open(settings).catch(() => {
        if (wanted === settings) openLater(settings);
      });
    }, againMs);
  };
  return {
    close,
    apply: async (settings, ranBefore) => {
      if (isDeepStrictEqual(settings, wanted)) return;
      await close();
      if (settings === undefined) return;
      try {
        await open(settings);
      } catch (cause) {
        if (!ranBefore) throw cause;
        const { port, host } = settings;
        const words = cause instanceof Error ? cause.message : String(cause);
        log.warn('uploads of other collectors cannot be taken yet; it is tried again', {
          port,
          host,
          why: words,
        });
        openLater(settings);
      }
      wanted = settings;
    },
  };
}
