import { afterAll, beforeAll } from 'vitest';
import type { Driver } from '../../../driver/index.ts';
import { driver as opcUa } from '../index.ts';
import { type FakeHost, type FarSide, farSide, hostFor, scratchFolder } from './far-side.ts';

/** A server without security and the drivers that tests open on it; all of it is gone when they are over. */
export interface Plant {
  readonly server: FarSide;
  /** Of the tests, for further servers. */
  readonly folder: string;
  open(endpoint?: string): { readonly driver: Driver; readonly host: FakeHost };
  /** Starts another server at the port of the one that was killed. */
  replace(plan: Parameters<typeof farSide>[1]): Promise<void>;
}

/** To be called in a `describe`, before its other hooks. */
export function plantOf(plan: Parameters<typeof farSide>[1]): Plant {
  let folder: Awaited<ReturnType<typeof scratchFolder>>;
  let server: FarSide;
  const opened: Driver[] = [];
  beforeAll(async () => {
    folder = await scratchFolder();
    server = await farSide(folder.path, plan);
  });
  afterAll(async () => {
    await Promise.all(opened.map((driver) => driver.close()));
    await server.kill();
    await folder.remove();
  });
  return {
    get server() {
      return server;
    },
    get folder() {
      return folder.path;
    },
    open: (endpoint = server.endpoint) => {
      const settings = { endpoint, securityPolicy: 'None', securityMode: 'none', publishMs: 100 };
      const host = hostFor(settings, `${folder.path}/connection`);
      const driver = opcUa.open(host);
      opened.push(driver);
      return { driver, host };
    },
    replace: async (next) => {
      server = await farSide(folder.path, { port: server.port, ...next });
    },
  };
}
