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
}

/** The agent as a workstation for other collectors, as far as the running configuration wants it. */
export interface Workstation {
  /** Rejects when the port is taken or the token is not in `secrets.yaml`; then nothing listens. */
  apply(settings: Settings): Promise<void>;
  close(): Promise<void>;
}

export function createWorkstation({ secrets, store, log }: WorkstationOptions): Workstation {
  let running: Settings;
  let intake: Intake | undefined;
  const close = async (): Promise<void> => {
    const before = intake;
    intake = undefined;
    running = undefined;
    await before?.close();
  };
  return {
    close,
    apply: async (settings) => {
      if (isDeepStrictEqual(settings, running)) return;
      await close();
      if (settings === undefined) return;
      const { port, host, token } = settings;
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
      running = settings;
      log.info('uploads of other collectors are taken', { port, host });
    },
  };
}
