import { join } from 'node:path';
import type {
  ConnectionHealth,
  EdgeAnswer,
  EdgeConnection,
  EdgeLook,
  ReadValue,
  TagValue,
} from '@millrace/contract';
import { DriverFault, type TagAddress } from '../driver/index.ts';
import type { DriverHostOptions, HostTag } from './host-options.ts';
import { HostedConnection } from './hosted-connection.ts';
import { createLooks } from './look.ts';
import { PACE, type Pace } from './message.ts';
import { WorkerPool } from './worker-pool.ts';

/** Runs the drivers of all connections, each kind in its own threads; nothing a driver does reaches the agent. */
export interface DriverHost {
  /** Opens, closes and changes what is different from before; the others go on untouched. */
  apply(connections: readonly EdgeConnection[], tags: ReadonlyMap<string, readonly HostTag[]>): void;
  /** Answers a person who looks at a far side that need not be in the configuration; never rejects. */
  look(request: EdgeLook): Promise<EdgeAnswer>;
  /** These three go to a connection of the configuration, and reject with a `DriverFault`. */
  read(connection: string, tags: readonly TagAddress[]): Promise<readonly ReadValue[]>;
  write(connection: string, tag: TagAddress, value: Exclude<TagValue, null>): Promise<void>;
  call(connection: string, address: string, value: TagValue): Promise<TagValue>;
  health(): ConnectionHealth[];
  close(): Promise<void>;
}

/** Opens nothing yet: `apply` says what there is. */
export function openDriverHost(options: DriverHostOptions): DriverHost {
  const pace: Pace = { ...PACE, ...options.pace };
  const connections = new Map<string, HostedConnection>();
  const { onRestart = () => undefined, onSaid = () => undefined } = options;
  const pool = new WorkerPool({ pace, onRestart, onSaid });
  const looks = createLooks({
    pace,
    secrets: options.secrets,
    onSaid,
    // Certificates that a connection of these settings already has are shown to the far side again.
    folderFor: (driver, settings) => {
      const same = [...connections.values()].find((connection) => connection.is(driver, settings));
      return join(options.folder, same === undefined ? `_${folderOf(driver)}` : folderOf(same.code));
    },
  });
  const secretsLook = setInterval(() => {
    for (const connection of connections.values()) connection.lookAtSecrets();
  }, pace.secretsLookMs);
  const hosted = (code: string): HostedConnection => {
    const found = connections.get(code);
    if (found !== undefined) return found;
    throw new DriverFault(`there is no connection "${code}" in the configuration`);
  };
  return {
    apply: (wanted, tags) => {
      const codes = new Set(wanted.map(({ code }) => code));
      for (const [code, connection] of connections) {
        if (codes.has(code)) continue;
        connections.delete(code);
        connection.remove();
      }
      for (const connection of wanted) {
        const known = connections.get(connection.code);
        const its = tags.get(connection.code) ?? [];
        if (known !== undefined) known.change(connection, its);
        else {
          const folder = join(options.folder, folderOf(connection.code));
          connections.set(
            connection.code,
            new HostedConnection({ ...options, pool, folder }, connection, its),
          );
        }
      }
    },
    look: looks.look,
    read: async (code, tags) => (await hosted(code).ask({ kind: 'read', tags })).values ?? [],
    write: async (code, tag, value) => {
      await hosted(code).ask({ kind: 'write', tag, value });
    },
    call: async (code, address, value) =>
      (await hosted(code).ask({ kind: 'call', address, value })).value ?? null,
    health: () => [...connections.values()].map((connection) => connection.health()),
    close: async () => {
      clearInterval(secretsLook);
      for (const connection of connections.values()) connection.remove();
      connections.clear();
      await Promise.all([pool.close(), looks.close()]);
    },
  };
}

/** A code begins with a letter or digit, so it is never `..`; with its slashes written out it is the name of one folder. */
function folderOf(code: string): string {
  return code.replaceAll('/', '%2F');
}
